//! *Catatan hari ini*: every record of the day and where it is safe, one by one.
//!
//! # Why
//! The line on top says how many; a kader who is asked about one child wants to see that one. Each word here stands for
//! something that was heard: *diterima* for the hub's own word after its commit, never for a message that left.

mod said;

use std::collections::HashMap;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use protocol::time::ClockSource;
use protocol::{CitizenId, Event, Stamp};

use crate::app::Edge;
use crate::clock;
use crate::staff::Staff;
use crate::store::Safety;
use crate::web::{Pages, Shell, Trouble, page, words};

pub(crate) use said::said;

/// The page of this slice.
pub fn routes() -> Router<Pages> {
    Router::new().route("/records", get(show))
}

#[derive(Template)]
#[template(path = "records/page.html")]
struct RecordsPage {
    shell: Shell,
    rows: Vec<Row>,
    counts: Counts,
}

/// One record.
struct Row {
    child: Option<CitizenId>,
    name: String,
    what: String,
    /// `08.15`; nothing while nobody knew the time.
    at: Option<String>,
    state: Fate,
    /// Its instrument was found out of limits before or after.
    is_doubtful: bool,
}

/// How many records of the day are where.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Counts {
    here: u64,
    sent: u64,
    received: u64,
    aside: u64,
}

/// Where a record is safe.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Fate {
    /// On this node only.
    Here,
    /// Handed to the road; nobody has answered for it.
    Sent,
    /// Committed at the hub, by its own word.
    Received,
    /// It arrived, and the hub could not take it: the reason it gave.
    Aside(String),
}

impl Fate {
    fn of(sequence: u64, safety: &Safety, aside: &HashMap<u64, String>) -> Self {
        match aside.get(&sequence) {
            Some(why) => Self::Aside(why.clone()),
            None if sequence <= safety.received => Self::Received,
            None if sequence <= safety.sent => Self::Sent,
            None => Self::Here,
        }
    }

    const fn word(&self) -> &'static str {
        match self {
            Self::Here => "di alat",
            Self::Sent => "terkirim",
            Self::Received => "diterima",
            Self::Aside(_) => "disisihkan",
        }
    }

    const fn mark(&self) -> &'static str {
        match self {
            Self::Here => "○",
            Self::Sent => "◐",
            Self::Received => "●",
            Self::Aside(_) => "▲",
        }
    }

    const fn class(&self) -> &'static str {
        match self {
            Self::Here | Self::Sent => "pending",
            Self::Received => "good",
            Self::Aside(_) => "attention",
        }
    }

    fn why(&self) -> Option<&str> {
        match self {
            Self::Aside(why) => Some(why),
            _ => None,
        }
    }
}

impl Counts {
    fn of<'a>(states: impl Iterator<Item = &'a Fate>) -> Self {
        let mut counts = Self::default();
        for state in states {
            *match state {
                Fate::Here => &mut counts.here,
                Fate::Sent => &mut counts.sent,
                Fate::Received => &mut counts.received,
                Fate::Aside(_) => &mut counts.aside,
            } += 1;
        }
        counts
    }
}

async fn show(State(edge): State<Edge>, staff: Staff) -> Result<Response, Trouble> {
    let now = edge.clock.now();
    // What is known of the hub is read first: a record written meanwhile is then shown as less safe than it is, not more.
    let safety = edge.store.safety();
    let aside: HashMap<u64, String> = edge.store.quarantined()?.into_iter().collect();
    let running = (!now.believable).then_some(now.stamp.boot);
    let day = edge.store.recorded_on(staff.posyandu.id, now.today.into(), running)?;
    let doubts = edge.workshop.doubts()?;
    let mut rows = Vec::with_capacity(day.events.len());
    for event in day.events.iter().rev() {
        let name = match event.header.citizen {
            Some(citizen) => edge.store.child(citizen)?.map(|child| child.registered.name),
            None => name_of_instrument(event),
        };
        rows.push(Row {
            is_doubtful: doubts.touch(event),
            child: event.header.citizen,
            name: name.unwrap_or_else(|| "Alat ini".into()),
            what: said(&event.body),
            at: time_of(event),
            state: Fate::of(event.header.sequence, &safety, &aside),
        });
    }
    let counts = Counts::of(rows.iter().map(|row| &row.state));
    page(&RecordsPage { shell: Shell::of(&edge, &staff), rows, counts })
}

/// Whom a record is about that is about nobody.
fn name_of_instrument(event: &Event) -> Option<String> {
    event.header.instrument.as_ref().map(|instrument| instrument.name.clone())
}

fn time_of(event: &Event) -> Option<String> {
    let Stamp { wall_ms, offset_min, source, .. } = event.header.recorded_at;
    let local = clock::local(wall_ms, offset_min)?;
    (source != ClockSource::Unset).then(|| local.format("%H.%M").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_called_received_only_up_to_the_hubs_own_word() {
        let safety = Safety { on_device: 9, sent: 6, received: 4, quarantined: 1 };
        let aside =
            HashMap::from([(3, "beratnya tidak mungkin".to_owned()), (8, "tidak dikenal".to_owned())]);
        let words: Vec<&str> = (1..=9).map(|at| Fate::of(at, &safety, &aside).word()).collect();
        let expected = [
            "diterima",
            "diterima",
            "disisihkan",
            "diterima",
            "terkirim",
            "terkirim",
            "di alat",
            "disisihkan",
            "di alat",
        ];
        assert_eq!(words, expected);
    }
}
