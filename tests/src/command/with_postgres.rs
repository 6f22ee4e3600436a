//! A command with an empty database of its own, for tests and for checking queries.

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::Context;
use sqlx::migrate::Migrator;
use tests::harness::{Durability, Keeper, Postgres, short_dir};

/// Runs `command` with `DATABASE_URL` set and gives its exit code.
#[tokio::main]
pub(crate) async fn run(migrated: bool, command: &[String]) -> anyhow::Result<ExitCode> {
    let keeper = Keeper::start()?;
    let dir = short_dir()?;
    keeper.remove(dir.path())?;
    let postgres = Postgres::start(&keeper, dir.path(), Durability::None).await?;
    let url = postgres.database().await?;
    if migrated {
        let migrations =
            Migrator::new(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations"))).await?;
        migrations
            .run(&mut postgres.connect("simpul").await?)
            .await
            .context("cannot migrate the database")?;
    }
    let (program, arguments) = command.split_first().context("there is no command to run")?;
    let mut child = tokio::process::Command::from(Command::new(program));
    child.args(arguments).env("DATABASE_URL", url).kill_on_drop(true);
    let mut child = child.spawn().with_context(|| format!("cannot start {program}"))?;
    let status = tokio::select! {
        status = child.wait() => status?,
        _ = tokio::signal::ctrl_c() => child.wait().await?,
    };
    postgres.stop().await?;
    Ok(ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)))
}
