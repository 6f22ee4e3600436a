//! `simpul-hub backup` and `simpul-hub restore`.

use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};
use clap::Args;
use hub::Hub;
use hub::backup::{self, Following};
use hub::config::Config;

use crate::{print, stopped};

#[derive(Args)]
pub(crate) struct BackupCommand {
    /// The folder of copies, on another disk than the database.
    #[arg(long)]
    to: PathBuf,
    /// Go on until told to stop: receive the server's log as it is written, and copy again when it is time.
    #[arg(long)]
    follow: bool,
    /// How old the newest copy may become, in hours.
    #[arg(long, default_value_t = 24, requires = "follow")]
    every_hours: u32,
    /// The replication slot that keeps the log until it was received.
    #[arg(long, default_value = "simpul_backup", requires = "follow")]
    slot: String,
}

impl BackupCommand {
    pub(crate) async fn run(self, hub: &Hub) -> anyhow::Result<()> {
        let Self { to, follow, every_hours, slot } = self;
        if !follow {
            return report(&backup::take(hub, &to, Utc::now).await?);
        }
        let following = Following { slot, base_every: TimeDelta::hours(every_hours.into()) };
        backup::follow(hub, &to, &following, Utc::now, report, stopped()?).await
    }
}

#[derive(Args)]
pub(crate) struct RestoreCommand {
    /// The folder of copies.
    #[arg(long)]
    from: PathBuf,
    /// The data folder to make; it must be empty or not there.
    #[arg(long)]
    into: PathBuf,
    /// The moment to come back to (2026-11-24T10:00:00+07:00); without it, everything there is.
    #[arg(long)]
    until: Option<DateTime<Utc>>,
}

impl RestoreCommand {
    /// Lays a copy down and says what is left to do.
    pub(crate) async fn run(&self, config: &Config) -> anyhow::Result<()> {
        let restored = backup::restore(&self.from, &self.into, self.until, &config.backup.tools).await?;
        report(&restored)?;
        eprint!("{}", restored.next_steps());
        Ok(())
    }
}

/// One line of JSON for whoever started this.
fn report(what: &impl serde::Serialize) -> anyhow::Result<()> {
    print(&(serde_json::to_string(what)? + "\n"))
}
