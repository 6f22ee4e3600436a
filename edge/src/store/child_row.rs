//! One child as its events tell it: who wrote it down, what was corrected, whether it has left.
//!
//! # Why
//! Events of one child come from this node's journal and from others' by the feed, in any order and more than once. The
//! row keeps what each of them says, and concludes only when it is read: so it depends on which events there are, and
//! on nothing else.

use std::collections::{BTreeMap, BTreeSet};

use protocol::event::Event;
use protocol::pregnancy::{PregnancyBegan, PregnancyEnded};
use protocol::registry::{Leaving, Person, PersonLeft};
use protocol::service::Voided;
use protocol::time::ClockFound;
use protocol::versions::{self, Version};
use protocol::{Body, CitizenId, EventId, LocalDate, PosyanduId, PregnancyId};
use serde::{Deserialize, Serialize};

use super::dates::{Boot, day_at, is_undated};
use super::model::{Child, Move, Pregnancy};
use super::order::{Order, Written, last, put, replaced, written};

/// What all events of one child say of the child itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ChildRow {
    registrations: Vec<Registration>,
    edits: Vec<Version>,
    leavings: Vec<Left>,
    /// The posyandu whose feeds say it has left them.
    told_left: Vec<(PosyanduId, Leaving)>,
    /// The last day it came, by events with a date.
    seen: Option<LocalDate>,
    /// The last moment it came in each power-up whose date was not known: nanoseconds since that power-up.
    undated: Vec<(Boot, u64)>,
    pregnancies: Vec<Began>,
    endings: Vec<Ended>,
    /// What was taken back, of the kinds that are kept here.
    voided: BTreeSet<(u16, EventId)>,
    /// The guests it was elsewhere, by feed, each with what the other posyandu is called; `None` if it is none after all.
    guests: BTreeMap<(PosyanduId, CitizenId), Option<String>>,
    /// Whose visits elsewhere these are, by feed, where this one was written down as a guest.
    homes: BTreeSet<(PosyanduId, CitizenId)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Registration {
    event: EventId,
    order: Order,
    posyandu: PosyanduId,
    replaces: Option<EventId>,
    /// The day it was written down as.
    on: LocalDate,
    /// As somebody who is no child.
    is_adult: bool,
    registered: Person,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Left {
    event: EventId,
    order: Order,
    posyandu: PosyanduId,
    replaces: Option<EventId>,
    on: LocalDate,
    leaving: Leaving,
    double_of: Option<CitizenId>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Began {
    event: EventId,
    order: Order,
    replaces: Option<EventId>,
    pregnancy: Pregnancy,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Ended {
    event: EventId,
    order: Order,
    replaces: Option<EventId>,
    pregnancy: PregnancyId,
}

/// The kinds of event that are taken back here.
const LEFT: u16 = 6;
const BEGAN: u16 = 14;
const ENDED: u16 = 15;

written!(Registration, Left, Began, Ended);

impl ChildRow {
    /// Takes in what an event says. Doing so again changes nothing.
    pub(super) fn take(&mut self, event: &Event) {
        match &event.body {
            Body::ChildRegistered(registered) => {
                put(&mut self.registrations, registration(event, registered.into()));
            }
            Body::AdultRegistered(registered) => {
                put(&mut self.registrations, registration(event, registered.into()));
            }
            Body::PersonEdited(edited) => {
                let id = event.header.id;
                if let Err(at) = self.edits.binary_search_by_key(&id, |version| version.event) {
                    self.edits.insert(at, Version::of(id, edited));
                }
            }
            Body::PersonLeft(left) => put(&mut self.leavings, leaving(event, left)),
            Body::PregnancyBegan(began) => put(&mut self.pregnancies, pregnancy(event, began)),
            Body::PregnancyEnded(ended) => put(&mut self.endings, ending(event, ended)),
            Body::Voided(Voided { kind: kind @ (LEFT | BEGAN | ENDED) }) => {
                self.voided.extend(replaced(event).map(|other| (*kind, other)));
            }
            body if body.is_of_a_visit() => self.see(event),
            _ => {}
        }
    }

    /// The hub's word that it has left a posyandu.
    pub(super) fn told_left(&mut self, posyandu: PosyanduId, leaving: Leaving) {
        self.told_there(posyandu);
        self.told_left.push((posyandu, leaving));
        self.told_left.sort_by_key(|(posyandu, _)| *posyandu);
    }

    /// The hub's later word that it is on a posyandu's roster again.
    pub(super) fn told_there(&mut self, posyandu: PosyanduId) {
        self.told_left.retain(|(left, _)| *left != posyandu);
    }

    /// A feed's word on a guest elsewhere that is this person, or is not after all.
    pub(super) fn told_guest(&mut self, feed: PosyanduId, guest: CitizenId, at: Option<&str>) {
        self.guests.insert((feed, guest), at.map(str::to_owned));
    }

    /// The same word, on the guest's side.
    pub(super) fn told_home(&mut self, feed: PosyanduId, home: CitizenId, is_hers: bool) {
        match is_hers {
            true => self.homes.insert((feed, home)),
            false => self.homes.remove(&(feed, home)),
        };
    }

    /// The guests it was elsewhere, each with what the posyandu there is called.
    pub(super) fn guests(&self) -> BTreeMap<CitizenId, &str> {
        let told = self.guests.iter();
        told.filter_map(|((_, guest), at)| Some((*guest, at.as_deref()?))).collect()
    }

    /// Whoever has the visits made under this id.
    pub(super) fn homes(&self) -> impl Iterator<Item = CitizenId> {
        self.homes.iter().map(|(_, home)| *home)
    }

    fn see(&mut self, event: &Event) {
        let stamp = &event.header.recorded_at;
        if !is_undated(&event.header) {
            self.seen = self.seen.max(Some(event.header.observed_on));
            return;
        }
        match self.undated.binary_search_by_key(&stamp.boot, |(boot, _)| *boot) {
            Ok(at) => self.undated[at].1 = self.undated[at].1.max(stamp.monotonic_ns),
            Err(at) => self.undated.insert(at, (stamp.boot, stamp.monotonic_ns)),
        }
    }

    /// The pregnancy that began last and has not ended, as far as anybody wrote down.
    fn pregnancy(&self) -> Option<Pregnancy> {
        let began: Vec<Began> = self.standing(&self.pregnancies, BEGAN);
        let ended: Vec<Ended> = self.standing(&self.endings, ENDED);
        let is_open = |began: &&Began| !ended.iter().any(|ended| ended.pregnancy == began.pregnancy.id);
        began.iter().rfind(is_open).map(|began| began.pregnancy)
    }

    /// Those that nothing replaces or takes back.
    fn standing<T: Written + Clone>(&self, list: &[T], kind: u16) -> Vec<T> {
        let falls = |one: &T| {
            self.voided.contains(&(kind, one.event()))
                || list.iter().any(|other| other.replaces() == Some(one.event()))
        };
        list.iter().filter(|one| !falls(one)).cloned().collect()
    }

    /// The power-ups without a date it came in.
    pub(super) fn undated(&self) -> impl Iterator<Item = Boot> {
        self.undated.iter().map(|(boot, _)| *boot)
    }

    /// The last day it came, as far as the power-ups' dates are known.
    pub(super) fn last_seen(&self, found: &[ClockFound]) -> Option<LocalDate> {
        let day = |(boot, at): &(Boot, u64)| day_at(found, *boot, *at);
        self.undated.iter().filter_map(day).chain(self.seen).max()
    }

    /// The day of the registration that stands.
    pub(super) fn since(&self) -> Option<LocalDate> {
        Some(self.registration()?.on)
    }

    /// The day it left that posyandu, by the last event that says so.
    pub(super) fn until(&self) -> Option<LocalDate> {
        let posyandu = self.registration()?.posyandu;
        let left = last(&self.left_from(posyandu))?.clone();
        (left.leaving != Leaving::Back).then_some(left.on)
    }

    fn registration(&self) -> Option<&Registration> {
        last(&self.registrations).or(self.registrations.last())
    }

    fn left_from(&self, posyandu: PosyanduId) -> Vec<Left> {
        let stands = |left: &&Left| left.posyandu == posyandu && !self.voided.contains(&(LEFT, left.event));
        self.leavings.iter().filter(stands).cloned().collect()
    }

    /// The child as pages show it; `None` while nobody has written it down. The hub concludes the same from the same
    /// events: the last registration that nothing replaces, every correction, and the last word on leaving that posyandu.
    pub(super) fn child(&self, id: CitizenId) -> Option<Child> {
        let registration = self.registration()?;
        let posyandu = registration.posyandu;
        let here = self.left_from(posyandu);
        let told = self.told_left.iter().find(|(left, _)| *left == posyandu).map(|(_, leaving)| *leaving);
        let latest = last(&here).filter(|left| left.leaving != Leaving::Back);
        let left = latest.map(|left| left.leaving);
        let fields = versions::fold(self.edits.iter().cloned());
        Some(Child {
            id,
            posyandu,
            registered: versions::corrected(&registration.registered, &fields),
            written: registration.registered.clone(),
            registration: registration.event,
            fields,
            is_adult: registration.is_adult,
            since: registration.on,
            pregnancy: self.pregnancy(),
            double_of: latest.and_then(|left| left.double_of),
            moves: moves(&here),
            left: left.or(told),
            is_elsewhere: told.is_some(),
        })
    }
}

/// The last word on leaving and coming back of each that stands, oldest first.
fn moves(here: &[Left]) -> Vec<Move> {
    let stands = |left: &&Left| !here.iter().any(|other| other.replaces == Some(left.event));
    here.iter()
        .filter(stands)
        .map(|left| Move { event: left.event, on: left.on, leaving: left.leaving })
        .collect()
}

fn registration(event: &Event, registered: Person) -> Registration {
    Registration {
        event: event.header.id,
        order: Order::of(&event.header),
        posyandu: event.header.posyandu,
        replaces: replaced(event),
        on: event.header.observed_on,
        is_adult: matches!(event.body, Body::AdultRegistered(_)),
        registered,
    }
}

fn pregnancy(event: &Event, began: &PregnancyBegan) -> Began {
    Began {
        event: event.header.id,
        order: Order::of(&event.header),
        replaces: replaced(event),
        pregnancy: Pregnancy {
            id: began.pregnancy,
            last_period: began.last_period,
            due: began.due,
            known_since: event.header.observed_on,
        },
    }
}

fn ending(event: &Event, ended: &PregnancyEnded) -> Ended {
    Ended {
        event: event.header.id,
        order: Order::of(&event.header),
        replaces: replaced(event),
        pregnancy: ended.pregnancy,
    }
}

fn leaving(event: &Event, left: &PersonLeft) -> Left {
    Left {
        event: event.header.id,
        order: Order::of(&event.header),
        posyandu: event.header.posyandu,
        replaces: replaced(event),
        on: event.header.observed_on,
        leaving: left.leaving,
        double_of: left.double_of,
    }
}
