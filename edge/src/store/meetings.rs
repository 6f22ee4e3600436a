//! The posyandu's own meetings: when each was opened and closed, in which month it is reported, with which figures.
//!
//! # Why
//! A few events a month, recorded by whichever node held the meeting. The view keeps the events themselves; what follows
//! from them is concluded when they are read, so it depends on which events there are and on nothing else.

use std::collections::{BTreeMap, BTreeSet};

use protocol::event::Author;
use protocol::ids::SessionId;
use protocol::session::{Row, SessionOpened};
use protocol::{Body, Event, EventId, Frame, LocalDate, Month, PosyanduId, Stamp};
use redb::{ReadableTable, TableDefinition};

use super::dates::{BOOTS, Boot, day_of, found, is_undated};
use super::order::Order;
use super::seal::Seal;
use super::writer::Writing;
use super::{NewEvent, Store, StoreError};

/// Posyandu ‖ event → sealed frame.
pub(super) const MEETINGS: TableDefinition<&[u8; 32], &[u8]> = TableDefinition::new("meetings");

/// A meeting of a posyandu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meeting {
    /// Which.
    pub session: SessionId,
    /// Its day, as far as that is known.
    pub on: Option<LocalDate>,
    /// The month it is reported in.
    pub month: Month,
    /// What was said when it was opened.
    pub opened: SessionOpened,
    /// Who opened it.
    pub by: Author,
    /// The last word on its end; `None` while it is open.
    pub closed: Option<Closed>,
}

/// How a meeting ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// Who closed it.
    pub by: Author,
    /// When.
    pub at: Stamp,
    /// The figures as they stood.
    pub rows: Vec<Row>,
}

impl Writing<'_> {
    /// Keeps what is said of a meeting. What came by two roads counts where it was written down first.
    pub(super) fn take_meeting(&mut self, event: &Event) -> Result<(), StoreError> {
        let key = key(event.header.posyandu, event.header.id);
        if let Some(known) = self.meetings.get(&key)? {
            let known = open(&self.shelf.seal, &key, known.value())?;
            if Order::of(&known.header) <= Order::of(&event.header) {
                return Ok(());
            }
        }
        let sealed = self.shelf.seal.close("meetings", &key, Frame::encode(event).bytes());
        self.meetings.insert(&key, sealed.as_slice())?;
        Ok(())
    }

    fn open_meeting(&mut self, event: NewEvent) -> Result<bool, StoreError> {
        let is_known = self.events.get(event.id.bytes())?.is_some();
        if !is_known {
            let events = events(&self.meetings, &self.shelf.seal, event.posyandu)?;
            let meetings = concluded(events, &self.dates.boots, &self.shelf.seal)?;
            let is_open = |meeting: &Meeting| meeting.is_open_on(event.observed_on);
            if meetings.iter().any(is_open) {
                return Ok(false);
            }
        }
        self.append(event)?;
        Ok(true)
    }
}

impl Meeting {
    /// Whether it is going on: opened that day, and not closed.
    pub fn is_open_on(&self, day: LocalDate) -> bool {
        self.closed.is_none() && self.on == Some(day)
    }
}

impl Store {
    /// The meetings of a posyandu, oldest first.
    pub fn meetings(&self, posyandu: PosyanduId) -> Result<Vec<Meeting>, StoreError> {
        let seal = &self.0.shelf.seal;
        self.read(|reading| {
            let events = events(&reading.open_table(MEETINGS)?, seal, posyandu)?;
            concluded(events, &reading.open_table(BOOTS)?, seal)
        })
    }

    /// Opens a meeting with this event, unless another of the same posyandu is open that day: then nothing is written,
    /// and the answer is false. A repeat is the same opening.
    pub async fn open_meeting(&self, opening: NewEvent) -> Result<bool, StoreError> {
        self.save(move |writing| writing.open_meeting(opening)).await
    }
}

fn events(
    meetings: &impl ReadableTable<&'static [u8; 32], &'static [u8]>,
    seal: &Seal,
    posyandu: PosyanduId,
) -> Result<Vec<Event>, StoreError> {
    let (first, last) =
        (key(posyandu, EventId(uuid::Uuid::nil())), key(posyandu, EventId(uuid::Uuid::max())));
    let mut events = Vec::new();
    for row in meetings.range::<&[u8; 32]>(&first..=&last)? {
        let (key, stored) = row?;
        events.push(open(seal, key.value(), stored.value())?);
    }
    events.sort_by_key(|event| Order::of(&event.header));
    Ok(events)
}

/// The first opening and the last closing of each meeting.
fn concluded(
    events: Vec<Event>,
    boots: &impl ReadableTable<&'static Boot, &'static [u8]>,
    seal: &Seal,
) -> Result<Vec<Meeting>, StoreError> {
    let undated: BTreeSet<Boot> = events
        .iter()
        .filter(|event| is_undated(&event.header))
        .map(|event| event.header.recorded_at.boot)
        .collect();
    let clocks = found(boots, seal, undated.into_iter())?;
    let mut meetings: Vec<Meeting> = Vec::new();
    let mut closings: BTreeMap<SessionId, Closed> = BTreeMap::new();
    for Event { header, body } in events {
        match body {
            Body::SessionOpened(opened) if meetings.iter().all(|known| known.session != opened.session) => {
                let on = day_of(&header, &clocks);
                let found = on.filter(|_| is_undated(&header)).and_then(LocalDate::month);
                let (session, month) = (opened.session, found.unwrap_or(header.report_month));
                meetings.push(Meeting { session, on, month, opened, by: header.author, closed: None });
            }
            Body::SessionClosed(closed) => {
                let (by, at) = (header.author, header.recorded_at);
                closings.insert(closed.session, Closed { by, at, rows: closed.rows });
            }
            _ => {}
        }
    }
    for meeting in &mut meetings {
        meeting.closed = closings.remove(&meeting.session);
    }
    meetings.sort_by_key(|meeting| meeting.on);
    Ok(meetings)
}

fn open(seal: &Seal, key: &[u8; 32], stored: &[u8]) -> Result<Event, StoreError> {
    let bytes = seal.open("meetings", key, stored)?;
    let frame = Frame::from_bytes(&bytes).map_err(|_| StoreError::Damaged)?;
    frame.decode().map_err(|_| StoreError::Damaged)
}

fn key(posyandu: PosyanduId, event: EventId) -> [u8; 32] {
    let mut key = [0; 32];
    key[..16].copy_from_slice(posyandu.bytes());
    key[16..].copy_from_slice(event.bytes());
    key
}
