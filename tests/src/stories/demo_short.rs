//! The demo in small.

use super::{Telling, Told, figures};
use crate::demo::headless::{Run, run};

pub(super) async fn tell(telling: &Telling) -> anyhow::Result<Told> {
    let visits = if telling.full { 40 } else { 8 };
    let run_of = Run { visits, pace: 10, seed: telling.seed, export: telling.export.clone(), cut: true };
    let counted = run(&run_of).await?;
    anyhow::ensure!(counted.all_is_well(), "not all is well: {counted}");
    Ok(figures(serde_json::to_value(counted)?))
}
