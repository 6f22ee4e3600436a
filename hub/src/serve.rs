//! A whole hub, from start to stop.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use chrono::{DateTime, Utc};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::Hub;
use crate::gate::{self, Gate, GateSettings, Upload};
use crate::intake::{self, Answer, Intake, OutsideBroker};
use crate::keys::HubKeys;
use crate::nodes::Admission;
use crate::{changes, reports, web};

/// Uploads that may wait between the gate and intake; behind them nodes wait.
const UPLOADS_WAITING: usize = 256;
/// Acks that may wait for the way down.
const ANSWERS_WAITING: usize = 4096;
/// How often parts of the event log are looked after.
const PARTS_EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// Runs the hub until `cancel` fires, then stops in order: first no new uploads, then what is under way, then the rest.
///
/// Prints one line to standard output once everything listens: `{"web": "<address>", "gate": "<address>"}`, where gate
/// is null if an outside broker is used. `clock` tells the hub's time.
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
    keep_partitions(&hub, clock).await;
    let listener = TcpListener::bind(hub.config.web.listen).await;
    let listener = listener.with_context(|| format!("pages cannot listen on {}", hub.config.web.listen))?;
    let web = listener.local_addr()?;
    let (to_intake, uploads) = mpsc::channel(UPLOADS_WAITING);
    let (answers, to_nodes) = mpsc::channel(ANSWERS_WAITING);
    let stop = cancel.child_token();
    let door = Door::open(&hub, to_intake, to_nodes, &stop).await?;

    let tasks = TaskTracker::new();
    let intake = Intake::new(hub.db.clone(), keys, clock).run(uploads, answers, stop.clone());
    let intake = tasks.spawn(ending(&stop, intake));
    let pages = tasks.spawn(ending(&stop, web::serve(hub.clone(), listener, stop.clone())));
    tasks.spawn(changes::listen(hub.db.clone(), hub.changed.clone(), stop.clone()));
    tasks.spawn(reports::run(hub.clone(), clock, stop.clone()));
    tasks.spawn(look_after_partitions(hub.clone(), clock, stop.clone()));
    tasks.close();
    Ok(Running { hub, web, door, intake, pages, tasks, stop })
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

    /// Resolves once everything has ended; with an error if it was not asked to.
    pub async fn finished(self) -> anyhow::Result<()> {
        let door = self.door.finished().await;
        self.stop.cancel();
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
    Outside(JoinHandle<()>),
}

impl Door {
    async fn open(
        hub: &Hub,
        uploads: mpsc::Sender<Upload>,
        answers: mpsc::Receiver<Answer>,
        stop: &CancellationToken,
    ) -> anyhow::Result<Self> {
        if let Some(broker) = OutsideBroker::from_config(&hub.config)? {
            return Ok(Self::Outside(tokio::spawn(broker.run(uploads, answers, stop.clone()))));
        }
        let admission = Admission::new(hub.db.clone());
        let gate = gate::start(gate_settings(hub), admission, uploads, stop.clone()).await?;
        let forwarding = tokio::spawn(forward(answers, gate.downlink()));
        Ok(Self::Gate { gate, forwarding })
    }

    fn address(&self) -> Option<SocketAddr> {
        match self {
            Self::Gate { gate, .. } => Some(gate.local_addr()),
            Self::Outside(_) => None,
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
            Self::Outside(running) => running.await.context("the way to the outside broker failed"),
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
    let line = serde_json::json!({ "web": running.web(), "gate": running.gate() });
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).context("cannot print the addresses")
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
