//! The five steps of the day, in the order the Puskesmas wants, and where each leads for whom.

use protocol::UserId;
use serde::{Deserialize, Serialize};

use crate::app::Edge;
use crate::clock::Now;
use crate::store::{Child, StoreError, Ticket};
use crate::visits;

/// The setting with the order of the steps.
const SETTING: &str = "day.steps";

/// A call holds so long, unless it is given back: whoever walked away with the phone blocks nobody.
const HOLDS_MS: u64 = 5 * 60_000;

/// A step after registration. Its number is its place in [`Progress`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// *Timbang dan ukur*.
    Measure,
    /// *Catat*: the result, copied into the book.
    Record,
    /// *Layanan*: what is given.
    Service,
    /// *Penyuluhan*.
    Counsel,
}

/// How far a person has come, and who called the ticket last.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// A bit for each step that was ticked off.
    done: u8,
    called: Option<Called>,
}

/// A ticket somebody has called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Called {
    pub(super) by: UserId,
    boot: [u8; 16],
    at_ms: u64,
}

/// As what somebody is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Under five.
    Balita,
    /// Pregnant.
    Pregnant,
    /// Anybody else.
    Adult,
}

impl Step {
    const ALL: [Self; 4] = [Self::Measure, Self::Record, Self::Service, Self::Counsel];

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Measure => "timbang",
            Self::Record => "catat",
            Self::Service => "layanan",
            Self::Counsel => "penyuluhan",
        }
    }

    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Measure => "Timbang dan ukur",
            Self::Record => "Catat",
            Self::Service => "Layanan",
            Self::Counsel => "Penyuluhan",
        }
    }

    pub(super) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.word() == word)
    }

    /// The steps in the order of the Puskesmas; those it leaves out come last.
    pub(super) fn order(edge: &Edge) -> Result<Vec<Self>, StoreError> {
        Ok(ordered(edge.store.setting(SETTING)?.as_deref().unwrap_or_default()))
    }

    /// Whether a ticket is through with it.
    pub(super) const fn is_done(self, ticket: &Ticket) -> bool {
        let measured = matches!(self, Self::Measure) && ticket.weighed && ticket.measured;
        ticket.closed || measured || ticket.board.done & self.bit() != 0
    }

    /// The page where it is done.
    pub(super) fn page(self, kind: Kind, ticket: &Ticket) -> String {
        let (visit, citizen) = (ticket.visit, ticket.citizen);
        match (kind, self) {
            (Kind::Balita, Self::Measure) => visits::next_step(ticket),
            (Kind::Balita, Self::Record | Self::Counsel) => format!("/visits/{visit}/result"),
            (Kind::Balita, Self::Service) => format!("/visits/{visit}/care"),
            (Kind::Pregnant, _) => format!("/people/{citizen}/pregnancy"),
            (Kind::Adult, _) => format!("/people/{citizen}/adult"),
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

fn ordered(setting: &str) -> Vec<Step> {
    let mut order: Vec<Step> = Vec::new();
    for step in setting.split(',').filter_map(|word| Step::from_word(word.trim())).chain(Step::ALL) {
        if !order.contains(&step) {
            order.push(step);
        }
    }
    order
}

impl Progress {
    /// Ticks a step off.
    pub(super) fn tick(&mut self, step: Step) {
        self.done |= step.bit();
        self.called = None;
    }

    /// Who has called it and still holds it.
    pub(super) fn held(&self, now: &Now) -> Option<Called> {
        let since = |called: &Called| milliseconds(now).checked_sub(called.at_ms);
        self.called.filter(|called| {
            called.boot == now.stamp.boot && since(called).is_some_and(|since| since < HOLDS_MS)
        })
    }

    /// Calls it for somebody, unless somebody else holds it and this one does not insist. True if she has it now.
    pub(super) fn call(&mut self, by: UserId, insists: bool, now: &Now) -> bool {
        let is_others = self.held(now).is_some_and(|called| called.by != by);
        if is_others && !insists {
            return false;
        }
        self.called = Some(Called { by, boot: now.stamp.boot, at_ms: milliseconds(now) });
        true
    }

    /// Gives it back, if it is hers.
    pub(super) fn free(&mut self, by: UserId) {
        self.called = self.called.filter(|called| called.by != by);
    }
}

impl Called {
    /// Whole minutes ago.
    pub(super) fn minutes_ago(&self, now: &Now) -> u64 {
        milliseconds(now).saturating_sub(self.at_ms) / 60_000
    }
}

const fn milliseconds(now: &Now) -> u64 {
    now.stamp.monotonic_ns / 1_000_000
}

impl Kind {
    /// As what a person is served on a day.
    pub(crate) fn of(child: &Child) -> Self {
        match (child.is_adult, child.pregnancy.is_some()) {
            (false, _) => Self::Balita,
            (true, true) => Self::Pregnant,
            (true, false) => Self::Adult,
        }
    }
}

/// The page a ticket leads to once it is opened.
pub(crate) fn first_page(child: &Child, ticket: &Ticket) -> String {
    Step::Measure.page(Kind::of(child), ticket)
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use protocol::Stamp;
    use protocol::time::ClockSource;
    use uuid::Uuid;

    use super::*;

    fn at(ms: u64) -> Now {
        let stamp = Stamp {
            wall_ms: 0,
            offset_min: 420,
            source: ClockSource::Ntp,
            boot: [1; 16],
            monotonic_ns: ms * 1_000_000,
        };
        let today = NaiveDate::from_ymd_opt(2026, 2, 10).unwrap();
        Now { stamp, today, believable: true, at_least: today }
    }

    #[test]
    fn the_puskesmas_orders_the_steps_and_loses_none() {
        let words = |setting| ordered(setting).iter().map(|step| step.word()).collect::<Vec<_>>().join(" ");
        assert_eq!(words(""), "timbang catat layanan penyuluhan");
        assert_eq!(words("layanan, timbang,layanan,makan"), "layanan timbang catat penyuluhan");
    }

    #[test]
    fn two_phones_cannot_call_one_ticket_without_seeing_it() {
        let [ani, wati] = [UserId(Uuid::from_u128(1)), UserId(Uuid::from_u128(2))];
        let mut progress = Progress::default();
        assert!(progress.call(ani, false, &at(0)));
        assert!(progress.call(ani, false, &at(10)), "her own again");
        assert!(!progress.call(wati, false, &at(20)));
        assert_eq!(progress.held(&at(20)).unwrap().by, ani);
        assert!(progress.call(wati, true, &at(30)), "she was told and insists");
        progress.free(ani);
        assert_eq!(progress.held(&at(40)).unwrap().by, wati, "only her own is given back");
        assert!(progress.held(&at(HOLDS_MS + 30)).is_none());
        assert!(progress.call(ani, false, &at(HOLDS_MS + 40)));
        let rebooted = Now { stamp: Stamp { boot: [2; 16], ..at(HOLDS_MS + 50).stamp }, ..at(0) };
        assert!(progress.held(&rebooted).is_none());
    }
}
