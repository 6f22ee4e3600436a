//! What happens to a node: killed, held, its clock moved, its card filled or replaced.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::task::spawn_blocking;
use tokio::time::{sleep, sleep_until};

use super::fault::Kind;
use super::post::{Clock, Post};
use super::schedule::Fault;
use super::tally::Tally;
use super::town::Town;
use crate::harness::{Kader, Node, until};

const LOOK_AGAIN: Duration = Duration::from_millis(300);
const LOOK_EVERY_MS: u64 = 500;
/// How long a node may take to come back.
const BACK_WITHIN: Duration = Duration::from_secs(90);
/// How long a new card may take to have its roster from the hub, which is broken all the while, before the technician
/// brings it on a stick.
const ROSTER_WITHIN: Duration = Duration::from_secs(60);
/// How long after it was replaced the old card turns up again, and for how long somebody lets it run.
const TURNS_UP_AFTER_MS: u64 = 15_000;
const RUNS_FOR_MS: u64 = 10_000;

/// A posyandu's node, and the dead card that may turn up again.
#[derive(Debug)]
pub(super) struct Device {
    town: Arc<Town>,
    tally: Arc<Tally>,
    pub(super) post: Arc<Post>,
    node: Option<Node>,
    clock: Clock,
    old: Option<OldCard>,
}

/// A card that was taken out, with what it had not sent.
#[derive(Debug)]
pub(super) struct OldCard {
    pub(super) card: u32,
    node: Option<Node>,
    /// When it is started next, and when it is stopped again.
    turns: Vec<u64>,
}

impl Device {
    pub(super) fn new(town: &Arc<Town>, tally: &Arc<Tally>, post: &Arc<Post>, node: Node) -> Self {
        Self {
            town: Arc::clone(town),
            tally: Arc::clone(tally),
            post: Arc::clone(post),
            node: Some(node),
            clock: Clock::Right,
            old: None,
        }
    }

    /// Carries out what is planned until `until_ms`, starts what fell, and leaves the clock right.
    pub(super) async fn go_through(mut self, faults: Vec<Fault>, until_ms: u64) -> anyhow::Result<Self> {
        let mut faults = faults.into_iter().peekable();
        let mut right_at_ms: Option<u64> = None;
        loop {
            let now_ms = self.tally.now_ms();
            if faults.peek().is_none() && now_ms >= until_ms {
                break;
            }
            if let Some(fault) = faults.next_if(|fault| fault.at_ms <= now_ms) {
                self.suffer(&fault).await.with_context(|| format!("{fault:?}"))?;
                if self.clock != Clock::Right {
                    right_at_ms = right_at_ms.max(Some(now_ms + fault.for_ms));
                }
                self.tally.done(&fault, now_ms);
            } else if right_at_ms.is_some_and(|at_ms| at_ms <= now_ms) {
                right_at_ms = None;
                self.restart(Clock::Right, Duration::ZERO).await?;
            } else {
                let due = faults.peek().map_or(until_ms, |fault| fault.at_ms).min(now_ms + LOOK_EVERY_MS);
                sleep_until(self.tally.moment(due.max(now_ms + 1))).await;
            }
            self.look_after().await?;
        }
        if self.clock != Clock::Right {
            self.restart(Clock::Right, Duration::ZERO).await?;
        }
        Ok(self)
    }

    /// Starts what has ended by itself, and lets the old card come and go.
    pub(super) async fn look_after(&mut self) -> anyhow::Result<()> {
        if self.node.as_mut().is_some_and(|node| !node.runs()) {
            self.tally.fell(&format!("node {}", self.post.nth));
            self.node = None;
            self.up().await?;
        }
        let now_ms = self.tally.now_ms();
        let Some(old) = &mut self.old else { return Ok(()) };
        if old.turns.first().is_some_and(|&at_ms| at_ms <= now_ms) {
            old.turns.remove(0);
            match old.node.take() {
                Some(node) => drop(node.kill_nine()),
                None => self.old_card_up().await?,
            }
        }
        Ok(())
    }

    /// Starts the old card once more, to hand over what it still has; gives where its pages are.
    pub(super) async fn old_card_up(&mut self) -> anyhow::Result<()> {
        let Some(old) = &mut self.old else { return Ok(()) };
        old.turns.retain(|&at_ms| at_ms > self.tally.now_ms());
        if old.node.is_none() {
            let place = self.post.place(old.card, Clock::Right);
            old.node =
                Some(place.start(&self.town.keeper, None).await.context("the old card does not start")?);
            tracing::info!("node {}: the old card turns up", self.post.nth);
        }
        Ok(())
    }

    /// Every card that runs: its number and where its pages are.
    pub(super) fn cards(&self) -> Vec<(u32, String)> {
        let current = self.node.as_ref().map(|_| (self.post.card(), self.post.web()));
        let old = self.old.as_ref().and_then(|old| Some((old.card, old.node.as_ref()?.web.clone())));
        current.into_iter().chain(old).collect()
    }

