//! A running gate with its authority, its register and a hub that takes what comes.

use std::collections::HashSet;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use protocol::{NodeId, Standing};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::certificates::Authority;
use super::client::Client;
use super::within;
use crate::gate::{Admission, Downlink, Gate, GateSettings, Limits, Upload, start};

/// What the hub took, in order.
pub(super) type Taken = Arc<Mutex<Vec<(NodeId, Bytes)>>>;

/// Knows who is out, and counts how often it was asked.
#[derive(Default)]
pub(super) struct Register {
    out: Mutex<HashSet<NodeId>>,
    pub(super) asked: AtomicUsize,
    pub(super) shown: Mutex<Vec<[u8; 32]>>,
}

impl Register {
    pub(super) fn put_out(&self, node: NodeId) {
        self.out.lock().unwrap().insert(node);
    }
}

impl Admission for Arc<Register> {
    async fn admits(&self, node: NodeId, certificate_sha256: [u8; 32]) -> Option<Standing> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.shown.lock().unwrap().push(certificate_sha256);
        (!self.out.lock().unwrap().contains(&node)).then_some(Standing::Current)
    }
}

pub(super) struct Town {
    pub(super) authority: Authority,
    pub(super) register: Arc<Register>,
    pub(super) addr: SocketAddr,
    pub(super) down: Downlink,
    pub(super) stop: CancellationToken,
    gate: Gate,
    uploads: Option<mpsc::Receiver<Upload>>,
    _folder: TempDir,
}

/// A node nobody else uses.
pub(super) fn some_node() -> NodeId {
    NodeId(uuid::Uuid::new_v4())
}

pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

impl Town {
    pub(super) async fn open() -> Self {
        Self::with(Limits::default(), 64).await
    }

    pub(super) async fn with(limits: Limits, queue: usize) -> Self {
        Self::under(Authority::new(), None, limits, queue).await
    }

    pub(super) async fn under(
        authority: Authority,
        revoked: Option<String>,
        limits: Limits,
        queue: usize,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| -> PathBuf {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            path
        };
        let hub = authority.hub();
        let settings = GateSettings {
            listen: "127.0.0.1:0".parse().unwrap(),
            certificate_pem: write("hub.pem", &hub.pem),
            key_pem: write("hub.key", &hub.key_pem),
            authority_pem: write("ca.pem", &authority.pem()),
            revoked_pem: revoked.map(|list| write("revoked.pem", &list)),
            limits,
        };
        let (to_hub, uploads) = mpsc::channel(queue);
        let register = Arc::new(Register::default());
        let stop = CancellationToken::new();
        let gate = start(settings, Arc::clone(&register), to_hub, stop.clone()).await.unwrap();
        Self {
            authority,
            register,
            addr: gate.local_addr(),
            down: gate.downlink(),
            stop,
            gate,
            uploads: Some(uploads),
            _folder: folder,
        }
    }

    /// The hub's end of the queue.
    pub(super) fn uploads(&mut self) -> mpsc::Receiver<Upload> {
        self.uploads.take().expect("asked once")
    }

    /// From now on the hub takes everything at once.
    pub(super) fn take_everything(&mut self) -> Taken {
        let taken = Taken::default();
        let (mut uploads, list) = (self.uploads(), Arc::clone(&taken));
        tokio::spawn(async move {
            while let Some(upload) = uploads.recv().await {
                list.lock().unwrap().push((upload.node, upload.payload.clone()));
                upload.taken();
            }
        });
        taken
    }

    /// An honest client, let in.
    pub(super) async fn client(&self, node: NodeId) -> Client {
        let mut client = self.stranger(node).await;
        client.enter(node).await;
        client
    }

    /// An honest client that has yet to send its CONNECT.
    pub(super) async fn stranger(&self, node: NodeId) -> Client {
        let badge = self.authority.node(node);
        Client::dial(self.addr, self.authority.client(Some(&badge))).await.unwrap()
    }

    /// That the gate still does all it is for, for somebody who did nothing wrong.
    pub(super) async fn still_serves(&self) {
        let node = some_node();
        let mut client = self.client(node).await;
        client.subscribe(node).await;
        self.down.send(node, Bytes::from_static(b"ack")).await.unwrap();
        assert_eq!(client.letter().await.payload, "ack");
    }

    /// Closes the gate and waits until nothing of it is left.
    pub(super) async fn close(self) {
        self.stop.cancel();
        within("the end of every task", self.gate.finished()).await.unwrap();
    }
}
