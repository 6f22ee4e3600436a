//! What the store keeps: the events handed in, and the views pages read.

use std::collections::BTreeMap;

use protocol::event::{Author, Body, Entry, Event, Header, Instrument, Place, Replaces, Visit};
use protocol::growth::{LengthTaken, Weighed};
use protocol::registry::{Field, Leaving, Person};
use protocol::versions::Standing;
use protocol::{CitizenId, EventId, LocalDate, Month, NodeId, PosyanduId, PregnancyId, Stamp, VisitId};
use serde::{Deserialize, Serialize};

use crate::day::Progress;
use crate::visits::draft::{TicketDraft, nothing_before};

/// An event before the journal gives it its place.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// The event's id, minted by the caller so that a repeat is known.
    pub id: EventId,
    /// Who recorded it, as what.
    pub author: Author,
    /// The posyandu it belongs to.
    pub posyandu: PosyanduId,
    /// The person it speaks of.
    pub citizen: Option<CitizenId>,
    /// The visit it is part of.
    pub visit: Option<Visit>,
    /// The local date it happened.
    pub observed_on: LocalDate,
    /// When it was written down.
    pub recorded_at: Stamp,
    /// The month it is reported in.
    pub report_month: Month,
    /// Where it happened.
    pub place: Place,
    /// How the value came in.
    pub entry: Entry,
    /// The instrument that gave the value.
    pub instrument: Option<Instrument>,
    /// The event it replaces, and why.
    pub replaces: Option<Replaces>,
    /// What happened.
    pub body: Body,
}

impl NewEvent {
    /// The event in its place in the journal.
    pub(super) fn placed(self, node: NodeId, incarnation: u32, sequence: u64) -> Event {
        let header = Header {
            id: self.id,
            node,
            incarnation,
            sequence,
            author: self.author,
            posyandu: self.posyandu,
            citizen: self.citizen,
            visit: self.visit,
            observed_on: self.observed_on,
            recorded_at: self.recorded_at,
            report_month: self.report_month,
            place: self.place,
            entry: self.entry,
            instrument: self.instrument,
            replaces: self.replaces,
        };
        Event { header, body: self.body }
    }
}

/// What became of an event handed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// It is in the journal now.
    New {
        /// Its place.
        sequence: u64,
    },
    /// It already was: a double tap, a repeated import.
    Known {
        /// Its place.
        sequence: u64,
    },
}

/// A child of the roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Child {
    /// Its id.
    pub id: CitizenId,
    /// The posyandu that keeps it.
    pub posyandu: PosyanduId,
    /// What is known about it, with every correction.
    pub registered: Person,
    /// What was first written down about it.
    pub written: Person,
    /// The event that wrote it down.
    pub registration: EventId,
    /// The fields that were corrected, and what stands there.
    pub fields: BTreeMap<Field, Standing>,
    /// It was written down as somebody who is no child.
    pub is_adult: bool,
    /// The day it was written down as.
    pub since: LocalDate,
    /// The pregnancy that has begun and not ended.
    pub pregnancy: Option<Pregnancy>,
    /// Whom it stands for a second time.
    pub double_of: Option<CitizenId>,
    /// When it left and came back, oldest first, as far as that stands.
    pub moves: Vec<Move>,
    /// Why it has left that posyandu; it is in no list any more, its records stay.
    pub left: Option<Leaving>,
    /// The hub says that another posyandu keeps it now: it cannot be taken back here.
    pub is_elsewhere: bool,
}

impl Child {
    /// The events whose values of a field somebody sees who looks at this child now: the bases of her correction.
    pub fn seen(&self, field: Field) -> Vec<EventId> {
        match self.fields.get(&field) {
            Some(standing) => standing.heads().iter().map(|head| head.event).collect(),
            None => vec![self.registration],
        }
    }
}

/// Somebody left a posyandu, or came back to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move {
    /// The event that says so.
    pub event: EventId,
    /// The day.
    pub on: LocalDate,
    /// How.
    pub leaving: Leaving,
}

/// A pregnancy as people need it; the midwife's record of it is read elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pregnancy {
    /// Its id.
    pub id: PregnancyId,
    /// First day of the last period.
    pub last_period: Option<LocalDate>,
    /// The day of birth somebody gave.
    pub due: Option<LocalDate>,
    /// The day it was written down.
    pub known_since: LocalDate,
}

/// One visit of one child, as pages need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitRecord {
    /// The visit.
    pub visit: VisitId,
    /// Where it was recorded.
    pub posyandu: Option<PosyanduId>,
    /// Its ticket's number.
    pub ticket: u16,
    /// The local date.
    pub observed_on: LocalDate,
    /// The month it is reported in.
    pub report_month: Month,
    /// The latest valid weighing.
    pub weighed: Option<Observed<Weighed>>,
    /// The latest valid length.
    pub length: Option<Observed<LengthTaken>>,
    /// Day and month come from a clock nobody had set, and nobody has found out yet when that was.
    pub clock_unset: bool,
    /// What the posyandu is called where the person was written down as a guest and this visit was made.
    pub as_guest: Option<String>,
}

/// One weighing or length, whether it still stands or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measurement {
    /// The event that holds it.
    pub event: EventId,
    /// The visit it was made at.
    pub visit: VisitId,
    /// The day.
    pub on: LocalDate,
    /// What was recorded.
    pub body: Body,
    /// Nothing replaces it or takes it back.
    pub stands: bool,
}

/// A value with where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed<T> {
    /// The event that holds it.
    pub event: EventId,
    /// Its place in the journal it was recorded in, which may be another node's.
    pub sequence: u64,
    /// How it came in.
    pub entry: Entry,
    /// The instrument it came from.
    pub instrument: Option<Instrument>,
    /// The value.
    pub value: T,
}

/// A child's place in today's queue, with everything half done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ticket {
    /// The visit it opened.
    pub visit: VisitId,
    /// The number called out, from 1 each day.
    pub number: u16,
    /// The posyandu.
    pub posyandu: PosyanduId,
    /// The child.
    pub citizen: CitizenId,
    /// The day.
    pub day: LocalDate,
    /// Which power-up of the node opened it: while the date is not known, that is all its day says.
    pub boot: [u8; 16],
    /// The id the weighing will have, minted with the ticket: a double tap saves the same event.
    pub weight_event: EventId,
    /// The id the length will have.
    pub length_event: EventId,
    /// Weighing saved, or given up with a reason.
    pub weighed: bool,
    /// Length saved, or given up with a reason.
    pub measured: bool,
    /// The visit is over.
    pub closed: bool,
    /// What has been typed or settled and not yet saved.
    pub draft: TicketDraft,
    /// How far the person has come through the steps of the day, and who called the ticket.
    #[serde(deserialize_with = "nothing_before")]
    pub board: Progress,
}

/// How much is safe where. `received ≤ sent ≤ on_device`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Safety {
    /// Events in this node's journal.
    pub on_device: u64,
    /// Of those, handed to the road since the node started, or received.
    pub sent: u64,
    /// Of those, committed at the hub by its own word.
    pub received: u64,
    /// Of those received, set aside by the hub with a reason.
    pub quarantined: u64,
}
