//! What the figures of a grown person are called, the words first.

use care::adult::{self, BmiClass, CholesterolClass, GlucoseClass, PressureClass, Referral};
use protocol::growth::Taken;
use protocol::measured::{Glucose, Measure, Pressure, What};

use crate::measuring::{Line, Seen, Visitor};

/// The quantities of an adult, in the order in which they are asked for and shown.
pub(super) const ASKED: [What; 8] = [
    What::Pressure,
    What::Mass,
    What::Height,
    What::Waist,
    What::Glucose,
    What::Cholesterol,
    What::UricAcid,
    What::Temperature,
];

/// Everything the last figures say, what refers first. Figures of a day other than the last are not spoken of again.
pub(super) fn lines(visitor: &Visitor) -> Vec<Line> {
    let seen: Vec<Seen> = ASKED.iter().filter_map(|&what| visitor.last(what)).collect();
    let Some(day) = seen.iter().map(|seen| seen.on).max() else { return Vec::new() };
    let height = visitor.last_number(What::Height);
    let of_day = seen.iter().filter(|seen| seen.on == day);
    let mut lines: Vec<Line> =
        of_day.filter_map(|seen| line(&seen.measure, height, visitor.is_male())).collect();
    lines.sort_by_key(|line| std::cmp::Reverse((line.referral, line.tone)));
    lines
}

fn line(measure: &Measure, height: Option<u32>, is_male: bool) -> Option<Line> {
    match *measure {
        Measure::Pressure(Taken::Value(Pressure { systolic, diastolic, .. })) => {
            Some(pressure(systolic, diastolic))
        }
        Measure::Glucose(Taken::Value(Glucose { mg_dl, fasting })) => Some(glucose(mg_dl, fasting)),
        Measure::Cholesterol(Taken::Value(mg_dl)) => Some(cholesterol(mg_dl)),
        Measure::UricAcid(Taken::Value(tenths)) => {
            let figure = format!("{},{}", tenths / 10, tenths % 10);
            Some(if adult::is_uric_acid_high(tenths, is_male) {
                Line::watch(format!("Asam urat tinggi ({figure})"))
            } else {
                Line::good(format!("Asam urat normal ({figure})"))
            })
        }
        Measure::Mass(Taken::Value(mass_g)) => body(mass_g, height?),
        Measure::Waist(Taken::Value(waist)) => Some(if adult::is_waist_wide(waist, is_male) {
            Line::watch("Lingkar perut terlalu besar")
        } else {
            Line::good("Lingkar perut baik")
        }),
        Measure::Temperature(Taken::Value(tenths)) if tenths >= 380 => {
            Some(Line::watch(format!("Demam ({},{} °C)", tenths / 10, tenths % 10)))
        }
        _ => None,
    }
}

fn pressure(systolic: u16, diastolic: u16) -> Line {
    let class = PressureClass::of(systolic, diastolic);
    let word = match class {
        PressureClass::Optimal => "Tensi baik",
        PressureClass::Normal => "Tensi normal",
        PressureClass::HighNormal => "Tensi agak tinggi",
        PressureClass::First => "Tensi tinggi tingkat 1",
        PressureClass::Second => "Tensi tinggi tingkat 2",
        PressureClass::Third => "Tensi tinggi tingkat 3",
    };
    let alone = if adult::is_isolated(systolic, diastolic) { ", hanya angka atas" } else { "" };
    let say = format!("{word}{alone} ({systolic}/{diastolic})");
    match class.referral() {
        Some(referral) => Line::refer(say, referral),
        None if class == PressureClass::HighNormal => Line::watch(say),
        None => Line::good(say),
    }
}

