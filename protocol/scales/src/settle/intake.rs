//! Thins a fast stream to ten points a second, so that a spike vanishes and a fast scale is believed no more
//! than a slow one.

/// At most one point in this time.
const POINT_MS: u64 = 100;
/// Readings remembered towards one point: twice what an 80 Hz converter sends.
const REMEMBERED: usize = 16;

/// The median of the readings since the point before; at ten a second or fewer, each reading itself.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Point {
    pub(super) at_ms: u64,
    pub(super) value: i32,
    pub(super) min: i32,
    pub(super) max: i32,
    pub(super) readings: u16,
    /// The instrument called the newest of them unstable, or half of them.
    pub(super) flagged: bool,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Intake {
    readings: [i32; REMEMBERED],
    seen: usize,
    flagged: usize,
    due_ms: u64,
}

impl Intake {
    /// Takes a reading; gives a point when one is due.
    pub(super) fn offer(&mut self, at_ms: u64, value: i32, stable: Option<bool>) -> Option<Point> {
        self.readings[self.seen % REMEMBERED] = value;
        self.seen = self.seen.saturating_add(1);
        self.flagged = self.flagged.saturating_add(usize::from(stable == Some(false)));
        if at_ms < self.due_ms {
            return None;
        }
        let mut point = self.point(at_ms);
        point.flagged |= stable == Some(false);
        // Counting on from the due time and not from the reading keeps the rate when readings jitter.
        let late = at_ms - self.due_ms >= POINT_MS;
        let from = if late { at_ms } else { self.due_ms };
        *self = Self { due_ms: from.saturating_add(POINT_MS), ..Self::default() };
        Some(point)
    }

    fn point(&mut self, at_ms: u64) -> Point {
        let kept = self.seen.min(REMEMBERED);
        let readings = &mut self.readings[..kept];
        readings.sort_unstable();
        Point {
            at_ms,
            value: readings[(kept - 1) / 2].midpoint(readings[kept / 2]),
            min: readings[0],
            max: readings[kept - 1],
            readings: u16::try_from(self.seen).unwrap_or(u16::MAX),
            flagged: self.flagged.saturating_mul(2) >= self.seen,
        }
    }
}
