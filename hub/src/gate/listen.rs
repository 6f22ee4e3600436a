//! The porch: where connections wait until they have shown who they are.

use std::collections::VecDeque;
use std::future::pending;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::task::TaskTracker;

use super::greet::greet;
use super::limits::Limits;
use super::{Admission, Shared, session};

/// How long to wait when the system has no connection to give, because files have run out, say.
const BREATH: Duration = Duration::from_millis(100);

/// Accepts connections until the gate stops; nothing a client does or leaves undone is awaited here.
pub(super) async fn listen<A: Admission>(listener: TcpListener, hub: Arc<Shared<A>>, tasks: TaskTracker) {
    let _closes_the_gate = hub.stop.clone().drop_guard();
    let mut porch = Porch::new(&hub.limits);
    loop {
        let next = async { (porch.place().await, listener.accept().await) };
        match hub.stop.run_until_cancelled(next).await {
            None => return,
            Some((place, Ok((tcp, peer)))) => {
                let task = tasks.spawn(meet(place, tcp, peer, Arc::clone(&hub), tasks.clone()));
                porch.waiting.push_back((Instant::now(), task.abort_handle()));
            }
            Some((_, Err(error))) => {
                tracing::warn!("cannot accept a connection: {error}");
                sleep(BREATH).await;
            }
        }
    }
}

async fn meet<A: Admission>(
    place: OwnedSemaphorePermit,
    tcp: TcpStream,
    peer: SocketAddr,
    hub: Arc<Shared<A>>,
    tasks: TaskTracker,
) {
    // Acks are small and awaited; a socket that refuses the option works all the same.
    let _ = tcp.set_nodelay(true);
    let greeted = hub.stop.run_until_cancelled(greet(tcp, &hub)).await;
    drop(place);
    match greeted {
        None => {}
        Some(Ok(guest)) => {
            tasks.spawn(async move { session::serve(guest, peer, &hub).await });
        }
        Some(Err(away)) if away.is_notable() => {
            tracing::warn!(%peer, "connection refused: {:#}", anyhow::Error::from(away));
        }
        Some(Err(away)) => {
            tracing::debug!(%peer, "connection refused: {:#}", anyhow::Error::from(away));
        }
    }
}

/// The places for strangers.
///
/// When all are taken, the one who has waited longest makes room. A plain limit would not do: whoever opens as
/// many connections as there are places and says nothing would keep everyone else out.
struct Porch {
    places: Arc<Semaphore>,
    most: usize,
    waiting: VecDeque<(Instant, AbortHandle)>,
    patience: Duration,
}

impl Porch {
    fn new(limits: &Limits) -> Self {
        let most = limits.strangers.max(1);
        let places = Arc::new(Semaphore::new(most));
        Self { places, most, waiting: VecDeque::new(), patience: limits.patience }
    }

    /// A place for the next stranger. Safe to drop at any time.
    async fn place(&mut self) -> OwnedSemaphorePermit {
        if self.waiting.len() >= 2 * self.most {
            self.waiting.retain(|(_, task)| !task.is_finished());
        }
        loop {
            let free = Arc::clone(&self.places).acquire_owned();
            tokio::select! {
                biased;
                place = free => return place.expect("the semaphore is never closed"),
                () = self.oldest_overstays() => self.dismiss_oldest(),
            }
        }
    }

    async fn oldest_overstays(&mut self) {
        while self.waiting.pop_front_if(|(_, task)| task.is_finished()).is_some() {}
        match self.waiting.front() {
            Some((since, _)) => sleep_until(*since + self.patience).await,
            None => pending().await,
        }
    }

    fn dismiss_oldest(&mut self) {
        if let Some((_, task)) = self.waiting.pop_front() {
            tracing::debug!("all places for strangers are taken; the oldest makes room");
            task.abort();
        }
    }
}
