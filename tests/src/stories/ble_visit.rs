//! Weighed through the air (G3): a scale that is paired, sleeps, hangs up in the middle and says things twice.

use std::time::Duration;

use anyhow::Context;
use bluez::{BlueZ, Failure, Instrument};
use scales::Dialect;
use serde_json::json;

use super::{Telling, Told, figures};
use crate::demo::compare::{Expected, compare};
use crate::demo::day::{everything_received, history_arrived};
use crate::demo::hub_rows;
use crate::demo::truth::{Meaning, Row, posture_word};
use crate::harness::{Kader, Stage, Station, World};
use crate::population::Coming;

const PACE: u32 = 5;
const SCALE: &str = "C0:26:DA:0A:0B:0C";

/// How long a child wriggles on the board, in its own time.
const CALM_S: f64 = 1.5;

pub(super) async fn tell(telling: &Telling) -> anyhow::Result<Told> {
    let bluez = BlueZ::start().await?;
    let visits = if telling.full { 20 } else { 4 };
    let stage = Stage::new()?;
    let play = stage.play(telling.seed, visits, PACE);
    stage.tell(&play, async |world: &mut World| weighed(world, &bluez).await).await
}

async fn weighed(world: &mut World, bluez: &BlueZ) -> anyhow::Result<Told> {
    history_arrived(world).await?;
    bluez.bring(scale()).await?;
    world.place.instruments = settings(bluez, &world.table.settings())?;
    world.power_cut().await?;
    bluez.listened_to(SCALE).await?;

    let kader = world.kader(0).await?;
    let mut expected = Vec::new();
    for (nth, coming) in world.village.coming.iter().enumerate() {
        let child = &world.village.children[coming.child];
        let visit = kader.open_visit(child.id).await?;
        let mishap = Mishap::ALL[nth % Mishap::ALL.len()];
        kader.confirm(visit, Station::Weight, mishap.happens(bluez, coming.mass_g)).await?;
        measure_length(world, &kader, visit, coming).await?;
        kader.result(visit).await?;
        kader.close(visit).await?;
        tracing::info!("{:>2} {visit} {} g, {mishap:?}", nth + 1, coming.mass_g);
        let day = world.village.day;
        expected.push(Expected {
            row: Row::of(child, coming, day, visit),
            meaning: Meaning::of(child, coming, day),
        });
    }

    everything_received(world).await?;
    let mut db = world.database().await?;
    let hub = hub_rows::of_day(&mut db, world.staff.posyandu, world.village.day).await?;
    let verdict = compare(&expected, &hub);
    let events = world.village.events() + 2 * expected.len() as u64;
    let doubled = hub_rows::doubled_events(&mut db, events).await?;
    anyhow::ensure!(
        verdict.received == expected.len()
            && verdict.lost + verdict.doubled + verdict.wrong == 0
            && doubled == 0,
        "{verdict:?}, {doubled} events twice"
    );
    let seen = bluez.seen(SCALE)?;
    anyhow::ensure!(seen.pairings == 1, "paired {} times", seen.pairings);
    Ok(figures(json!({
        "weighed": expected.len(),
        "received": verdict.received,
        "doubled": verdict.doubled,
        "wrong": verdict.wrong,
        "pairings": seen.pairings,
        "connections": seen.connections,
        "attempts": seen.attempts,
    })))
}

async fn measure_length(
    world: &World,
    kader: &Kader,
    visit: protocol::VisitId,
    coming: &Coming,
) -> anyhow::Result<()> {
    let posture = [("posture", posture_word(coming.posture))];
    let (table, value) = (&world.table, coming.length_tenth_mm);
    kader.measure(visit, Station::Length, table, value, CALM_S, &posture).await.map(drop)
}

/// What goes wrong between the page and the number.
#[derive(Debug, Clone, Copy)]
enum Mishap {
    /// The scale slept, and wakes when the child is put on it.
    Asleep,
    /// It hangs up while the child is on it, and the next attempts go wrong.
    HangsUp,
    /// BlueZ is killed and started again.
    Restarted,
    /// The scale gets no receipt and says it again, once over a new connection.
    SaysItTwice,
}

impl Mishap {
    const ALL: [Self; 4] = [Self::Asleep, Self::HangsUp, Self::Restarted, Self::SaysItTwice];

    async fn happens(self, bluez: &BlueZ, grams: u32) -> anyhow::Result<()> {
        match self {
            Self::Asleep => {
                bluez.sleep(SCALE).await?;
                bluez.wake(SCALE).await?;
            }
            Self::HangsUp => {
                bluez.fail_next(SCALE, &[Failure::NoAnswer, Failure::InProgress, Failure::HangsUp])?;
                bluez.hang_up(SCALE).await?;
            }
            Self::Restarted => {
                bluez.stop_daemon().await?;
                bluez.start_daemon().await?;
            }
            Self::SaysItTwice => {
                say(bluez, grams).await?;
                say(bluez, grams).await?;
                bluez.hang_up(SCALE).await?;
            }
        }
        say(bluez, grams).await
    }
}

/// The scale tells a weight as soon as somebody listens.
async fn say(bluez: &BlueZ, grams: u32) -> anyhow::Result<()> {
    let mut packet = [0; 20];
    let length = scales::encode(Dialect::Ble2a9d, grams.into(), true, &mut packet)
        .with_context(|| format!("{grams} g cannot be told"))?;
    bluez.listened_to(SCALE).await?;
    anyhow::ensure!(bluez.say(SCALE, &packet[..length]).await?, "nobody heard {grams} g");
    Ok(())
}

fn scale() -> Instrument {
    Instrument {
        address: SCALE.into(),
        name: "Scale".into(),
        strength: -60,
        says_at: Some((
            "0000181d-0000-1000-8000-00805f9b34fb".into(),
            "00002a9d-0000-1000-8000-00805f9b34fb".into(),
        )),
        keeps_records: false,
        hangs_up: false,
        shy: true,
        resolves_after: Duration::from_millis(500),
    }
}

/// The scale in the air and the board on its line.
fn settings(bluez: &BlueZ, table: &str) -> anyhow::Result<String> {
    let board = table.split("[[instruments]]").find(|block| block.contains("length_board"));
    Ok(format!(
        "[bluetooth]\nbus = \"{}\"\n\n[[instruments]]{}[[instruments]]\nid = \"timbangan-ble\"\n\
         name = \"Timbangan bayi\"\ndialect = \"{}\"\nkind = \"infant_scale\"\ndivision = 10\n\
         [instruments.ble]\naddress = \"{SCALE}\"\n",
        bluez.address(),
        board.context("the table has a board")?,
        Dialect::Ble2a9d,
    ))
}
