//! A piece of wire that counts what passes: the bytes TCP carries, TLS and MQTT with them, TCP's own headers apart.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

const PIECE: usize = 16 * 1024;

/// Stands before one address. Dropping it ends it.
#[derive(Debug)]
pub(super) struct Meter {
    address: SocketAddr,
    counted: Arc<AtomicU64>,
    _accepting: JoinSet<()>,
}

impl Meter {
    pub(super) async fn before(target: SocketAddr) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("no free port for the meter")?;
        let (address, counted) = (listener.local_addr()?, Arc::new(AtomicU64::new(0)));
        let mut accepting = JoinSet::new();
        accepting.spawn(accept(listener, target, Arc::clone(&counted)));
        Ok(Self { address, counted, _accepting: accepting })
    }

    /// Where to connect to.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Bytes both ways so far.
    pub(super) fn bytes(&self) -> u64 {
        self.counted.load(Ordering::Relaxed)
    }
}

async fn accept(listener: TcpListener, target: SocketAddr, counted: Arc<AtomicU64>) {
    let mut carrying = JoinSet::new();
    while let Ok((near, _)) = listener.accept().await {
        carrying.spawn(carry(near, target, Arc::clone(&counted)));
        while carrying.try_join_next().is_some() {}
    }
}

async fn carry(mut near: TcpStream, target: SocketAddr, counted: Arc<AtomicU64>) {
    let Ok(mut far) = TcpStream::connect(target).await else { return };
    let (_, _) = (near.set_nodelay(true), far.set_nodelay(true));
    let (near_in, near_out) = near.split();
    let (far_in, far_out) = far.split();
    // Where one way ends, both do: nobody here keeps half a connection.
    tokio::select! {
        () = one_way(near_in, far_out, &counted) => {}
        () = one_way(far_in, near_out, &counted) => {}
    }
}

async fn one_way(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, counted: &AtomicU64) {
    let mut piece = vec![0; PIECE];
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        if to.write_all(&piece[..length]).await.is_err() {
            return;
        }
        counted.fetch_add(length as u64, Ordering::Relaxed);
    }
}
