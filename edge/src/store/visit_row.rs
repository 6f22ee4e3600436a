//! One visit as its events tell it: every weighing and every length, and which of them count.

use std::collections::{BTreeMap, BTreeSet};

use protocol::event::{Entry, Event, Instrument, Visit};
use protocol::growth::{Carried, LengthTaken, Weighed};
use protocol::time::ClockFound;
use protocol::{Body, EventId, LocalDate, Month, PosyanduId, VisitId};
use serde::{Deserialize, Serialize};

use super::dates::{Boot, day_at, is_undated};
use super::model::{Measurement, Observed, VisitRecord};
use super::order::{Order, put, replaced, written};
use crate::visits::draft::nothing_before;

/// What all events of one visit say. As with a child, nothing is concluded before it is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct VisitRow {
    visit: VisitId,
    weighed: Vec<Seen<Weighed>>,
    length: Vec<Seen<LengthTaken>>,
    /// The readings behind the weighings made in somebody's arms.
    #[serde(deserialize_with = "nothing_before")]
    carried: BTreeMap<EventId, Carried>,
    /// What was taken back: by kind, for a weight and a length may bear one id.
    #[serde(deserialize_with = "nothing_before")]
    voided: BTreeSet<(u16, EventId)>,
    /// Where it was; of a visit told of two, the one that sorts first, so that the order of events decides nothing.
    #[serde(deserialize_with = "nothing_before")]
    posyandu: Option<PosyanduId>,
}

/// The kinds of event a visit's row is made of.
const WEIGHED: u16 = 2;
const LENGTH_TAKEN: u16 = 3;

/// One observation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Seen<T> {
    event: EventId,
    order: Order,
    ticket: u16,
    observed_on: LocalDate,
    report_month: Month,
    /// When it was recorded, where its day came from a clock nobody had set.
    undated: Option<(Boot, u64)>,
    entry: Entry,
    instrument: Option<Instrument>,
    replaces: Option<EventId>,
    value: T,
}

/// The visit an event is part of; an observation that names none is a visit of its own.
pub(super) fn visit_of(event: &Event) -> Visit {
    event.header.visit.unwrap_or(Visit { id: VisitId(event.header.id.0), ticket: 0, bpjs: None })
}

impl VisitRow {
    pub(super) fn new(visit: VisitId) -> Self {
        Self {
            visit,
            weighed: Vec::new(),
            length: Vec::new(),
            carried: BTreeMap::new(),
            voided: BTreeSet::new(),
            posyandu: None,
        }
    }

    /// Takes in what an event says. Doing so again changes nothing.
    pub(super) fn take(&mut self, event: &Event) {
        let posyandu = event.header.posyandu;
        self.posyandu = Some(self.posyandu.map_or(posyandu, |known| known.min(posyandu)));
        match &event.body {
            Body::Weighed(weighed) => {
                put(&mut self.weighed, Seen::of(event, &Weighed { carried: None, ..weighed.clone() }));
                self.carried.extend(weighed.carried.map(|carried| (event.header.id, carried)));
            }
            Body::LengthTaken(length) => put(&mut self.length, Seen::of(event, length)),
            Body::Voided(voided) => self.voided.extend(replaced(event).map(|other| (voided.kind, other))),
            _ => {}
        }
    }

    fn observed(&self, seen: &Seen<Weighed>) -> Observed<Weighed> {
        let mut observed = seen.observed();
        observed.value.carried = self.carried.get(&seen.event).copied();
        observed
    }

    /// The power-ups without a date that events of this visit were recorded in.
    pub(super) fn undated(&self) -> impl Iterator<Item = Boot> {
        let weighed = self.weighed.iter().filter_map(|seen| seen.undated);
        weighed.chain(self.length.iter().filter_map(|seen| seen.undated)).map(|(boot, _)| boot)
    }
}

/// All visits of one child, oldest first, as far as anything stands in them.
///
/// The last observation that nothing replaces counts, and a weight is replaced by a weight only, wherever it was made.
/// The last observation with a date gives the day.
pub(super) fn records(rows: &[VisitRow], found: &[ClockFound]) -> Vec<VisitRecord> {
    let voided = |kind| {
        let all = rows.iter().flat_map(|row| &row.voided);
        all.filter(move |(of, _)| *of == kind).map(|(_, event)| *event)
    };
    let weights = fallen(rows.iter().flat_map(|row| &row.weighed), voided(WEIGHED));
    let lengths = fallen(rows.iter().flat_map(|row| &row.length), voided(LENGTH_TAKEN));
    let record = |row: &VisitRow| {
        let weight = row.weighed.iter().rfind(|seen| !weights.contains(&seen.event));
        let length = row.length.iter().rfind(|seen| !lengths.contains(&seen.event));
        let mut dates: Vec<Dated> = weight
            .map(|seen| seen.dated(found))
            .into_iter()
            .chain(length.map(|seen| seen.dated(found)))
            .collect();
        dates.sort_by_key(|dated| (dated.is_known, dated.order));
        let last = dates.last()?;
        Some(VisitRecord {
            visit: row.visit,
            posyandu: row.posyandu,
            ticket: last.ticket,
            observed_on: last.observed_on,
            report_month: last.report_month,
            weighed: weight.map(|seen| row.observed(seen)),
            length: length.map(Seen::observed),
            clock_unset: !last.is_known,
            as_guest: None,
        })
    };
    let mut records: Vec<VisitRecord> = rows.iter().filter_map(record).collect();
    records.sort_by_key(|record| (record.observed_on, record.ticket, record.visit));
    records
}

