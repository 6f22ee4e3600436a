//! The village's network: a TCP line that can be cut, restored and slowed.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What the line does with what is sent into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    /// Carries everything, each piece after a delay.
    Through(Duration),
    /// Ends every connection and takes no new one.
    Cut,
    /// Keeps connections and carries nothing: a hub that seems to be there and never answers.
    Silent,
}

/// A line to one address. Dropping it ends it.
#[derive(Debug)]
pub struct Link {
    local: SocketAddr,
    weather: watch::Sender<Weather>,
    target: watch::Sender<SocketAddr>,
    accepting: JoinHandle<()>,
}

impl Link {
    /// Opens a line from a free local port to `target`.
    pub async fn to(target: SocketAddr) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("no free port for the line")?;
        let local = listener.local_addr()?;
        let (weather, seen) = watch::channel(Weather::Through(Duration::ZERO));
        let (target, aim) = watch::channel(target);
        let accepting = tokio::spawn(accept(listener, aim, seen));
        Ok(Self { local, weather, target, accepting })
    }

    /// Where to connect to.
    pub fn address(&self) -> SocketAddr {
        self.local
    }

    /// The far end moved (a hub that was started again).
    pub fn lead_to(&self, target: SocketAddr) {
        self.target.send_replace(target);
    }

    /// Pulls the cable.
    pub fn cut(&self) {
        self.weather.send_replace(Weather::Cut);
    }

    /// Plugs it in again.
    pub fn restore(&self) {
        self.weather.send_replace(Weather::Through(Duration::ZERO));
    }

    /// Anything else that happens to a line.
    pub fn become_like(&self, weather: Weather) {
        self.weather.send_replace(weather);
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.accepting.abort();
        self.weather.send_replace(Weather::Cut);
    }
}

async fn accept(
    listener: TcpListener,
    target: watch::Receiver<SocketAddr>,
    weather: watch::Receiver<Weather>,
) {
    let weather = Arc::new(weather);
    while let Ok((near, _)) = listener.accept().await {
        if *weather.borrow() == Weather::Cut {
            continue; // dropped: the caller sees a closed connection
        }
        let target = *target.borrow();
        tokio::spawn(carry(near, target, watch::Receiver::clone(&weather)));
    }
}

async fn carry(near: TcpStream, target: SocketAddr, mut weather: watch::Receiver<Weather>) {
    let Ok(far) = TcpStream::connect(target).await else { return };
    let (_, _) = (near.set_nodelay(true), far.set_nodelay(true));
    let (near_in, near_out) = near.into_split();
    let (far_in, far_out) = far.into_split();
    let (out, back) = (weather.clone(), weather.clone());
    tokio::select! {
        () = one_way(near_in, far_out, out) => {}
        () = one_way(far_in, near_out, back) => {}
        _ = weather.wait_for(|now| *now == Weather::Cut) => {}
    }
}

async fn one_way(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    mut weather: watch::Receiver<Weather>,
) {
    let mut piece = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        let Ok(now) = weather.wait_for(|now| *now != Weather::Silent).await.map(|now| *now) else { return };
        if let Weather::Through(delay) = now
            && !delay.is_zero()
        {
            tokio::time::sleep(delay).await;
        }
        if to.write_all(&piece[..length]).await.is_err() {
            return;
        }
    }
}
