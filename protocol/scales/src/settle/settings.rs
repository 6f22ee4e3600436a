//! The numbers of the rule, one set for each kind of instrument.

use super::window;

/// How a measurement may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// The load rose from an empty pan.
    FromZero,
    /// The slider moved away from where it last stood; a board has no empty position.
    FromMovement,
}

/// What counts as a quiet window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calm {
    /// The median absolute deviation is at most this: forgives a child its single kicks.
    Mad(i32),
    /// Largest minus smallest is at most this.
    Range(i32),
}

/// Every number of the rule. Values are grams for scales and tenths of a millimetre for boards.
///
/// What would let a single frame decide, or would not fit the memory, is corrected by
/// [`Rule::new`](super::Rule::new): a division of at least 1, at least 3 points, a window of at most 6 s.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// The instrument's step; values are rounded to it and an empty pan reads within one of it.
    pub division: i32,
    /// How a measurement begins.
    pub start: Start,
    /// Scales: heavier than this is a child. Boards: further than this from the last place is a movement.
    pub rise: i32,
    /// The rise must last this long; shorter is a bump.
    pub rise_for_ms: u64,
    /// Scales: zero must last this long to count as empty. Short enough for twins who follow each other.
    pub zero_for_ms: u64,
    /// Scales: more than zero and less than a child for this long (a blanket) asks for zero again.
    pub stray_ms: u64,
    /// Length of the window that is judged.
    pub window_ms: u64,
    /// At least this many points, of at most ten a second, in a window.
    pub min_points: usize,
    /// How quiet the window must be.
    pub calm: Calm,
    /// Share dropped at each end before the mean is taken, per cent.
    pub trim_pct: usize,
    /// The two halves of a window differ by at most this, and mean and median by less than half of it.
    pub level: i32,
    /// How many windows have to agree, each `step_ms` after the one before.
    pub windows: u64,
    /// From one window to the next; all that end in between have to pass as well.
    pub step_ms: u64,
    /// Windows agree when their means differ by at most this.
    pub agree: i32,
    /// A window is refused when the instrument called more than this share of it unstable, per cent, or its
    /// newest point.
    pub flagged_pct: usize,
    /// A settled value stands until the reading is further from it than this …
    pub change: i32,
    /// … for this long.
    pub change_for_ms: u64,
    /// Longer than this without a reading breaks the window.
    pub gap_ms: u64,
    /// Longer than this without a word from the instrument, and nobody knows what happened on it meanwhile.
    pub lost_ms: u64,
    /// Moving for longer than this is slow.
    pub slow_ms: u64,
    /// After the child has left, its value may be claimed for this long.
    pub claim_ms: u64,
    /// What the instrument held for itself and told once may be claimed for this long.
    pub told_ms: u64,
    /// A settled value nobody claims lapses after this even if nothing moves. A pan shows that its child is
    /// still there, a board does not.
    pub stands_ms: u64,
}

impl Settings {
    /// A baby scale: lying or sitting children up to 20 kg; `division_g` is usually 10.
    pub const fn infant(division_g: i32) -> Self {
        Self {
            division: division_g,
            start: Start::FromZero,
            rise: larger(200, division_g.saturating_mul(2)),
            rise_for_ms: 500,
            zero_for_ms: 300,
            stray_ms: 2_000,
            window_ms: 4_000,
            min_points: 5,
            calm: Calm::Mad(20),
            trim_pct: 20,
            level: larger(10, division_g),
            windows: 2,
            step_ms: 1_000,
            agree: 20,
            flagged_pct: 20,
            change: larger(200, division_g.saturating_mul(2)),
            // Kicking swings back within a second; another load does not.
            change_for_ms: 1_000,
            gap_ms: 1_500,
            lost_ms: 10_000,
            slow_ms: 15_000,
            claim_ms: 20_000,
            // A minute: both hands hold the child, the phone comes after.
            told_ms: 60_000,
            stands_ms: u64::MAX,
        }
    }

    /// A step scale: who stands still varies by no more than one `division_g` (50 or 100) for three seconds.
    pub const fn standing(division_g: i32) -> Self {
        Self {
            window_ms: 1_000,
            min_points: 3,
            calm: Calm::Range(larger(1, division_g)),
            windows: 3,
            agree: larger(1, division_g),
            // Who stands sways by more than a lying child kicks.
            change: larger(1_000, division_g.saturating_mul(5)),
            ..Self::infant(division_g)
        }
    }

    /// A length board or microtoise with a sensor; `division_tenth_mm` is 10 where it shows millimetres.
    pub const fn length_board(division_tenth_mm: i32) -> Self {
        Self {
            start: Start::FromMovement,
            rise: 50,
            rise_for_ms: 300,
            window_ms: 1_000,
            min_points: 3,
            // The slider follows a child that is still being held down: the second window is the one without that.
            calm: Calm::Range(10),
            windows: 2,
            agree: 10,
            change: 50,
            change_for_ms: 300,
            // A minute: both hands hold the child, the phone comes after.
            stands_ms: 60_000,
            ..Self::infant(division_tenth_mm)
        }
    }

    /// The same settings with what must not be so put right.
    pub(super) fn sane(mut self) -> Self {
        self.division = self.division.max(1);
        self.min_points = self.min_points.clamp(3, window::CAPACITY);
        self.window_ms = self.window_ms.min(window::LONGEST_MS);
        self.trim_pct = self.trim_pct.min(45);
        self.flagged_pct = self.flagged_pct.min(100);
        self
    }

    /// How long windows must keep agreeing after the first good one.
    pub(super) fn agree_for_ms(&self) -> u64 {
        self.windows.saturating_sub(1).saturating_mul(self.step_ms)
    }
}

const fn larger(a: i32, b: i32) -> i32 {
    if a > b { a } else { b }
}
