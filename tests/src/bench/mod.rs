//! How fast and how big, each figure beside a limit and beside what the same machine could do at best in the same run.
//!
//! # Why
//! A shared machine is fast one minute and slow the next, so a bare number says little and a timed test would lie. Every
//! row carries the bare cost of the same work, measured interleaved, and the ratio between them.

mod brokers;
mod cpu;
mod drain;
mod feed_fill;
mod growth;
mod instruments;
mod intake;
mod meter;
mod nation;
mod node;
mod overheard;
mod pages;
mod past;
mod raw;
mod reconcile;
mod scales;
mod skdn;
mod slow_link;
mod spread;
mod table;
mod village;

pub use table::{Row, print};

/// The benches, by the name they are asked for.
pub const NAMES: [&str; 13] = [
    "growth",
    "scales",
    "instruments",
    "node",
    "pages",
    "intake",
    "skdn",
    "brokers",
    "drain",
    "slow-link",
    "reconcile",
    "feed-fill",
    "nation",
];

/// Runs the named benches, or all; the hub is fed for `minutes` in the one that asks how long it keeps up.
pub async fn run(names: &[String], minutes: f64) -> anyhow::Result<Vec<Row>> {
    let wanted = |name: &str| names.is_empty() || names.iter().any(|asked| asked == name);
    for name in names {
        anyhow::ensure!(
            NAMES.contains(&name.as_str()),
            "there is no bench {name}; there are {}",
            NAMES.join(", ")
        );
    }
    let mut rows = Vec::new();
    for name in NAMES.into_iter().filter(|name| wanted(name)) {
        let of_this = match name {
            "growth" => growth::run()?,
            "scales" => scales::run()?,
            "instruments" => instruments::run().await?,
            "node" => node::run().await?,
            "pages" => pages::run().await?,
            "intake" => intake::run().await?,
            "brokers" => brokers::run().await?,
            "drain" => drain::run().await?,
            "slow-link" => slow_link::run().await?,
            "reconcile" => reconcile::run().await?,
            "feed-fill" => feed_fill::run().await?,
            "nation" => nation::run(minutes).await?,
            _ => skdn::run().await?,
        };
        print(&of_this);
        rows.extend(of_this);
    }
    Ok(rows)
}
