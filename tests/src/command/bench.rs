//! Benches from the command line.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use tests::bench::{NAMES, print, run as measure};
use tests::demo::told_to_stop;

/// Which benches, and how they are printed.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Their names; all of them if none is given
    #[arg(value_parser = NAMES)]
    names: Vec<String>,
    /// How long `nation` feeds the hub
    #[arg(long, default_value_t = 1.0)]
    minutes: f64,
    /// Print one JSON object on the last line
    #[arg(long)]
    json: bool,
}

/// Measures and prints; fails if a limit was missed.
pub(crate) async fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let rows = tokio::select! {
        rows = measure(&options.names, options.minutes) => rows?,
        stopped = told_to_stop() => { stopped?; anyhow::bail!("stopped before the end") }
    };
    if options.names.len() != 1 {
        print(&rows);
    }
    let ok = rows.iter().all(|row| row.holds);
    if options.json {
        println!("{}", json!({ "ok": ok, "rows": rows }));
    }
    Ok(if ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
