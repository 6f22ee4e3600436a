//! Cargo, as every task calls it: queries checked offline, its words on standard error.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::Context;

/// How binaries are built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    Dev,
    Release,
}

/// A cargo command that checks the hub's queries against hub/.sqlx instead of a database.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.args(arguments).env("SQLX_OFFLINE", "true").stdout(Stdio::from(std::io::stderr()));
    command
}

/// Builds every binary, and in release what the bench runs. Always the whole workspace: another selection would build shared crates a second time.
pub(crate) fn build(profile: Profile) -> anyhow::Result<()> {
    match profile {
        Profile::Dev => run(&mut cargo(&["build", "--workspace", "--bins"])),
        Profile::Release => {
            let examples = ["--example", "growth_speed", "--example", "decode_speed"];
            run(cargo(&["build", "--workspace", "--release", "--bins"]).args(examples))
        }
    }
}

/// Where a built binary lies.
pub(crate) fn program(name: &str, profile: Profile) -> PathBuf {
    let folder = match profile {
        Profile::Dev => "debug",
        Profile::Release => "release",
    };
    // This program was built into the same target directory, wherever that is.
    let own = std::env::current_exe().ok().and_then(|own| Some(own.parent()?.parent()?.to_owned()));
    own.unwrap_or_else(|| PathBuf::from("target")).join(folder).join(name)
}

/// Runs a command to its end, naming it first.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    let line = spoken(command);
    eprintln!("── {line}");
    let status = command.status().with_context(|| format!("cannot start `{line}`"))?;
    anyhow::ensure!(status.success(), "`{line}` failed");
    Ok(())
}

fn spoken(command: &Command) -> String {
    let program = PathBuf::from(command.get_program());
    let words = program.file_name().into_iter().chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}
