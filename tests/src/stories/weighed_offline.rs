//! Saved offline, cable back, the hub shows it once (G1, G3).

use std::path::Path;

use serde_json::json;

use super::{Telling, Told, figures};
use crate::demo::compare::compare;
use crate::demo::day::{Day, Done, everything_received, history_arrived};
use crate::demo::hub_rows;
use crate::demo::times::percentile;
use crate::demo::truth;
use crate::harness::page::plain;
use crate::harness::{Desk, Stage, World};

const PACE: u32 = 10;

pub(super) async fn tell(telling: &Telling) -> anyhow::Result<Told> {
    let visits = if telling.full { 20 } else { 3 };
    let stage = Stage::new()?;
    let play = stage.play(telling.seed, visits, PACE);
    stage.tell(&play, async |world: &mut World| offline(world, telling.export.as_deref()).await).await
}

async fn offline(world: &mut World, export: Option<&Path>) -> anyhow::Result<Told> {
    history_arrived(world).await?;
    let desk = Desk::open(world).await?;
    world.link.cut();
    let day = Day::begin(world, 0).await?;
    let mut visits = Vec::new();
    for (nth, coming) in world.village.coming.iter().enumerate() {
        visits.push(day.visit(nth, coming, true).await?);
    }
    let mut db = world.database().await?;
    let (posyandu, today) = (world.staff.posyandu, world.village.day);
    let early = hub_rows::of_day(&mut db, posyandu, today).await?.len();
    anyhow::ensure!(early == 0, "{early} visits reached the hub through a cut line");
    let said = plain(&world.kader(0).await?.page("/safety/line").await?);
    anyhow::ensure!(!said.contains("diterima"), "the node says {said:?} while nothing could be sent");

    world.link.restore();
    everything_received(world).await?;
    let hub = hub_rows::of_day(&mut db, posyandu, today).await?;
    let expected: Vec<_> = visits.iter().map(|done| done.expected.clone()).collect();
    if let Some(folder) = export {
        truth::export(expected.iter().map(|expected| &expected.row), folder)?;
        hub_rows::export(&hub, folder)?;
    }
    let verdict = compare(&expected, &hub);
    let doubled = hub_rows::doubled_events(&mut db, world.village.events() + 2 * visits.len() as u64).await?;
    anyhow::ensure!(
        verdict.received == visits.len()
            && verdict.lost + verdict.doubled + verdict.wrong == 0
            && doubled == 0,
        "{verdict:?}, {doubled} events twice"
    );
    on_the_hubs_page(&desk, &visits).await?;
    let saves: Vec<_> = visits.iter().flat_map(|done| [done.weight.took, done.length.took]).collect();
    Ok(figures(json!({
        "saved": visits.len(),
        "at_hub_while_cut": early,
        "node_said_while_cut": said,
        "received": verdict.received,
        "doubled": verdict.doubled,
        "wrong": verdict.wrong,
        "save_ms_p99": percentile(&saves, 99),
    })))
}

/// The child's own page at the hub has the visit, once.
async fn on_the_hubs_page(desk: &Desk, visits: &[Done]) -> anyhow::Result<()> {
    for done in visits {
        let row = &done.expected.row;
        let page = plain(&desk.page(&format!("/anak/{}", row.child_id)).await?);
        let (_, history) = page.split_once("Semua kunjungan").unwrap_or(("", &page));
        let shown = history.matches(&row.observed_on.format("%d-%m-%Y").to_string()).count();
        anyhow::ensure!(shown == 1, "child {} shows today's visit {shown} times", row.child_id);
    }
    Ok(())
}
