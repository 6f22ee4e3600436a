//! z-scores a second on one core.

use std::process::Command;

use anyhow::Context;
use serde_json::Value;

use super::Row;
use crate::harness::process::run as run_to_end;
use crate::harness::program;

pub(super) fn run() -> anyhow::Result<Vec<Row>> {
    let said = run_to_end(&mut Command::new(program("examples/growth_speed")?))?;
    let said: Value = serde_json::from_str(said.trim()).context("growth_speed printed no JSON")?;
    let figure = |key: &str| said[key].as_f64().with_context(|| format!("growth_speed did not say {key}"));
    let bare = figure("limit_children_per_s")?;
    Ok(vec![
        Row::at_least("growth", "children, all six z-scores", figure("children_per_s")?, "/s", 2_000_000.0)
            .beside(bare, "the six bare formulas, no tables"),
        Row::at_least("growth", "children, whole assessment", figure("assessed_per_s")?, "/s", 1_000_000.0)
            .beside(bare, "the six bare formulas, no tables"),
    ])
}
