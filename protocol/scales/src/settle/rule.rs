//! The rule itself: from an empty pan to a value that may be taken once.

use super::{
    Locked, Sample, State,
    intake::Intake,
    settings::{Settings, Start},
    signs::Signs,
    verdict::Verdict,
    window::Window,
};

/// A step back of the clock by no more than this is two threads stamping out of order, not a clock that was set.
const OUT_OF_ORDER_MS: u64 = 250;

/// Watches one instrument. Feed it every reading, every error frame, and time a few times a second.
#[derive(Debug, Clone)]
pub struct Rule {
    pub(super) settings: Settings,
    pub(super) phase: Phase,
    intake: Intake,
    pub(super) window: Window,
    pub(super) agreeing: Option<Agreeing>,
    pub(super) progress: u8,
    /// Where a board last stood; always 0 for a scale.
    pub(super) place: i32,
    live: Option<i32>,
    pub(super) signs: Signs,
    left: Option<Left>,
    pub(super) next_id: u64,
    times: Option<Times>,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Phase {
    /// What is there now has no known beginning: zero must be seen first (of a board, where it stands).
    Unknown,
    /// The next child may come.
    Ready,
    Measuring {
        since_ms: u64,
    },
    /// Settled, and the child still there.
    Held(Locked),
    /// Settled and taken, and the child still on the pan: it must be empty before anything counts again.
    Spent,
}

/// Good windows in a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Agreeing {
    pub(super) since_ms: u64,
    pub(super) mean: i32,
}

/// A settled value whose child has gone.
#[derive(Debug, Clone, Copy)]
struct Left {
    locked: Locked,
    at_ms: u64,
    /// The instrument told it once and showed nothing of how it came about.
    told: bool,
}

#[derive(Debug, Clone, Copy)]
struct Times {
    now_ms: u64,
    /// The last reading.
    read_ms: u64,
    /// The last reading or error.
    heard_ms: u64,
}

impl Rule {
    /// A rule that has heard nothing yet. `first_id` should be one no earlier run gave out, so that a page
    /// left open over a restart cannot take another child's value.
    pub fn new(settings: Settings, first_id: u64) -> Self {
        Self {
            settings: settings.sane(),
            phase: Phase::Unknown,
            intake: Intake::default(),
            window: Window::new(),
            agreeing: None,
            progress: 0,
            place: 0,
            live: None,
            signs: Signs::default(),
            left: None,
            next_id: first_id,
            times: None,
        }
    }

    /// A reading arrived.
    pub fn sample(&mut self, sample: Sample) {
        let at_ms = self.pass(sample.at_ms, |times| {
            times.read_ms = times.now_ms;
            times.heard_ms = times.now_ms;
        });
        if let Some(point) = self.intake.offer(at_ms, sample.value, sample.stable) {
            self.live = Some(point.value);
            self.point(point);
        }
    }

    /// The instrument waited for stillness itself and says, once, what it held. Such a value settles nothing: nobody
    /// saw whose it is, so it waits to be claimed by name like that of a child who has left. Where the instrument
    /// also streams, it does not count for a pan seen empty or a child measured already, and the stream's own value
    /// takes its place.
    pub fn held(&mut self, at_ms: u64, value: i32) {
        let at_ms = self.pass(at_ms, |times| times.heard_ms = times.now_ms);
        let expected = match self.phase {
            Phase::Unknown | Phase::Measuring { .. } => true,
            Phase::Ready => self.live.is_none(),
            Phase::Held(_) | Phase::Spent => false,
        };
        if !expected || value <= self.settings.rise {
            return;
        }
        let locked = self.name(at_ms, Verdict::told(value, self.settings.division));
        self.left = Some(Left { locked, at_ms, told: true });
    }

    /// The instrument said that it has no reading (overload, underload, motion). Breaks the window.
    ///
    /// A line garbled on its way is not this but a reading that did not come: leave it out.
    pub fn error(&mut self, at_ms: u64) {
        self.pass(at_ms, |times| times.heard_ms = times.now_ms);
        self.break_off();
    }

    /// Nothing arrived. Needed for silence to be noticed and for values to lapse.
    pub fn tick(&mut self, at_ms: u64) {
        self.pass(at_ms, |_| ());
    }

    /// What the page shows, as of the latest sample, error or tick.
    pub fn state(&self) -> State {
        match (self.phase, self.live) {
            (Phase::Held(locked), _) => State::Settled(locked),
            (Phase::Measuring { since_ms }, live) => {
                let slow = self.now_ms().saturating_sub(since_ms) >= self.settings.slow_ms;
                State::Moving { live, progress: self.progress, slow }
            }
            (Phase::Ready, Some(live)) if self.settings.start == Start::FromMovement => {
                State::Resting { live }
            }
            (Phase::Unknown | Phase::Spent, Some(live)) => State::Resting { live },
            (Phase::Ready | Phase::Unknown | Phase::Spent, _) => State::Empty,
        }
    }

    /// The latest reading, thinned but not rounded; `None` while the instrument is silent or in error.
    pub fn live(&self) -> Option<i32> {
        self.live
    }

