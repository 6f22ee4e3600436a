//! Everything a user or a device records becomes an event, made once and never changed.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::check::InstrumentChecked;
use crate::growth::{LengthTaken, Weighed};
use crate::ids::{CitizenId, EventId, NodeId, PosyanduId, UserId, VisitId};
use crate::immunization::Immunization;
use crate::measured::Measured;
use crate::pregnancy::{AncExamined, NifasExamined, PregnancyBegan, PregnancyEnded};
use crate::registry::{AdultRegistered, ChildRegistered, PersonEdited, PersonLeft};
use crate::service::{Noted, Served, Voided};
use crate::session::{SessionClosed, SessionOpened};
use crate::time::{ClockFound, LocalDate, Month, Stamp};

/// Something that happened, with everything needed to believe it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Who, where, when and how.
    pub header: Header,
    /// What.
    pub body: Body,
}

/// What every event carries. The order of fields *is* the stored form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The event's own id; a repeat of it is the same event.
    pub id: EventId,
    /// The node that wrote it into its journal.
    pub node: NodeId,
    /// Which life of that node's journal (a restored card starts a new one).
    pub incarnation: u32,
    /// Position in the journal, from 1, without gaps.
    pub sequence: u64,
    /// Who recorded it.
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
    /// The month it is reported in: that of its session, even past a month's end.
    pub report_month: Month,
    /// Where it happened.
    pub place: Place,
    /// How the value came in.
    pub entry: Entry,
    /// The instrument that gave the value.
    pub instrument: Option<Instrument>,
    /// The event this one replaces, and why.
    pub replaces: Option<Replaces>,
}

/// A person and the role she had when she recorded something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// Who.
    pub user: UserId,
    /// As what.
    pub role: Role,
}

/// What a user is to the posyandu.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Volunteer.
    Kader,
    /// Midwife.
    Bidan,
    /// Puskesmas staff.
    Petugas,
    /// The appliance itself.
    Alat,
}

/// The visit an event is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// The visit's id.
    pub id: VisitId,
    /// The number on the ticket, from 1 each day.
    pub ticket: u16,
    /// BPJS membership as known that day.
    pub bpjs: Option<Bpjs>,
}

/// BPJS membership as known on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Bpjs {
    /// Member, active.
    Active,
    /// Member, not active.
    Inactive,
    /// Not a member.
    None,
}

/// Where something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// At the posyandu.
    Posyandu,
    /// At the family's home.
    Home,
    /// At a playgroup (PAUD).
    Paud,
    /// At an auxiliary health centre.
    Pustu,
    /// Elsewhere.
    Elsewhere,
}

/// How a value came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Entry {
    /// Read from an instrument by the node itself.
    Instrument,
    /// Typed by a person who read it.
    Typed,
    /// Copied from the KIA book or a register.
    FromBook,
    /// Entered after its day.
    Late,
}

impl Entry {
    /// The word the hub stores and pages use to choose their text.
    pub const fn code(self) -> &'static str {
        match self {
            Entry::Instrument => "instrument",
            Entry::Typed => "typed",
            Entry::FromBook => "from_book",
            Entry::Late => "late",
        }
    }
}

/// The instrument a value came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instrument {
    /// Its name as written on it, e.g. `Timbangan bayi A`.
    pub name: String,
    /// The dialect it speaks.
    pub dialect: String,
    /// The day it was last checked with a known mass or rod; `None` if never.
    pub checked_on: Option<LocalDate>,
}

/// What an event replaces, and why. Both stay visible.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replaces {
    /// The event replaced.
    pub event: EventId,
    /// The reason given.
    pub reason: String,
}

/// What happened. Each variant has a kind number and a version that never change; new kinds go last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Kind 1: a child is written into the roster.
    ChildRegistered(ChildRegistered),
    /// Kind 2: a child was weighed; version 2 if in somebody's arms.
    Weighed(Weighed),
    /// Kind 3: a child's length or height was taken.
    LengthTaken(LengthTaken),
    /// Kind 4: the time of a power-up was found out.
    ClockFound(ClockFound),
    /// Kind 5: a field of a person's registration was set anew.
    PersonEdited(PersonEdited),
    /// Kind 6: a person left the roster; version 2 if it says whom it doubles.
    PersonLeft(PersonLeft),
    /// Kind 7: an instrument was held against something known.
    InstrumentChecked(InstrumentChecked),
    /// Kind 8: somebody who is no child is written into the roster.
    AdultRegistered(AdultRegistered),
    /// Kind 9: a posyandu opened its meeting.
    SessionOpened(SessionOpened),
    /// Kind 10: a posyandu closed its meeting.
    SessionClosed(SessionClosed),
    /// Kind 11: something was measured besides a child's weight and length.
    Measured(Measured),
    /// Kind 12: something was asked or seen.
    Noted(Noted),
    /// Kind 13: something was given, told, or sent on.
    Served(Served),
    /// Kind 14: a pregnancy is written down.
    PregnancyBegan(PregnancyBegan),
    /// Kind 15: a pregnancy has ended.
    PregnancyEnded(PregnancyEnded),
    /// Kind 16: a midwife examined before birth.
    AncExamined(AncExamined),
    /// Kind 17: somebody examined in the weeks after birth.
    NifasExamined(NifasExamined),
    /// Kind 18: a dose was given or not, or something followed.
    Immunization(Immunization),
    /// Kind 19: an event is taken back.
    Voided(Voided),
}

impl Body {
    /// Kind and version as stored in the frame.
    pub const fn kind(&self) -> (u16, u16) {
        match self {
            Body::ChildRegistered(_) => (1, 1),
            Body::Weighed(Weighed { carried: None, .. }) => (2, 1),
            Body::Weighed(_) => (2, 2),
            Body::LengthTaken(_) => (3, 1),
            Body::ClockFound(_) => (4, 1),
            Body::PersonEdited(_) => (5, 1),
            Body::PersonLeft(PersonLeft { double_of: None, .. }) => (6, 1),
            Body::PersonLeft(_) => (6, 2),
            Body::InstrumentChecked(_) => (7, 1),
            Body::AdultRegistered(_) => (8, 1),
            Body::SessionOpened(_) => (9, 1),
            Body::SessionClosed(_) => (10, 1),
            Body::Measured(_) => (11, 1),
            Body::Noted(_) => (12, 1),
            Body::Served(_) => (13, 1),
            Body::PregnancyBegan(_) => (14, 1),
            Body::PregnancyEnded(_) => (15, 1),
            Body::AncExamined(_) => (16, 1),
            Body::NifasExamined(_) => (17, 1),
            Body::Immunization(_) => (18, 1),
            Body::Voided(_) => (19, 1),
        }
    }

    /// Whether it speaks of the appliance or of a meeting, and of no person.
    pub const fn is_of_nobody(&self) -> bool {
        matches!(
            self,
            Body::ClockFound(_)
                | Body::InstrumentChecked(_)
                | Body::SessionOpened(_)
                | Body::SessionClosed(_)
        )
    }

    /// Whether it writes a person into a roster.
    pub const fn is_registration(&self) -> bool {
        matches!(self, Body::ChildRegistered(_) | Body::AdultRegistered(_))
    }

    /// Whether it was recorded at a visit, so that who it speaks of has come.
    pub const fn is_of_a_visit(&self) -> bool {
        matches!(
            self,
            Body::Weighed(_)
                | Body::LengthTaken(_)
                | Body::Measured(_)
                | Body::Noted(_)
                | Body::Served(_)
                | Body::AncExamined(_)
                | Body::NifasExamined(_)
        )
    }
}
