//! The way down: from the hub through rumqttd's router to the session of the node it is meant for.
//!
//! One link publishes and hears everything. What was published and has not come back yet is counted and
//! bounded, so the router's log can never be overrun, its queue never fills, and one that stops passing
//! messages on is noticed within seconds.

use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use protocol::{NodeId, topic};
use rumqttd::local::{LinkBuilder, LinkRx, LinkTx};
use rumqttd::protocol::{Disconnect, DisconnectReasonCode, Packet};
use rumqttd::{Notification, Router, RouterConfig};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::present::Present;

const LINK: &str = "simpul-gate";
/// The filter by which the gate hears every `down` message.
const ALL_DOWN: &str = "simpul/v1/down/+";
/// Carries the probe when there is nothing else to carry; the name of no node.
const PROBE: &str = "simpul/v1/down/probe";
/// The router takes 1,000 waiting events and a link 200 notifications at a time; half of the former is safe.
const MOST_UNDER_WAY: usize = 500;
const MOST_BYTES_UNDER_WAY: usize = 2 * 1024 * 1024;

/// The link to the router, and what is under way on it.
pub(super) struct Road {
    to_router: LinkTx,
    from_router: LinkRx,
    probe_every: Duration,
    under_way: usize,
    bytes_under_way: usize,
    due: Instant,
}

impl Road {
    /// Starts a router of its own. Its thread has no way to be ended and stays parked until the process exits.
    pub(super) async fn open(probe_every: Duration) -> anyhow::Result<Self> {
        let router = Router::new(0, settings()).spawn();
        Self::over(probe_every, LinkBuilder::new(LINK, router)).await
    }

    async fn over(probe_every: Duration, link: LinkBuilder<'static>) -> anyhow::Result<Self> {
        // Building a link waits for the router's thread, which would hold up a thread of the runtime.
        let built = tokio::task::spawn_blocking(move || link.build().map_err(anyhow::Error::from));
        let (mut to_router, from_router, _) =
            built.await.context("the router's link failed")?.context("the router did not take the link")?;
        to_router.try_subscribe(ALL_DOWN).context("the router did not take the subscription")?;
        let due = Instant::now() + probe_every;
        Ok(Self { to_router, from_router, probe_every, under_way: 0, bytes_under_way: 0, due })
    }

    /// Passes messages on until told to stop; errs when the router does not do its part any more.
    pub(super) async fn carry(
        &mut self,
        mut orders: mpsc::Receiver<(NodeId, Bytes)>,
        present: &Present,
        stop: &CancellationToken,
    ) -> anyhow::Result<()> {
        loop {
            let room = self.under_way < MOST_UNDER_WAY && self.bytes_under_way < MOST_BYTES_UNDER_WAY;
            tokio::select! {
                // What has come back is looked at before the time: a process that was held up is no dead router.
                biased;
                () = stop.cancelled() => break,
                came = self.from_router.next() => {
                    self.came(came.context("the router has ended")?, present).await?;
                }
                Some((node, payload)) = orders.recv(), if room => self.publish(topic::down(node), payload)?,
                () = sleep_until(self.due) => self.probe()?,
            }
        }
        let goodbye = Disconnect { reason_code: DisconnectReasonCode::NormalDisconnection };
        self.to_router.send(Packet::Disconnect(goodbye, None)).await.context("the router has ended")?;
        Ok(())
    }

    fn publish(&mut self, topic: String, payload: Bytes) -> anyhow::Result<()> {
        if self.under_way == 0 {
            self.due = Instant::now() + self.probe_every;
        }
        self.under_way += 1;
        self.bytes_under_way += payload.len();
        self.to_router.try_publish(topic, payload).context("the router takes nothing")?;
        Ok(())
    }

    async fn came(&mut self, came: Option<Notification>, present: &Present) -> anyhow::Result<()> {
        match came {
            Some(Notification::Forward(forward)) => {
                self.under_way = self.under_way.saturating_sub(1);
                self.bytes_under_way = self.bytes_under_way.saturating_sub(forward.publish.payload.len());
                self.due = Instant::now() + self.probe_every;
                hand_over(&forward.publish.topic, forward.publish.payload, present);
            }
            // The router has given all it may at once and waits to be asked for more.
            Some(Notification::Unschedule) => {
                self.from_router.wake().await.context("the router has ended")?
            }
            _ => {}
        }
        Ok(())
    }

    fn probe(&mut self) -> anyhow::Result<()> {
        anyhow::ensure!(self.under_way == 0, "the router has passed nothing on for {:?}", self.probe_every);
        self.publish(PROBE.to_owned(), Bytes::from_static(b"?"))
    }
}

fn hand_over(topic: &[u8], payload: Bytes, present: &Present) {
    let node = std::str::from_utf8(topic).ok().and_then(|topic| topic.rsplit('/').next()?.parse().ok());
    let Some(node) = node else { return };
    if !present.pass(node, payload) {
        tracing::debug!(node.id = %node, "nobody there to hear it; the node will ask again");
    }
}

