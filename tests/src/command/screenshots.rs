//! Pictures from the command line.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use tests::demo::told_to_stop;

/// Where the pictures go.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The folder; made if it is not there
    #[arg(default_value = ".simpul/screenshots")]
    folder: PathBuf,
    /// Instead, the pictures of edge/README.md, in edge/screens
    #[arg(long)]
    readme: bool,
    /// Chooses the children
    #[arg(long, default_value_t = 3)]
    seed: u64,
}

/// Makes them all.
pub(crate) async fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let taking = async {
        match options.readme {
            true => tests::pictures::renew_gallery(options.seed).await,
            false => tests::pictures::take(&options.folder, options.seed).await,
        }
    };
    let taken = tokio::select! {
        taken = taking => taken?,
        stopped = told_to_stop() => { stopped?; anyhow::bail!("stopped before the end") }
    };
    let folder = if options.readme { Path::new("edge/screens") } else { options.folder.as_path() };
    println!("{taken} pictures in {}", folder.display());
    Ok(ExitCode::SUCCESS)
}
