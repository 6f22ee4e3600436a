//! One instrument and the visits that want it: the settle rule with a name on what it settles.

use ::scales::settle::{self, Rule, Sample, Settings, State};
use ::scales::{Error, Outcome, Presence};
use protocol::event;
use protocol::growth::Window;
use protocol::{LocalDate, VisitId};
use uuid::Uuid;

use super::live::{Live, LockedFor, Offer, Phase, Upset};
use super::{About, Claim, INFANT_MOST_G, Quantity};
use crate::config::InstrumentKind;
use crate::visits::draft::Locked;

/// Nothing but noise for so long means a wrong setting, not a bad frame.
const NOISE_MS: u64 = 3_000;

/// Not a byte for so long means that it is switched off.
const SILENCE_MS: u64 = 5_000;

/// More than this on a scale is a child, also before the rule has believed it.
const LOAD_G: i32 = 200;

/// The rule's name of a reading it does not remember; it counts from 0 and never gets there.
const FORGOTTEN: u64 = u64::MAX;

/// Everything known about one instrument.
pub(super) struct Bench {
    kind: InstrumentKind,
    quantity: Quantity,
    named: event::Instrument,
    rule: Rule,
    connected: bool,
    value: i32,
    upset: Option<Upset>,
    /// When a good reading last came.
    good_ms: u64,
    /// When anything last came.
    heard_ms: u64,
    claim: Option<Held>,
    /// The rule's names of settled readings, each with ours: what it holds now, and the one before.
    names: [Option<(u64, Uuid)>; 2],
    /// What lies there is a known mass or a rod: its reading is offered to nobody.
    is_no_child: bool,
    /// What the instrument held while a visit had it, by the rule's name: offered to that visit alone.
    meant: Option<(u64, VisitId)>,
    /// What the instrument held last, by the rule's name, and when it said so.
    told: Option<(u64, u64)>,
}

/// A claim, and what has settled for it.
struct Held {
    visit: VisitId,
    /// Made while a measurement was already under way: its outcome is offered, not taken.
    late: bool,
    /// What had settled before, or while late: never this visit's without a confirmation.
    stale: Option<u64>,
    locked: Option<(u64, Locked)>,
    /// What settled for it has since left the instrument; whatever comes next is somebody else's.
    left: bool,
}

impl Held {
    fn new(visit: VisitId) -> Self {
        Self { visit, late: false, stale: None, locked: None, left: false }
    }
}

impl Bench {
    /// `None` for a meter: nothing lies on it.
    pub(super) fn new(about: &About) -> Option<Self> {
        let division = i32::try_from(about.division).unwrap_or(i32::MAX);
        let settings = match about.kind {
            InstrumentKind::InfantScale => Settings::infant(division),
            InstrumentKind::StandingScale => Settings::standing(division),
            InstrumentKind::LengthBoard => Settings::length_board(division),
            InstrumentKind::BloodPressureMeter | InstrumentKind::GlucoseMeter => return None,
        };
        let quantity = about.quantity()?;
        let named =
            event::Instrument { name: about.name.clone(), dialect: about.dialect.into(), checked_on: None };
        Some(Self {
            kind: about.kind,
            quantity,
            named,
            rule: Rule::new(settings, 0),
            connected: false,
            value: 0,
            upset: None,
            good_ms: 0,
            heard_ms: 0,
            claim: None,
            names: [None, None],
            is_no_child: false,
            meant: None,
            told: None,
        })
    }

    /// The day of the last good check; what settles from now on names it.
    pub(super) fn note_checked(&mut self, checked_on: Option<LocalDate>) {
        self.named.checked_on = checked_on;
    }

    /// What lies there now is put there to check the instrument.
    pub(super) fn mark_known(&mut self) {
        if let (Some(waiting), Some((told, _))) = (self.rule.waiting().map(|locked| locked.id), self.told)
            && waiting == told
        {
            self.rule.take(told);
        }
        self.is_no_child = !matches!(self.rule.state(), State::Empty);
        self.put_known_aside();
    }

