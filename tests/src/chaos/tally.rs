//! What was done to them, when, and what fell by itself.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use super::schedule::Fault;

/// The run's diary.
#[derive(Debug)]
pub(super) struct Tally {
    began: Instant,
    book: Mutex<Book>,
}

#[derive(Debug, Default)]
struct Book {
    faults: BTreeMap<String, u32>,
    fell: BTreeMap<String, u32>,
    lines: Vec<String>,
}

impl Tally {
    pub(super) fn new(began: Instant) -> Self {
        Self { began, book: Mutex::default() }
    }

    /// Milliseconds since the first save.
    pub(super) fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// When a fault is due.
    pub(super) fn moment(&self, at_ms: u64) -> Instant {
        self.began + std::time::Duration::from_millis(at_ms)
    }

    /// A fault was carried out, begun at `from_ms`.
    pub(super) fn done(&self, fault: &Fault, from_ms: u64) {
        let word = fault.kind.word();
        let to_ms = self.now_ms();
        tracing::info!(
            "{:>7.1} s {word} {:?} for {} ms",
            from_ms as f64 / 1000.0,
            fault.lane,
            to_ms - from_ms
        );
        let mut book = self.book();
        book.lines.push(format!("{},{from_ms},{to_ms},{word},{:?}", fault.at_ms, fault.lane));
        *book.faults.entry(word).or_default() += 1;
    }

    /// A program ended although nobody had ended it.
    pub(super) fn fell(&self, who: &str) {
        tracing::warn!("{who} ended by itself and is started again");
        let now_ms = self.now_ms();
        let mut book = self.book();
        book.lines.push(format!(",{now_ms},{now_ms},fell,{who}"));
        let kind = who.split(' ').next().unwrap_or(who).to_owned();
        *book.fell.entry(kind).or_default() += 1;
    }

    /// How many of each kind.
    pub(super) fn faults(&self) -> BTreeMap<String, u32> {
        self.book().faults.clone()
    }

    /// How many programs fell by themselves, by name.
    pub(super) fn fallen(&self) -> BTreeMap<String, u32> {
        self.book().fell.clone()
    }

    /// Writes faults.csv: what was planned when, and what was done when.
    pub(super) fn export(&self, folder: &Path) -> anyhow::Result<()> {
        let mut text = String::from("planned_ms,from_ms,to_ms,kind,where\n");
        for line in &self.book().lines {
            writeln!(text, "{line}")?;
        }
        Ok(std::fs::write(folder.join("faults.csv"), text)?)
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
