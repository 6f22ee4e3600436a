//! An event that was let in, with the day the hub received it.

use chrono::{Days, NaiveDate};
use protocol::event::Entry;
use protocol::measured::{Measure, Measured};
use protocol::service::Noted;
use protocol::time::ClockSource;
use protocol::{Body, Event, LocalDate, Month};
use uuid::Uuid;

use super::record::Order;
use super::record::marks;

/// An event that was judged possible, so that its citizen, its dates and, for a measurement, its visit are there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entered {
    pub(crate) event: Event,
    /// The hub's own date when it came; kept with the event, so that reading it again gives the same.
    pub(crate) received_on: NaiveDate,
    /// The day it really was, where nobody had set the clock and it was found out later.
    pub(super) found_on: Option<LocalDate>,
}

/// The kinds up to this one tell of people, their weight and their length.
const MOST_OF_GROWTH: u16 = 8;
/// What else is measured, and what is asked or seen: some of it is of growth.
const ALSO_OF_GROWTH: [u16; 2] = [11, 12];

/// Time zones and a hub's own clock may be this far out before a date is called one of the future.
const DAYS_AHEAD: Days = Days::new(2);

impl Entered {
    pub(crate) fn new(event: Event, received_on: NaiveDate) -> Self {
        Self { event, received_on, found_on: None }
    }

    pub(crate) fn event_id(&self) -> Uuid {
        self.event.header.id.0
    }

    pub(crate) fn posyandu(&self) -> Uuid {
        self.event.header.posyandu.0
    }

    pub(crate) fn citizen(&self) -> Uuid {
        self.event.header.citizen.expect("judged before it was let in").0
    }

    /// The visit of a measurement.
    pub(crate) fn visit(&self) -> Uuid {
        self.event.header.visit.expect("judged before it was let in").id.0
    }

    pub(crate) fn observed_on(&self) -> NaiveDate {
        let found = self.found_day().and_then(LocalDate::to_naive);
        found
            .unwrap_or_else(|| self.event.header.observed_on.to_naive().expect("judged before it was let in"))
    }

    pub(crate) fn report_month(&self) -> i32 {
        let Month(month) =
            self.found_day().and_then(LocalDate::month).unwrap_or(self.event.header.report_month);
        month
    }

    /// The day that was found out, if the event's own was nothing but what the unset clock said. A day a person gave is
    /// hers.
    fn found_day(&self) -> Option<LocalDate> {
        let header = &self.event.header;
        let is_hers = matches!(header.entry, Entry::FromBook | Entry::Late);
        let said = header.recorded_at.local_date();
        self.found_on.filter(|_| !is_hers && said == Some(header.observed_on))
    }

    pub(crate) fn is_registration(&self) -> bool {
        self.event.body.is_registration()
    }

    /// Whether a child's growth is read from it: what was measured at a visit, and swollen feet.
    pub(crate) fn is_measurement(&self) -> bool {
        is_measurement(&self.event.body)
    }

    /// Whether it is a child's weight or length. An adult's are measurements of another kind.
    pub(crate) fn is_of_a_scale(&self) -> bool {
        is_of_a_scale(&self.event.body)
    }

    /// Whether a growth standard reads it and it may nevertheless be an adult's.
    pub(super) fn is_of_a_tape(&self) -> bool {
        is_of_a_tape(&self.event.body)
    }

    /// Whether the rows of people and their growth can depend on it. What else was recorded of somebody can be taken
    /// without looking at those rows.
    pub(crate) fn is_of_growth(&self) -> bool {
        match &self.event.body {
            Body::PersonEdited(_) | Body::PersonLeft(_) => true,
            Body::Voided(voided) => voided.kind <= MOST_OF_GROWTH || ALSO_OF_GROWTH.contains(&voided.kind),
            _ => self.is_registration() || self.is_measurement(),
        }
    }

    /// Whether it speaks of the appliance and of no person.
    pub(crate) fn is_of_nobody(&self) -> bool {
        self.event.body.is_of_nobody()
    }

    /// Whether it speaks of a clock and of nobody.
    pub(crate) fn is_of_a_clock(&self) -> bool {
        matches!(self.event.body, Body::ClockFound(_))
    }

    /// Where it stands among all events: by sequence within a journal, and in some fixed way between journals.
    /// Never by wall time.
    pub(crate) fn order(&self) -> Order {
        let header = &self.event.header;
        Order {
            incarnation: header.incarnation as i32,
            sequence: header.sequence as i64,
            node_id: header.node.0,
        }
    }

    /// The day from which this is known: its own, unless that cannot be believed; never later than it arrived.
    pub(crate) fn known_since(&self) -> NaiveDate {
        if self.date_marks() == 0 { self.observed_on().min(self.received_on) } else { self.received_on }
    }

    /// Why its date cannot be believed, as marks of a record.
    pub(crate) fn date_marks(&self) -> i16 {
        let mut doubts = 0;
        if self.event.header.recorded_at.source == ClockSource::Unset && self.found_on.is_none() {
            doubts |= marks::CLOCK_UNSET;
        }
        if self.received_on.checked_add_days(DAYS_AHEAD).is_some_and(|latest| self.observed_on() > latest) {
            doubts |= marks::IN_FUTURE;
        }
        doubts
    }
}

/// Whether a child's growth is read from it.
pub(crate) fn is_measurement(body: &Body) -> bool {
    is_of_a_scale(body) || is_of_a_tape(body)
}

fn is_of_a_scale(body: &Body) -> bool {
    matches!(body, Body::Weighed(_) | Body::LengthTaken(_))
}

fn is_of_a_tape(body: &Body) -> bool {
    matches!(
        body,
        Body::Measured(Measured { measure: Measure::Arm(_) | Measure::Head(_), .. })
            | Body::Noted(Noted::Oedema(_))
    )
}
