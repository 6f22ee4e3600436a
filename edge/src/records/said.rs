//! What was recorded, as one says it in half a line.

use protocol::Body;
use protocol::growth::{NotTaken, Taken};
use protocol::immunization::{Immunization, NotGiven};
use protocol::measured::Measure;
use protocol::service::{Capsule, Noted, Served, Tablet};

use crate::instruments;
use crate::roster::{leave, values};
use crate::web::words;

/// What an event says that was done.
pub(crate) fn said(body: &Body) -> String {
    let taken = |done: &str, not: &str, taken: Taken<u32>, show: fn(u32) -> String| match taken {
        Taken::Value(value) => format!("{done} {}", show(value)),
        Taken::Not(why) => format!("{not}: {}", words::not_taken(why)),
    };
    match body {
        Body::ChildRegistered(_) | Body::AdultRegistered(_) => "didaftarkan".into(),
        Body::Weighed(weighed) => taken("ditimbang", "tidak ditimbang", weighed.mass_g, kg),
        Body::LengthTaken(length) => taken("diukur", "tidak diukur", length.length_tenth_mm, cm),
        Body::ClockFound(_) => "jam dicocokkan".into(),
        Body::PersonEdited(edited) => {
            format!("{} diperbaiki: {}", values::word(edited.edit.field()), values::shown(&edited.edit))
        }
        Body::PersonLeft(left) => format!("keluar dari daftar: {}", leave::said(left.leaving)),
        Body::InstrumentChecked(checked) => format!("diperiksa: {}", instruments::verdict(checked.verdict)),
        Body::SessionOpened(_) => "posyandu dibuka".into(),
        Body::SessionClosed(_) => "posyandu ditutup".into(),
        Body::Measured(measured) => measure(&measured.measure),
        Body::Noted(noted) => noted_said(noted),
        Body::Served(served) => served_said(served),
        Body::PregnancyBegan(_) => "kehamilan dicatat".into(),
        Body::PregnancyEnded(_) => "kehamilan selesai".into(),
        Body::AncExamined(exam) if exam.validated => "diperiksa bidan".into(),
        Body::AncExamined(_) => "pemeriksaan hamil, menunggu bidan".into(),
        Body::NifasExamined(exam) if exam.validated => "nifas diperiksa bidan".into(),
        Body::NifasExamined(_) => "pemeriksaan nifas, menunggu bidan".into(),
        Body::Immunization(immunization) => immunization_said(immunization),
        Body::Voided(_) => "satu catatan dibatalkan".into(),
    }
}

fn kg(mass_g: u32) -> String {
    words::kg(mass_g).to_string()
}

fn cm(tenth_mm: u32) -> String {
    words::cm(tenth_mm).to_string()
}

/// A quantity with its value: `tensi 120/80`, `LiLA 13,2 cm`.
fn measure(measure: &Measure) -> String {
    match *measure {
        Measure::Mass(taken) => value("berat", taken, kg),
        Measure::Height(taken) => value("tinggi", taken, cm),
        Measure::Head(taken) => value("lingkar kepala", taken, cm),
        Measure::Arm(taken) => value("LiLA", taken, cm),
        Measure::Waist(taken) => value("lingkar perut", taken, cm),
        Measure::Pressure(taken) => {
            value("tensi", taken, |pressure| format!("{}/{}", pressure.systolic, pressure.diastolic))
        }
        Measure::Glucose(taken) => value("gula darah", taken, |glucose| {
            format!("{} mg/dL{}", glucose.mg_dl, if glucose.fasting { ", puasa" } else { "" })
        }),
        Measure::Cholesterol(taken) => value("kolesterol", taken, |mg_dl| format!("{mg_dl} mg/dL")),
        Measure::UricAcid(taken) => value("asam urat", taken, |tenths| format!("{} mg/dL", tenth(tenths))),
        Measure::Haemoglobin(taken) => value("Hb", taken, |tenths| format!("{} g/dL", tenth(tenths))),
        Measure::Temperature(taken) => value("suhu", taken, |tenths| format!("{} °C", tenth(tenths))),
        Measure::Fundus(taken) => value("tinggi rahim", taken, cm),
        Measure::FetalHeart(taken) => value("denyut janin", taken, |beats| format!("{beats} per menit")),
    }
}

fn value<T>(name: &str, taken: Taken<T>, show: impl FnOnce(T) -> String) -> String {
    match taken {
        Taken::Value(value) => format!("{name} {}", show(value)),
        Taken::Not(why) => not_measured(name, why),
    }
}

fn not_measured(name: &str, why: NotTaken) -> String {
    format!("{name} tidak diukur: {}", words::not_taken(why))
}

fn tenth(tenths: u16) -> String {
    format!("{},{}", tenths / 10, tenths % 10)
}

fn noted_said(noted: &Noted) -> String {
    match noted {
        Noted::Oedema(true) => "kedua kaki bengkak".into(),
        Noted::Oedema(false) => "kaki tidak bengkak".into(),
        Noted::ExclusiveBreastfeeding(true) => "ASI saja".into(),
        Noted::ExclusiveBreastfeeding(false) => "sudah diberi selain ASI".into(),
        Noted::Development { can, cannot, .. } => {
            format!("perkembangan: {} dari {} bisa", can.len(), can.len() + cannot.len())
        }
        Noted::Tuberculosis(signs) if signs.is_empty() => "ditanya TB: tidak ada tanda".into(),
        Noted::Tuberculosis(signs) => format!("ditanya TB: {} tanda", signs.len()),
        Noted::Danger(signs) if signs.is_empty() => "tanda bahaya: tidak ada".into(),
        Noted::Danger(signs) => format!("tanda bahaya: {}", signs.len()),
        Noted::DailyLife { points, of, .. } => format!("kegiatan sehari-hari: {points} dari {of}"),
        Noted::Remark(text) => text.clone(),
    }
}

fn served_said(served: &Served) -> String {
    match served {
        Served::Came => "hadir".into(),
        Served::VitaminA(Capsule::Blue) => "vitamin A biru".into(),
        Served::VitaminA(Capsule::Red) => "vitamin A merah".into(),
        Served::Deworming { product, dose_mg } => format!("obat cacing {product} {dose_mg} mg"),
        Served::Food { product, days } => format!("PMT {product} untuk {days} hari"),
        Served::Tablets { product: Tablet::Iron, count } => format!("{count} tablet tambah darah"),
        Served::Tablets { product: Tablet::Micronutrients, count } => format!("{count} tablet MMS"),
        Served::Counselled { .. } => "penyuluhan".into(),
        Served::Referred { to, .. } => format!("dirujuk ke {to}"),
        Served::Declined { reason, .. } => format!("tidak diberikan: {reason}"),
    }
}

fn immunization_said(immunization: &Immunization) -> String {
    match immunization {
        Immunization::Given(dose) => format!("imunisasi {} {}", dose.antigen, dose.number),
        Immunization::NotGiven { antigen, number, reason } => {
            let why = match reason {
                NotGiven::Sick => "sakit",
                NotGiven::Refused => "tidak mau",
                NotGiven::OutOfStock => "vaksin habis",
                NotGiven::Contraindicated => "tidak boleh",
                NotGiven::Postponed => "ditunda",
            };
            format!("imunisasi {antigen} {number} belum: {why}")
        }
        Immunization::Reaction { what, .. } => format!("KIPI: {what}"),
    }
}