    fn put_known_aside(&mut self) {
        if !self.is_no_child {
            return;
        }
        let waiting = self.rule.waiting().map(|locked| locked.id);
        let is_gone = matches!(self.rule.state(), State::Empty);
        self.is_no_child = !is_gone && waiting.and_then(|id| self.rule.take(id)).is_none();
    }

    /// The port was opened or lost.
    pub(super) fn connect(&mut self, connected: bool, at_ms: u64) {
        self.connected = connected;
        self.upset = None;
        (self.good_ms, self.heard_ms) = (at_ms, at_ms);
        if connected { self.rule.tick(at_ms) } else { self.rule.error(at_ms) }
    }

    /// A frame came in. Gives the reading to keep, if one has just settled for a visit.
    pub(super) fn hear(&mut self, outcome: Outcome, at_ms: u64) -> Option<LockedFor> {
        self.heard_ms = at_ms;
        match outcome {
            Ok(reading) if matches!(reading.presence, Presence::Live | Presence::Held) => {
                let value = reading.quantity().and_then(|read| self.quantity.of_read(read));
                let value = value.and_then(|value| i32::try_from(value).ok())?;
                (self.upset, self.good_ms) = (None, at_ms);
                let live = reading.presence == Presence::Live;
                if live {
                    self.value = value;
                }
                if self.kind == InstrumentKind::InfantScale && value > INFANT_MOST_G.cast_signed() {
                    self.upset = Some(Upset::TooMuch);
                    self.rule.error(at_ms);
                } else if live {
                    self.rule.sample(Sample { at_ms, value, stable: reading.stable });
                } else {
                    self.hold(at_ms, value);
                }
            }
            // A recalled or removed load is not on the pan.
            Ok(_) => {
                self.upset = None;
                self.rule.tick(at_ms);
            }
            Err(heard) => self.stumble(heard.error, at_ms),
        }
        self.settled()
    }

    /// One frame alone never decides: a value told once is offered, and a person says whose it is.
    fn hold(&mut self, at_ms: u64, value: i32) {
        let before = self.rule.waiting().map(|waiting| waiting.id);
        self.rule.held(at_ms, value);
        let told = self.rule.waiting().map(|waiting| waiting.id).filter(|id| Some(*id) != before);
        if let Some(id) = told {
            self.told = Some((id, at_ms));
            let waiting = self.claim.as_ref().filter(|claim| claim.locked.is_none());
            self.meant = waiting.map(|claim| (id, claim.visit));
        }
    }

    /// Time passed without a frame, on a line that should bring some all the time.
    pub(super) fn miss(&mut self, at_ms: u64) -> Option<LockedFor> {
        if self.connected && at_ms.saturating_sub(self.heard_ms) > SILENCE_MS {
            self.upset = Some(Upset::Silent);
        }
        self.rule.tick(at_ms);
        self.settled()
    }

    /// Time passed, and nothing follows from silence: nobody knows what lies there now.
    pub(super) fn tick(&mut self, at_ms: u64) -> Option<LockedFor> {
        self.rule.tick(at_ms);
        if self.rule.live().is_none() {
            self.value = 0;
        }
        self.settled()
    }

    /// Noise costs its own line; only what the instrument itself says breaks a measurement off.
    fn stumble(&mut self, error: Error, at_ms: u64) {
        let upset = match error {
            Error::Overload | Error::OutOfRange => Some(Upset::TooMuch),
            Error::Underload | Error::NegInfinity => Some(Upset::TooLittle),
            Error::Motion => None,
            Error::Checksum
            | Error::Truncated
            | Error::Malformed
            | Error::UnknownUnit
            | Error::NotWeight
            | Error::NotLoad
            | Error::NoWeight => {
                if at_ms.saturating_sub(self.good_ms) > NOISE_MS {
                    self.upset = Some(Upset::Unreadable);
                }
                return self.rule.tick(at_ms);
            }
            Error::Unsuccessful
            | Error::NotZeroed
            | Error::ZeroError
            | Error::DeviceError
            | Error::SyntaxError
            | Error::LogicalError
            | Error::TransmissionError
            | Error::NotExecutable
            | Error::BadParameter
            | Error::UnrecognizedCommand
            | Error::Nan
            | Error::Nres => Some(Upset::Unwell),
        };
        self.upset = upset;
        self.rule.error(at_ms);
    }

