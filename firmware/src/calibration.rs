//! From counts to grams or tenths of a millimetre: two known points, a zero that moves, and the temperature.

/// A known mass or length and the counts it gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// Filtered counts.
    pub counts: i32,
    /// Grams or tenths of a millimetre.
    pub value: i32,
}

/// What a degree more does to the sensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Drift {
    /// Added to the counts by each degree.
    pub counts_per_degree: i32,
    /// Added to the span by each degree, in millionths.
    pub span_ppm_per_degree: i32,
}

/// Two points, each with the temperature it was taken at.
///
/// # Why
/// A point in the middle and one near the end, both far from zero: a single one leaves the error of the zero in the
/// span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Calibration {
    /// The last two known points; the newer behind.
    pub points: [Option<Point>; 2],
    /// Hundredths of a degree Celsius when the newer was taken.
    pub at_centi: Option<i16>,
    /// What the temperature does.
    pub drift: Drift,
}

/// The straight line through both points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    counts: i64,
    value: i64,
    /// Where the line crosses zero.
    zero_counts: i32,
}

/// Two points nearer to each other than this are one point, as far as noise can tell.
const LEAST_SPAN_COUNTS: i64 = 1_000;

impl Calibration {
    /// Takes a known point: it replaces one of the same value, or else the older.
    #[must_use]
    pub fn with(self, point: Point, at_centi: Option<i16>) -> Self {
        let [older, newer] = self.points;
        let kept = if newer.is_some_and(|newer| newer.value == point.value) { older } else { newer };
        Self { points: [kept, Some(point)], at_centi, ..self }
    }

    /// The line through both points; `None` while there are not two that can be told apart.
    pub fn line(&self) -> Option<Line> {
        let [Some(one), Some(other)] = self.points else { return None };
        let counts = i64::from(other.counts) - i64::from(one.counts);
        let value = i64::from(other.value) - i64::from(one.value);
        if counts.abs() < LEAST_SPAN_COUNTS || value == 0 {
            return None;
        }
        let zero = i64::from(one.counts) - rounded(i64::from(one.value) * counts, value);
        Some(Line { counts, value, zero_counts: i32::try_from(zero).ok()? })
    }

    /// The counts as they would have been at the temperature of the calibration.
    pub fn compensated(&self, counts: i32, centi: Option<i16>) -> i32 {
        let more = self.warmer(centi) * i64::from(self.drift.counts_per_degree);
        let counts = i64::from(counts) - rounded(more, 100);
        counts.clamp(i32::MIN.into(), i32::MAX.into()) as i32
    }

    /// A value as it would have been at that temperature.
    pub fn spanned(&self, value: i32, centi: Option<i16>) -> i32 {
        let ppm = rounded(self.warmer(centi) * i64::from(self.drift.span_ppm_per_degree), 100);
        let value = i64::from(value) - rounded(i64::from(value) * ppm, 1_000_000);
        value.clamp(i32::MIN.into(), i32::MAX.into()) as i32
    }

    /// Hundredths of a degree above the calibration; 0 while either is unknown.
    fn warmer(&self, centi: Option<i16>) -> i64 {
        centi.zip(self.at_centi).map_or(0, |(now, then)| i64::from(now) - i64::from(then))
    }
}

impl Line {
    /// Where it crosses zero, in counts.
    pub fn zero_counts(&self) -> i32 {
        self.zero_counts
    }

    /// Grams or tenths of a millimetre of counts above a zero.
    pub fn value(&self, counts: i32, zero_counts: i32) -> i32 {
        let above = i64::from(counts) - i64::from(zero_counts);
        rounded(above * self.value, self.counts).clamp(i32::MIN.into(), i32::MAX.into()) as i32
    }
}

/// `part / whole` to the nearest, halves away from zero.
fn rounded(part: i64, whole: i64) -> i64 {
    let nearest = (part.abs() + whole.abs() / 2) / whole.abs();
    nearest * part.signum() * whole.signum()
}
