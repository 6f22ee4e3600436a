//! A posyandu's day saved with the line cut, then sent over a phone's tethering at the edge of the valley.

use std::time::Duration;

use super::Row;
use super::overheard::{Overheard, all_received};
use crate::demo::hub_rows;
use crate::demo::truth::posture_word;
use crate::harness::{Kader, Station, Weather};
use crate::population::Coming;

const VISITS: usize = 60;
/// Visits sent one by one with the line up, for comparison: the batch of one pays its whole envelope.
const ONE_BY_ONE: usize = 5;
const SLOW: Weather = Weather::Slow {
    bits_per_s: 32_000,
    delay: Duration::from_millis(600),
    jitter: Duration::from_millis(300),
};
const LIMIT: Duration = Duration::from_secs(120);

pub(super) async fn run() -> anyhow::Result<Vec<Row>> {
    let road = Overheard::begin(VISITS + ONE_BY_ONE).await?;
    let kader = road.world.kader(0).await?;
    let (apart, day) = road.world.village.coming.split_at(ONE_BY_ONE);

    let mark = road.at_rest(&kader).await?;
    for coming in apart {
        visit(&road, &kader, coming).await?;
    }
    road.at_rest(&kader).await?;
    let alone = road.since(mark)?;

    road.world.link.cut();
    for coming in day {
        visit(&road, &kader, coming).await?;
    }
    let mark = road.still().await?;
    road.world.link.become_like(SLOW);
    let took = all_received(&kader, 3 * LIMIT).await?;
    road.still().await?;
    let heard = road.since(mark)?;
    anyhow::ensure!(heard.batches > 0, "nothing went by the road that is overheard");
    let held = hub_rows::counts(&mut road.world.database().await?, road.world.staff.posyandu).await?.1;
    let past: usize = road.world.village.children.iter().map(|child| child.visits.len()).sum();
    anyhow::ensure!(
        held as usize == past + ONE_BY_ONE + VISITS,
        "the hub holds {held} visits, {past} of them old"
    );
    road.end().await?;

    let each = |bytes: u64, visits: usize| bytes as f64 / visits as f64;
    let alone_each = each(alone.batch_bytes, ONE_BY_ONE);
    Ok(vec![
        Row::at_most("slow-link", "day of 60 visits, all acked", took.as_secs_f64(), "s", LIMIT.as_secs_f64())
            .noting("32 kbit/s, 600 ± 300 ms each way, from the line's return, TLS and greeting counted"),
        Row::at_most("slow-link", "sealed bytes a visit", each(heard.batch_bytes, VISITS), "B", 300.0).noting(format!(
            "{} batches, values typed; on the wire, both ways, TLS and everything {:.0} B a visit; sent one by one \
             with the line up {alone_each:.0} B sealed in {} batches of {ONE_BY_ONE} visits",
            heard.batches,
            each(heard.wire_bytes, VISITS),
            alone.batches
        )),
    ])
}

/// Weighs and measures a child by typing, and lets the next one come.
async fn visit(road: &Overheard, kader: &Kader, coming: &Coming) -> anyhow::Result<()> {
    let visit = kader.open_visit(road.world.village.children[coming.child].id).await?;
    let weight = format!("{},{:02}", coming.mass_g / 1000, coming.mass_g / 10 % 100);
    let length = format!("{},{}", coming.length_tenth_mm / 100, coming.length_tenth_mm / 10 % 10);
    kader.type_in(visit, Station::Weight, &weight, &[]).await?;
    kader.type_in(visit, Station::Length, &length, &[("posture", posture_word(coming.posture))]).await?;
    kader.close(visit).await
}