    /// The value a page that opens now may offer: of the child on the pan, or of one who left it empty a moment
    /// ago. Not while something else is on it, which may be another child.
    pub fn waiting(&self) -> Option<&Locked> {
        let left = match self.phase {
            Phase::Held(_) => return self.held_now(),
            Phase::Ready => self.left.as_ref(),
            Phase::Unknown | Phase::Spent => self.left.as_ref().filter(|left| left.told),
            Phase::Measuring { since_ms } => {
                self.left.as_ref().filter(|left| left.told && left.at_ms >= since_ms)
            }
        };
        left.map(|left| &left.locked)
    }

    /// The value of this name if it can still be taken: a page that has shown one keeps to it, even while the
    /// next child is already on the pan.
    pub fn claimable(&self, id: u64) -> Option<&Locked> {
        self.held_now()
            .into_iter()
            .chain(self.left.as_ref().map(|left| &left.locked))
            .find(|locked| locked.id == id)
    }

    /// Takes the value of this name, once. A child still on the pan is then done with: the pan has to be empty
    /// (the board has to move) before anything is measured again. Lapsing goes by the latest sample or tick.
    pub fn take(&mut self, id: u64) -> Option<Locked> {
        let locked = *self.claimable(id)?;
        let left = self.left.take_if(|left| left.locked.id == id);
        // What was told of a child still being measured is its measurement.
        let on_it = left.is_none_or(|left| left.told && matches!(self.phase, Phase::Measuring { .. }));
        if on_it {
            self.spend();
        }
        Some(locked)
    }

    fn held_now(&self) -> Option<&Locked> {
        if let Phase::Held(locked) = &self.phase { Some(locked) } else { None }
    }

    fn now_ms(&self) -> u64 {
        self.times.map_or(0, |times| times.now_ms)
    }

    /// Lets time pass up to an event, then notes it. Gives the instant to file the event under.
    fn pass(&mut self, at_ms: u64, note: impl FnOnce(&mut Times)) -> u64 {
        let mut times = self.times.unwrap_or(Times { now_ms: at_ms, read_ms: at_ms, heard_ms: at_ms });
        let stepped_back = at_ms.saturating_add(OUT_OF_ORDER_MS) < times.now_ms;
        times.now_ms = if stepped_back { at_ms } else { times.now_ms.max(at_ms) };
        if stepped_back {
            (times.read_ms, times.heard_ms) = (at_ms, at_ms);
            self.lose_sight(at_ms);
        }
        self.notice_silence(times);
        note(&mut times);
        self.times = Some(times);
        self.lapse(times.now_ms);
        times.now_ms
    }

    fn notice_silence(&mut self, times: Times) {
        let unread_ms = times.now_ms - times.read_ms;
        if unread_ms > self.settings.gap_ms {
            self.break_off();
        }
        // Errors prove that the instrument is there, not that the same child is: a settled value goes by readings.
        let unheard_ms = if self.held_now().is_some() { unread_ms } else { times.now_ms - times.heard_ms };
        if unheard_ms > self.settings.lost_ms {
            self.lose_sight(times.read_ms);
        }
    }

    /// Forgets all that was under way but not what has settled.
    fn break_off(&mut self) {
        self.intake = Intake::default();
        self.signs = Signs::default();
        self.live = None;
        self.restart_window();
    }

    pub(super) fn restart_window(&mut self) {
        self.window.clear();
        self.agreeing = None;
        self.progress = 0;
    }

    /// Nobody saw what happened on the instrument since `at_ms`.
    fn lose_sight(&mut self, at_ms: u64) {
        self.break_off();
        self.part(at_ms);
        self.phase = Phase::Unknown;
        if let Some(left) = self.left.as_mut().filter(|left| !left.told) {
            left.at_ms = left.at_ms.min(at_ms);
        }
    }

    /// The child that settled has gone; its value waits.
    pub(super) fn part(&mut self, at_ms: u64) {
        if let Phase::Held(locked) = self.phase {
            self.left = Some(Left { locked, at_ms, told: false });
        }
    }

    fn lapse(&mut self, now_ms: u64) {
        self.left = self.left.filter(|left| {
            let waits_ms = if left.told { self.settings.told_ms } else { self.settings.claim_ms };
            now_ms.saturating_sub(left.at_ms) < waits_ms
        });
        if let Phase::Held(locked) = self.phase
            && now_ms.saturating_sub(locked.settled_at_ms) >= self.settings.stands_ms
        {
            self.spend();
        }
    }

    /// Gives a verdict its name. What the instrument told of the same child is done with.
    pub(super) fn name(&mut self, at_ms: u64, verdict: Verdict) -> Locked {
        let locked =
            Locked { id: self.next_id, value: verdict.value, window: verdict.stats, settled_at_ms: at_ms };
        self.next_id = self.next_id.wrapping_add(1);
        self.left = self.left.filter(|left| !left.told);
        locked
    }

    /// What is there has been measured and is not measured again.
    pub(super) fn spend(&mut self) {
        self.phase = match self.settings.start {
            Start::FromZero => Phase::Spent,
            Start::FromMovement => Phase::Ready,
        };
        self.signs = Signs::default();
        self.restart_window();
    }
}
