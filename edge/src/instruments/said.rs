//! Instruments, lines and figures in the words of this slice's pages.

use protocol::check::{InstrumentKind, Spot, Verdict};
use scales::Dialect;

use super::check::begun::Unsteady;
use super::check::standing::{Drift, Fitness};
use super::languages::described;
use crate::config::Parity;
use crate::scales::{About, Live, Makes, Phase, Quantity, Upset, Wire};
use crate::web::words;

/// What an instrument is, at the table.
pub(super) const fn kind(kind: InstrumentKind) -> &'static str {
    match kind {
        InstrumentKind::InfantScale => "Timbangan bayi",
        InstrumentKind::StandingScale => "Timbangan injak",
        InstrumentKind::LengthBoard => "Papan ukur",
    }
}

/// The word of a kind in forms.
pub(super) const fn kind_word(kind: InstrumentKind) -> &'static str {
    match kind {
        InstrumentKind::InfantScale => "infant_scale",
        InstrumentKind::StandingScale => "standing_scale",
        InstrumentKind::LengthBoard => "length_board",
    }
}

/// The kind a form names.
pub(super) fn kind_of(word: &str) -> Option<InstrumentKind> {
    let all = [InstrumentKind::InfantScale, InstrumentKind::StandingScale, InstrumentKind::LengthBoard];
    all.into_iter().find(|&kind| kind_word(kind) == word)
}

/// `9600 · 8N1`, as it stands in the manuals.
pub(super) fn wire(wire: Wire) -> String {
    let parity = match wire.parity {
        Parity::None => 'N',
        Parity::Even => 'E',
        Parity::Odd => 'O',
    };
    format!("{} · {}{parity}1", wire.baud, wire.data_bits)
}

/// A dialect as its makers would know it.
pub(super) fn dialect(name: &'static str) -> &'static str {
    Dialect::from_name(name).map_or(name, described)
}

/// Grams or tenths of a millimetre as one reads them, below zero included.
pub(super) fn value(quantity: Quantity, value: i64) -> String {
    let sign = if value < 0 { "\u{2212}" } else { "" };
    let size = u32::try_from(value.unsigned_abs()).unwrap_or(u32::MAX);
    match quantity {
        Quantity::Weight => format!("{sign}{}", words::kg(size)),
        Quantity::Length => format!("{sign}{}", words::cm(size)),
    }
}

/// A difference: grams, or millimetres with their tenths.
pub(super) fn difference(quantity: Quantity, value: i64) -> String {
    let sign = match value {
        ..0 => "\u{2212}",
        0 => "",
        1.. => "+",
    };
    let size = value.unsigned_abs();
    match quantity {
        Quantity::Weight => format!("{sign}{} g", words::thousands(size)),
        Quantity::Length => format!("{sign}{},{} mm", size / 10, size % 10),
    }
}

/// A scale division.
pub(super) fn division(quantity: Quantity, division: u32) -> String {
    match quantity {
        Quantity::Weight => format!("{division} g"),
        Quantity::Length => format!("{},{} mm", division / 10, division % 10),
    }
}

/// Where something lies.
pub(super) fn spot(spot: Spot, is_board: bool) -> String {
    match spot {
        Spot::Centre if is_board => String::new(),
        Spot::Centre => "di tengah".into(),
        Spot::Corner(corner) => format!("di pojok {corner}"),
    }
}

/// What a check found, as said aloud.
pub(crate) const fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Good => "tepat",
        Verdict::Off => "tidak tepat",
        Verdict::Uneven => "pojoknya tidak sama",
    }
}

