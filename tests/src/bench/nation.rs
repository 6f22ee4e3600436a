//! The nation's month: every child of the country weighed and measured once, fed to one hub as fast as it takes them.

use std::time::Duration;

use super::Row;
use super::intake::Mouths;
use super::village::Village;

/// Visits of a month, and events of a visit.
const NATION: f64 = 17_000_000.0;
const EVENTS: f64 = 2.0;
/// Durable events a second: the mark.
const MARK: f64 = 10_000.0;
const NODES: usize = 40;
/// Months a child of the run is seen in; more children take the place of more months.
const VISITS: usize = 12;
/// Envelopes sealed for each second of the run, more than a hub on two cores has ever taken. One visit each, about half
/// a kilobyte, held in memory: a run of ten minutes needs two gigabytes.
const PREPARED_A_SECOND: f64 = 7_500.0;

pub(super) async fn run(minutes: f64) -> anyhow::Result<Vec<Row>> {
    let time = Duration::from_secs_f64(60.0 * minutes);
    let children = (time.as_secs_f64() * PREPARED_A_SECOND / (NODES * VISITS) as f64).ceil() as usize;
    let village = Village::begin(NODES).await?;
    let fed = Mouths::open(&village, NODES, children, VISITS).await?.feed(Some(time)).await?;
    let kept = logged(&village).await?;
    anyhow::ensure!(
        kept as usize == 2 * fed.envelopes,
        "{kept} events are in the log, {} were acknowledged",
        2 * fed.envelopes
    );
    village.end().await?;
    let rate = fed.events_a_second();
    let hours = |rate: f64| NATION * EVENTS / rate / 3600.0;
    Ok(vec![
        Row::at_least("nation", "durable events, sustained", rate, "/s", MARK).noting(format!(
            "{} envelopes of one visit each, {NODES} nodes, {:.0} s{}; generator on the same cores, {:.0} % of all CPU",
            fed.envelopes,
            fed.seconds,
            if fed.ran_dry { " (a node had sent all it had)" } else { "" },
            fed.share * 100.0
        )),
        Row::at_most("nation", "17 million visits, extrapolated", hours(rate), "h", hours(MARK)),
    ])
}

/// Weights and lengths the hub's database holds.
async fn logged(village: &Village) -> anyhow::Result<i64> {
    let mut db = village.postgres.connect("simpul").await?;
    let query = sqlx::query_scalar("select count(*) from event_log where kind in (2, 3)");
    Ok(query.fetch_one(&mut db).await?)
}
