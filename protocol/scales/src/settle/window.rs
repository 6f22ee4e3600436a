//! The last seconds of readings on the pan.

use super::{intake::Point, settings::Settings, verdict::Verdict};

/// Points remembered: six seconds and a little.
pub(super) const CAPACITY: usize = 64;
/// The longest window that fits.
pub(super) const LONGEST_MS: u64 = 6_000;

/// The points since the window was last broken, oldest first.
#[derive(Debug, Clone)]
pub(super) struct Window {
    points: [Point; CAPACITY],
    held: usize,
    began_ms: u64,
}

impl Window {
    pub(super) fn new() -> Self {
        Self { points: [Point::default(); CAPACITY], held: 0, began_ms: 0 }
    }

    pub(super) fn clear(&mut self) {
        self.held = 0;
    }

    pub(super) fn push(&mut self, point: Point) {
        if self.held == 0 {
            self.began_ms = point.at_ms;
        }
        if self.held == CAPACITY {
            self.points.copy_within(1.., 0);
            self.held -= 1;
        }
        self.points[self.held] = point;
        self.held += 1;
    }

    /// Judges the window that ends now; `None` before the first point.
    pub(super) fn judge(&self, settings: &Settings) -> Option<Verdict> {
        let held = &self.points[..self.held];
        let now_ms = held.last()?.at_ms;
        let from_ms = now_ms.saturating_sub(settings.window_ms);
        let first = held.partition_point(|point| point.at_ms < from_ms);
        let covered_ms = now_ms.saturating_sub(self.began_ms).min(settings.window_ms);
        Verdict::on(&held[first..], covered_ms, settings)
    }
}
