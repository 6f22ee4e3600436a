//! The checks, cheap ones first, and what refreshes the files they compare with.

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::Context;

use crate::cargo::{self, Profile, build, cargo, program, run};
use crate::dist::{self, Part, Target};
use crate::{npm, packages, planted};

/// Everything CI runs.
pub(crate) fn test() -> anyhow::Result<ExitCode> {
    packages::install_missing(packages::ALL)?;
    run(&mut cargo(&["fmt", "--all", "--check"]))?;
    run(&mut cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    run(cargo(&["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))?;
    npm::axe()?;
    build(Profile::Dev)?;
    if has("nextest") {
        run(with_postgres(&[]).args(["cargo", "nextest", "run", "--workspace", "--no-tests=pass"]))?;
        run(with_postgres(&[]).args(["cargo", "test", "--workspace", "--doc"]))?;
    } else {
        eprintln!("cargo-nextest is not installed: plain `cargo test` runs the same tests");
        run(with_postgres(&[]).args(["cargo", "test", "--workspace"]))?;
    }
    if has("deny") {
        run(&mut cargo(&["deny", "check"]))?;
    } else {
        eprintln!("cargo-deny is not installed: licences, advisories and sources were NOT checked");
    }
    no_orphan_snapshots(Path::new("."))?;
    Ok(ExitCode::SUCCESS)
}

/// Writes hub/.sqlx from nothing, so that no query which is gone stays behind.
pub(crate) fn sqlx() -> anyhow::Result<ExitCode> {
    packages::install_missing(packages::DEMO)?;
    run(&mut cargo(&["build", "--package", "tests", "--bins"]))?;
    let folder = std::env::current_dir()?.join("hub/.sqlx");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    // A query is checked, and its file written, only when the crate is compiled anew.
    let library = std::fs::File::options().append(true).open("hub/src/lib.rs")?;
    #[expect(clippy::disallowed_methods, reason = "touching a file, not telling the time")]
    library.set_modified(std::time::SystemTime::now())?;
    let mut check = with_postgres(&["--migrated"]);
    check.args(["cargo", "check", "--package", "hub", "--all-targets"]);
    run(check.env("SQLX_OFFLINE", "false").env("SQLX_OFFLINE_DIR", &folder))?;
    eprintln!("{} queries in hub/.sqlx", std::fs::read_dir(&folder)?.count());
    Ok(ExitCode::SUCCESS)
}

/// Takes what the tests show as the new snapshots.
pub(crate) fn bless() -> anyhow::Result<ExitCode> {
    packages::install_missing(packages::ALL)?;
    npm::axe()?;
    build(Profile::Dev)?;
    run(with_postgres(&[]).args(["cargo", "test", "--workspace"]).env("INSTA_UPDATE", "always"))?;
    eprintln!("Look at the diff before you commit it.");
    Ok(ExitCode::SUCCESS)
}

/// The long forms of what CI runs short, release binaries and benches.
pub(crate) fn nightly() -> anyhow::Result<ExitCode> {
    packages::install_missing(packages::ALL)?;
    npm::axe()?;
    build(Profile::Dev)?;
    let tests = || Command::new(program("simpul-tests", Profile::Dev));
    let day = ["demo", "--headless", "--visits", "40", "--pace", "20", "--json"];
    for way in [
        ["--broker", "gate"],
        ["--broker", "mosquitto"],
        ["--broker", "nats"],
        ["--road", "https"],
        ["--road", "courier"],
    ] {
        run(tests().args(day).args(way))?;
    }
    // The stories bridge-emulated and arm64-visit run what these make.
    dist::emulator()?;
    dist::make(Some(Part::Edge { target: Some(Target::Aarch64) }))?;
    run(tests().args(["story", "--all", "--full", "--json"]))?;
    for seed in ["1", "2", "3"] {
        run(tests().args(["chaos", "--minutes", "10", "--seed", seed, "--json"]))?;
    }
    let torn = [
        "run",
        "--package",
        "edge",
        "--features",
        "faults",
        "--example",
        "torn_writes",
        "--",
        "--seeds",
        "5000",
    ];
    run(&mut cargo(&torn))?;
    planted::run(None)?;
    dist::make(None)?;
    run(Command::new(program("simpul-tests", Profile::Release)).args([
        "bench",
        "--json",
        "--minutes",
        "10",
    ]))?;
    Ok(ExitCode::SUCCESS)
}

/// A command to be given its arguments, with an empty database of its own.
fn with_postgres(options: &[&str]) -> Command {
    let mut command = Command::new(program("simpul-tests", Profile::Dev));
    command.arg("with-postgres").args(options).arg("--").env("SQLX_OFFLINE", "true");
    command
}

/// Whether cargo has this subcommand here.
fn has(subcommand: &str) -> bool {
    let output = cargo::cargo(&[subcommand, "--version"]).stderr(std::process::Stdio::null()).output();
    output.is_ok_and(|output| output.status.success())
}

/// A snapshot somebody wrote and nobody looked at must not pass unseen.
fn no_orphan_snapshots(folder: &Path) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && !path.is_symlink() && name != "target" && name != ".git" && name != ".simpul" {
            no_orphan_snapshots(&path)?;
        }
        anyhow::ensure!(
            !name.ends_with(".snap.new") && !name.ends_with(".pending-snap"),
            "{} waits to be looked at: `cargo xtask bless`, then read the diff",
            path.display()
        );
    }
    Ok(())
}
