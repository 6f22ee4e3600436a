//! Ledger beside hub: what is lost, what is there twice, what is there otherwise than it was.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::Serialize;
use uuid::Uuid;

use super::ledger::{Claim, Dated, Standing, What};

/// An event as the hub's log has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// Its id.
    pub event: Uuid,
    /// What was saved; `None` for what the ledger does not keep (a registration, a found clock).
    pub what: Option<What>,
    /// The child.
    pub child: Option<Uuid>,
    /// The value, if one was taken.
    pub value: Option<u32>,
    /// The date in it; `None` if nobody had set the node's clock.
    pub date: Option<NaiveDate>,
}

/// A reading as the hub's own table has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed {
    /// The event it came from.
    pub event: Uuid,
    /// What.
    pub what: What,
    /// The child.
    pub child: Uuid,
    /// The value.
    pub value: Option<u32>,
    /// The date of its row; `None` if the row says that nobody knew it.
    pub date: Option<NaiveDate>,
    /// Whether this event alone gives the row its date: a visit's newest event does.
    pub dates_the_row: bool,
}

/// Everything the hub has.
#[derive(Debug, Clone, Default)]
pub struct HubSide {
    /// The log, an entry a row.
    pub log: Vec<Logged>,
    /// Readings in `child_growth_records`.
    pub typed: Vec<Typed>,
    /// Events set aside, with the reason given.
    pub aside: BTreeMap<Uuid, String>,
}

/// What became of everything.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Saves the ledger counts.
    pub saved: usize,
    /// Saves whose answer was lost and that no page shows.
    pub unknown: usize,
    /// Saves a page refused.
    pub refused: usize,
    /// Saves the hub does not have.
    pub lost: usize,
    /// Events the hub has more than once.
    pub doubled: usize,
    /// Events the hub has otherwise, or that nobody saved.
    pub wrong: usize,
    /// Saves that arrived and were set aside with a reason.
    pub set_aside: usize,
}

impl Verdict {
    /// Nothing lost, doubled or wrong, of something.
    pub fn is_good(&self) -> bool {
        self.saved > 0 && self.lost + self.doubled + self.wrong == 0
    }
}

/// Compares; each difference is said aloud. `dated` tells the date a claim must bear.
pub fn compare(claims: &[Claim], hub: &HubSide, dated: impl Fn(&Claim) -> Dated) -> Verdict {
    let count = |standing| claims.iter().filter(|claim| claim.standing == standing).count();
    let mut verdict = Verdict {
        saved: count(Standing::Saved),
        unknown: count(Standing::Unknown),
        refused: count(Standing::Refused),
        ..Verdict::default()
    };
    let log = by_event(hub.log.iter().map(|logged| (logged.event, logged)));
    let typed = by_event(hub.typed.iter().map(|typed| (typed.event, typed)));
    for (event, rows) in &log {
        if rows.len() > 1 {
            tracing::error!("doubled: event {event} stands {} times in the log", rows.len());
            verdict.doubled += rows.len() - 1;
        }
    }
    for (event, rows) in &typed {
        if rows.len() > 1 {
            tracing::error!("doubled: event {event} gives {} readings", rows.len());
            verdict.doubled += rows.len() - 1;
        }
    }
    let replaced: BTreeSet<Uuid> = replaced(claims, &log).collect();
    for claim in claims {
        let found = log.get(&claim.event).map(|rows| rows[0]);
        let reading = typed.get(&claim.event).map(|rows| rows[0]);
        judge(claim, found, reading, hub, replaced.contains(&claim.event), &dated(claim), &mut verdict);
    }
    let known: BTreeSet<Uuid> = claims.iter().map(|claim| claim.event).collect();
    for stray in hub.log.iter().filter(|logged| logged.what.is_some() && !known.contains(&logged.event)) {
        tracing::error!("wrong: nobody saved {stray:?}");
        verdict.wrong += 1;
    }
    verdict
}

