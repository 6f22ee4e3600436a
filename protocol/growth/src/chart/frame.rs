//! Where on the paper a figure lies.

use super::{Chart, Indicator};

/// The ruled field, in units of the picture, and the figures at its edges.
pub(super) struct Frame {
    /// Height of the whole picture.
    pub(super) height: i32,
    across: (f64, f64),
    up: (f64, f64),
}

/// Left edge of the ruled field: room for `KBM` and for `120`.
pub(super) const LEFT: f64 = 38.0;
/// Right edge: room for `+3`.
pub(super) const RIGHT: f64 = 330.0;
/// Top edge: room for the title and the unit.
pub(super) const TOP: f64 = 52.0;
/// Bottom edge.
pub(super) const BOTTOM: f64 = 362.0;

impl Frame {
    pub(super) fn of(chart: &Chart) -> Self {
        let across = chart.across();
        let (low, high) = chart.indicator.room();
        let edge = |k: f64, at: f64| {
            chart.indicator.row(chart.child.sex, chart.span, at).map_or(1.0, |row| row.value_at(k))
        };
        // Every line rises or nearly so, except BMI, which is fattest in the first year.
        let peak = if chart.indicator == Indicator::BmiForAge { across.0.max(8.0) } else { across.1 };
        let trough = if chart.indicator == Indicator::BmiForAge { across.1 } else { across.0 };
        let lowest = edge(-3.0, across.0).min(edge(-3.0, trough));
        let up = (libm::floor(lowest * low), libm::ceil(edge(3.0, peak).max(edge(3.0, across.1)) * high));
        let height = match chart.indicator {
            Indicator::WeightForAge => 486,
            Indicator::WeightForLength => 392,
            Indicator::LengthForAge | Indicator::BmiForAge | Indicator::HeadForAge => 424,
        };
        Self { height, across, up }
    }

    /// The place of a figure across; figures beyond the field lie on its edge.
    pub(super) fn x(&self, across: f64) -> f64 {
        let (first, last) = self.across;
        LEFT + ((across - first) / (last - first)).clamp(0.0, 1.0) * (RIGHT - LEFT)
    }

    /// The place of a figure up; figures beyond the field lie on its edge.
    pub(super) fn y(&self, up: f64) -> f64 {
        let (low, high) = self.up;
        BOTTOM - ((up - low) / (high - low)).clamp(0.0, 1.0) * (BOTTOM - TOP)
    }

    /// Multiples of `step` that fall within the field, upward.
    pub(super) fn ticks_up(&self, step: i32) -> impl Iterator<Item = i32> {
        ticks(self.up, step)
    }

    /// Multiples of `step` that fall within the field, across.
    pub(super) fn ticks_across(&self, step: i32) -> impl Iterator<Item = i32> {
        ticks(self.across, step)
    }
}

fn ticks((low, high): (f64, f64), step: i32) -> impl Iterator<Item = i32> {
    let (low, high) = (low as i32, high as i32);
    (low..=high).filter(move |tick| tick % step == 0)
}
