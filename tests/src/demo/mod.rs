//! The demo: a whole posyandu day on one machine, to be looked at or to be counted.

pub mod autopilot;
pub mod compare;
pub mod day;
pub mod headless;
pub mod hub_rows;
pub mod live;
pub mod lodging;
pub mod through;
pub mod times;
pub mod truth;
pub mod watch;

use std::path::PathBuf;

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use clap::Args;

pub use headless::Figures;
pub use through::Through;

use crate::harness::Road;

/// What the demo can be told.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// Begin anew instead of finding the last demo's data again
    #[arg(long)]
    pub fresh: bool,
    /// Drive the visits by itself, count, and end
    #[arg(long)]
    pub headless: bool,
    /// What node and hub speak through
    #[arg(long, value_enum, default_value = "gate")]
    pub broker: Through,
    /// Which road letters take; somebody walks only if headless
    #[arg(long, value_enum, default_value = "auto")]
    pub road: Road,
    /// Scales and board are bridges of our own: the firmware itself, with simulated chips on its pins
    #[arg(long)]
    pub bridge: bool,
    /// How many children come (headless)
    #[arg(long, default_value_t = 40)]
    pub visits: usize,
    /// Print the figures as one JSON object on the last line (headless)
    #[arg(long)]
    pub json: bool,
    /// Write truth.csv and hub.csv into this folder (headless)
    #[arg(long)]
    pub export: Option<PathBuf>,
    /// How many times faster than the world children and node live; 10 if headless, else 1
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=50))]
    pub pace: Option<u32>,
    /// Chooses the children and their measures
    #[arg(long, default_value_t = 3)]
    pub seed: u64,
}

/// Runs the demo; the answer is whether all is well.
pub async fn run(options: &Options) -> anyhow::Result<bool> {
    if !options.headless {
        return live::run(options).await.map(|()| true);
    }
    let run = headless::Run {
        visits: options.visits,
        pace: options.pace.unwrap_or(10),
        seed: options.seed,
        export: options.export.clone(),
        cut: options.road != Road::Courier,
        through: options.broker,
        road: options.road,
        bridges: options.bridge,
    };
    let figures = tokio::select! {
        figures = headless::run(&run) => figures?,
        stopped = told_to_stop() => { stopped?; anyhow::bail!("stopped before the end") }
    };
    if options.json {
        println!("{}", serde_json::to_string(&figures)?);
    } else {
        println!("{}", figures);
    }
    Ok(figures.all_is_well())
}

/// Today where the posyandu is (WIB).
pub fn today() -> NaiveDate {
    let wib = FixedOffset::east_opt(7 * 3600).expect("seven hours is an offset");
    let now: DateTime<Utc> = Utc::now();
    now.with_timezone(&wib).date_naive()
}

/// Ctrl-C in the terminal, or a polite stop from elsewhere.
pub async fn told_to_stop() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminated = signal(SignalKind::terminate())?;
    let mut hung_up = signal(SignalKind::hangup())?;
    tokio::select! {
        _ = terminated.recv() => Ok(()),
        _ = hung_up.recv() => Ok(()),
        interrupted = tokio::signal::ctrl_c() => Ok(interrupted?),
    }
}
