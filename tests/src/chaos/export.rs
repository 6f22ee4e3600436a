//! Ledger and hub as two files a sceptic can hold against each other.

use std::fmt::Write;
use std::path::Path;

use chrono::NaiveDate;

use super::compare::HubSide;
use super::hub_side;
use super::ledger::{Claim, Dated, Standing};

const COLUMNS: &str = "event_id,kind,child_id,observed_on,value";

/// Writes ledger.csv and hub.csv, sorted by event. A date nobody knew is left empty in both, unless the hub was told it.
pub fn tables(
    folder: &Path,
    claims: &[Claim],
    hub: &HubSide,
    dated: impl Fn(&Claim) -> Dated,
) -> anyhow::Result<()> {
    let held = hub_side::by_event(hub);
    let mut ledger = format!("{COLUMNS}\n");
    for claim in claims.iter().filter(|claim| claim.standing == Standing::Saved) {
        let date = text(date(&dated(claim), held.get(&claim.event).map(|(_, date)| *date)));
        let (kind, value) = (claim.what.word(), claim.value);
        writeln!(ledger, "{},{kind},{},{date},{value}", claim.event, claim.child)?;
    }
    std::fs::write(folder.join("ledger.csv"), ledger)?;
    let mut table = format!("{COLUMNS}\n");
    for (event, (logged, date)) in &held {
        let kind = logged.what.map_or("", |what| what.word());
        let child = logged.child.map(|child| child.to_string()).unwrap_or_default();
        let value = logged.value.map(|value| value.to_string()).unwrap_or_default();
        writeln!(table, "{event},{kind},{child},{},{value}", text(*date))?;
    }
    Ok(std::fs::write(folder.join("hub.csv"), table)?)
}

/// The date the ledger stands for. Where the clock moved between two attempts of one save, either may have been the one;
/// a reading that was replaced before anyone knew its date stays without.
fn date(dated: &Dated, at_hub: Option<Option<NaiveDate>>) -> Option<NaiveDate> {
    match (dated, at_hub) {
        (_, Some(None)) => None,
        (Dated::On(dates), Some(Some(date))) if dates.contains(&date) => Some(date),
        (Dated::On(dates), _) => dates.first().copied(),
        (Dated::Whatever, at_hub) => at_hub.flatten(),
    }
}

fn text(date: Option<NaiveDate>) -> String {
    date.map(|date| date.to_string()).unwrap_or_default()
}
