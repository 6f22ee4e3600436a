//! What every part of a running hub shares.

use std::sync::Arc;

use anyhow::Context;
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tokio::sync::broadcast;
use uuid::Uuid;

use crate::config::Config;

/// A running hub. Cheap to clone; all clones are the same hub.
#[derive(Debug, Clone)]
pub struct Hub {
    /// Postgres, the only place where anything is kept.
    pub db: PgPool,
    /// The settings it was started with.
    pub config: Arc<Config>,
    /// Tells pages what to read again; fed by every hub on this database.
    pub changed: broadcast::Sender<Changed>,
}

/// A month's figures or a child's records changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Changed {
    /// The posyandu it happened in.
    pub posyandu: Uuid,
    /// The month it is reported in: year × 12 + month − 1.
    pub report_month: i32,
}

/// A page that falls further behind than this many changes reads everything again.
const CHANGES_KEPT: usize = 1024;

impl Hub {
    /// Connects to the database named in the settings.
    pub async fn connect(config: Config) -> anyhow::Result<Self> {
        let options: PgConnectOptions =
            config.database.url.parse().context("the database url is not usable")?;
        // An ack speaks of what is on the disk, whatever the server's own default.
        let options = options.application_name("simpul-hub").options([("synchronous_commit", "on")]);
        let db = PgPoolOptions::new()
            .max_connections(config.database.connections)
            .connect_with(options)
            .await
            .context("cannot reach the database")?;
        Ok(Self::over(db, config))
    }

    /// A hub over a database that is already connected.
    pub fn over(db: PgPool, config: Config) -> Self {
        Self { db, config: Arc::new(config), changed: broadcast::Sender::new(CHANGES_KEPT) }
    }

    /// Brings the database's tables to what this binary needs.
    pub async fn migrate(&self) -> anyhow::Result<()> {
        sqlx::migrate!("../migrations").run(&self.db).await.context("cannot migrate the database")
    }
}
