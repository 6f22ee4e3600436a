//! A posyandu day that drives and counts itself.

use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context;
use protocol::VisitId;
use serde::Serialize;

use super::compare::{Expected, compare};
use super::day::{Day, Done, everything_received, history_arrived};
use super::hub_rows;
use super::through::Through;
use super::times::percentile;
use super::truth;
use super::watch::Watch;
use crate::harness::{Broker, Keeper, Play, Road, Stage, Station, World, until};

/// How long the hub may take to have everything once the line is whole.
const HUB_WITHIN: Duration = Duration::from_secs(120);

/// On foot, somebody goes after so many visits.
const CARRIED_EVERY: usize = 10;

/// What is asked of a day.
#[derive(Debug, Clone)]
pub struct Run {
    /// How many children come.
    pub visits: usize,
    /// How many times faster than the world they live.
    pub pace: u32,
    /// Chooses them.
    pub seed: u64,
    /// Where truth.csv and hub.csv go.
    pub export: Option<PathBuf>,
    /// Whether the uplink is cut half way.
    pub cut: bool,
    /// What node and hub speak through.
    pub through: Through,
    /// Which road letters take.
    pub road: Road,
    /// Whether scales and board are bridges of ours.
    pub bridges: bool,
}

/// What came of it. Times leave out what was saved while the line was cut and until that had arrived.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Figures {
    /// Visits the node called saved.
    pub saved: usize,
    /// Of those, at the hub.
    pub received: usize,
    /// Of those, not at the hub.
    pub lost: usize,
    /// At the hub more than once.
    pub doubled: usize,
    /// At the hub otherwise than they were.
    pub wrong: usize,
    /// From the tap to the node's answer.
    pub save_ms_p99: Option<f64>,
    /// From the node's answer to the row in the hub's table.
    pub save_to_hub_ms_p50: Option<f64>,
    /// The same, nearly always.
    pub save_to_hub_ms_p99: Option<f64>,
}

/// Plays the day in a place of its own and cleans up after itself.
pub async fn run(run: &Run) -> anyhow::Result<Figures> {
    let stage = Stage::new()?;
    let keeper = Keeper::start()?;
    let broker = run.through.open(&keeper, stage.dir()).await?;
    let outside = broker.as_ref().map(Broker::outside);
    let bridges = run.bridges;
    let play = Play { outside, road: run.road, bridges, ..stage.play(run.seed, run.visits, run.pace) };
    stage
        .tell(&play, async |world: &mut World| {
            broker.as_ref().map(|broker| broker.admit(&world.hub_place)).transpose()?;
            let (node, hub) = (world.node_web()?, world.hub_web()?);
            tracing::info!(pace = run.pace, seed = run.seed, node, hub, "the day begins");
            play_day(world, run).await
        })
        .await
}

async fn play_day(world: &World, run: &Run) -> anyhow::Result<Figures> {
    history_arrived(world).await?;
    let courier = world.courier().await?;
    let watch = Watch::begin(world.database().await?, world.staff.posyandu, world.village.day);
    let day = Day::begin(world, run.seed).await?;
    let mut visits: Vec<Done> = Vec::with_capacity(run.visits);
    let (cut_at, restored_at) = (run.visits / 2, run.visits - run.visits / 4);
    let mut offline = false;
    for (nth, coming) in world.village.coming.iter().enumerate() {
        if run.cut && nth == cut_at {
            tracing::info!("the uplink is cut");
            world.link.cut();
            offline = true;
        }
        if offline && nth == restored_at {
            let through = visits.iter().filter(|done| done.offline && seen_any(&watch, done)).count();
            anyhow::ensure!(through == 0, "{through} visits reached the hub through a cut line");
            tracing::info!("the uplink is restored");
            world.link.restore();
        }
        if !offline && run.road == Road::Courier && nth % CARRIED_EVERY == 0 {
            world.carry(courier.as_ref()).await?;
        }
        if offline && nth > restored_at && all_seen(&watch, &visits) {
            offline = false;
        }
        visits.push(day.visit(nth, coming, offline).await.with_context(|| format!("visit {}", nth + 1))?);
    }
    world.link.restore();
    world.carry(courier.as_ref()).await?;
    let arrived = until(HUB_WITHIN, async || Ok(all_seen(&watch, &visits).then_some(()))).await?;
    if arrived.is_none() {
        tracing::error!("the hub does not have everything after {HUB_WITHIN:?}");
    }
    // What comes twice comes after what came once; and the node must have heard the hub say so.
    let heard = everything_received(world).await;
    let figures = account(world, run, &watch, &visits).await?;
    heard.map(|()| figures)
}

fn seen_any(watch: &Watch, done: &Done) -> bool {
    [Station::Weight, Station::Length].into_iter().any(|station| watch.seen(done.visit.0, station).is_some())
}

fn all_seen(watch: &Watch, visits: &[Done]) -> bool {
    visits.iter().all(|done| {
        let seen = |station| watch.seen(done.visit.0, station).is_some();
        seen(Station::Weight) && seen(Station::Length)
    })
}

async fn account(world: &World, run: &Run, watch: &Watch, visits: &[Done]) -> anyhow::Result<Figures> {
    let mut db = world.database().await?;
    let hub = hub_rows::of_day(&mut db, world.staff.posyandu, world.village.day).await?;
    let expected: Vec<Expected> = visits.iter().map(|done| done.expected.clone()).collect();
    if let Some(folder) = &run.export {
        std::fs::create_dir_all(folder)?;
        truth::export(expected.iter().map(|expected| &expected.row), folder)?;
        hub_rows::export(&hub, folder)?;
    }
    let verdict = compare(&expected, &hub);
    let doubled_events = usize::try_from(
        hub_rows::doubled_events(&mut db, world.village.events() + 2 * visits.len() as u64).await?,
    )?;
    let saves: Vec<Duration> = visits.iter().flat_map(|done| [done.weight.took, done.length.took]).collect();
    let to_hub = times_to_hub(watch, visits);
    Ok(Figures {
        saved: visits.len(),
        received: verdict.received,
        lost: verdict.lost,
        doubled: verdict.doubled + doubled_events,
        wrong: verdict.wrong,
        save_ms_p99: percentile(&saves, 99),
        save_to_hub_ms_p50: percentile(&to_hub, 50),
        save_to_hub_ms_p99: percentile(&to_hub, 99),
    })
}

fn times_to_hub(watch: &Watch, visits: &[Done]) -> Vec<Duration> {
    let online = visits.iter().filter(|done| !done.offline);
    let saves = online.flat_map(|done| {
        [(done.visit, Station::Weight, done.weight.at), (done.visit, Station::Length, done.length.at)]
    });
    saves
        .filter_map(|(visit, station, at): (VisitId, Station, Instant)| {
            Some(watch.seen(visit.0, station)?.saturating_duration_since(at))
        })
        .collect()
}

impl Figures {
    /// Nothing lost, nothing twice, nothing wrong.
    pub fn all_is_well(&self) -> bool {
        self.saved > 0 && self.received == self.saved && self.lost + self.doubled + self.wrong == 0
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |time: Option<f64>| time.map_or("–".into(), |time| format!("{time} ms"));
        writeln!(f, "saved {}  received {}", self.saved, self.received)?;
        writeln!(f, "lost {}  doubled {}  wrong {}", self.lost, self.doubled, self.wrong)?;
        writeln!(f, "a save takes {} (p99)", ms(self.save_ms_p99))?;
        write!(
            f,
            "and is at the hub after {} (p50), {} (p99)",
            ms(self.save_to_hub_ms_p50),
            ms(self.save_to_hub_ms_p99)
        )
    }
}
