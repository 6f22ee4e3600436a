//! What goes wrong at the Puskesmas: hub, broker and database, one thing after another.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::fault::Kind;
use super::schedule::Fault;
use super::tally::Tally;
use super::town::Town;
use crate::harness::{Broker, Durability, Hub, Postgres, until};

/// The first backup is taken so soon after the first save, and one after another from then on.
const FIRST_BACKUP_MS: u64 = 8_000;
const BACKUP_EVERY_MS: u64 = 40_000;
/// How often it is looked whether everything still runs.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How long a program may take to come back, with everything else going on.
const BACK_WITHIN: Duration = Duration::from_secs(90);

/// Hub, broker and database, and the last backup of it.
#[derive(Debug)]
pub(super) struct Centre {
    town: Arc<Town>,
    tally: Arc<Tally>,
    postgres: Option<Postgres>,
    hub: Option<Hub>,
    broker: Option<Broker>,
    backup: Option<Backup>,
    backups: usize,
}

#[derive(Debug)]
struct Backup {
    by: By,
    path: PathBuf,
    /// How many cards the hub knew then.
    enrolled: usize,
}

/// Who takes a backup and puts it back; they take turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    /// `simpul-hub backup` and `restore`: the log is read again, on a new timeline.
    Commands,
    /// An operator who copies files: the same timeline goes on, and nothing in the database tells that it is older.
    Files,
}

impl Centre {
    pub(super) fn new(
        town: &Arc<Town>,
        tally: &Arc<Tally>,
        postgres: Postgres,
        hub: Hub,
        broker: Option<Broker>,
    ) -> Self {
        Self {
            town: Arc::clone(town),
            tally: Arc::clone(tally),
            postgres: Some(postgres),
            hub: Some(hub),
            broker,
            backup: None,
            backups: 0,
        }
    }

    /// Carries out what is planned until `until_ms`, takes backups between, and starts what fell.
    pub(super) async fn go_through(mut self, faults: Vec<Fault>, until_ms: u64) -> anyhow::Result<Self> {
        let mut faults = faults.into_iter().peekable();
        let mut next_backup_ms = FIRST_BACKUP_MS;
        loop {
            let now_ms = self.tally.now_ms();
            if faults.peek().is_none() && now_ms >= until_ms {
                break;
            }
            if let Some(fault) = faults.next_if(|fault| fault.at_ms <= now_ms) {
                self.suffer(&fault).await.with_context(|| format!("{fault:?}"))?;
                self.tally.done(&fault, now_ms);
            } else if now_ms >= next_backup_ms && now_ms < until_ms {
                self.back_up().await;
                next_backup_ms = self.tally.now_ms() + BACKUP_EVERY_MS;
            } else {
                let due = faults.peek().map_or(until_ms, |fault| fault.at_ms).min(now_ms + 500);
                tokio::time::sleep_until(self.tally.moment(due.max(now_ms + 1))).await;
            }
            self.look_after().await?;
        }
        Ok(self)
    }

    /// The database, for the last look.
    pub(super) fn postgres(&self) -> anyhow::Result<&Postgres> {
        self.postgres.as_ref().context("Postgres is down")
    }

    /// Starts the hub again if it has ended by itself: systemd would.
    pub(super) async fn look_after(&mut self) -> anyhow::Result<()> {
        if self.hub.as_mut().is_some_and(|hub| !hub.runs()) {
            self.tally.fell("hub");
            self.hub = None;
            self.hub_up().await?;
        }
        if let Some(broker) = &self.broker {
            let told = self.town.admit(broker);
            told.unwrap_or_else(|err| tracing::warn!("the broker was not told of a new card: {err:#}"));
        }
        Ok(())
    }

    /// Stops everything in order.
    pub(super) async fn end(mut self) -> anyhow::Result<()> {
        if let Some(hub) = self.hub.take() {
            hub.stop().await?;
        }
        match self.postgres.take() {
            Some(postgres) => postgres.stop().await,
            None => Ok(()),
        }
    }

