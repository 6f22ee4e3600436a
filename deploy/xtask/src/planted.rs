//! Bugs planted on purpose: each must be caught by the test named for it, or the test is too weak.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::Context;

use crate::cargo::{Profile, cargo, program};
use crate::packages;

/// Everything planted is built apart, so that no planted binary ever lies where a real one is looked for.
const TARGET: &str = "target/planted";

/// A bug behind a feature of the crate it is in.
struct Planted {
    package: &'static str,
    feature: &'static str,
    caught_by: Catcher,
}

/// What must turn red.
enum Catcher {
    /// A test of the crate itself, by a part of its name.
    Test(&'static str),
    /// A short fault run with these kinds of fault.
    Chaos(&'static str),
}

const fn planted(package: &'static str, feature: &'static str, caught_by: Catcher) -> Planted {
    Planted { package, feature, caught_by }
}

/// The same table stands in tests/README.md.
const BUGS: [Planted; 7] = [
    planted(
        "edge",
        "planted-skip-sync",
        Catcher::Test("a_power_cut_at_any_sync_costs_nothing_that_was_told"),
    ),
    planted("edge", "planted-reuse-sequence", Catcher::Chaos("node_replaced,node_kill,link_cut")),
    planted("edge", "planted-ignore-epoch", Catcher::Chaos("hub_restored,link_cut")),
    planted(
        "edge",
        "planted-drop-gaps",
        Catcher::Test("what_is_missing_behind_what_arrived_goes_again_and_nothing_else"),
    ),
    planted("hub", "planted-ack-before-commit", Catcher::Chaos("postgres_kill,postgres_immediate,hub_kill")),
    planted("hub", "planted-no-dedupe", Catcher::Chaos("link_reset,link_half_open,hub_pause,postgres_pause")),
    planted("hub", "planted-ignore-epoch", Catcher::Chaos("hub_restored,link_cut")),
];

/// Builds and runs all of them, or those whose feature has `only` in its name; fails if one is not caught.
pub(crate) fn run(only: Option<&str>) -> anyhow::Result<ExitCode> {
    packages::install_missing(packages::DEMO)?;
    let mut missed = Vec::new();
    for bug in BUGS.iter().filter(|bug| only.is_none_or(|only| bug.name().contains(only))) {
        let how = bug.caught_by.spoken();
        eprintln!("── {}: {how} has to turn red", bug.name());
        let caught = bug.is_caught().with_context(|| bug.name())?;
        println!("{:<6} {:<34} {how}", if caught { "caught" } else { "MISSED" }, bug.name());
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
        match self.caught_by {
            Catcher::Test(name) => self.turns_test_red(name),
            Catcher::Chaos(kinds) => self.turns_run_red(kinds),
        }
    }

    fn turns_test_red(&self, name: &str) -> anyhow::Result<bool> {
        let mut test = Command::new(program("simpul-tests", Profile::Dev));
        test.args(["with-postgres", "--", "cargo", "test", "--package", self.package]);
        test.args(["--features", self.feature, name]).env("SQLX_OFFLINE", "true");
        test.env("CARGO_TARGET_DIR", apart()?);
        let said = said(&mut test)?;
        // A test that is not there turns nothing red, and neither does one that does not compile.
        let red = said.text.lines().any(|line| line.contains(name) && line.ends_with("FAILED"));
        Ok(!said.well && red)
    }

    fn turns_run_red(&self, kinds: &str) -> anyhow::Result<bool> {
        let apart = apart()?;
        let mut build = cargo(&["build", "--workspace", "--bins", "--features", &self.name()]);
        let status = build.env("CARGO_TARGET_DIR", &apart).status().context("cannot start cargo")?;
        anyhow::ensure!(status.success(), "{} does not build", self.name());
        let mut run = Command::new(apart.join("debug/simpul-tests"));
        run.args(["chaos", "--minutes", "1", "--nodes", "8", "--seed", "1", "--json", "--kinds", kinds]);
        let said = said(&mut run)?;
        let line = said.text.lines().last().unwrap_or_default();
        eprintln!("   {line}");
        // Red by its own judgement, not because something could not be started.
        Ok(!said.well && line.contains("\"ok\":false") && !line.contains("\"saved\":0,"))
    }
}

impl Catcher {
    fn spoken(&self) -> String {
        match self {
            Catcher::Test(name) => format!("test {name}"),
            Catcher::Chaos(kinds) => format!("chaos --kinds {kinds}"),
        }
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