fn glucose(mg_dl: u16, fasting: bool) -> Line {
    let how = if fasting { "puasa" } else { "sewaktu" };
    let class = GlucoseClass::of(mg_dl, fasting);
    match class {
        GlucoseClass::Normal => Line::good(format!("Gula darah normal ({mg_dl} {how})")),
        GlucoseClass::Unsure => Line::good(format!("Gula darah belum pasti/normal ({mg_dl} {how})")),
        GlucoseClass::Prediabetes => Line::watch(format!("Gula darah di atas normal ({mg_dl} {how})")),
        GlucoseClass::Diabetes => Line::refer(
            format!("Gula darah tinggi ({mg_dl} {how})"),
            class.referral().unwrap_or(Referral::Soon),
        ),
    }
}

fn cholesterol(mg_dl: u16) -> Line {
    let class = CholesterolClass::of(mg_dl);
    match (class, class.referral()) {
        (_, Some(referral)) => Line::refer(format!("Kolesterol tinggi ({mg_dl})"), referral),
        (CholesterolClass::Desirable, None) => Line::good(format!("Kolesterol baik ({mg_dl})")),
        (_, None) => Line::watch(format!("Kolesterol agak tinggi ({mg_dl})")),
    }
}

fn body(mass_g: u32, height: u32) -> Option<Line> {
    let tenths = adult::bmi_tenths(mass_g, height)?;
    let shown = format!("IMT {},{}", tenths / 10, tenths % 10);
    Some(match BmiClass::of(mass_g, height) {
        BmiClass::Thin => Line::watch(format!("Terlalu kurus ({shown})")),
        BmiClass::Normal => Line::good(format!("Berat badan baik ({shown})")),
        BmiClass::Overweight => Line::watch(format!("Berat badan lebih ({shown})")),
        BmiClass::ObeseOne => Line::watch(format!("Obesitas tingkat 1 ({shown})")),
        BmiClass::ObeseTwo => Line::watch(format!("Obesitas tingkat 2 ({shown})")),
    })
}

/// Whether the last figures make yearly glucose a thing of younger people too: overweight, a wide waist, high pressure.
pub(super) fn is_at_risk(visitor: &Visitor) -> bool {
    let heavy = visitor.last_number(What::Mass).zip(visitor.last_number(What::Height));
    let heavy = heavy.is_some_and(|(mass_g, height)| BmiClass::of(mass_g, height) >= BmiClass::Overweight);
    let waist = visitor.last_number(What::Waist);
    let wide = waist.is_some_and(|waist| adult::is_waist_wide(waist, visitor.is_male()));
    let pressed = visitor.last(What::Pressure).is_some_and(|seen| match seen.measure {
        Measure::Pressure(Taken::Value(Pressure { systolic, diastolic, .. })) => {
            PressureClass::of(systolic, diastolic) >= PressureClass::First
        }
        _ => false,
    });
    heavy || wide || pressed
}

/// What to do now, by what was found.
pub(super) fn advice(lines: &[Line], referral: Option<Referral>) -> Vec<&'static str> {
    let first = match referral {
        Some(Referral::Today) => {
            Some("Duduk tenang 5 menit, ukur sekali lagi, lalu antar ke Puskesmas hari ini.")
        }
        Some(Referral::Soon) => Some("Minta periksa ke Puskesmas minggu ini. Beri surat rujukan."),
        None => None,
    };
    let about = |word: &str| {
        lines.iter().any(|line| line.tone != crate::measuring::Tone::Good && line.say.contains(word))
    };
    let more = [
        (about("Tensi"), "Kurangi garam, ikan asin dan mi instan. Obat tensi diminum tiap hari."),
        (about("Gula"), "Kurangi gula, teh manis dan nasi putih. Jalan kaki 30 menit sehari."),
        (about("Kolesterol"), "Kurangi gorengan, santan dan jeroan."),
        (about("Asam urat"), "Kurangi jeroan, emping dan kacang-kacangan. Banyak minum air putih."),
        (
            about("lebih") || about("Obesitas") || about("perut"),
            "Porsi makan dikurangi sedikit, perbanyak sayur, jalan kaki tiap hari.",
        ),
        (about("kurus"), "Tambah makan lauk dan telur. Timbang lagi bulan depan."),
    ];
    first.into_iter().chain(more.into_iter().filter_map(|(is, say)| is.then_some(say))).collect()
}
