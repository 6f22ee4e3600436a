//! The village's network: a TCP line that can be cut, restored and slowed.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use super::weather::Weather;
use super::weather::{Ended, one_way};

/// A line to one address. Dropping it ends it.
#[derive(Debug)]
pub struct Link {
    local: SocketAddr,
    weather: watch::Sender<Weather>,
    target: watch::Sender<SocketAddr>,
    torn: watch::Sender<u64>,
    accepting: JoinHandle<()>,
}

impl Link {
    /// Opens a line from a free local port to `target`.
    pub async fn to(target: SocketAddr) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("no free port for the line")?;
        let local = listener.local_addr()?;
        let (weather, seen) = watch::channel(Weather::Through(Duration::ZERO));
        let (target, aim) = watch::channel(target);
        let (torn, tears) = watch::channel(0);
        let accepting = tokio::spawn(accept(listener, aim, seen, tears));
        Ok(Self { local, weather, target, torn, accepting })
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

    /// Ends the connections there are; new ones are taken as the weather has it.
    pub fn drop_connections(&self) {
        self.torn.send_modify(|times| *times += 1);
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
    torn: watch::Receiver<u64>,
) {
    while let Ok((near, _)) = listener.accept().await {
        if *weather.borrow() == Weather::Cut {
            continue; // dropped: the caller sees a closed connection
        }
        let target = *target.borrow();
        let mut torn = torn.clone();
        torn.mark_unchanged();
        tokio::spawn(carry(near, target, weather.clone(), torn));
    }
}

async fn carry(
    mut near: TcpStream,
    target: SocketAddr,
    mut weather: watch::Receiver<Weather>,
    mut torn: watch::Receiver<u64>,
) {
    let Ok(mut far) = TcpStream::connect(target).await else { return };
    let (_, _) = (near.set_nodelay(true), far.set_nodelay(true));
    let seed = near.peer_addr().map_or(0, |peer| peer.port().into());
    let (out, back) = (weather.clone(), weather.clone());
    let ended = {
        let (near_in, near_out) = near.split();
        let (far_in, far_out) = far.split();
        tokio::select! {
            ended = one_way(near_in, far_out, out, seed) => ended,
            ended = one_way(far_in, near_out, back, seed + 1) => ended,
            _ = weather.wait_for(|now| *now == Weather::Cut) => Ended::Closed,
            _ = torn.changed() => Ended::Torn,
        }
    };
    if ended == Ended::Torn {
        // Dropped without lingering, a connection ends with RST at both ends.
        let (_, _) = (near.set_zero_linger(), far.set_zero_linger());
    }
}
