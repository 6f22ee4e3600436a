//! The node's program for a 64-bit Raspberry Pi, in an emulator of one: a whole visit, at the hub once.
//!
//! The card comes from this machine: what it holds has been written by a program of another architecture.

use std::time::Instant;

use anyhow::Context;
use serde_json::json;

use super::{Telling, Told, figures};
use crate::demo::compare::compare;
use crate::demo::day::{Day, everything_received, history_arrived};
use crate::demo::hub_rows;
use crate::harness::page::plain;
use crate::harness::{Arm64, Stage, World};

/// The emulator is ten times slower than this machine, and a busy one must not make every child settle anew.
const PACE: u32 = 4;

pub(super) async fn tell(telling: &Telling) -> anyhow::Result<Told> {
    let machine = match Arm64::of_this_checkout() {
        Ok(machine) => machine,
        Err(missing) => {
            tracing::warn!("skipped: {missing}");
            return Ok(figures(json!({ "skipped": missing })));
        }
    };
    let visits = if telling.full { 5 } else { 1 };
    let stage = Stage::new()?;
    let play = stage.play(telling.seed, visits, PACE);
    stage.tell(&play, async |world: &mut World| on_a_pi(world, &machine).await).await
}

async fn on_a_pi(world: &mut World, machine: &Arm64) -> anyhow::Result<Told> {
    history_arrived(world).await?;
    world.node.take().context("the node is down")?.stop().await?;
    let began = Instant::now();
    world.node = Some(world.place.start_on(machine, &world.keeper).await?);
    let ready = began.elapsed();

    let began = Instant::now();
    let kader = world.kader(0).await?;
    let signed_in = began.elapsed();
    let day = Day::begin(world, 0).await?;
    let mut visits = Vec::new();
    for (nth, coming) in world.village.coming.iter().enumerate() {
        let child = &world.village.children[coming.child];
        let found = plain(&kader.page(&format!("/search?q={}", child.name.replace(' ', "+"))).await?);
        anyhow::ensure!(found.contains(&child.name), "{} is not found by name: {found}", child.id);
        visits.push(day.visit(nth, coming, false).await?);
    }
    everything_received(world).await?;
    let mut db = world.database().await?;
    let hub = hub_rows::of_day(&mut db, world.staff.posyandu, world.village.day).await?;
    let expected: Vec<_> = visits.iter().map(|done| done.expected.clone()).collect();
    let verdict = compare(&expected, &hub);
    let doubled = hub_rows::doubled_events(&mut db, world.village.events() + 2 * visits.len() as u64).await?;
    anyhow::ensure!(
        verdict.received == visits.len()
            && verdict.lost + verdict.doubled + verdict.wrong == 0
            && doubled == 0,
        "{verdict:?}, {doubled} events twice"
    );
    let save = visits.iter().flat_map(|done| [done.weight.took, done.length.took]).max().unwrap_or_default();
    Ok(figures(json!({
        "program_mb": std::fs::metadata(&machine.edge)?.len() as f64 / 1e6,
        "ready_ms": ready.as_millis() as u64,
        "sign_in_ms": signed_in.as_millis() as u64,
        "saved": visits.len(),
        "save_ms_most": save.as_millis() as u64,
        "received": verdict.received,
        "doubled": verdict.doubled,
        "wrong": verdict.wrong,
    })))
}