    async fn suffer(&mut self, fault: &Fault) -> anyhow::Result<()> {
        let pause = Duration::from_millis(fault.for_ms);
        match fault.kind {
            Kind::HubKill => self.hub_again(pause).await,
            Kind::HubPause => {
                let hub = self.hub.as_ref().context("the hub is down")?;
                hub.pause();
                sleep(pause).await;
                hub.resume();
                Ok(())
            }
            Kind::HubRestored => self.restore(pause).await,
            Kind::PostgresKill => {
                self.postgres.take().context("Postgres is down")?.kill_nine().await?;
                sleep(pause).await;
                self.postgres_up().await
            }
            Kind::PostgresImmediate => {
                self.postgres.take().context("Postgres is down")?.stop_immediately().await?;
                sleep(pause).await;
                self.postgres_up().await
            }
            Kind::PostgresPause => {
                let _held = self.postgres()?.hold();
                sleep(pause).await;
                Ok(())
            }
            Kind::BrokerPause => {
                let broker = self.broker.as_ref().context("there is no outside broker")?;
                broker.pause();
                sleep(pause).await;
                broker.resume();
                Ok(())
            }
            Kind::BrokerKill | Kind::BrokerWiped => match self.broker.take() {
                Some(broker) => self.broker_again(broker, pause, fault.kind == Kind::BrokerWiped).await,
                // The gate keeps what it has in the hub's own memory, so its end is the hub's.
                None => self.hub_again(pause).await,
            },
            _ => anyhow::bail!("this is no fault of the centre's"),
        }
    }

    async fn hub_again(&mut self, pause: Duration) -> anyhow::Result<()> {
        self.hub.take().context("the hub is down")?.kill_nine();
        sleep(pause).await;
        self.hub_up().await
    }

    async fn hub_up(&mut self) -> anyhow::Result<()> {
        let hub = self.again("the hub", async |town| town.hub_place.start(&town.keeper).await).await?;
        for post in &self.town.posts {
            hub.gate.into_iter().for_each(|gate| post.link.lead_to(gate));
            hub.https.into_iter().for_each(|https| post.https.lead_to(https));
        }
        self.hub = Some(hub);
        Ok(())
    }

    async fn postgres_up(&mut self) -> anyhow::Result<()> {
        let start =
            async |town: &Town| Postgres::start(&town.keeper, &town.postgres_dir, Durability::Full).await;
        self.postgres = Some(self.again("Postgres", start).await?);
        Ok(())
    }

    /// Killed, and where it is to be wiped its store goes too.
    async fn broker_again(&mut self, broker: Broker, pause: Duration, wiped: bool) -> anyhow::Result<()> {
        let place = broker.kill_nine();
        if wiped {
            place.wipe()?;
        }
        sleep(pause).await;
        self.broker = Some(self.again("the broker", async |town| place.start(&town.keeper).await).await?);
        Ok(())
    }

    /// The operator puts the last backup in place of what there is; what people know besides, they say again.
    async fn restore(&mut self, pause: Duration) -> anyhow::Result<()> {
        let backup = self.backup.as_ref().context("no backup was taken before a restore was due")?;
        let (by, path, enrolled) = (backup.by, backup.path.clone(), backup.enrolled);
        self.hub.take().context("the hub is down")?.kill_nine();
        self.postgres.take().context("Postgres is down")?.stop_immediately().await?;
        match by {
            By::Files => Postgres::put_back(&self.town.postgres_dir, &path).await?,
            By::Commands => self.town.restore(&path).await?,
        }
        sleep(pause).await;
        self.postgres_up().await?;
        self.postgres()?.recovered().await?;
        let town = Arc::clone(&self.town);
        spawn_blocking(move || town.enrol_since(enrolled)).await??;
        self.hub_up().await
    }

    async fn back_up(&mut self) {
        let by = if self.backups.is_multiple_of(2) { By::Files } else { By::Commands };
        let path = self.town.postgres_dir.join(format!("backup-{}", self.backups));
        self.backups += 1;
        let enrolled = self.town.enrolled();
        let taken = match (self.postgres(), by) {
            (Ok(postgres), By::Files) => postgres.back_up(&path).await,
            (Ok(_), By::Commands) => self.town.back_up(&path).await,
            (Err(err), _) => Err(err),
        };
        if let Err(err) = taken {
            tracing::warn!("a backup could not be taken: {err:#}");
            return;
        }
        tracing::info!("{:>7.1} s backup by {by:?}", self.tally.now_ms() as f64 / 1000.0);
        if let Some(older) = self.backup.replace(Backup { by, path, enrolled }) {
            let _ = std::fs::remove_dir_all(older.path);
        }
    }

    /// Starts something, again if it does not come up at once: its port or its socket may still be somebody's.
    async fn again<T>(
        &self,
        name: &str,
        start: impl AsyncFn(&Town) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let mut last = None;
        let up = until(BACK_WITHIN, async || match start(&self.town).await {
            Ok(up) => Ok(Some(up)),
            Err(err) => {
                tracing::warn!("{name} does not start: {err:#}");
                last = Some(err);
                sleep(LOOK_EVERY).await;
                Ok(None)
            }
        });
        match up.await? {
            Some(up) => Ok(up),
            None => Err(last.unwrap_or_else(|| anyhow::anyhow!("it was not tried"))).context(name.to_owned()),
        }
    }
}
