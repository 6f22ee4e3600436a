//! The fault run: a town of real programs, kader who save all the while, and everything that can go wrong.
//!
//! # Why
//! "Nothing is lost" can be claimed by anyone. Here a sceptic gives a seed and a number of minutes, and gets a ledger of
//! what the nodes' pages called *tersimpan* beside what the hub has.

mod centre;
pub mod compare;
mod device;
pub mod export;
pub mod fault;
pub mod hub_side;
pub mod ledger;
mod lines;
mod post;
mod quiet;
mod saver;
pub mod schedule;
mod tally;
mod town;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::{Args, ValueEnum};
use futures_util::future::{join_all, try_join_all, try_join3};
use serde::Serialize;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::harness::BrokerMake;
use centre::Centre;
use compare::{Verdict, compare};
use device::Device;
use fault::{Kind, Lane};
use ledger::Ledger;
use saver::Saver;
use schedule::{Schedule, Terrain};
use tally::Tally;
use town::{Charter, Running, SMALL_DISKS, Town};

/// Beside the minutes of faults, what setting up, coming to rest and comparing may take at most.
const AROUND: Duration = Duration::from_secs(420);

/// What a fault run is told.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// How long things go wrong
    #[arg(long, default_value_t = 2.0)]
    pub minutes: f64,
    /// Chooses what goes wrong when, and who saves what
    #[arg(long, default_value_t = 3)]
    pub seed: u64,
    /// How many posyandu, each with its node
    #[arg(long, default_value_t = 12, value_parser = nodes_in_range)]
    pub nodes: usize,
    /// What carries the messages
    #[arg(long, value_enum, default_value_t = BrokerName::Gate)]
    pub broker: BrokerName,
    /// Only these kinds of fault, with commas between
    #[arg(long, value_enum, value_delimiter = ',')]
    pub kinds: Vec<Kind>,
    /// All but these kinds of fault
    #[arg(long, value_enum, value_delimiter = ',')]
    pub without: Vec<Kind>,
    /// Print one JSON object on the last line
    #[arg(long)]
    pub json: bool,
    /// Write ledger.csv, hub.csv, schedule.json, faults.csv and the programs' logs into this folder
    #[arg(long)]
    pub export: Option<PathBuf>,
    /// Before comparing, take one event out of the hub's tables by hand: the run must then fail
    #[arg(long, hide = true)]
    pub spoil: bool,
}

/// Who carries the messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BrokerName {
    /// The hub's own.
    Gate,
    /// Debian's mosquitto.
    Mosquitto,
    /// Debian's nats-server.
    Nats,
}

impl BrokerName {
    fn make(self) -> Option<BrokerMake> {
        match self {
            BrokerName::Gate => None,
            BrokerName::Mosquitto => Some(BrokerMake::Mosquitto),
            BrokerName::Nats => Some(BrokerMake::Nats),
        }
    }
}

/// What came of it: the last line of standard output.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// Whether every promise was kept.
    pub ok: bool,
    /// Ledger beside hub.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// Faults carried out, by kind.
    pub faults: BTreeMap<String, u32>,
    /// Of those together.
    pub faults_total: u32,
    /// Seconds until all was received and nothing moved; null if that never came.
    pub converged_s: Option<f64>,
    /// What a node's own pages show otherwise than they had said.
    pub on_nodes_wrong: usize,
    /// How often a page refused a save in words; most were saved later.
    pub refusals: usize,
    /// Programs that ended by themselves and were started again.
    pub fell: BTreeMap<String, u32>,
    /// Kinds of fault this machine or these settings leave out, and why.
    pub skipped: BTreeMap<String, String>,
    /// Chose everything.
    pub seed: u64,
    /// How long things went wrong.
    pub minutes: f64,
    /// How many nodes.
    pub nodes: usize,
    /// What carried the messages.
    pub broker: BrokerName,
}

fn nodes_in_range(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(nodes @ 4..=40) => Ok(nodes),
        _ => Err("4 to 40 nodes".into()),
    }
}

/// Runs it all and cleans up after itself. An error is one of the run's own; what was not kept is in the outcome.
pub async fn run(options: &Options) -> anyhow::Result<Outcome> {
    let most = Duration::from_secs_f64(options.minutes * 60.0) + AROUND;
    tokio::time::timeout(most, run_through(options)).await.context("the run does not come to its end")?
}

async fn run_through(options: &Options) -> anyhow::Result<Outcome> {
    if let Some(folder) = &options.export {
        std::fs::create_dir_all(folder)?;
    }
    let (kinds, skipped) = choose(options);
    let small_disks = if kinds.contains(&Kind::DiskFull) { SMALL_DISKS } else { 0 };
    let terrain = Terrain { small_disks: (0..small_disks).collect() };
    let schedule = Schedule::plan(options.seed, options.minutes, options.nodes, &terrain, &kinds);
    if let Some(folder) = &options.export {
        schedule.export(folder)?;
    }
    let charter =
        Charter { seed: options.seed, nodes: options.nodes, broker: options.broker.make(), small_disks };
    let began = Instant::now();
    let (town, running) = Town::found(charter).await?;
    tracing::info!("{} nodes after {:.1} s", options.nodes, began.elapsed().as_secs_f64());
    let told = tell(options, &schedule, &town, running).await;
    if let Some(folder) = &options.export {
        keep_logs(&town, folder)?;
    }
    let mut outcome = told?;
    outcome.skipped = skipped;
    Ok(outcome)
}

