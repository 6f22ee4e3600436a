//! The demo in small, by any road, from bought instruments or from bridges of ours.

use super::{Telling, Told, figures};
use crate::demo::Through;
use crate::demo::headless::{Run, run};
use crate::harness::Road;

pub(super) async fn tell(telling: &Telling, road: Road, bridges: bool) -> anyhow::Result<Told> {
    let visits = if telling.full { 40 } else { 8 };
    let through = Through::Gate;
    let (seed, export) = (telling.seed, telling.export.clone());
    // Who walks is not stopped by a cut line.
    let cut = road != Road::Courier;
    let run_of = Run { visits, pace: 10, seed, export, cut, through, road, bridges };
    let counted = run(&run_of).await?;
    anyhow::ensure!(counted.all_is_well(), "not all is well: {counted}");
    Ok(figures(serde_json::to_value(counted)?))
}
