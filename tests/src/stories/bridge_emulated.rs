//! Our own bridge, its very image on an emulated board, is calibrated as a technician does it and then weighs a day's
//! children for a real node.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::json;
use uuid::Uuid;

use super::{Telling, Told, figures};
use crate::demo::day::{everything_received, history_arrived};
use crate::harness::emulated::{Chip, EmulatedBridge, Kit};
use crate::harness::{Stage, Station, World};

/// The converter behind a 20 kg cell: 210 counts a gram, from a zero somewhere.
const COUNTS_A_GRAM: i32 = 210;
const ZERO_COUNTS: i32 = 84_000;
/// How long a child may take to settle, on a machine that is busy emulating.
const PATIENCE: Duration = Duration::from_secs(180);
/// How many words long a chip holds its bus: longer than the watchdog waits.
const HELD_FOR: usize = 25;
/// The number on its label.
const LABEL: u32 = 12;

pub(super) async fn tell(telling: &Telling) -> anyhow::Result<Told> {
    let kit = Kit::find()?;
    let stage = Stage::new()?;
    let play = stage.play(telling.seed, if telling.full { 6 } else { 2 }, 1);
    stage.tell(&play, async |world: &mut World| weigh(world, &kit).await).await
}

async fn weigh(world: &mut World, kit: &Kit) -> anyhow::Result<Told> {
    history_arrived(world).await?;
    let line = world.place.dir.join("jembatan");
    let mut bridge = kit.start(Chip::Hx711, &world.keeper, &line)?;
    let firmware = calibrate(&mut bridge).await?;
    bridge.pace(1)?;
    behind_the_bridge(world, &line).await?;
    unplugged(&mut bridge).await?;
    let kader = world.kader(0).await?;
    let mut weighed: Vec<(Uuid, u32)> = Vec::new();
    for coming in &world.village.coming {
        let child = &world.village.children[coming.child];
        let visit = kader.open_visit(child.id).await?;
        let counts = counts_of(coming.mass_g)?;
        let put_on = |_: &str| bridge.load(counts);
        kader.take(visit, Station::Weight, PATIENCE, put_on, &[]).await?;
        bridge.load(ZERO_COUNTS)?;
        // The next child comes when the pan has been empty for a while, as the node demands.
        bridge.says("that the pan is empty", |said| said.value == Some(0) && said.flags.stable).await?;
        kader.close(visit).await?;
        weighed.push((visit.0, coming.mass_g));
    }
    everything_received(world).await?;
    let mut db = world.database().await?;
    for (visit, mass_g) in &weighed {
        let held: Option<i32> = sqlx::query_scalar("select weight_g from child_growth_records where id = $1")
            .bind(visit)
            .fetch_optional(&mut db)
            .await?;
        ensure!(held == i32::try_from(*mass_g).ok(), "{mass_g} g on the pan, {held:?} at the hub");
    }
    let frames = bridge.frames();
    bridge.hang().await?;
    let held = held(world, kit).await?;
    Ok(figures(json!({
        "weighed": weighed.len(),
        "frames": frames,
        "held_frames": held,
        "firmware": format!("{firmware:08x}"),
    })))
}

/// What a technician does with two known masses. The board's time runs as fast as it can meanwhile.
async fn calibrate(bridge: &mut EmulatedBridge) -> anyhow::Result<u32> {
    bridge.load(ZERO_COUNTS)?;
    let first = bridge.says("anything", |_| true).await?;
    ensure!(first.value.is_none() && first.flags.uncalibrated, "a new bridge says {first:?}");
    for (line, answer) in [(format!("id {LABEL}"), "ok"), ("warmup 5".into(), "ok")] {
        ensure!(bridge.ask(&line).await? == answer, "{line} was not understood");
    }
    for (grams, answer) in [(5_000, "ok, now a second known mass"), (15_000, "ok")] {
        bridge.load(counts_of(grams)?)?;
        let counts = counts_of(grams)?;
        bridge.says("that the mass lies still", |said| said.flags.stable && said.raw == counts).await?;
        ensure!(bridge.ask(&format!("cal {grams}")).await? == answer, "cal {grams} was not taken");
    }
    bridge.load(ZERO_COUNTS)?;
    let empty = bridge.says("that the pan is empty", |said| said.value == Some(0)).await?;
    ensure!(empty.device == LABEL, "it calls itself {}", empty.device);
    ensure!(bridge.ask("id").await? == format!("id {LABEL} firmware {:08x}", empty.firmware));
    Ok(empty.firmware)
}

/// The node has no other scale than this one.
async fn behind_the_bridge(world: &mut World, line: &Path) -> anyhow::Result<()> {
    world.node.take().context("the node is down")?.stop().await?;
    world.place.instruments = format!(
        "[[instruments]]\nid = \"jembatan\"\nname = \"Timbangan jembatan {LABEL}\"\npath = \"{}\"\n\
         dialect = \"bridge_mass\"\nkind = \"infant_scale\"\ndivision = 10\n",
        line.display()
    );
    world.node = Some(world.place.start(&world.keeper, None).await?);
    Ok(())
}

/// Without its sensor it says so, and no number; with it again, it wants to see the pan empty.
async fn unplugged(bridge: &mut EmulatedBridge) -> anyhow::Result<()> {
    bridge.plug(false)?;
    let said = bridge.says("that its sensor is gone", |said| said.flags.disconnected).await?;
    ensure!(said.value.is_none(), "a number without a sensor: {said:?}");
    bridge.plug(true)?;
    bridge.says("that it is ready again", |said| said.value == Some(0)).await.map(drop)
}

/// The other chip holds its bus for a while: the bridge goes on saying that its sensor is gone, and nothing hangs. Gives how
/// often it said so.
async fn held(world: &World, kit: &Kit) -> anyhow::Result<usize> {
    let mut bridge = kit.start(Chip::Nau7802, &world.keeper, &world.place.dir.join("jembatan-b"))?;
    calibrate(&mut bridge).await?;
    bridge.pace(1)?;
    bridge.hold(true)?;
    bridge.says("that its sensor is gone", |said| said.flags.disconnected).await?;
    let before = bridge.frames();
    while bridge.frames() < before + HELD_FOR {
        let said = bridge.says("anything while its bus is held", |_| true).await?;
        ensure!(said.flags.disconnected && said.value.is_none(), "with its bus held it says {said:?}");
    }
    let frames = bridge.frames() - before;
    bridge.hold(false)?;
    bridge.says("that it is ready again", |said| said.value == Some(0)).await?;
    Ok(frames)
}

fn counts_of(grams: u32) -> anyhow::Result<i32> {
    Ok(ZERO_COUNTS + i32::try_from(grams)? * COUNTS_A_GRAM)
}
