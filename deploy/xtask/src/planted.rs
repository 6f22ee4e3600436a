//! Bugs planted on purpose: each must be caught by the test named for it, or the test is too weak.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::Context;

use crate::cargo::{Profile, program};
use crate::packages;

/// Everything planted is built apart, so that no planted binary ever lies where a real one is looked for.
const TARGET: &str = "target/planted";

/// A bug behind a feature of the crate it is in, and the test that must turn red, by a part of its name.
struct Planted {
    package: &'static str,
    feature: &'static str,
    caught_by: &'static str,
}

const fn planted(package: &'static str, feature: &'static str, caught_by: &'static str) -> Planted {
    Planted { package, feature, caught_by }
}

/// The same table stands in tests/README.md.
const BUGS: [Planted; 7] = [
    planted("edge", "planted-skip-sync", "a_power_cut_at_any_sync_costs_nothing_that_was_told"),
    planted(
        "edge",
        "planted-reuse-sequence",
        "a_card_that_takes_anothers_place_gives_out_numbers_of_its_own",
    ),
    planted("edge", "planted-ignore-epoch", "a_hub_may_go_back_only_in_a_life_it_has_answered_in"),
    planted("edge", "planted-drop-gaps", "what_is_missing_behind_what_arrived_goes_again_and_nothing_else"),
    planted("hub", "planted-ack-before-commit", "no_ack_is_sent_before_the_commit_itself_is_done"),
    planted("hub", "planted-no-dedupe", "what_is_sent_again_is_kept_once"),
    planted("hub", "planted-ignore-epoch", "a_node_that_remembers_more_than_the_database_sends_it_again"),
];

/// Builds and runs all of them, or those whose feature has `only` in its name; fails if one is not caught.
pub(crate) fn run(only: Option<&str>) -> anyhow::Result<ExitCode> {
    packages::install_missing(packages::DEMO)?;
    let mut missed = Vec::new();
    for bug in BUGS.iter().filter(|bug| only.is_none_or(|only| bug.name().contains(only))) {
        let test = bug.caught_by;
        eprintln!("── {}: {test} has to turn red", bug.name());
        let caught = bug.is_caught().with_context(|| bug.name())?;
        println!("{:<6} {:<34} {test}", if caught { "caught" } else { "MISSED" }, bug.name());
        if !caught {
            missed.push(bug.name());
        }
    }
    anyhow::ensure!(missed.is_empty(), "not caught: {}", missed.join(", "));
    Ok(ExitCode::SUCCESS)
}

impl Planted {
    fn name(&self) -> String {
        format!("{}/{}", self.package, self.feature)
    }

    fn is_caught(&self) -> anyhow::Result<bool> {
        let name = self.caught_by;
        let mut test = Command::new(program("simpul-tests", Profile::Dev));
        test.args(["with-postgres", "--", "cargo", "test", "--package", self.package]);
        test.args(["--features", self.feature, name]).env("SQLX_OFFLINE", "true");
        test.env("CARGO_TARGET_DIR", apart()?);
        let said = said(&mut test)?;
        // A test that is not there turns nothing red, and neither does one that does not compile.
        let red = said.text.lines().any(|line| line.contains(name) && line.ends_with("FAILED"));
        Ok(!said.well && red)
    }
}

struct Said {
    well: bool,
    text: String,
}

/// Runs a command and keeps what it printed on standard output.
fn said(command: &mut Command) -> anyhow::Result<Said> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output = output.with_context(|| format!("cannot run {}", command.get_program().display()))?;
    Ok(Said { well: output.status.success(), text: String::from_utf8_lossy(&output.stdout).into_owned() })
}

fn apart() -> anyhow::Result<PathBuf> {
    Ok(std::env::current_dir()?.join(Path::new(TARGET)))
}
