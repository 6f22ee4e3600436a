//! Pictures from the command line.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use tests::demo::told_to_stop;

/// Where the pictures go.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The folder; made if it is not there
    #[arg(default_value = ".simpul/screenshots")]
    folder: PathBuf,
    /// Chooses the children
    #[arg(long, default_value_t = 3)]
    seed: u64,
}

/// Makes them all.
pub(crate) async fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let taken = tokio::select! {
        taken = tests::pictures::take(&options.folder, options.seed) => taken?,
        stopped = told_to_stop() => { stopped?; anyhow::bail!("stopped before the end") }
    };
    println!("{taken} pictures in {}", options.folder.display());
    Ok(ExitCode::SUCCESS)
}
