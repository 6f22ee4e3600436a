//! Commands by which the office changes what nodes must know.

use anyhow::Context;
use chrono::{DateTime, NaiveDate, NaiveTime, Timelike, Utc};
use clap::Subcommand;
use hub::keys::HubKeys;
use hub::{Hub, feed, immunization, keys, reference};
use uuid::Uuid;

use super::print;

#[derive(Subcommand)]
pub(super) enum ScheduleCommand {
    /// Write a day on which a posyandu meets into its calendar; prints the meeting's id.
    Add {
        #[arg(long)]
        posyandu: Uuid,
        /// The day, e.g. 2026-12-08.
        #[arg(long)]
        day: NaiveDate,
        /// When it begins, local time.
        #[arg(long, default_value = "08:00", value_parser = time)]
        from: NaiveTime,
        /// Where, if not at the usual place.
        #[arg(long, default_value = "")]
        place: String,
    },
    /// Call a meeting off.
    Cancel { id: Uuid },
}

#[derive(Subcommand)]
pub(super) enum SettingCommand {
    /// Set a value that every node follows; an empty one takes the setting away.
    Set { key: String, value: String },
}

#[derive(Subcommand)]
pub(super) enum TaskCommand {
    /// Ask the kader of somebody's posyandu to do something; prints the task's id.
    Add {
        /// For whom.
        #[arg(long)]
        citizen: Uuid,
        /// What, in words a kader can read.
        #[arg(long)]
        text: String,
        /// By when.
        #[arg(long)]
        due: Option<NaiveDate>,
    },
    /// Note that a task is done or no longer needed.
    Done { id: Uuid },
}

#[derive(Subcommand)]
pub(super) enum KeysCommand {
    /// Make a new sealing key and tell the nodes. Running hubs that read the same file know it before any node does; a hub on
    /// another machine must be given the file.
    Rotate,
    /// Destroy sealing keys that were replaced long ago.
    Destroy {
        /// Days since a newer key took its place; without it, the longest time a node may be offline.
        #[arg(long)]
        older_than: Option<u32>,
    },
}

impl ScheduleCommand {
    pub(super) async fn run(self, hub: &Hub) -> anyhow::Result<()> {
        let mut tx = hub.db.begin().await?;
        match self {
            Self::Add { posyandu, day, from, place } => {
                let from_min = (from.hour() * 60 + from.minute()) as u16;
                let meeting = reference::Meeting { posyandu, day, from_min, place };
                let id = reference::add_meeting(&mut tx, &meeting).await?;
                tx.commit().await?;
                print(&format!("{id}\n"))
            }
            Self::Cancel { id } => {
                reference::cancel_meeting(&mut tx, id).await?;
                Ok(tx.commit().await?)
            }
        }
    }
}

impl SettingCommand {
    pub(super) async fn run(self, hub: &Hub) -> anyhow::Result<()> {
        let Self::Set { key, value } = self;
        let mut tx = hub.db.begin().await?;
        reference::set_setting(&mut tx, &key, &value).await?;
        tx.commit().await?;
        if key.starts_with("immunization.") {
            immunization::rebuild(&hub.db).await?;
        }
        Ok(())
    }
}

impl TaskCommand {
    pub(super) async fn run(self, hub: &Hub) -> anyhow::Result<()> {
        let mut tx = hub.db.begin().await?;
        match self {
            Self::Add { citizen, text, due } => {
                let task = reference::NewTask { citizen, text, due };
                let id = reference::add_task(&mut tx, &task).await?;
                tx.commit().await?;
                print(&format!("{id}\n"))
            }
            Self::Done { id } => {
                reference::finish_task(&mut tx, id).await?;
                Ok(tx.commit().await?)
            }
        }
    }
}

impl KeysCommand {
    pub(super) async fn run(self, hub: &Hub, now: DateTime<Utc>) -> anyhow::Result<()> {
        let files = &hub.config.keys;
        match self {
            Self::Rotate => {
                let name = keys::rotate(&files.sealing, now)?;
                let publics = HubKeys::load(files)?.publics();
                feed::announce_keys(&hub.db, &publics)
                    .await
                    .context("the new key is kept, but nodes are not told: start a hub, it tells them")?;
                print(&format!("{name}\n"))
            }
            Self::Destroy { older_than } => {
                let days = older_than.unwrap_or(files.longest_offline_days);
                let destroyed = keys::destroy(&files.sealing, days, now)?;
                for key in &destroyed {
                    print(&farewell(key, &keys::unheard(&hub.db, key.newest_until).await?))?;
                }
                print(&format!("{} keys destroyed\n", destroyed.len()))
            }
        }
    }
}

/// Which batches open no more, and what becomes of them.
fn farewell(key: &keys::Destroyed, unheard: &[keys::Unheard]) -> String {
    let mut text = format!(
        "{}: newest until {}. Batches sealed for it that are still on their way open no more; their nodes seal the same \
         records again. Courier files written before that day must be written anew.\n",
        key.name, key.newest_until
    );
    for node in unheard {
        let heard = node.last_heard_at.map_or("never".to_owned(), |at| at.date_naive().to_string());
        text += &format!("  not heard since then: {} (last heard: {heard})\n", node.label);
    }
    text
}

fn time(text: &str) -> Result<NaiveTime, chrono::ParseError> {
    NaiveTime::parse_from_str(text, "%H:%M")
}
