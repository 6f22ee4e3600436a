//! From MQTT in to ack out: durable events a second, against a bare multi-row insert of the same rows.

mod bare;
mod letters;
mod mouth;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::cpu::Used;
use super::village::Village;
use super::{Row, village};
use letters::Letters;
use mouth::Mouth;

/// Nodes sending at once; commits group many of them.
const NODES: usize = 40;
/// Children of each, and visits of each child: one envelope a visit, two events an envelope.
const CHILDREN: usize = 60;
const VISITS: usize = 8;

/// Nodes that are ready to speak.
pub(super) struct Mouths(Vec<(Mouth, Letters)>);

/// What the hub was fed and has acknowledged.
pub(super) struct Fed {
    pub(super) envelopes: usize,
    /// From the first visit to the last ack.
    pub(super) seconds: f64,
    /// The share of all processor time that sending took, 0 to 1.
    pub(super) share: f64,
    /// The hub was given all there was before the time was over.
    pub(super) ran_dry: bool,
}

impl Fed {
    pub(super) fn events_a_second(&self) -> f64 {
        2.0 * self.envelopes as f64 / self.seconds
    }
}

pub(super) async fn run() -> anyhow::Result<Vec<Row>> {
    let village = Village::begin(NODES).await?;
    let fed = Mouths::open(&village, NODES, CHILDREN, VISITS).await?.feed(None).await?;
    let bare = bare::insert(&village.postgres, 2.0 * fed.envelopes as f64).await?;
    let row =
        Row::at_least("intake", "durable events, MQTT in to ack out", fed.events_a_second(), "/s", 5000.0)
            .beside(bare, "bare multi-row insert of the same rows")
            .noting(format!(
                "{} envelopes of {NODES} nodes in {:.1} s; generator {:.0} % of all CPU",
                fed.envelopes,
                fed.seconds,
                fed.share * 100.0
            ));
    village.end().await?;
    Ok(vec![row])
}

impl Mouths {
    /// Seals everything beforehand, then connects.
    pub(super) async fn open(
        village: &Village,
        nodes: usize,
        children: usize,
        visits: usize,
    ) -> anyhow::Result<Self> {
        let mut sealing = JoinSet::new();
        for nth in 0..nodes {
            let sender = village.sender(nth)?;
            sealing.spawn_blocking(move || {
                let letters = Letters::sealed(&sender, village::posyandu(nth), children, visits);
                letters.map(|letters| (sender, letters))
            });
        }
        let mut mouths = Vec::with_capacity(nodes);
        for sealed in sealing.join_all().await {
            let (sender, letters) = sealed?;
            mouths.push((Mouth::open(&sender).await?, letters));
        }
        tracing::info!(envelopes = nodes * children * visits, "sealed beforehand");
        Ok(Self(mouths))
    }

    /// Registers every child, then sends all visits at once, or as many as go `within` a time.
    pub(super) async fn feed(self, within: Option<Duration>) -> anyhow::Result<Fed> {
        let together = Arc::new(Barrier::new(self.0.len() + 1));
        let mut sending = JoinSet::new();
        for (mut mouth, letters) in self.0 {
            let together = together.clone();
            sending.spawn(async move {
                mouth.send(&letters.registrations, None).await?;
                together.wait().await;
                let until = within.map(|within| Instant::now() + within);
                let sent = mouth.send(&letters.visits, until).await?;
                anyhow::Ok((sent, sent == letters.visits.len()))
            });
        }
        together.wait().await;
        let (started, used) = (Instant::now(), Used::now()?);
        let (mut envelopes, mut ran_dry) = (0, false);
        while let Some(sent) = sending.join_next().await {
            let (sent, all) = sent??;
            envelopes += sent;
            ran_dry |= all;
        }
        let seconds = started.elapsed().as_secs_f64();
        Ok(Fed { envelopes, seconds, share: Used::now()?.own_share_since(used), ran_dry })
    }
}