/// Which kinds there will be, and which not, and why.
fn choose(options: &Options) -> (Vec<Kind>, BTreeMap<String, String>) {
    let mut skipped = BTreeMap::new();
    let mut left_out = |kind: Kind, why: String| {
        tracing::warn!("SKIPPED: no {}: {why}", kind.word());
        skipped.insert(kind.word(), why);
        false
    };
    let asked = |kind: &Kind| {
        (options.kinds.is_empty() || options.kinds.contains(kind)) && !options.without.contains(kind)
    };
    let gate = options.broker == BrokerName::Gate;
    let mount = town::can_mount();
    let kinds = Kind::all().filter(|kind| match kind {
        kind if !asked(kind) => left_out(*kind, "not asked for".into()),
        kind if kind.needs_outside_broker() && gate => left_out(*kind, "the hub is the broker".into()),
        Kind::DiskFull => match &mount {
            Ok(()) => true,
            Err(err) => left_out(Kind::DiskFull, format!("this machine mounts nothing for us: {err:#}")),
        },
        _ => true,
    });
    (kinds.collect(), skipped)
}

async fn tell(
    options: &Options,
    schedule: &Schedule,
    town: &Arc<Town>,
    running: Running,
) -> anyhow::Result<Outcome> {
    let ledger = Arc::new(Ledger::at(&town.dir.join("ledger.jsonl"))?);
    let tally = Arc::new(Tally::new(Instant::now()));
    let (mut centre, mut devices) = storm(options, schedule, town, running, &ledger, &tally).await?;
    tracing::info!("faults off");
    let converged_s = quiet::wait(&mut centre, &mut devices).await?;
    quiet::resolve(&devices, &ledger).await?;
    let claims = ledger.all();
    let on_nodes = quiet::look(&devices, &claims).await?;
    let mut db = centre.postgres()?.connect("simpul").await?;
    if options.spoil {
        sqlx::query("delete from event_log where event_id = (select min(event_id::text)::uuid from event_log where kind = 2)")
            .execute(&mut db)
            .await?;
    }
    let hub = hub_side::read(&mut db).await?;
    let mut verdict = compare(&claims, &hub, |claim| ledger.dated(claim));
    verdict.lost += quiet::strangers(&mut db, &town.children()).await?;
    drop(db);
    if let Some(folder) = &options.export {
        export::tables(folder, &claims, &hub, |claim| ledger.dated(claim))?;
        tally.export(folder)?;
    }
    for device in devices {
        device.end().await?;
    }
    centre.end().await?;
    let on_nodes_wrong = on_nodes.lost + on_nodes.short + ledger.strangers();
    let faults = tally.faults();
    Ok(Outcome {
        ok: verdict.is_good() && on_nodes_wrong == 0 && converged_s.is_some(),
        verdict,
        faults_total: faults.values().sum(),
        faults,
        converged_s: converged_s.map(|seconds| (seconds * 10.0).round() / 10.0),
        on_nodes_wrong,
        refusals: ledger.refusals(),
        fell: tally.fallen(),
        skipped: BTreeMap::new(),
        seed: options.seed,
        minutes: options.minutes,
        nodes: options.nodes,
        broker: options.broker,
    })
}

/// Everything goes wrong while everybody saves. Ends with faults off.
async fn storm(
    options: &Options,
    schedule: &Schedule,
    town: &Arc<Town>,
    running: Running,
    ledger: &Arc<Ledger>,
    tally: &Arc<Tally>,
) -> anyhow::Result<(Centre, Vec<Device>)> {
    let until_ms = (options.minutes * 60_000.0) as u64;
    let (stop, stopped) = watch::channel(false);
    let mut saving = JoinSet::new();
    let Running { postgres, hub, broker, nodes } = running;
    let (mut devices, mut lines) = (Vec::new(), Vec::new());
    for (post, node) in town.posts.iter().zip(nodes) {
        saving.spawn(Saver::new(post, ledger, options.seed, stopped.clone()).work());
        lines.push(lines::go_through(Arc::clone(post), Arc::clone(tally), schedule.of(Lane::Link(post.nth))));
        let device = Device::new(town, tally, post, node);
        devices.push(device.go_through(schedule.of(Lane::Node(post.nth)), until_ms));
    }
    let centre = Centre::new(town, tally, postgres, hub, broker);
    let centre = centre.go_through(schedule.of(Lane::Centre), until_ms);
    let lines = async { anyhow::Ok(join_all(lines).await) };
    let (centre, devices, _) = try_join3(centre, try_join_all(devices), lines).await?;
    stop.send_replace(true);
    while let Some(saved) = saving.join_next().await {
        saved??;
    }
    Ok((centre, devices))
}

fn keep_logs(town: &Town, folder: &Path) -> anyhow::Result<()> {
    let logs = folder.join("logs");
    std::fs::create_dir_all(&logs)?;
    for entry in std::fs::read_dir(town.dir.join("logs"))?.flatten() {
        std::fs::copy(entry.path(), logs.join(entry.file_name()))?;
    }
    for path in
        [town.postgres_dir.join("postgres.log"), town.dir.join("broker.log"), town.dir.join("ledger.jsonl")]
    {
        if let Some(name) = path.file_name().filter(|_| path.exists()) {
            std::fs::copy(&path, logs.join(name))?;
        }
    }
    Ok(())
}
