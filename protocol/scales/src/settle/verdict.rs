//! Whether one window of readings is quiet enough to believe, and what it says.

use super::{
    WindowStats,
    intake::Point,
    settings::{Calm, Settings},
    window::CAPACITY,
};

/// What a window says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Verdict {
    /// Full, quiet, level, and not contradicted by the instrument.
    pub(super) good: bool,
    /// How much of the window's time is covered by readings near its middle.
    pub(super) quiet_ms: u64,
    /// The points it rests on.
    pub(super) points: usize,
    /// Half the points lie below, half above.
    pub(super) middle: i32,
    /// Trimmed mean, to the unit: what windows are compared by.
    pub(super) mean: i32,
    /// Trimmed mean, to the division.
    pub(super) value: i32,
    pub(super) stats: WindowStats,
}

impl Verdict {
    /// What an instrument judged by itself: one reading, and nothing to tell how calm it was.
    pub(super) fn told(value: i32, division: i32) -> Self {
        let division = i64::from(division);
        Self {
            good: true,
            quiet_ms: 0,
            points: 1,
            middle: value,
            mean: value,
            value: clamped(rounded(value.into(), division) * division),
            stats: WindowStats { count: 1, spread: 0, duration_ms: 0, min: value, max: value },
        }
    }

    /// Judges points that cover `covered_ms`, oldest first; `None` when there is none.
    pub(super) fn on(points: &[Point], covered_ms: u64, settings: &Settings) -> Option<Self> {
        let (first, newest) = (points.first()?, points.last()?);
        let mut room = [0; CAPACITY];
        let middle = median(fill(&mut room, points.iter().map(value)));
        let (sum, kept) = trimmed(&room[..points.len()], settings.trim_pct);
        let mut room = [0; CAPACITY];
        let deviations = fill(&mut room, points.iter().map(|point| (value(point) - middle).abs()));
        let spread = median(deviations);
        let range = range(points);
        let (calm, near) = match settings.calm {
            Calm::Mad(limit) => (spread <= i64::from(limit), limit),
            Calm::Range(limit) => (range <= i64::from(limit), limit),
        };
        let quiet = deviations.iter().filter(|deviation| **deviation <= i64::from(near)).count();
        let full = covered_ms >= settings.window_ms && points.len() >= settings.min_points;
        let level = is_level(points, sum - middle * kept, kept, i64::from(settings.level));
        let agreed = !newest.flagged && flagged(points) * 100 <= settings.flagged_pct * points.len();
        Some(Self {
            good: full && calm && level && agreed,
            quiet_ms: covered_ms * quiet as u64 / points.len() as u64,
            points: points.len(),
            middle: clamped(middle),
            mean: clamped(rounded(sum, kept)),
            value: clamped(rounded(sum, kept * i64::from(settings.division)) * i64::from(settings.division)),
            stats: WindowStats {
                count: points.iter().fold(0, |count, point| count.saturating_add(point.readings)),
                spread: clamped(spread),
                duration_ms: u32::try_from(newest.at_ms - first.at_ms).unwrap_or(u32::MAX),
                min: points.iter().map(|point| point.min).min()?,
                max: points.iter().map(|point| point.max).max()?,
            },
        })
    }
}

/// Neither sloping (its halves differ) nor leaning (its mean is pulled away from its median, by `lean / kept`).
///
/// The second also keeps the value honest: where more than half the readings show one division of the
/// instrument, the mean stays within half a division of it and rounds to it.
fn is_level(points: &[Point], lean: i64, kept: i64, level: i64) -> bool {
    let (early, late) = points.split_at(points.len() / 2);
    let mut room = [0; CAPACITY];
    let early = median(fill(&mut room, early.iter().map(value)));
    let late = median(fill(&mut room, late.iter().map(value)));
    (early - late).abs() <= level && 2 * lean.abs() < level * kept
}

fn flagged(points: &[Point]) -> usize {
    points.iter().filter(|point| point.flagged).count()
}

fn range(points: &[Point]) -> i64 {
    let largest = points.iter().map(value).max().unwrap_or(0);
    largest - points.iter().map(value).min().unwrap_or(0)
}

fn value(point: &Point) -> i64 {
    i64::from(point.value)
}

fn fill(room: &mut [i64; CAPACITY], values: impl Iterator<Item = i64>) -> &mut [i64] {
    let mut count = 0;
    for (slot, value) in room.iter_mut().zip(values) {
        *slot = value;
        count += 1;
    }
    &mut room[..count]
}

/// Sorts, then takes the middle; between the two in the middle where the count is even; 0 of nothing.
fn median(values: &mut [i64]) -> i64 {
    values.sort_unstable();
    match values.len() {
        0 => 0,
        count => values[(count - 1) / 2].midpoint(values[count / 2]),
    }
}

/// Sum and count of the sorted values without the outer `trim_pct` on each side.
fn trimmed(sorted: &[i64], trim_pct: usize) -> (i64, i64) {
    let cut = sorted.len() * trim_pct / 100;
    let kept = &sorted[cut..sorted.len() - cut];
    (kept.iter().sum(), kept.len() as i64)
}

/// `sum / parts` to the nearest whole, halves away from zero; `parts` is positive.
fn rounded(sum: i64, parts: i64) -> i64 {
    let whole = (sum.abs() + parts / 2) / parts;
    whole * sum.signum()
}

fn clamped(value: i64) -> i32 {
    value.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32
}
