//! The fault run from the command line.

use std::process::ExitCode;

use tests::chaos::{Options, run};
use tests::demo::told_to_stop;

/// Runs it; fails on any difference.
pub(crate) async fn tell(options: &Options) -> anyhow::Result<ExitCode> {
    let outcome = tokio::select! {
        outcome = run(options) => outcome?,
        stopped = told_to_stop() => { stopped?; anyhow::bail!("stopped before the end") }
    };
    if options.json {
        println!("{}", serde_json::to_string(&outcome)?);
    } else {
        println!("{}", serde_json::to_string_pretty(&outcome)?);
    }
    Ok(if outcome.ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
