//! A visit at the family's home that comes back on a kader's phone: judged by the rules of the station.
//!
//! # Why
//! The phone only carries: what was typed, on which day, under ids it made once. Whether it can be, what must be asked
//! first and what it becomes is decided here, where the child's history is. One thing differs: at the station twins are
//! told apart where both have come, at home they always are, because there they live together.

mod kept;
pub(crate) mod known;

use chrono::NaiveDate;
use growth::plausibility::Concern;
use protocol::event::{Entry, Place};
use protocol::service::Noted;
use protocol::{Body, EventId, Stamp, VisitId};

use super::case::{Case, Twin, born_with};
use super::draft::TicketDraft;
use super::station::save::{self, Entered, SaveForm};
use super::station::{ask, taken};
use crate::app::Edge;
use crate::clock::Now;
use crate::day;
use crate::scales::Quantity;
use crate::staff::Staff;
use crate::store::{Child, NewEvent, Observed, StoreError, Ticket, VisitRecord};

pub(crate) use kept::{Kept, kept};

/// Characters of a remark.
const LONGEST_REMARK: usize = 300;

/// A visit as the phone wrote it down.
#[derive(Debug, Clone)]
pub(crate) struct Brought {
    /// Its id.
    pub(crate) visit: VisitId,
    /// The day it was made on, by the phone or by the kader.
    pub(crate) on: NaiveDate,
    /// When it was written down, by the phone's clock.
    pub(crate) written: Stamp,
    /// The weighing, if there was one.
    pub(crate) weight: Option<Measured>,
    /// The length or height, if it was taken.
    pub(crate) length: Option<Measured>,
    /// `lying` or `standing`, as the page chose it; the child's age decides where it is neither.
    pub(crate) posture: Option<String>,
    /// Both feet are swollen.
    pub(crate) oedema: bool,
    /// Weighed in thick clothes.
    pub(crate) clothed: bool,
    /// What else she wrote, never empty, under the id the phone gave it.
    pub(crate) remark: Option<(EventId, String)>,
}

/// One measurement, or the reason there is none.
#[derive(Debug, Clone)]
pub(crate) struct Measured {
    /// The id the phone gave it: a repeat of it is the same event.
    pub(crate) event: EventId,
    /// Digits as typed.
    pub(crate) typed: Option<String>,
    /// Why there are none, in the word of the station's page.
    pub(crate) not: Option<String>,
    /// The concerns the kader insists on, by number, with commas.
    pub(crate) insisted: String,
}

