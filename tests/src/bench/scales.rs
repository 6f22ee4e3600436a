//! Nanoseconds a frame, for the slowest dialect of all.

use std::process::Command;

use anyhow::Context;
use serde_json::Value;

use super::Row;
use crate::harness::process::run as run_to_end;
use crate::harness::program;

/// A thousand scales at ten frames a second would then keep a core busy for a hundredth of its time.
const LIMIT_NS: f64 = 1_000.0;

pub(super) fn run() -> anyhow::Result<Vec<Row>> {
    let said = run_to_end(&mut Command::new(program("examples/decode_speed")?))?;
    let said: Value = serde_json::from_str(said.trim()).context("decode_speed printed no JSON")?;
    Ok(vec![
        slowest(&said, "frame_ns", "a frame cut out already")?,
        slowest(&said, "stream_ns", "a frame byte by byte")?,
    ])
}

fn slowest(said: &Value, key: &str, measure: &'static str) -> anyhow::Result<Row> {
    let all = said.as_array().context("decode_speed printed no list")?;
    let figures = all.iter().filter_map(|of| Some((of[key].as_f64()?, of)));
    let (figure, of) =
        figures.max_by(|one, other| one.0.total_cmp(&other.0)).context("nothing was measured")?;
    let bare = of["bare_ns"].as_f64().context("decode_speed did not say bare_ns")?;
    let row = Row::at_most("scales", measure, figure, "ns", LIMIT_NS);
    Ok(row.beside(bare, "the bare sum of its bytes").noting(of["dialect"].as_str().unwrap_or_default()))
}
