//! Truth beside hub: what is lost, what is there twice, what is wrong.

use std::collections::{BTreeMap, BTreeSet};

use super::hub_rows::HubRow;
use super::truth::{Meaning, Row};

/// A visit the node called saved, and what it should be at the hub.
#[derive(Debug, Clone)]
pub struct Expected {
    /// What was observed.
    pub row: Row,
    /// What it means.
    pub meaning: Meaning,
}

/// What became of the visits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Visits at the hub that were saved in this run.
    pub received: usize,
    /// Visits saved that the hub does not have.
    pub lost: usize,
    /// Visits the hub has beyond those: a second visit of a child, or one nobody saved.
    pub doubled: usize,
    /// Visits that differ in any field.
    pub wrong: usize,
}

/// Compares; each difference is said aloud.
pub fn compare(saved: &[Expected], hub: &[HubRow]) -> Verdict {
    let mut held: BTreeMap<&str, Vec<&HubRow>> = BTreeMap::new();
    for row in hub {
        held.entry(&row.row.visit_id).or_default().push(row);
    }
    let mut verdict = Verdict::default();
    for expected in saved {
        match held.get(expected.row.visit_id.as_str()).map(Vec::as_slice) {
            None | Some([]) => {
                tracing::error!("lost: {}", expected.row.line());
                verdict.lost += 1;
            }
            Some([first, more @ ..]) => {
                verdict.received += 1;
                verdict.doubled += more.len();
                verdict.wrong += usize::from(differs(expected, first));
            }
        }
    }
    let known: BTreeSet<&str> = saved.iter().map(|expected| expected.row.visit_id.as_str()).collect();
    for stray in hub.iter().filter(|row| !known.contains(row.row.visit_id.as_str())) {
        tracing::error!("at the hub and never saved: {}", stray.row.line());
        verdict.doubled += 1;
    }
    verdict
}

fn differs(expected: &Expected, hub: &HubRow) -> bool {
    let same = expected.row == hub.row && expected.meaning == hub.meaning;
    if !same {
        let (truth, found) = (&expected.row, &hub.row);
        tracing::error!("wrong: truth {},{}", truth.line(), expected.meaning.line());
        tracing::error!("       hub   {},{}", found.line(), hub.meaning.line());
    }
    !same
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;

    fn expected(id: &str) -> Expected {
        let day = NaiveDate::from_ymd_opt(2026, 11, 24).unwrap();
        let row = Row {
            visit_id: id.into(),
            child_id: "c".into(),
            sex: "f".into(),
            birth_date: day,
            observed_on: day,
            weight_kg: "8.450".into(),
            lenhei_cm: "71.30".into(),
            measured: "l".into(),
        };
        Expected { row, meaning: Meaning { z: Default::default(), status: String::new(), gain: "N".into() } }
    }

    fn at_hub(expected: &Expected) -> HubRow {
        HubRow { row: expected.row.clone(), meaning: expected.meaning.clone() }
    }

    #[test]
    fn whatever_is_not_exactly_once_and_exactly_so_is_seen() {
        let (a, b, c) = (expected("a"), expected("b"), expected("c"));
        let mut changed = at_hub(&b);
        changed.meaning.z[2] = "-0.01".into();
        let hub = [at_hub(&a), at_hub(&a), changed, at_hub(&expected("stray"))];
        let verdict = compare(&[a, b, c], &hub);
        assert_eq!(verdict, Verdict { received: 2, lost: 1, doubled: 2, wrong: 1 });
    }
}