    /// What has just settled, if it is a claim's own.
    fn settled(&mut self) -> Option<LockedFor> {
        self.put_known_aside();
        self.name_waiting();
        let busy = self.is_busy();
        let follows = self.kind == InstrumentKind::LengthBoard;
        let state = self.rule.state();
        let claim = self.claim.as_mut()?;
        let State::Settled(locked) = state else {
            claim.late &= busy;
            claim.left |= claim.locked.is_some();
            return None;
        };
        if std::mem::take(&mut claim.late) {
            claim.stale = Some(locked.id);
        }
        // A slider pushed a little closer to the heels is the same child measured better.
        let better = |id: u64| follows && !claim.left && id != locked.id;
        let fresh = claim.locked.as_ref().is_none_or(|(id, _)| better(*id));
        if claim.stale == Some(locked.id) || !fresh {
            return None;
        }
        let visit = claim.visit;
        let reading = self.reading(&locked)?;
        self.claim.as_mut()?.locked = Some((locked.id, reading.clone()));
        Some(LockedFor { visit, reading })
    }

    /// A settled value with our own name on it; `None` for a value no child can have.
    fn reading(&mut self, locked: &settle::Locked) -> Option<Locked> {
        let window = Window {
            count: locked.window.count,
            spread: locked.window.spread.unsigned_abs(),
            duration_ms: locked.window.duration_ms,
            min: locked.window.min,
            max: locked.window.max,
        };
        let value = u32::try_from(locked.value).ok().filter(|&value| value > 0)?;
        Some(Locked { reading: self.name(locked.id), value, window, instrument: self.named.clone() })
    }

    fn name(&mut self, id: u64) -> Uuid {
        if let Some((_, name)) = self.names.iter().flatten().find(|(known, _)| *known == id) {
            return *name;
        }
        let name = Uuid::new_v4();
        self.names = [Some((id, name)), self.names[0]];
        name
    }

    pub(super) fn claimed_by(&self) -> Option<VisitId> {
        self.claim.as_ref().map(|claim| claim.visit)
    }

    pub(super) fn claim(&mut self, visit: VisitId, at_ms: u64) -> Claim {
        match self.claimed_by() {
            Some(other) if other != visit => Claim::InUseBy(other),
            Some(_) => Claim::Claimed,
            None => {
                self.take_over(visit, at_ms);
                Claim::Claimed
            }
        }
    }

    pub(super) fn take_over(&mut self, visit: VisitId, at_ms: u64) {
        if self.claimed_by() == Some(visit) {
            return;
        }
        // What had settled for the other visit is kept in its draft; it must not be offered to this one.
        self.spend_locked();
        self.rule.tick(at_ms);
        let stale = self.rule.waiting().map(|locked| locked.id);
        self.claim = Some(Held { late: self.is_busy(), stale, ..Held::new(visit) });
        self.name_waiting();
    }

    /// A visit comes back to what had settled for it before: a page reloaded, a node restarted.
    pub(super) fn restore(&mut self, visit: VisitId, kept: Option<Locked>) {
        let claim = self.claim.as_mut().filter(|claim| claim.visit == visit && claim.locked.is_none());
        if let Some((claim, kept)) = claim.zip(kept) {
            claim.locked = Some((FORGOTTEN, kept));
            claim.left = true;
        }
    }

    /// A measurement is under way, or is about to be: the rule believes a load only after half a second.
    fn is_busy(&self) -> bool {
        let loaded =
            || self.kind != InstrumentKind::LengthBoard && self.rule.live().is_some_and(|g| g > LOAD_G);
        match self.rule.state() {
            State::Moving { .. } => true,
            State::Empty => loaded(),
            State::Resting { .. } | State::Settled(_) => false,
        }
    }

