//! The door the nodes come in by: it knows each of them, hears only what is theirs to say, and never lets one stop another.
//!
//! # Why
//! rumqttd's own listener can be stopped for everybody by a single client, so it is never started. The
//! gate accepts, checks certificates and speaks MQTT 3.1.1 itself, and a client never touches the router:
//!
//! - `up` messages go straight into the bounded `uploads` queue. A slow hub therefore slows its nodes,
//!   and PUBACK means "the hub has it", because [`Upload::taken`] is called after its commit.
//! - `down` messages pass rumqttd's router over one link of our own (`down.rs`) and are handed to the
//!   node's session from there. A link per client would let clients decide what the router holds
//!   (a log of some hundred KiB per filter that is never freed) and end it for all (it panics when an id
//!   that is gone asks to be woken, which a takeover can bring about).
//!
//! There are deliberately no retained messages, wills, shared subscriptions, wildcards, QoS 2, or
//! sessions that outlive their connection: nodes resend until the hub has acknowledged.

mod acl;
mod down;
mod ending;
mod greet;
mod handing;
mod limits;
mod listen;
mod mail;
mod outbox;
mod present;
mod session;
#[cfg(test)]
mod tests;
pub(crate) mod tls;

use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use bytes::Bytes;
use protocol::{NodeId, Standing};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use limits::Limits;

/// How many `down` messages may wait for the router before `send_down` waits too.
const DOWN_WAITING: usize = 1024;

/// Where the gate listens and whom it believes.
#[derive(Debug, Clone)]
pub struct GateSettings {
    /// Address and port to listen on; port 0 takes any free one.
    pub listen: SocketAddr,
    /// The hub's own certificate chain, PEM.
    pub certificate_pem: PathBuf,
    /// The private key to that certificate, PEM.
    pub key_pem: PathBuf,
    /// The authorities whose node certificates count, PEM; several while one replaces another.
    pub authority_pem: PathBuf,
    /// Their lists of revoked certificates, PEM; without it only [`Admission`] revokes. Read again when it changes, as
    /// are the other files.
    pub revoked_pem: Option<PathBuf>,
    /// What one client may ask of the gate.
    pub limits: Limits,
}

/// One message from a node: certificate, MQTT client id and topic all named this node.
///
/// Dropping it without [`Upload::taken`] closes the node's connection, so that the node sends it again.
/// A payload the hub can never use must therefore still be taken, once it is set aside.
#[derive(Debug)]
pub struct Upload {
    /// The node it came from.
    pub node: NodeId,
    /// The letter as the node sent it; never empty, not yet verified.
    pub payload: Bytes,
    /// Where letters that answer this one go, if not down the node's own road.
    pub reply: Option<mpsc::Sender<Bytes>>,
    taken: oneshot::Sender<()>,
}

impl Upload {
    /// An upload by another road than MQTT; the receiver resolves once it is taken, and errs if it never will be.
    pub fn new(node: NodeId, payload: Bytes) -> (Self, oneshot::Receiver<()>) {
        let (taken, seen) = oneshot::channel();
        (Self { node, payload, reply: None, taken }, seen)
    }

    /// An upload whose sender waits for the answers itself: an HTTPS request, a courier's packet.
    pub fn with_reply(
        node: NodeId,
        payload: Bytes,
        reply: mpsc::Sender<Bytes>,
    ) -> (Self, oneshot::Receiver<()>) {
        let (upload, seen) = Self::new(node, payload);
        (Self { reply: Some(reply), ..upload }, seen)
    }

    /// Lets the node's PUBACK go. Call it after the commit that keeps the payload.
    pub fn taken(self) {
        // The node may have left meanwhile; it will send the batch again and be told the same.
        let _ = self.taken.send(());
    }
}

