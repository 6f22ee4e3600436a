//! A dead node's place is taken by an empty card: how long until everything it should know has come from the hub.

use std::time::{Duration, Instant};

use anyhow::Context;

use super::Row;
use super::meter::Meter;
use super::overheard::all_received;
use super::past::Past;
use super::village::Village;
use crate::demo::today;
use crate::harness::{Kader, Link, until};

const CHILDREN: usize = 300;
const MONTHS: u32 = 24;
const LIMIT: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_secs(120);
const LOOK_EVERY: Duration = Duration::from_millis(100);

pub(super) async fn run() -> anyhow::Result<Vec<Row>> {
    let village = Village::begin(1).await?;
    let meter = Meter::before(village.hub.gate.context("the hub opened no gate")?).await?;
    let line = Link::to(meter.address()).await?;
    let past = Past::months(CHILDREN, MONTHS, today());
    let first = village.sender(0)?;
    let place = village.node_place(0, 1, line.address());
    place.import(&past.write(&place.dir, today())?)?;
    let (node, kader) = village.start(&place).await?;
    all_received(&kader, PATIENCE).await?;
    node.stop().await?;

    village.replaced(0, &first)?;
    let (started, before) = (Instant::now(), meter.bytes());
    let (node, kader) = village.start(&village.node_place(0, 2, line.address())).await?;
    // The feed has them in the order they were brought in, so the last child is complete last.
    let last = past.children.last().context("there are children")?;
    let complete = until(PATIENCE, async || {
        if visits_shown(&kader, &last.to_string()).await? == MONTHS as usize {
            return Ok(Some(started.elapsed().as_secs_f64()));
        }
        tokio::time::sleep(LOOK_EVERY).await;
        Ok(None)
    });
    let took = complete.await?.context("the last child never becomes complete")?;
    let wire = meter.bytes() - before;
    for child in &past.children {
        let shown = visits_shown(&kader, &child.to_string()).await?;
        anyhow::ensure!(shown == MONTHS as usize, "{shown} of {MONTHS} visits of {child} are there");
    }
    node.stop().await?;
    village.end().await?;
    Ok(vec![Row::at_most("feed-fill", "fresh node, 300 children complete", took, "s", LIMIT.as_secs_f64()).noting(
        format!(
            "{} events of {MONTHS} months, the program's start and a sign-in counted; {:.0} kB both ways on the wire",
            past.events(),
            wire as f64 / 1000.0
        ),
    )])
}

/// Visits with weight and length on a child's page; none while the child is not known.
async fn visits_shown(kader: &Kader, child: &str) -> anyhow::Result<usize> {
    let answer = kader.get(&format!("/children/{child}")).await?;
    if !answer.status().is_success() {
        return Ok(0);
    }
    let page = answer.text().await?;
    let rows = page.split("<tbody>").nth(1).unwrap_or_default().split("</tbody>").next().unwrap_or_default();
    let figures = |row: &&str| row.matches("<td class=\"n\">").count() == 2 && !row.contains("–");
    Ok(rows.split("<tr>").skip(1).filter(figures).count())
}
