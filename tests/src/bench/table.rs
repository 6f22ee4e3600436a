//! A row of the bench's table, for people and for machines.

use serde::Serialize;

/// One figure beside its limit and beside the bare cost of the same work in the same run.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// Which bench.
    pub bench: &'static str,
    /// What was measured.
    pub measure: &'static str,
    /// The figure.
    pub value: f64,
    /// Its unit.
    pub unit: &'static str,
    /// What it must not pass, in the same unit.
    pub limit: f64,
    /// True if more is better.
    pub more_is_better: bool,
    /// The figure kept its limit.
    pub holds: bool,
    /// The bare work measured in the same run, in the same unit, and what it was.
    pub bare: Option<f64>,
    /// What the bare work was.
    pub bare_is: &'static str,
    /// Figure over bare work.
    pub ratio: Option<f64>,
    /// What else a reader should know.
    pub note: String,
}

impl Row {
    /// A figure that must stay below its limit.
    pub(super) fn at_most(
        bench: &'static str,
        measure: &'static str,
        value: f64,
        unit: &'static str,
        limit: f64,
    ) -> Self {
        Self::new(bench, measure, value, unit, limit, false)
    }

    /// A figure that must reach its limit.
    pub(super) fn at_least(
        bench: &'static str,
        measure: &'static str,
        value: f64,
        unit: &'static str,
        limit: f64,
    ) -> Self {
        Self::new(bench, measure, value, unit, limit, true)
    }

    fn new(
        bench: &'static str,
        measure: &'static str,
        value: f64,
        unit: &'static str,
        limit: f64,
        more_is_better: bool,
    ) -> Self {
        let holds = if more_is_better { value >= limit } else { value <= limit };
        Self {
            bench,
            measure,
            value,
            unit,
            limit,
            more_is_better,
            holds,
            bare: None,
            bare_is: "",
            ratio: None,
            note: String::new(),
        }
    }

    /// Puts the bare work beside it.
    pub(super) fn beside(mut self, bare: f64, bare_is: &'static str) -> Self {
        self.ratio = (bare > 0.0).then_some(self.value / bare);
        (self.bare, self.bare_is) = (Some(bare), bare_is);
        self
    }

    /// Says what else a reader should know.
    pub(super) fn noting(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }
}

/// Prints the rows as a table on standard error, so that standard output stays for machines.
pub fn print(rows: &[Row]) {
    eprintln!(
        "\n{:<9} {:<34} {:>12} {:>14} {:>5}  {:>12} {:>8}  beside",
        "bench", "measure", "figure", "limit", "", "bare", "ratio"
    );
    for row in rows {
        let sign = if row.more_is_better { "≥" } else { "≤" };
        let verdict = if row.holds { "ok" } else { "MISS" };
        eprintln!(
            "{:<9} {:<34} {:>12} {:>14} {:>5}  {:>12} {:>8}  {}",
            row.bench,
            row.measure,
            figure(row.value),
            format!("{sign} {} {}", figure(row.limit), row.unit),
            verdict,
            row.bare.map_or(String::new(), figure),
            row.ratio.map_or(String::new(), |ratio| format!("{ratio:.2}")),
            [row.bare_is, row.note.as_str()].join(if row.bare_is.is_empty() { "" } else { "; " }),
        );
    }
}

fn figure(value: f64) -> String {
    if value >= 1000.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}
