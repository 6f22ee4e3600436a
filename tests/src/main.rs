//! `simpul-tests`: the demo and the stories, started by `cargo xtask`.

mod command;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use command::{bench, chaos, screenshots, story, with_postgres};

/// Simpul on one table.
#[derive(Parser)]
#[command(version)]
struct Tests {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// A whole posyandu on this machine: to be looked at until Ctrl-C, or counted with --headless
    Demo(tests::demo::Options),
    /// One whole-system story by name; without a name, the list of them
    Story(story::Options),
    /// Speed and size, each beside a limit measured in the same run
    Bench(bench::Options),
    /// Everything goes wrong while everybody saves; then ledger, nodes and hub are compared
    Chaos(tests::chaos::Options),
    /// Every page as a picture, phone and desk
    Screenshots(screenshots::Options),
    /// Runs a command with DATABASE_URL set to an empty database of its own
    WithPostgres {
        /// Applies the hub's migrations first
        #[arg(long)]
        migrated: bool,
        /// The command and its arguments
        #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<String>,
    },
    /// Stops what a dead process left running; started by the other commands
    #[command(hide = true)]
    Guard,
}

fn main() -> anyhow::Result<ExitCode> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into()),
        )
        .init();
    match Tests::parse().command {
        Command::Guard => tests::harness::keeper::guard().map(|()| ExitCode::SUCCESS),
        Command::Demo(options) => {
            let runtime = runtime()?;
            let well = runtime.block_on(tests::demo::run(&options));
            runtime.shutdown_background(); // somebody may be listening to a keyboard on which nobody types
            Ok(if well? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Command::Bench(options) => runtime()?.block_on(bench::run(&options)),
        Command::Chaos(options) => {
            let runtime = runtime()?;
            let told = runtime.block_on(chaos::tell(&options));
            runtime.shutdown_background();
            told
        }
        Command::Screenshots(options) => runtime()?.block_on(screenshots::run(&options)),
        Command::Story(options) => runtime()?.block_on(story::run(&options)),
        Command::WithPostgres { migrated, command } => with_postgres::run(migrated, &command),
    }
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()
}
