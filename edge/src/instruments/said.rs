//! Instruments, lines and figures in the words of this slice's pages.

use protocol::LocalDate;
use protocol::check::{InstrumentKind, Spot, Verdict};
use scales::{Dialect, Meal};

use super::check::begun::Unsteady;
use super::check::standing::{Drift, Fitness};
use super::languages::described;
use crate::config::Parity;
use crate::scales::{About, Caution, Live, Makes, NoValue, Phase, Quantity, Upset, Value, Wire};
use crate::web::words;

/// What an instrument is, at the table.
pub(super) const fn kind(kind: InstrumentKind) -> &'static str {
    match kind {
        InstrumentKind::InfantScale => "Timbangan bayi",
        InstrumentKind::StandingScale => "Timbangan injak",
        InstrumentKind::LengthBoard => "Papan ukur",
        InstrumentKind::BloodPressureMeter => "Tensimeter",
        InstrumentKind::GlucoseMeter => "Alat gula darah",
    }
}

/// The word of a kind in forms.
pub(super) const fn kind_word(kind: InstrumentKind) -> &'static str {
    match kind {
        InstrumentKind::InfantScale => "infant_scale",
        InstrumentKind::StandingScale => "standing_scale",
        InstrumentKind::LengthBoard => "length_board",
        InstrumentKind::BloodPressureMeter => "blood_pressure_meter",
        InstrumentKind::GlucoseMeter => "glucose_meter",
    }
}

/// The kind of scale or board a form names, and what it measures.
pub(super) fn kind_of(word: &str) -> Option<(InstrumentKind, Quantity)> {
    let all = [InstrumentKind::InfantScale, InstrumentKind::StandingScale, InstrumentKind::LengthBoard];
    let kind = all.into_iter().find(|&kind| kind_word(kind) == word)?;
    Some((kind, Quantity::of(kind)?))
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
        Makes::BloodPressureMeter => "tensimeter",
        Makes::GlucoseMeter => "alat gula darah",
    }
}

/// What an instrument does now: mark, class and words.
pub(super) fn state(live: &Live, about: &About) -> (&'static str, &'static str, String) {
    let Some(quantity) = about.quantity() else { return meter_state(live) };
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
        Some(Upset::Undated) => ("▲", "attention", "jam di alatnya belum benar".into()),
        None if live.phase == Phase::Moving => ("◐", "pending", "sedang mengukur".into()),
        None => ("●", "good", value(quantity, live.value.into())),
    }
}

/// A meter is switched off most of the time; how its last measurement went is worth knowing all the same.
fn meter_state(live: &Live) -> (&'static str, &'static str, String) {
    let (mark, class, text) = match (live.upset, live.connected) {
        (Some(Upset::TooMuch), _) => ("▲", "attention", "hasil terakhir terlalu tinggi untuk alatnya"),
        (Some(Upset::TooLittle), _) => ("▲", "attention", "hasil terakhir terlalu rendah untuk alatnya"),
        (Some(Upset::Undated), _) => ("▲", "attention", "jam di alatnya belum benar"),
        (Some(_), _) => ("▲", "attention", "pengukuran terakhir gagal"),
        (None, true) => ("●", "good", "tersambung"),
        (None, false) => ("○", "pending", "menunggu pengukuran"),
    };
    (mark, class, text.into())
}

/// What a meter measured, as one reads it from its display.
pub(super) fn measured(value: &Value) -> String {
    match value {
        Value::BloodPressure(pressure) => {
            let pulse = pressure.pulse_bpm.map(|pulse| format!(", nadi {pulse}")).unwrap_or_default();
            format!("{}/{} mmHg{pulse}", pressure.systolic_mmhg, pressure.diastolic_mmhg)
        }
        Value::Glucose(glucose) => {
            let meal = glucose.meal.map(|meal| format!(", {}", self::meal(meal))).unwrap_or_default();
            format!("{} mg/dL{meal}", glucose.mg_per_dl)
        }
    }
}

const fn meal(meal: Meal) -> &'static str {
    match meal {
        Meal::Before => "sebelum makan",
        Meal::After => "sesudah makan",
        Meal::Fasting => "puasa",
        Meal::Bedtime => "sebelum tidur",
        _ => "sewaktu",
    }
}

/// What a meter found odd, and what to do about it.
pub(super) const fn noticed(caution: Caution) -> &'static str {
    match caution {
        Caution::BodyMoved => "Badan bergerak saat diukur. Ukur sekali lagi sambil duduk tenang.",
        Caution::CuffLoose => "Mansetnya longgar. Pasang lebih pas, lalu ukur lagi.",
        Caution::PulseIrregular => "Denyutnya tidak teratur menurut alat. Ukur sekali lagi.",
        Caution::PulseFast => "Denyutnya lebih cepat dari yang bisa dihitung alat.",
        Caution::PulseSlow => "Denyutnya lebih lambat dari yang bisa dihitung alat.",
        Caution::WrongPosition => "Letak lengan belum pas. Sejajarkan dengan jantung, lalu ukur lagi.",
        Caution::BatteryLow => "Baterainya hampir habis.",
        Caution::TooHot => "Alatnya kepanasan. Taruh di tempat teduh, lalu ukur lagi.",
        Caution::TooCold => "Alatnya terlalu dingin. Tunggu sebentar, lalu ukur lagi.",
    }
}

/// Why what a meter told is no measurement, and what to do.
pub(super) const fn no_value(why: NoValue) -> &'static str {
    match why {
        NoValue::Failed => "Alatnya bilang pengukurannya gagal. Ukur sekali lagi.",
        NoValue::TooHigh => "Hasilnya lebih tinggi dari yang bisa dibaca alat.",
        NoValue::TooLow => "Hasilnya lebih rendah dari yang bisa dibaca alat.",
        NoValue::Impossible => "Angkanya tidak mungkin. Ukur sekali lagi pada orangnya.",
        NoValue::Control => "Itu cairan uji, bukan darah. Ukur sekali pada orang.",
    }
}

/// How long ago a meter was calibrated: mark, class and words. Without a day nothing is too old.
pub(super) fn calibration(
    on: Option<LocalDate>,
    today: Option<LocalDate>,
    after_days: u16,
) -> (&'static str, &'static str, String) {
    let Some((day, on)) = on.and_then(|on| Some((on.to_naive()?, on))) else {
        return ("○", "pending", "Tanggal kalibrasi belum dicatat.".into());
    };
    let day = words::date(day);
    if today.is_some_and(|today| today.0.saturating_sub(on.0) > i32::from(after_days)) {
        return ("▲", "attention", format!("Kalibrasi terakhir {day}. Sudah waktunya dikalibrasi lagi."));
    }
    ("●", "good", format!("Kalibrasi terakhir {day}."))
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