/// What is found of a visit.
#[derive(Debug)]
pub(crate) enum Found {
    /// It can be read.
    Clear(Judged),
    /// It cannot be read, and what to write instead.
    Unclear(&'static str),
}

/// A visit that can be read.
#[derive(Debug)]
pub(crate) struct Judged {
    /// What it becomes.
    pub(crate) events: Vec<NewEvent>,
    /// What must be asked before it is kept.
    pub(crate) asks: Vec<String>,
    /// What the weighing is to insist on, if the kader says it is right.
    pub(crate) weight: String,
    /// What the length is to insist on.
    pub(crate) length: String,
}

/// Judges a visit to a child of this posyandu that `staff` made.
pub(crate) fn judge(
    edge: &Edge,
    staff: &Staff,
    child: &Child,
    brought: &Brought,
) -> Result<Found, StoreError> {
    let mut case = case(edge, staff, child, brought)?;
    let (mut events, mut asks) = (Vec::new(), Vec::new());
    let mut insisted = [String::new(), String::new()];
    let at_home = |event| NewEvent { place: Place::Home, entry: Entry::Typed, ..event };
    let parts = [(Quantity::Weight, &brought.weight), (Quantity::Length, &brought.length)];
    for ((quantity, part), insists) in parts.into_iter().zip(&mut insisted) {
        let Some(part) = part else { continue };
        let entered = match Entered::read(edge, &case, quantity, &form(brought, part)) {
            Ok(entered) => entered,
            Err(unclear) => return Ok(Found::Unclear(unclear.0)),
        };
        let concerns = entered.concerns(&case, quantity);
        let value = taken(quantity, entered.taken());
        let open = concerns.without(save::insisted(&part.insisted));
        let names = if quantity == Quantity::Weight { "Berat" } else { "Panjang atau tinggi" };
        let say = |concern| format!("{names} {value}: {}", ask(concern, &case, quantity, &entered, &value));
        asks.extend(open.iter().map(say));
        let codes: Vec<u8> = concerns.iter().map(Concern::as_code).collect();
        *insists = codes.iter().map(u8::to_string).collect::<Vec<_>>().join(",");
        let event = at_home(entered.event(staff, &case, quantity, codes));
        // the second measurement is judged beside the first, as at the station
        add(&mut case, &event);
        events.push(event);
    }
    if events.is_empty() {
        return Ok(Found::Unclear("Belum ada berat atau panjang di kunjungan ini."));
    }
    if let Some((id, text)) = &brought.remark {
        if text.chars().count() > LONGEST_REMARK {
            return Ok(Found::Unclear("Catatannya terlalu panjang. Tulis paling banyak 300 huruf."));
        }
        events.push(at_home(case.event(staff, *id, Body::Noted(Noted::Remark(text.clone())))));
    }
    let [weight, length] = insisted;
    Ok(Found::Clear(Judged { events, asks, weight, length }))
}

/// The visit as the station would see it, on its own day and without a number in the queue.
fn case(edge: &Edge, staff: &Staff, child: &Child, brought: &Brought) -> Result<Case, StoreError> {
    let ticket = Ticket {
        visit: brought.visit,
        number: 0,
        posyandu: staff.posyandu.id,
        citizen: child.id,
        day: brought.on.into(),
        boot: brought.written.boot,
        weight_event: brought.weight.as_ref().map_or(EventId(brought.visit.0), |part| part.event),
        length_event: brought.length.as_ref().map_or(EventId(brought.visit.0), |part| part.event),
        weighed: false,
        measured: false,
        closed: false,
        board: day::Progress::default(),
        draft: TicketDraft::default(),
    };
    let believable = edge.clock.now().believable;
    let now = Now { stamp: brought.written, today: brought.on, believable, at_least: brought.on };
    let mut records = edge.store.visits_of(child.id)?;
    records.retain(|record| record.observed_on <= brought.on.into());
    let facts = edge.store.facts_of(child.id)?;
    let month = day::month_away(edge, brought.on)?;
    // a twin needs no ticket to be at home
    let twin = |other: crate::roster::Listed| {
        let ticket = Ticket { citizen: other.id, ..ticket.clone() };
        Some(Twin { name: other.name, birth_order: other.birth_order?, ticket })
    };
    let twins = born_with(edge, staff.posyandu.id, child).into_iter().filter_map(twin).collect();
    Ok(Case { ticket, child: child.clone(), records, facts, twins, now, month })
}

fn form(brought: &Brought, part: &Measured) -> SaveForm {
    let tick = |ticked: bool| ticked.then(|| "ya".to_owned());
    SaveForm {
        typed: part.typed.clone(),
        not: part.not.clone(),
        posture: brought.posture.clone(),
        oedema: tick(brought.oedema),
        clothed: tick(brought.clothed),
        ..SaveForm::default()
    }
}

/// Shows the case what it has just recorded.
fn add(case: &mut Case, event: &NewEvent) {
    let visit = case.ticket.visit;
    if case.this().is_none() {
        case.records.push(VisitRecord {
            visit,
            posyandu: Some(event.posyandu),
            ticket: 0,
            observed_on: event.observed_on,
            report_month: event.report_month,
            weighed: None,
            length: None,
            clock_unset: false,
            as_guest: None,
        });
    }
    let Some(record) = case.records.iter_mut().find(|record| record.visit == visit) else { return };
    match &event.body {
        Body::Weighed(weighed) => record.weighed = Some(observed(event.id, weighed.clone())),
        Body::LengthTaken(length) => record.length = Some(observed(event.id, length.clone())),
        _ => {}
    }
}

fn observed<T>(event: EventId, value: T) -> Observed<T> {
    Observed { event, sequence: 0, entry: Entry::Typed, instrument: None, value }
}
