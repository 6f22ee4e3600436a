//! Twenty nodes a month behind, and the line comes back to all of them in the same moment.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use futures_util::future::try_join_all;
use tokio::task::{JoinSet, spawn_blocking};

use super::Row;
use super::meter::Meter;
use super::overheard::all_received;
use super::past::Past;
use super::village::Village;
use crate::demo::today;
use crate::harness::{Kader, Link, Node};

const NODES: usize = 20;
const CHILDREN: usize = 75;
const LIMIT: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_secs(120);

pub(super) async fn run() -> anyhow::Result<Vec<Row>> {
    let village = Arc::new(Village::begin(NODES).await?);
    let meter = Meter::before(village.hub.gate.context("the hub opened no gate")?).await?;
    let line = Arc::new(Link::to(meter.address()).await?);
    line.cut();
    let mut setting_up = JoinSet::new();
    for nth in 0..NODES {
        setting_up.spawn(behind(Arc::clone(&village), nth, Arc::clone(&line)));
    }
    let nodes = setting_up.join_all().await.into_iter().collect::<anyhow::Result<Vec<_>>>()?;

    line.restore();
    let restored = Instant::now();
    let each = try_join_all(nodes.iter().map(|(_, kader)| all_received(kader, PATIENCE))).await?;
    let took = restored.elapsed().as_secs_f64();

    let events = NODES * Past::month(CHILDREN, today()).events();
    let mut db = village.postgres.connect("simpul").await?;
    let held: i64 = sqlx::query_scalar("select count(*) from event_log").fetch_one(&mut db).await?;
    anyhow::ensure!(held as usize == events, "the hub holds {held} of {events} events");
    let first = each.iter().min().copied().unwrap_or_default().as_secs_f64();
    let wire = meter.bytes();
    for (node, _) in nodes {
        node.stop().await?;
    }
    drop(db);
    let village = Arc::into_inner(village).context("everybody else is done")?;
    village.end().await?;
    Ok(vec![Row::at_most("drain", "20 nodes, a month behind, acked", took, "s", LIMIT.as_secs_f64()).noting(format!(
        "{events} events: {NODES} × {CHILDREN} children, a registration and 5 of the month each; the first node was \
         done after {first:.1} s; {:.0} kB both ways on the wire, TLS and all; pauses between attempts at most 3 s",
        wire as f64 / 1000.0
    ))])
}

/// A node with a month behind it that has never reached the hub.
async fn behind(village: Arc<Village>, nth: usize, line: Arc<Link>) -> anyhow::Result<(Node, Kader)> {
    let (told, address) = (Arc::clone(&village), line.address());
    let place = spawn_blocking(move || {
        told.sender(nth)?;
        let place = told.node_place(nth, 1, address);
        place.import(&Past::month(CHILDREN, today()).write(&place.dir, today())?)?;
        anyhow::Ok(place)
    });
    let place = place.await??;
    village.start(&place).await
}
