//! Things that must last before they are believed, so that a single frame never decides.

/// What must last before it is believed.
#[derive(Debug, Clone, Default)]
pub(super) struct Signs {
    pub(super) empty: Lasting,
    pub(super) risen: Lasting,
    pub(super) fallen: Lasting,
    pub(super) stray: Lasting,
    pub(super) changed: Lasting,
}

/// Since when something has held without a point that says otherwise.
#[derive(Debug, Clone, Default)]
pub(super) struct Lasting(Option<u64>);

impl Lasting {
    /// The instant it began, once it has held for `for_ms`. Takes two points at least.
    pub(super) fn seen(&mut self, holds: bool, at_ms: u64, for_ms: u64) -> Option<u64> {
        let since_ms = self.0.filter(|_| holds);
        self.0 = holds.then(|| since_ms.unwrap_or(at_ms));
        since_ms.filter(|since_ms| at_ms.saturating_sub(*since_ms) >= for_ms)
    }
}