fn judge(
    claim: &Claim,
    logged: Option<&Logged>,
    typed: Option<&Typed>,
    hub: &HubSide,
    replaced: bool,
    dated: &Dated,
    verdict: &mut Verdict,
) {
    let Some(logged) = logged else {
        match hub.aside.get(&claim.event) {
            Some(reason) => {
                tracing::warn!("set aside: {} ({reason})", line(claim));
                verdict.set_aside += usize::from(claim.standing == Standing::Saved);
            }
            None if claim.standing == Standing::Saved => {
                tracing::error!("lost: {}", line(claim));
                verdict.lost += 1;
            }
            None => {}
        }
        return;
    };
    let mut faults = Vec::new();
    if claim.standing == Standing::Refused {
        faults.push("the page refused it".to_owned());
    }
    if (logged.what, logged.child, logged.value) != (Some(claim.what), Some(claim.child), Some(claim.value)) {
        faults.push(format!("logged as {logged:?}"));
    }
    match typed {
        Some(typed) => {
            if (typed.what, typed.child, typed.value) != (claim.what, claim.child, Some(claim.value)) {
                faults.push(format!("a reading of {typed:?}"));
            }
            if typed.dates_the_row && !fits(typed.date, dated) {
                faults.push(format!("dated {:?} instead of {dated:?}", typed.date));
            }
        }
        None if replaced => {}
        None => {
            tracing::error!("lost: {} is in the log and gives no reading", line(claim));
            verdict.lost += 1;
        }
    }
    if logged.date.is_some() && !fits(logged.date, dated) {
        faults.push(format!("logged on {:?} instead of {dated:?}", logged.date));
    }
    if !faults.is_empty() {
        tracing::error!("wrong: {}: {}", line(claim), faults.join("; "));
        verdict.wrong += 1;
    }
}

fn fits(date: Option<NaiveDate>, dated: &Dated) -> bool {
    match dated {
        Dated::Whatever => true,
        Dated::On(dates) => date.is_some_and(|date| dates.contains(&date)),
    }
}

/// What a save that arrived has taken the place of.
fn replaced<'a>(
    claims: &'a [Claim],
    log: &'a BTreeMap<Uuid, Vec<&Logged>>,
) -> impl Iterator<Item = Uuid> + 'a {
    claims.iter().filter(|claim| log.contains_key(&claim.event)).filter_map(|claim| claim.replaces)
}

fn by_event<'a, T>(rows: impl Iterator<Item = (Uuid, &'a T)>) -> BTreeMap<Uuid, Vec<&'a T>> {
    let mut by_event: BTreeMap<Uuid, Vec<&T>> = BTreeMap::new();
    for (event, row) in rows {
        by_event.entry(event).or_default().push(row);
    }
    by_event
}

fn line(claim: &Claim) -> String {
    let Claim { event, what, node, card, child, visit, value, standing, .. } = claim;
    let what = what.word();
    format!(
        "{what} {value}, event {event}, child {child}, visit {visit}, node {node} card {card}, {standing:?}"
    )
}