fn settings() -> RouterConfig {
    RouterConfig {
        max_connections: 2,
        max_outgoing_packet_count: 100,
        // Far more than may be under way at once, and still little memory.
        max_segment_size: MOST_BYTES_UNDER_WAY,
        max_segment_count: 4,
        ..RouterConfig::default()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use protocol::Standing;

    use super::*;

    const SOON: Duration = Duration::from_millis(200);

    async fn outcome(mut road: Road) -> anyhow::Result<()> {
        let (_orders, waiting) = mpsc::channel(1);
        let (present, stop) = (Present::default(), CancellationToken::new());
        tokio::time::timeout(Duration::from_secs(20), road.carry(waiting, &present, &stop)).await.unwrap()
    }

    #[test]
    fn every_nodes_topic_is_one_the_road_hears() {
        let node = NodeId(uuid::Uuid::from_u128(7));
        let (head, last) =
            topic::down(node).rsplit_once('/').map(|(h, l)| (h.to_owned(), l.to_owned())).unwrap();
        assert_eq!(format!("{head}/+"), ALL_DOWN);
        assert_eq!(last.parse(), Ok(node));
        assert!(PROBE.starts_with(&head));
    }

    #[tokio::test]
    async fn a_router_that_panics_ends_the_road() {
        let router = Router::new(1, settings()).spawn();
        let same = router.clone();
        let road = Road::over(SOON, LinkBuilder::new(LINK, router)).await.unwrap();
        let mut nobody = LinkTx::new(9_999, same, Arc::default());
        nobody.shadow("anything").unwrap();
        outcome(road).await.unwrap_err();
    }

    #[tokio::test]
    async fn a_link_taken_by_another_ends_the_road() {
        let router = Router::new(2, settings()).spawn();
        let same = router.clone();
        let road = Road::over(SOON, LinkBuilder::new(LINK, router)).await.unwrap();
        let thief = Road::over(SOON, LinkBuilder::new(LINK, same));
        let _kept = thief.await.unwrap();
        outcome(road).await.unwrap_err();
    }

    #[tokio::test]
    async fn a_router_that_falls_silent_is_noticed() {
        let router = Router::new(3, settings()).spawn();
        let same = router.clone();
        let mut road = Road::over(SOON, LinkBuilder::new(LINK, router)).await.unwrap();
        road.to_router = LinkTx::new(9_999, same, Arc::default());
        let error = outcome(road).await.unwrap_err();
        assert!(error.to_string().contains("passed nothing on"), "{error:#}");
    }

    #[tokio::test]
    async fn a_healthy_router_is_left_alone_and_a_stop_is_no_error() {
        let mut road = Road::open(Duration::from_secs(10)).await.unwrap();
        let (stop, present) = (CancellationToken::new(), Arc::new(Present::default()));
        let node = NodeId(uuid::Uuid::from_u128(9));
        let (_seat, mut letters) = present.seat(node, Standing::Current, 1, &stop).unwrap();
        let (orders, waiting) = mpsc::channel(8);
        let carrying = tokio::spawn({
            let (present, stop) = (Arc::clone(&present), stop.clone());
            async move { road.carry(waiting, &present, &stop).await }
        });
        // Far more than the router forwards, or the log holds, at once.
        for number in 0..2_000_u32 {
            orders.send((node, Bytes::from(number.to_be_bytes().repeat(1024)))).await.unwrap();
            let heard = tokio::time::timeout(Duration::from_secs(20), letters.recv()).await.unwrap().unwrap();
            assert_eq!(heard[..4], number.to_be_bytes());
        }
        stop.cancel();
        tokio::time::timeout(Duration::from_secs(20), carrying).await.unwrap().unwrap().unwrap();
    }

    #[tokio::test]
    async fn every_message_that_comes_back_is_a_sign_of_life() {
        let mut road = Road::open(Duration::from_secs(20)).await.unwrap();
        road.probe().unwrap();
        road.publish(PROBE.to_owned(), Bytes::from_static(b"?")).unwrap();
        let due = road.due;
        while road.under_way == 2 {
            let came = road.from_router.next().await.unwrap();
            road.came(came, &Present::default()).await.unwrap();
        }
        assert_eq!(road.under_way, 1);
        assert!(road.due > due);
    }

    #[tokio::test]
    async fn a_router_that_waits_to_be_asked_for_more_is_asked() {
        let mut road = Road::open(SOON).await.unwrap();
        // Twice as many as it gives before it waits, and nobody has taken one yet.
        for _ in 0..400 {
            road.publish(PROBE.to_owned(), Bytes::from_static(b"?")).unwrap();
        }
        while road.under_way > 0 {
            let next = tokio::time::timeout(Duration::from_secs(20), road.from_router.next());
            let came = next.await.expect("the router waits for ever").unwrap();
            road.came(came, &Present::default()).await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_burst_larger_than_the_log_comes_through_whole() {
        const BURST: usize = 4_000;
        let mut road = Road::open(Duration::from_secs(20)).await.unwrap();
        let (present, stop) = (Arc::new(Present::default()), CancellationToken::new());
        let (nobody, node) = (NodeId(uuid::Uuid::from_u128(11)), NodeId(uuid::Uuid::from_u128(12)));
        let (_seat, mut letters) = present.seat(node, Standing::Current, 1, &stop).unwrap();
        // 250 MB against a log of 8, all waiting before the first is published.
        let (orders, waiting) = mpsc::channel(BURST + 1);
        for _ in 0..BURST {
            orders.try_send((nobody, Bytes::from_static(&[1; 64 * 1024]))).unwrap();
        }
        orders.try_send((node, Bytes::from_static(b"the last"))).unwrap();
        let last_came = async {
            assert_eq!(letters.recv().await.unwrap(), "the last");
            stop.cancel();
        };
        let carried = async { tokio::join!(road.carry(waiting, &present, &stop), last_came) };
        tokio::time::timeout(Duration::from_secs(20), carried).await.unwrap().0.unwrap();
        assert_eq!((road.under_way, road.bytes_under_way), (0, 0), "everything published has come back");
    }
}
