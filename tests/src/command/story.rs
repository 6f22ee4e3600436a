//! Stories from the command line.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use tests::demo::told_to_stop;
use tests::stories::{BY_NIGHT, STORIES, Telling, line, names, tell};

/// Which story, and how.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Its name
    name: Option<String>,
    /// Every story, one after another
    #[arg(long, conflicts_with = "name")]
    all: bool,
    /// At full length
    #[arg(long)]
    full: bool,
    /// Print one JSON object a story, `ok` and figures (the only thing on standard output)
    #[arg(long)]
    json: bool,
    /// Write pictures and tables into this folder
    #[arg(long)]
    export: Option<PathBuf>,
    /// Chooses children and accidents
    #[arg(long, default_value_t = 3)]
    seed: u64,
}

/// Tells what is asked for; fails if a promise was not kept.
pub(crate) async fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let wanted: Vec<&str> = match (&options.name, options.all) {
        (Some(name), _) => vec![name],
        (None, true) => names(),
        (None, false) => {
            STORIES.iter().chain(BY_NIGHT).for_each(|(name, about)| println!("{name:<16} {about}"));
            return Ok(ExitCode::SUCCESS);
        }
    };
    let telling = Telling { full: options.full, seed: options.seed, export: options.export.clone() };
    let mut well = true;
    for name in wanted {
        let told = tokio::select! {
            told = tell(name, &telling) => told,
            stopped = told_to_stop() => { stopped?; anyhow::bail!("stopped before the end") }
        };
        well &= told.is_ok();
        if options.json {
            println!("{}", line(name, &told));
        } else {
            println!("{}", serde_json::to_string_pretty(&line(name, &told))?);
        }
    }
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