#[cfg(test)]
mod tests {
    use super::super::ledger::Moment;
    use super::*;

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, day).unwrap()
    }

    fn claim(nth: u128, standing: Standing) -> Claim {
        Claim {
            event: Uuid::from_u128(nth),
            what: What::Weighed,
            node: 0,
            card: 1,
            child: Uuid::from_u128(900),
            visit: Uuid::from_u128(800 + nth),
            value: 8_000 + nth as u32,
            replaces: None,
            moments: BTreeSet::from([Moment { boot: 1, date: Some(day(24)) }]),
            standing,
        }
    }

    fn logged(claim: &Claim) -> Logged {
        Logged {
            event: claim.event,
            what: Some(claim.what),
            child: Some(claim.child),
            value: Some(claim.value),
            date: Some(day(24)),
        }
    }

    fn typed(claim: &Claim) -> Typed {
        Typed {
            event: claim.event,
            what: claim.what,
            child: claim.child,
            value: Some(claim.value),
            date: Some(day(24)),
            dates_the_row: true,
        }
    }

    fn hub_of(claims: &[Claim]) -> HubSide {
        HubSide {
            log: claims.iter().map(logged).collect(),
            typed: claims.iter().map(typed).collect(),
            ..HubSide::default()
        }
    }

    fn told(claims: &[Claim], hub: &HubSide) -> Verdict {
        compare(claims, hub, |_| Dated::On(BTreeSet::from([day(24)])))
    }

    fn three() -> [Claim; 3] {
        [1, 2, 3].map(|nth| claim(nth, Standing::Saved))
    }

    #[test]
    fn the_same_on_both_sides_is_good() {
        let verdict = told(&three(), &hub_of(&three()));
        assert_eq!(verdict, Verdict { saved: 3, ..Verdict::default() });
        assert!(verdict.is_good());
        assert!(!Verdict::default().is_good(), "nothing saved shows nothing");
    }

    #[test]
    fn a_missing_event_and_a_missing_reading_are_lost() {
        let mut hub = hub_of(&three());
        hub.log.remove(0);
        hub.typed.remove(2);
        assert_eq!(told(&three(), &hub).lost, 2);
    }

    #[test]
    fn an_event_twice_in_the_log_or_in_two_rows_is_doubled() {
        let mut hub = hub_of(&three());
        hub.log.push(hub.log[0].clone());
        hub.typed.push(hub.typed[1].clone());
        assert_eq!(told(&three(), &hub).doubled, 2);
        // Also one the ledger does not keep.
        let registration =
            Logged { event: Uuid::from_u128(70), what: None, child: None, value: None, date: None };
        hub.log.extend([registration.clone(), registration]);
        assert_eq!(told(&three(), &hub).doubled, 3);
    }

    #[test]
    fn another_value_child_date_or_kind_is_wrong() {
        let mut hub = hub_of(&three());
        hub.log[0].value = Some(1);
        hub.typed[1].child = Uuid::nil();
        hub.typed[2].date = Some(day(23));
        assert_eq!(told(&three(), &hub).wrong, 3);
        let mut hub = hub_of(&three());
        hub.log[0].what = Some(What::LengthTaken);
        hub.log[1].date = Some(day(25));
        assert_eq!(told(&three(), &hub).wrong, 2);
    }

    #[test]
    fn what_nobody_saved_and_what_a_page_refused_is_wrong_when_it_is_there() {
        let claims = [claim(1, Standing::Saved), claim(2, Standing::Refused)];
        let hub = hub_of(&[claims[0].clone(), claims[1].clone(), claim(3, Standing::Saved)]);
        assert_eq!(told(&claims, &hub), Verdict { saved: 1, refused: 1, wrong: 2, ..Verdict::default() });
    }

    #[test]
    fn a_lost_answer_may_be_there_or_not_but_not_twice_and_not_otherwise() {
        let claims = [claim(1, Standing::Saved), claim(2, Standing::Unknown)];
        assert!(told(&claims, &hub_of(&claims)).is_good());
        assert!(told(&claims, &hub_of(&claims[..1])).is_good());
        let mut hub = hub_of(&claims);
        hub.log[1].value = Some(1);
        hub.log.push(hub.log[1].clone());
        let verdict = told(&claims, &hub);
        assert_eq!((verdict.doubled, verdict.wrong), (1, 1));
    }

    #[test]
    fn a_replaced_reading_needs_no_row_and_one_set_aside_has_its_reason() {
        let mut claims = three();
        claims[1].replaces = Some(claims[0].event);
        let mut hub = hub_of(&claims);
        hub.typed.remove(0);
        hub.log.remove(2);
        hub.aside.insert(claims[2].event, "belum dikenal".into());
        assert_eq!(told(&claims, &hub), Verdict { saved: 3, set_aside: 1, ..Verdict::default() });
        // As long as what replaces it has not arrived, it must stand itself.
        hub.log.remove(1);
        assert_eq!(told(&claims, &hub).lost, 2);
    }

    #[test]
    fn a_date_nobody_knew_may_be_any_until_somebody_has_told_it() {
        let claims = [claim(1, Standing::Saved)];
        let mut hub = hub_of(&claims);
        (hub.log[0].date, hub.typed[0].date) = (None, None);
        assert!(compare(&claims, &hub, |_| Dated::Whatever).is_good());
        assert_eq!(told(&claims, &hub).wrong, 1, "dated later: the row must have it");
        hub.typed[0].date = Some(day(24));
        assert!(told(&claims, &hub).is_good());
    }
}