    pub(super) fn release(&mut self, visit: VisitId) {
        if self.claimed_by() == Some(visit) {
            self.spend_locked();
            self.claim = None;
        }
    }

    pub(super) fn leave(&mut self, visit: VisitId) {
        let measuring = matches!(self.rule.state(), State::Moving { .. });
        if !measuring {
            self.release(visit);
        }
    }

    /// What settled for a visit was somebody else: it waits where it lies to be claimed by name.
    pub(super) fn disown(&mut self, visit: VisitId) {
        if self.claimed_by() == Some(visit) {
            self.claim = None;
            self.name_waiting();
        }
    }

    pub(super) fn discard(&mut self, visit: VisitId, at_ms: u64) {
        if self.claimed_by() != Some(visit) {
            return;
        }
        self.spend_locked();
        if let State::Settled(locked) = self.rule.state() {
            self.rule.take(locked.id);
        }
        self.rule.tick(at_ms);
        let late = self.claim.as_ref().is_some_and(|claim| claim.late);
        self.claim = Some(Held { late, ..Held::new(visit) });
    }

    pub(super) fn adopt(&mut self, visit: VisitId, reading: Uuid) -> Option<Locked> {
        let mine = self.claim.as_ref().filter(|claim| claim.visit == visit);
        if let Some((_, locked)) = mine.and_then(|claim| claim.locked.as_ref()) {
            return (locked.reading == reading).then(|| locked.clone());
        }
        if self.claim.is_some() && mine.is_none() {
            return None;
        }
        let (id, _) = *self.names.iter().flatten().find(|(_, name)| *name == reading)?;
        if self.meant.is_some_and(|(meant, other)| meant == id && other != visit) {
            return None;
        }
        let taken = self.rule.take(id)?;
        let locked = self.reading(&taken)?;
        self.claim = Some(Held { locked: Some((id, locked.clone())), left: true, ..Held::new(visit) });
        Some(locked)
    }

    /// What settled for the present claim is done with: it is not offered to the next.
    fn spend_locked(&mut self) {
        if let Some((id, _)) = self.claim.as_mut().and_then(|claim| claim.locked.take()) {
            self.rule.take(id);
        }
    }

    /// Gives what waits to be claimed a name, so that it can be offered.
    fn name_waiting(&mut self) {
        if let Some(id) = self.rule.waiting().map(|locked| locked.id) {
            self.name(id);
        }
    }

    /// What to show.
    pub(super) fn live(&self) -> Live {
        let state = self.rule.state();
        let (phase, progress, slow) = match state {
            State::Empty => (Phase::Empty, 0, false),
            State::Moving { progress, slow, .. } => (Phase::Moving, progress, slow),
            State::Resting { .. } if self.kind == InstrumentKind::LengthBoard => (Phase::Empty, 0, false),
            State::Resting { .. } | State::Settled(_) => (Phase::Resting, 0, false),
        };
        let locked = self.claim.as_ref().and_then(|claim| {
            let (_, reading) = claim.locked.as_ref()?;
            Some(LockedFor { visit: claim.visit, reading: reading.clone() })
        });
        Live {
            connected: self.connected,
            phase,
            value: self.value,
            progress,
            slow,
            upset: self.upset,
            claim: self.claimed_by(),
            locked,
            offer: self.offer(),
        }
    }

    fn offer(&self) -> Option<Offer> {
        let waiting = self.rule.waiting()?;
        let own = self.claim.as_ref().and_then(|claim| claim.locked.as_ref());
        let others = |(id, visit)| id == waiting.id && self.claimed_by() != Some(visit);
        if own.is_some_and(|(id, _)| *id == waiting.id) || self.meant.is_some_and(others) {
            return None;
        }
        let (_, reading) = *self.names.iter().flatten().find(|(id, _)| *id == waiting.id)?;
        let awaited = self.meant.is_some_and(|(id, _)| id == waiting.id);
        let told_ms = self.told.filter(|(id, _)| *id == waiting.id).map(|(_, at_ms)| at_ms);
        Some(Offer { reading, value: u32::try_from(waiting.value).ok()?, awaited, told_ms })
    }
}
