//! What stands at the top of a page: which posyandu, which day, who, and one sentence on what is safe where.

use super::words;
use crate::app::Edge;
use crate::staff::Staff;
use crate::store::Safety;

/// The top of every page of a signed-in kader.
#[derive(Debug, Clone)]
pub struct Shell {
    /// The posyandu's name.
    pub posyandu: String,
    /// `Selasa 24-11-2026`.
    pub today: String,
    /// The kader's name.
    pub kader: String,
    /// One sentence on what is safe where.
    pub safety: String,
    /// Whether the hub has everything: a tick instead of an open ring.
    pub all_received: bool,
    /// Whether the date still has to be confirmed.
    pub clock_unset: bool,
}

impl Shell {
    /// What is true now.
    pub fn of(edge: &Edge, staff: &Staff) -> Self {
        let now = edge.clock.now();
        let safety = edge.store.safety();
        Self {
            posyandu: staff.posyandu.name.clone(),
            today: words::weekday_date(now.today),
            kader: staff.user.name.clone(),
            safety: sentence(&safety, edge.uplink.connected()),
            all_received: safety.received >= safety.on_device,
            clock_unset: !now.believable,
        }
    }
}

/// The one sentence. Offline is normal and calm; only a hub that can be reached makes *belum terkirim* worth saying.
pub(super) fn sentence(safety: &Safety, connected: bool) -> String {
    let waiting = safety.on_device.saturating_sub(safety.received);
    match (waiting, connected) {
        (0, _) => "semua diterima Puskesmas".into(),
        (_, false) => "semua aman di alat".into(),
        (waiting, true) => format!("{} belum terkirim", words::thousands(waiting)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_on_top_is_one_calm_sentence() {
        let safety = |on_device, received| Safety { on_device, sent: received, received, quarantined: 0 };
        assert_eq!(sentence(&safety(40, 40), false), "semua diterima Puskesmas");
        assert_eq!(sentence(&safety(40, 38), false), "semua aman di alat");
        assert_eq!(sentence(&safety(1_040, 38), true), "1.002 belum terkirim");
    }
}