    /// Stops it in order.
    pub(super) async fn end(mut self) -> anyhow::Result<()> {
        if let Some(old) = self.old.take().and_then(|old| old.node) {
            old.stop().await?;
        }
        match self.node.take() {
            Some(node) => node.stop().await,
            None => Ok(()),
        }
    }

    async fn suffer(&mut self, fault: &Fault) -> anyhow::Result<()> {
        let pause = Duration::from_millis(fault.for_ms);
        match fault.kind {
            Kind::NodeKill => self.restart(self.clock, pause).await,
            Kind::NodePause => {
                let node = self.node.as_ref().context("the node is down")?;
                node.pause();
                sleep(pause).await;
                node.resume();
                Ok(())
            }
            Kind::DiskFull => {
                let disk = self.post.disk.as_ref().context("this node has no small disk")?;
                disk.fill()?;
                sleep(pause).await;
                disk.free();
                Ok(())
            }
            Kind::ClockAhead => self.restart(Clock::Ahead, Duration::ZERO).await,
            Kind::ClockBack => self.restart(Clock::Back, Duration::ZERO).await,
            Kind::ClockUnset => self.restart(Clock::Unset, Duration::ZERO).await,
            Kind::NodeReplaced => self.replace(pause).await,
            _ => anyhow::bail!("this is no fault of a node's"),
        }
    }

    async fn restart(&mut self, clock: Clock, pause: Duration) -> anyhow::Result<()> {
        self.node.take().context("the node is down")?.kill_nine();
        sleep(pause).await;
        self.clock = clock;
        self.up().await
    }

    async fn up(&mut self) -> anyhow::Result<()> {
        let mut last = None;
        let up = until(BACK_WITHIN, async || match self.post.start(&self.town.keeper, self.clock).await {
            Ok(node) => Ok(Some(node)),
            Err(err) => {
                tracing::warn!("node {} does not start: {err:#}", self.post.nth);
                last = Some(err);
                sleep(LOOK_AGAIN).await;
                Ok(None)
            }
        });
        self.node = up.await?;
        match (&self.node, last) {
            (Some(_), _) => Ok(()),
            (None, last) => Err(last.unwrap_or_else(|| anyhow::anyhow!("it was not tried")))
                .with_context(|| format!("node {}", self.post.nth)),
        }
    }

    /// The card is taken out, dead or not, and a new one put in, enrolled by the commands people have.
    async fn replace(&mut self, pause: Duration) -> anyhow::Result<()> {
        self.node.take().context("the node is down")?.kill_nine();
        let card = self.post.card();
        sleep(pause).await;
        self.provision(card + 1).await?;
        self.post.insert(card + 1);
        self.clock = Clock::Right;
        self.up().await?;
        let now_ms = self.tally.now_ms();
        let turns = vec![now_ms + TURNS_UP_AFTER_MS, now_ms + TURNS_UP_AFTER_MS + RUNS_FOR_MS];
        self.old = Some(OldCard { card, node: None, turns });
        if !self.has_roster().await? {
            tracing::warn!(
                "node {}: the roster did not come from the hub and is brought on a stick",
                self.post.nth
            );
            self.node.take().context("the node is down")?.kill_nine();
            let place = self.post.place(card + 1, Clock::Right);
            let history = self.post.history();
            spawn_blocking(move || place.import(&history)).await??;
            self.up().await?;
        }
        Ok(())
    }

    /// The hub may be down just now: then the technician tries again.
    async fn provision(&self, card: u32) -> anyhow::Result<()> {
        let enrolled = until(BACK_WITHIN, async || {
            let (town, post) = (Arc::clone(&self.town), Arc::clone(&self.post));
            let trying = move || town.enrol(&post.provision(&town.hub_place, &town.ca(), card)?);
            match spawn_blocking(trying).await? {
                Ok(()) => Ok(Some(())),
                Err(err) => {
                    let why = err.to_string();
                    let why = why.lines().next().unwrap_or_default();
                    tracing::info!("a new card for node {} has to wait: {why}", self.post.nth);
                    sleep(LOOK_AGAIN).await;
                    Ok(None)
                }
            }
        });
        enrolled.await?.context("a new card could not be enrolled")
    }

    /// Whether the node learns of all its children from the hub.
    async fn has_roster(&self) -> anyhow::Result<bool> {
        let Ok(kader) = Kader::sign_in(&self.post.web(), self.post.kader, self.post.pin).await else {
            return Ok(false);
        };
        let come = until(ROSTER_WITHIN, async || {
            for child in &self.post.children {
                let answer = kader.get(&format!("/children/{child}")).await;
                if !answer.is_ok_and(|answer| answer.status().is_success()) {
                    sleep(LOOK_AGAIN).await;
                    return Ok(None);
                }
            }
            Ok(Some(()))
        });
        Ok(come.await?.is_some())
    }
}