/// How far an instrument may be believed: mark, class and words.
pub(super) fn fitness(fitness: Fitness) -> (&'static str, &'static str, String) {
    match fitness {
        Fitness::Never => ("○", "pending", "Belum pernah diperiksa.".into()),
        Fitness::Right(None) => ("●", "good", "Pemeriksaan terakhir tepat.".into()),
        Fitness::Right(Some(0)) => ("●", "good", "Diperiksa hari ini, tepat.".into()),
        Fitness::Right(Some(days)) => ("●", "good", format!("Diperiksa {days} hari lalu, tepat.")),
        Fitness::Due(days) => {
            ("▲", "attention", format!("Terakhir diperiksa {days} hari lalu. Periksa lagi."))
        }
        Fitness::Overdue(days) => (
            "▲",
            "attention",
            format!("Terakhir diperiksa {days} hari lalu. Tidak dipakai sampai diperiksa lagi."),
        ),
        Fitness::Wrong => ("▲", "attention", "Pemeriksaan terakhir tidak tepat.".into()),
    }
}

/// What whoever is about to use it should know, if anything.
pub(super) const fn caution(fitness: Fitness) -> Option<&'static str> {
    match fitness {
        Fitness::Right(_) => None,
        Fitness::Never => Some("Alat ini belum pernah diperiksa."),
        Fitness::Due(_) | Fitness::Overdue(_) => Some("Sudah waktunya alat ini diperiksa lagi."),
        Fitness::Wrong => Some("Alat ini tidak tepat waktu diperiksa. Angkanya dicatat dengan tanda."),
    }
}

/// How the error of an instrument has moved.
pub(super) fn drift(drift: Drift) -> String {
    let time = match drift.days {
        ..=0 => "hari ini".into(),
        days @ 1..14 => format!("dalam {days} hari"),
        days @ 14.. => format!("dalam {} minggu", days / 7),
    };
    if drift.is_still {
        return format!("Tidak bergeser {time}.");
    }
    format!("Bergeser {} {time}.", difference(drift.quantity, drift.moved))
}

/// Why there is nothing to take down in a check, and what to do.
pub(super) const fn unsteady(why: Unsteady) -> &'static str {
    match why {
        Unsteady::Gone => "Alatnya tidak terpasang. Periksa kabelnya, lalu tekan Catat lagi.",
        Unsteady::Claimed => {
            "Alatnya sedang menunggu anak di HP lain. Selesaikan dulu, lalu tekan Catat lagi."
        }
        Unsteady::Restless => {
            "Angkanya belum tenang, atau belum datang. Tunggu sebentar, lalu tekan Catat lagi."
        }
    }
}

/// What a device in the air seems to be.
pub(super) const fn makes(makes: Makes) -> &'static str {
    match makes {
        Makes::Scale => "mungkin timbangan",
        Makes::BloodPressureMeter => "tensimeter, belum bisa dipasang di sini",
        Makes::GlucoseMeter => "alat gula darah, belum bisa dipasang di sini",
    }
}

/// What an instrument does now: mark, class and words.
pub(super) fn state(live: &Live, about: &About) -> (&'static str, &'static str, String) {
    if !live.connected && about.wireless {
        return ("○", "pending", "belum terdengar".into());
    }
    if !live.connected {
        return ("○", "pending", "tidak terpasang".into());
    }
    match live.upset {
        Some(Upset::Silent) => ("○", "pending", "terpasang, belum mengirim angka".into()),
        Some(Upset::Unreadable) => ("▲", "attention", "kirimannya tidak terbaca".into()),
        Some(Upset::Unwell) => ("▲", "attention", "alatnya melaporkan gangguan".into()),
        Some(Upset::TooMuch) => ("▲", "attention", "terlalu berat".into()),
        Some(Upset::TooLittle) => ("▲", "attention", "di bawah nol".into()),
        None if live.phase == Phase::Moving => ("◐", "pending", "sedang mengukur".into()),
        None => ("●", "good", value(about.quantity(), live.value.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_as_people_write_them() {
        assert_eq!(value(Quantity::Weight, -20), "\u{2212}0,02 kg");
        assert_eq!(difference(Quantity::Weight, 1_200), "+1.200 g");
        assert_eq!(difference(Quantity::Length, -15), "\u{2212}1,5 mm");
        assert_eq!(wire(Wire { baud: 1200, parity: Parity::Even, data_bits: 7 }), "1200 · 7E1");
    }
}
