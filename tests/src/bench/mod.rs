//! How fast and how big, each figure beside a limit and beside what the same machine could do at best in the same run.
//!
//! # Why
//! A shared machine is fast one minute and slow the next, so a bare number says little and a timed test would lie. Every
//! row carries the bare cost of the same work, measured interleaved, and the ratio between them.

mod brokers;
mod cpu;
mod growth;
mod intake;
mod node;
mod raw;
mod skdn;
mod spread;
mod table;
mod village;

pub use table::{Row, print};

/// The benches, by the name they are asked for.
pub const NAMES: [&str; 5] = ["growth", "node", "intake", "skdn", "brokers"];

/// Runs the named benches, or all.
pub async fn run(names: &[String]) -> anyhow::Result<Vec<Row>> {
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
            "node" => node::run().await?,
            "intake" => intake::run().await?,
            "brokers" => brokers::run().await?,
            _ => skdn::run().await?,
        };
        print(&of_this);
        rows.extend(of_this);
    }
    Ok(rows)
}
