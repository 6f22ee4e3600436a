//! What stands at the top of a page: which posyandu, which day, who, and one sentence on what is safe where.

use super::words;
use crate::app::Edge;
use crate::staff::Staff;
use crate::store::{Condition, Safety};

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
    /// Whether the hub has everything and has set nothing aside: a tick instead of an open ring.
    pub all_received: bool,
    /// Whether the date still has to be confirmed.
    pub clock_unset: bool,
    /// Whether another node has taken this one's place.
    pub replaced: bool,
    /// How the card is.
    pub card: Condition,
}

impl Shell {
    /// What is true now.
    pub fn of(edge: &Edge, staff: &Staff) -> Self {
        let now = edge.clock.now();
        let (safety, card) = (edge.store.safety(), edge.store.condition());
        Self {
            posyandu: staff.posyandu.name.clone(),
            today: words::weekday_date(now.today),
            kader: staff.user.name.clone(),
            safety: of_card(card).map_or_else(|| sentence(&safety, edge.uplink.connected()), Into::into),
            all_received: card == Condition::Well
                && safety.received >= safety.on_device
                && safety.quarantined == 0,
            clock_unset: !now.believable,
            replaced: edge.store.is_replaced(),
            card,
        }
    }
}

/// What comes before everything else on the line on top: nothing new can be kept.
const fn of_card(card: Condition) -> Option<&'static str> {
    match card {
        Condition::Well => None,
        Condition::Full => Some("penyimpanan penuh"),
        Condition::Stopped => Some("penyimpanan diperiksa"),
        Condition::Broken => Some("kartu rusak"),
    }
}

/// The one sentence. Offline is normal and calm; only a hub that can be reached makes *belum terkirim* worth saying.
pub(super) fn sentence(safety: &Safety, connected: bool) -> String {
    let waiting = safety.on_device.saturating_sub(safety.received);
    match (waiting, connected) {
        (0, _) if safety.quarantined > 0 => {
            format!("semua sampai, {} diperiksa Puskesmas", words::thousands(safety.quarantined))
        }
        (0, _) => "semua diterima Puskesmas".into(),
        (_, false) => "semua aman di alat".into(),
        (waiting, true) => format!("{} belum terkirim", words::thousands(waiting)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_that_takes_nothing_is_said_before_all_else() {
        assert_eq!(of_card(Condition::Full), Some("penyimpanan penuh"));
        assert_eq!(of_card(Condition::Well), None);
    }

    #[test]
    fn the_line_on_top_is_one_calm_sentence() {
        let safety = |on_device, received| Safety { on_device, sent: received, received, quarantined: 0 };
        assert_eq!(sentence(&safety(40, 40), false), "semua diterima Puskesmas");
        assert_eq!(sentence(&safety(40, 38), false), "semua aman di alat");
        let aside = Safety { quarantined: 1, ..safety(40, 40) };
        assert_eq!(sentence(&aside, true), "semua sampai, 1 diperiksa Puskesmas");
        assert_eq!(sentence(&safety(1_040, 38), true), "1.002 belum terkirim");
    }
}
