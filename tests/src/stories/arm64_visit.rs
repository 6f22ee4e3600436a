//! The node's program for a 64-bit Raspberry Pi, in an emulator of one: a whole visit, at the hub once.
//!
//! The card comes from this machine: what it holds has been written by a program of another architecture. Weight and
//! length are typed: the emulator (QEMU 7.2) lacks the system call by which a serial line is set up on ARM, so a scale
//! on a line can only be tried on a real board.

use std::time::Instant;

use anyhow::Context;
use serde_json::json;

use super::{Telling, Told, figures};
use crate::demo::compare::{Expected, compare};
use crate::demo::day::{everything_received, history_arrived};
use crate::demo::hub_rows;
use crate::demo::truth::{Meaning, Row, centimetres, kilograms, posture_word};
use crate::harness::page::plain;
use crate::harness::{Arm64, Stage, Station, World};

pub(super) async fn tell(telling: &Telling) -> anyhow::Result<Told> {
    let machine = Arm64::of_this_checkout()?;
    let visits = if telling.full { 5 } else { 1 };
    let stage = Stage::new()?;
    let play = stage.play(telling.seed, visits, 1);
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
    let (mut expected, mut saves) = (Vec::new(), Vec::new());
    for coming in &world.village.coming {
        let child = &world.village.children[coming.child];
        let found = plain(&kader.page(&format!("/search?q={}", child.name.replace(' ', "+"))).await?);
        anyhow::ensure!(found.contains(&child.name), "{} is not found by name: {found}", child.id);
        let visit = kader.open_visit(child.id).await?;
        let weight = kilograms(coming.mass_g).to_string();
        saves.push(kader.type_in(visit, Station::Weight, &weight, &[]).await?.took);
        let (length, posture) =
            (centimetres(coming.length_tenth_mm).to_string(), [("posture", posture_word(coming.posture))]);
        saves.push(kader.type_in(visit, Station::Length, &length, &posture).await?.took);
        kader.result(visit).await?;
        kader.close(visit).await?;
        let day = world.village.day;
        let (row, meaning) = (Row::of(child, coming, day, visit), Meaning::of(child, coming, day));
        expected.push(Expected { row, meaning });
    }
    everything_received(world).await?;
    let mut db = world.database().await?;
    let hub = hub_rows::of_day(&mut db, world.staff.posyandu, world.village.day).await?;
    let verdict = compare(&expected, &hub);
    let doubled =
        hub_rows::doubled_events(&mut db, world.village.events() + 2 * expected.len() as u64).await?;
    anyhow::ensure!(
        verdict.received == expected.len()
            && verdict.lost + verdict.doubled + verdict.wrong == 0
            && doubled == 0,
        "{verdict:?}, {doubled} events twice"
    );
    let save = saves.iter().max().copied().unwrap_or_default();
    Ok(figures(json!({
        "program_mb": std::fs::metadata(&machine.edge)?.len() as f64 / 1e6,
        "ready_ms": ready.as_millis() as u64,
        "sign_in_ms": signed_in.as_millis() as u64,
        "saved": expected.len(),
        "save_ms_most": save.as_millis() as u64,
        "received": verdict.received,
        "doubled": verdict.doubled,
        "wrong": verdict.wrong,
    })))
}