/// Every weighing and every length of one child, oldest first, also those that were replaced or taken back.
pub(super) fn measurements(rows: &[VisitRow], found: &[ClockFound]) -> Vec<Measurement> {
    let voided: BTreeSet<(u16, EventId)> = rows.iter().flat_map(|row| row.voided.iter().copied()).collect();
    let of = |kind| voided.iter().filter(move |(of, _)| *of == kind).map(|(_, event)| *event);
    let weights = fallen(rows.iter().flat_map(|row| &row.weighed), of(WEIGHED));
    let lengths = fallen(rows.iter().flat_map(|row| &row.length), of(LENGTH_TAKEN));
    let mut measurements = Vec::new();
    for row in rows {
        measurements.extend(row.weighed.iter().map(|seen| {
            let body = Body::Weighed(row.observed(seen).value);
            Measurement::of(seen, row.visit, found, body, !weights.contains(&seen.event))
        }));
        measurements.extend(row.length.iter().map(|seen| {
            let body = Body::LengthTaken(seen.value.clone());
            Measurement::of(seen, row.visit, found, body, !lengths.contains(&seen.event))
        }));
    }
    measurements.sort_by_key(|one| (one.on, one.event));
    measurements
}

impl Measurement {
    fn of<T: Clone>(seen: &Seen<T>, visit: VisitId, found: &[ClockFound], body: Body, stands: bool) -> Self {
        Self { event: seen.event, visit, on: seen.dated(found).observed_on, body, stands }
    }
}

written!(Seen<T>);

/// When an observation was made, as far as is known.
struct Dated {
    is_known: bool,
    order: Order,
    ticket: u16,
    observed_on: LocalDate,
    report_month: Month,
}

impl<T: Clone> Seen<T> {
    fn of(event: &Event, value: &T) -> Self {
        let header = &event.header;
        Self {
            event: header.id,
            order: Order::of(header),
            ticket: visit_of(event).ticket,
            observed_on: header.observed_on,
            report_month: header.report_month,
            undated: is_undated(header).then_some((header.recorded_at.boot, header.recorded_at.monotonic_ns)),
            entry: header.entry,
            instrument: header.instrument.clone(),
            replaces: replaced(event),
            value: value.clone(),
        }
    }

    fn dated(&self, found: &[ClockFound]) -> Dated {
        let Self { order, ticket, observed_on, report_month, .. } = *self;
        let as_written = Dated { is_known: self.undated.is_none(), order, ticket, observed_on, report_month };
        let day = self.undated.and_then(|(boot, at)| day_at(found, boot, at));
        match day.and_then(|day| Some((day, day.month()?))) {
            Some((observed_on, report_month)) => {
                Dated { is_known: true, observed_on, report_month, ..as_written }
            }
            None => as_written,
        }
    }

    fn observed(&self) -> Observed<T> {
        Observed {
            event: self.event,
            sequence: self.order.sequence,
            entry: self.entry,
            instrument: self.instrument.clone(),
            value: self.value.clone(),
        }
    }
}

/// What was replaced or taken back.
fn fallen<'a, T: 'a>(
    seen: impl Iterator<Item = &'a Seen<T>>,
    voided: impl Iterator<Item = EventId>,
) -> BTreeSet<EventId> {
    seen.filter_map(|seen| seen.replaces).chain(voided).collect()
}

#[cfg(test)]
mod tests {
    use protocol::NodeId;
    use protocol::growth::{Clothing, Load, Taken, Window};
    use uuid::Uuid;

    use super::*;

    /// A row as the first version wrote it, and behind it nothing.
    #[derive(Serialize)]
    struct First {
        visit: VisitId,
        weighed: Vec<Seen<Weighed>>,
        length: Vec<Seen<LengthTaken>>,
    }

    fn seen(mass_g: u32) -> Seen<Weighed> {
        let event = EventId(Uuid::from_u128(mass_g.into()));
        let order = Order { incarnation: 1, sequence: mass_g.into(), node: NodeId(Uuid::from_u128(1)) };
        let value = Weighed {
            mass_g: Taken::Value(mass_g),
            oedema: false,
            clothing: Clothing::Light,
            repeat: 1,
            window: None,
            insisted: vec![3],
            carried: None,
        };
        Seen {
            event,
            order,
            ticket: 7,
            observed_on: LocalDate(20_000),
            report_month: Month(24_322),
            undated: None,
            entry: Entry::Typed,
            instrument: None,
            replaces: None,
            value,
        }
    }

    fn carried() -> Carried {
        let window = Window { count: 10, spread: 0, duration_ms: 1_000, min: 0, max: 0 };
        let load = |mass_g| Load { mass_g, window };
        Carried { together: load(61_400), alone: load(52_950), division_g: 50 }
    }

    #[test]
    fn a_visit_of_an_earlier_version_is_still_read() {
        let visit = VisitId(Uuid::from_u128(9));
        let first = First { visit, weighed: vec![seen(8_100), seen(8_450)], length: Vec::new() };
        let row: VisitRow = postcard::from_bytes(&postcard::to_allocvec(&first).unwrap()).unwrap();
        assert_eq!((&row.weighed, row.carried.len()), (&first.weighed, 0));
        let [record] = &records(std::slice::from_ref(&row), &[])[..] else { panic!("one visit, one record") };
        let weighed = record.weighed.as_ref().unwrap();
        assert_eq!((weighed.value.mass_g, weighed.value.carried), (Taken::Value(8_450), None));

        let now = VisitRow { carried: [(first.weighed[1].event, carried())].into(), ..row };
        let read: VisitRow = postcard::from_bytes(&postcard::to_allocvec(&now).unwrap()).unwrap();
        assert_eq!(records(&[read], &[])[0].weighed.as_ref().unwrap().value.carried, Some(carried()));
    }
}
