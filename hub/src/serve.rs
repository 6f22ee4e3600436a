//! A whole hub, from start to stop.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use chrono::{DateTime, Utc};
use protocol::{NodeId, topic};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::app::Hub;
use crate::gate::{self, Gate, GateSettings, Upload};
use crate::intake::{self, Answer, Intake, OutsideBroker};
use crate::keys::HubKeys;
use crate::nodes::{Admission, Renewals};
use crate::post::{Counter, Https, HttpsSettings};
use crate::shards::{Leases, Shards};
use crate::{changes, feed, reports, web};

/// Uploads that may wait between the gate and intake; behind them nodes wait.
const UPLOADS_WAITING: usize = 256;
/// Acks that may wait for the way down.
const ANSWERS_WAITING: usize = 4096;
/// Below this a hub that is merely busy would lose its shards.
const LEAST_TAKEOVER_S: u64 = 5;
/// How often parts of the event log are looked after.
const PARTS_EVERY: Duration = Duration::from_secs(24 * 60 * 60);
/// How often it is asked whether every feed is complete.
const FEEDS_EVERY: Duration = Duration::from_secs(5 * 60);

/// Runs the hub until `cancel` fires, then stops in order: first no new uploads, then what is under way, then the rest.
///
/// Prints one line to standard output once everything listens: `{"web": "<address>", "gate": "<address>", "https": …}`,
/// where gate is null if an outside broker is used, https if there is no such road. `clock` tells the hub's time.
pub async fn serve(hub: Hub, clock: fn() -> DateTime<Utc>, cancel: CancellationToken) -> anyhow::Result<()> {
    let running = start(hub, clock, cancel).await?;
    announce(&running)?;
    running.finished().await
}

/// A hub that was started.
pub struct Running {
    hub: Hub,
    web: SocketAddr,
    door: Door,
    https: Option<Https>,
    intake: JoinHandle<anyhow::Result<()>>,
    pages: JoinHandle<anyhow::Result<()>>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

/// Migrates the database and starts every part of a hub. `cancel` ends it; should any part fail, all end.
pub async fn start(
    hub: Hub,
    clock: fn() -> DateTime<Utc>,
    cancel: CancellationToken,
) -> anyhow::Result<Running> {
    let keys = Arc::new(HubKeys::load(&hub.config.keys)?);
    hub.migrate().await?;
    intake::settle_epoch(&hub.db, &hub.config.state.dir).await.context("cannot look at the epoch")?;
    keep_partitions(&hub, clock).await;
    let listener = TcpListener::bind(hub.config.web.listen).await;
    let listener = listener.with_context(|| format!("pages cannot listen on {}", hub.config.web.listen))?;
    let web = listener.local_addr()?;
    let (to_intake, uploads) = mpsc::channel(UPLOADS_WAITING);
    let (answers, to_nodes) = mpsc::channel(ANSWERS_WAITING);
    let stop = cancel.child_token();
    let counter = Counter::new(to_intake.clone());
    let door = Door::open(&hub, to_intake, to_nodes, &stop).await?;
    let https = open_https(&hub, &counter, &stop).await?;

    let tasks = TaskTracker::new();
    let (told, reaches) = (answers.clone(), door.reaches());
    tasks.spawn(feed::listen(hub.db.clone(), Arc::clone(&keys), clock, told, reaches, stop.clone()));
    tasks.spawn(look_after_feeds(hub.clone(), Arc::clone(&keys), stop.clone()));
    let intake = Intake::new(hub.db.clone(), keys, clock).renewing(Renewals::from_config(&hub.config.gate)?);
    let intake = tasks.spawn(ending(&stop, intake.run(uploads, answers, stop.clone())));
    let pages = tasks.spawn(ending(&stop, web::serve(hub.clone(), counter, listener, stop.clone())));
    tasks.spawn(changes::listen(hub.db.clone(), hub.changed.clone(), stop.clone()));
    tasks.spawn(reports::run(hub.clone(), clock, stop.clone()));
    tasks.spawn(look_after_partitions(hub.clone(), clock, stop.clone()));
    tasks.spawn(intake::watch_epoch(hub.db.clone(), hub.config.state.dir.clone(), stop.clone()));
    tasks.close();
    Ok(Running { hub, web, door, https, intake, pages, tasks, stop })
}

impl Running {
    /// Where the pages are.
    pub fn web(&self) -> SocketAddr {
        self.web
    }

    /// Where nodes connect; `None` if they reach the hub by an outside broker.
    pub fn gate(&self) -> Option<SocketAddr> {
        self.door.address()
    }

    /// Where nodes connect by HTTPS; `None` if there is no such road.
    pub fn https(&self) -> Option<SocketAddr> {
        self.https.as_ref().map(Https::local_addr)
    }

