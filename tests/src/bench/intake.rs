//! From MQTT in to ack out: durable events a second, against a bare multi-row insert of the same rows.

mod bare;
mod letters;
mod mouth;

use std::sync::Arc;
use std::time::Instant;

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

pub(super) async fn run() -> anyhow::Result<Vec<Row>> {
    let village = Village::begin(NODES).await?;
    let mut mouths = Vec::new();
    for nth in 0..NODES {
        let sender = village.sender(nth)?;
        let letters = Letters::sealed(&sender, village::posyandu(nth), CHILDREN, VISITS)?;
        mouths.push((Mouth::open(&sender).await?, letters));
    }
    let envelopes = NODES * CHILDREN * VISITS;
    tracing::info!(envelopes, "sealed beforehand");
    let (seconds, share) = send_all(mouths).await?;
    let events = (2 * envelopes) as f64;
    let bare = bare::insert(&village.postgres, events).await?;
    let row = Row::at_least("intake", "durable events, MQTT in to ack out", events / seconds, "/s", 5000.0)
        .beside(bare, "bare multi-row insert of the same rows")
        .noting(format!(
            "{envelopes} envelopes of {NODES} nodes in {seconds:.1} s; generator {:.0} % of all CPU",
            share * 100.0
        ));
    village.end().await?;
    Ok(vec![row])
}

/// Registers every child, then sends all visits at once. Seconds from the first visit to the last ack, and the share of
/// all processor time the sending took.
async fn send_all(mouths: Vec<(Mouth, Letters)>) -> anyhow::Result<(f64, f64)> {
    let together = Arc::new(Barrier::new(mouths.len() + 1));
    let mut sending = JoinSet::new();
    for (mut mouth, letters) in mouths {
        let together = together.clone();
        sending.spawn(async move {
            mouth.send_all(std::slice::from_ref(&letters.registrations)).await?;
            together.wait().await;
            mouth.send_all(&letters.visits).await?;
            anyhow::Ok(())
        });
    }
    together.wait().await;
    let (started, used) = (Instant::now(), Used::now()?);
    while let Some(sent) = sending.join_next().await {
        sent??;
    }
    Ok((started.elapsed().as_secs_f64(), Used::now()?.own_share_since(used)))
}
