//! `cargo xtask`: what people who build Simpul type. It sets up what is missing, builds, and hands over.

mod cargo;
mod check;
mod dist;
mod npm;
mod packages;
mod planted;
mod toolchain;

use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::Context;
use clap::{Parser, Subcommand};

/// What people who build Simpul type.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Xtask {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Hub, node and simulated instruments in one terminal, until Ctrl-C
    #[command(disable_help_flag = true)]
    Demo(Passed),
    /// Every check and test, exactly as CI runs them
    Test,
    /// One whole-system story by name; without a name, the list of them
    #[command(disable_help_flag = true)]
    Story(Passed),
    /// The fault run: everything goes wrong while everybody saves, then ledger, nodes and hub are compared
    #[command(disable_help_flag = true)]
    Chaos(Passed),
    /// Builds each bug that is planted behind a feature, and expects the test named for it to turn red
    Planted {
        /// Only those whose name has this in it
        only: Option<String>,
    },
    /// Speed and size, each beside a limit measured in the same run (release build)
    #[command(disable_help_flag = true)]
    Bench(Passed),
    /// Every page as a picture, phone and desktop
    #[command(disable_help_flag = true)]
    Screenshots(Passed),
    /// Only installs the Debian packages that are missing
    Setup,
    /// Checks the hub's queries against the migrations anew and writes hub/.sqlx
    Sqlx,
    /// Runs the tests and takes what they show as the new snapshots; look at the diff
    Bless,
    /// The long forms: the demo three times in a row, stories at full length, release binaries, benches
    Nightly,
    /// Release binaries in target/dist, with their sizes; `dist edge --target aarch64` for a Raspberry Pi, `dist firmware`
    /// for the scale bridge
    Dist {
        #[command(subcommand)]
        part: Option<dist::Part>,
    },
}

/// Handed on as it is.
#[derive(clap::Args)]
struct Passed {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

fn main() -> anyhow::Result<ExitCode> {
    let task = Xtask::parse().task;
    std::env::set_current_dir(root()).context("cannot enter the checkout")?;
    match task {
        Task::Demo(passed) => hand_over("demo", &passed, outside(&passed), cargo::Profile::Dev),
        Task::Story(passed) => {
            // Two stories run what is made for another machine.
            let told = |name: &str| passed.arguments.iter().any(|word| word == name || word == "--all");
            if told("bridge-emulated") {
                packages::install_missing(packages::EMULATOR)?;
                dist::emulator()?;
            }
            if told("accessible") {
                packages::install_missing(packages::ALL)?;
                npm::axe()?;
            }
            if told("arm64-visit") {
                dist::make(Some(dist::Part::Edge { target: Some(dist::Target::Aarch64) }))?;
            }
            hand_over("story", &passed, packages::ALL, cargo::Profile::Dev)
        }
        Task::Chaos(passed) => hand_over("chaos", &passed, outside(&passed), cargo::Profile::Dev),
        Task::Planted { only } => planted::run(only.as_deref()),
        Task::Bench(passed) => hand_over("bench", &passed, packages::ALL, cargo::Profile::Release),
        Task::Screenshots(passed) => {
            hand_over("screenshots", &passed, packages::BROWSER, cargo::Profile::Dev)
        }
        Task::Test => check::test(),
        Task::Setup => packages::install_missing(packages::ALL).map(|()| ExitCode::SUCCESS),
        Task::Sqlx => check::sqlx(),
        Task::Bless => check::bless(),
        Task::Nightly => check::nightly(),
        Task::Dist { part } => dist::make(part),
    }
}

/// What is needed with another broker than the hub's own gate, if one is asked for.
fn outside(passed: &Passed) -> &'static [packages::Package] {
    let outside = passed.arguments.iter().any(|word| word.starts_with("--broker"));
    if outside { packages::DEMO_OUTSIDE } else { packages::DEMO }
}

/// The checkout this program was built from.
fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// Sets up, builds, and becomes `simpul-tests`, so that Ctrl-C and the exit code are its own.
fn hand_over(
    command: &str,
    passed: &Passed,
    needed: &[packages::Package],
    profile: cargo::Profile,
) -> anyhow::Result<ExitCode> {
    packages::install_missing(needed)?;
    cargo::build(profile)?;
    let mut tests = Command::new(cargo::program("simpul-tests", profile));
    Err(tests.arg(command).args(&passed.arguments).exec()).context("cannot start simpul-tests")
}