    /// Resolves once everything has ended; with an error if it was not asked to.
    pub async fn finished(self) -> anyhow::Result<()> {
        let door = self.door.finished().await;
        self.stop.cancel();
        if let Some(https) = self.https {
            https.finished().await;
        }
        self.tasks.wait().await;
        self.hub.db.close().await;
        door.and(self.intake.await?).and(self.pages.await?)
    }
}

/// Runs a part; when it is over, so is the hub.
fn ending<F>(stop: &CancellationToken, part: F) -> impl Future<Output = F::Output> + Send + use<F>
where
    F: Future + Send,
{
    let stop = stop.clone().drop_guard();
    async move {
        let _stop = stop;
        part.await
    }
}

/// What nodes come in by.
enum Door {
    Gate { gate: Gate, forwarding: JoinHandle<()> },
    Outside { running: JoinHandle<()>, shards: watch::Receiver<Shards> },
}

impl Door {
    async fn open(
        hub: &Hub,
        uploads: mpsc::Sender<Upload>,
        answers: mpsc::Receiver<Answer>,
        stop: &CancellationToken,
    ) -> anyhow::Result<Self> {
        let process = Uuid::new_v4();
        if let Some(broker) = OutsideBroker::from_config(&hub.config, process)? {
            let lasting = Duration::from_secs(hub.config.broker.takeover_s.max(LEAST_TAKEOVER_S));
            let leases = Leases::new(hub.db.clone(), process, lasting);
            let (divided, shards) = watch::channel(Shards::NONE);
            let hearing = broker.run(uploads, answers, shards.clone(), stop.clone());
            let dividing = leases.run(divided, stop.clone());
            let running = tokio::spawn(async { ((), ()) = tokio::join!(hearing, dividing) });
            return Ok(Self::Outside { running, shards });
        }
        let admission = Admission::new(hub.db.clone());
        let gate = gate::start(gate_settings(hub), admission, uploads, stop.clone()).await?;
        let forwarding = tokio::spawn(forward(answers, gate.downlink()));
        Ok(Self::Gate { gate, forwarding })
    }

    fn address(&self) -> Option<SocketAddr> {
        match self {
            Self::Gate { gate, .. } => Some(gate.local_addr()),
            Self::Outside { .. } => None,
        }
    }

    /// Which nodes this hub tells news: those it hears, so that no two hubs tell one node the same.
    fn reaches(&self) -> impl Fn(NodeId) -> bool + Send + use<> {
        let shards = match self {
            Self::Gate { .. } => None,
            Self::Outside { shards, .. } => Some(shards.clone()),
        };
        move |node| {
            shards.as_ref().is_none_or(|shards| shards.borrow().iter().any(|mine| mine == topic::shard(node)))
        }
    }

    /// Resolves once nobody comes in any more.
    async fn finished(self) -> anyhow::Result<()> {
        match self {
            Self::Gate { gate, forwarding } => {
                gate.finished().await?;
                forwarding.abort();
                Ok(())
            }
            Self::Outside { running, .. } => running.await.context("the way to the outside broker failed"),
        }
    }
}

async fn forward(mut answers: mpsc::Receiver<Answer>, down: gate::Downlink) {
    while let Some((node, ack)) = answers.recv().await {
        if down.send(node, ack).await.is_err() {
            return;
        }
    }
}

async fn open_https(hub: &Hub, counter: &Counter, stop: &CancellationToken) -> anyhow::Result<Option<Https>> {
    let listen = &hub.config.gate.https_listen;
    if listen.is_empty() {
        return Ok(None);
    }
    let listen = listen.parse().with_context(|| format!("{listen:?} is no address and port"))?;
    let settings = HttpsSettings {
        listen,
        gate: gate_settings(hub),
        admission: Admission::new(hub.db.clone()),
        counter: counter.clone(),
    };
    Https::open(settings, stop.clone()).await.map(Some)
}

fn gate_settings(hub: &Hub) -> GateSettings {
    let gate = &hub.config.gate;
    GateSettings {
        listen: gate.listen,
        certificate_pem: gate.certificate.clone(),
        key_pem: gate.key.clone(),
        authority_pem: gate.authority.clone(),
        revoked_pem: (!gate.revoked.as_os_str().is_empty()).then(|| gate.revoked.clone()),
        limits: gate::Limits::default(),
    }
}

/// Tells whoever started this hub where it listens.
fn announce(running: &Running) -> anyhow::Result<()> {
    let line = serde_json::json!({ "web": running.web(), "gate": running.gate(), "https": running.https() });
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).context("cannot print the addresses")
}

/// Follows the key file, and sees to it that nodes find everything in their feeds; also after the database came back from a
/// copy that knew less.
async fn look_after_feeds(hub: Hub, keys: Arc<HubKeys>, stop: CancellationToken) {
    let looking = async {
        loop {
            if let Err(error) = begin_feeds(&hub, &keys).await {
                tracing::warn!("feeds are not complete, trying again: {error:#}");
            }
            tokio::time::sleep(FEEDS_EVERY).await;
        }
    };
    tokio::select! {
        () = looking => {}
        () = keys.follow(stop) => {}
    }
}

async fn begin_feeds(hub: &Hub, keys: &HubKeys) -> anyhow::Result<()> {
    feed::announce_keys(&hub.db, &keys.publics()).await?;
    feed::begin(&hub.db).await
}

async fn look_after_partitions(hub: Hub, clock: fn() -> DateTime<Utc>, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(PARTS_EVERY) => keep_partitions(&hub, clock).await,
            () = stop.cancelled() => return,
        }
    }
}

async fn keep_partitions(hub: &Hub, clock: fn() -> DateTime<Utc>) {
    if let Err(error) = intake::keep_partitions(&hub.db, clock()).await {
        tracing::warn!("events of this month go to the default part: {error:#}");
    }
}