/// Says whether a certificate may speak for a node now.
pub trait Admission: Send + Sync + 'static {
    /// What this certificate (SHA-256 of its DER form) makes of its bearer; `None` if it may not speak for this node.
    /// Asked when it connects and every [`Limits::readmit_every`] while it stays; no answer in time refuses a new
    /// connection and keeps an old one.
    fn admits(
        &self,
        node: NodeId,
        certificate_sha256: [u8; 32],
    ) -> impl Future<Output = Option<Standing>> + Send;
}

/// The gate has stopped; nothing can be sent through it any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the gate is closed")]
pub struct GateClosed;

/// Sends `down` messages; cheap to clone and give away.
#[derive(Debug, Clone)]
pub struct Downlink(mpsc::Sender<(NodeId, Bytes)>);

impl Downlink {
    /// Sends to the node if it is connected and listening, else to nobody: nodes ask again for what they miss.
    /// Waits while the router is behind; errs only when the gate has stopped.
    pub async fn send(&self, node: NodeId, payload: Bytes) -> Result<(), GateClosed> {
        self.0.send((node, payload)).await.map_err(|_| GateClosed)
    }
}

/// A running gate.
#[derive(Debug)]
pub struct Gate {
    local_addr: SocketAddr,
    down: Downlink,
    tasks: TaskTracker,
    listening: JoinHandle<()>,
    routing: JoinHandle<anyhow::Result<()>>,
}

impl Gate {
    /// The address it really listens on.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// As [`Downlink::send`].
    pub async fn send_down(&self, node: NodeId, payload: Bytes) -> Result<(), GateClosed> {
        self.down.send(node, payload).await
    }

    /// A sender that can be given away.
    pub fn downlink(&self) -> Downlink {
        self.down.clone()
    }

    /// Resolves when every connection is closed and every task has ended: without error after the caller
    /// cancelled, with one if the gate cannot go on (the process had better exit and be started again).
    pub async fn finished(self) -> anyhow::Result<()> {
        self.tasks.wait().await;
        self.listening.await.context("the gate's listener failed")?;
        self.routing.await.context("the gate's router task failed")?
    }
}

/// What all connections of one gate share.
struct Shared<A> {
    tls: Arc<tls::LiveConfig>,
    limits: Limits,
    admission: A,
    uploads: mpsc::Sender<Upload>,
    present: Arc<present::Present>,
    stop: CancellationToken,
}

/// Opens the gate; it runs until `cancel` is cancelled or its router fails.
/// Errs if a file cannot be read or used, or the address is taken.
pub async fn start<A: Admission>(
    settings: GateSettings,
    admission: A,
    uploads: mpsc::Sender<Upload>,
    cancel: CancellationToken,
) -> anyhow::Result<Gate> {
    let tls = Arc::new(tls::LiveConfig::read(settings.clone(), tls::Visitors::Nodes)?);
    let listen = settings.listen;
    let listener = TcpListener::bind(listen).await.with_context(|| format!("cannot listen on {listen}"))?;
    let local_addr = listener.local_addr()?;
    let road = down::Road::open(settings.limits.probe_every).await?;
    let (down, orders) = mpsc::channel(DOWN_WAITING);
    let stop = cancel.child_token();
    let present = Arc::default();
    let hub = Arc::new(Shared { tls, limits: settings.limits, admission, uploads, present, stop });
    let tasks = TaskTracker::new();
    tasks.spawn(tls::keep_fresh(Arc::clone(&hub.tls), hub.stop.clone()));
    let routing = tasks.spawn(carry(road, orders, Arc::clone(&hub)));
    let listening = tasks.spawn(listen::listen(listener, hub, tasks.clone()));
    tasks.close();
    Ok(Gate { local_addr, down: Downlink(down), tasks, listening, routing })
}

/// Runs the road down; without it the gate is of no use, so its end closes everything.
async fn carry<A: Admission>(
    mut road: down::Road,
    orders: mpsc::Receiver<(NodeId, Bytes)>,
    hub: Arc<Shared<A>>,
) -> anyhow::Result<()> {
    let _closes_the_gate = hub.stop.clone().drop_guard();
    road.carry(orders, &hub.present, &hub.stop).await
}
