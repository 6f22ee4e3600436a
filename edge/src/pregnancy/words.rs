//! Signs, risks and weeks as one says them.

use care::pregnancy::{Danger, Dating, Known};
use chrono::NaiveDate;
use protocol::pregnancy::Outcome;
use protocol::service::TbSign;

/// Screenings before birth: code and word.
pub(super) const SCREENINGS: [(&str, &str); 8] = [
    ("blood_group", "Golongan darah"),
    ("protein", "Protein urine"),
    ("urine_glucose", "Gula urine"),
    ("hiv", "HIV"),
    ("syphilis", "Sifilis"),
    ("hepatitis_b", "Hepatitis B"),
    ("glucose", "Gula darah"),
    ("malaria", "Malaria (daerah endemis)"),
];

/// Signs of tuberculosis: the field's name, the sign, and the question.
pub(super) const TB: [(&str, TbSign, &str); 5] = [
    ("tb_cough", TbSign::Cough, "Batuk 2 minggu atau lebih"),
    ("tb_fever", TbSign::Fever, "Demam 2 minggu atau lebih"),
    ("tb_weight", TbSign::Weight, "Berat badan turun atau tidak naik 2 bulan"),
    ("tb_contact", TbSign::Contact, "Serumah atau dekat dengan orang sakit TB"),
    ("tb_glands", TbSign::Glands, "Ada benjolan di leher"),
];

/// `28 minggu 3 hari`; nothing before the last period.
pub(super) fn weeks(dating: Dating, on: NaiveDate) -> Option<String> {
    dating.weeks(on).map(|(weeks, days)| match days {
        0 => format!("{weeks} minggu"),
        days => format!("{weeks} minggu {days} hari"),
    })
}

pub(super) const fn danger(danger: Danger) -> &'static str {
    match danger {
        Danger::Bleeding => "Perdarahan",
        Danger::Water => "Ketuban pecah sebelum waktunya",
        Danger::Convulsions => "Kejang atau pingsan",
        Danger::Headache => "Sakit kepala hebat, pandangan kabur atau nyeri ulu hati",
        Danger::Swelling => "Muka atau tangan bengkak",
        Danger::Fever => "Demam tinggi",
        Danger::Movement => "Gerakan bayi berkurang",
        Danger::Vomiting => "Muntah terus, tidak bisa makan",
        Danger::Pain => "Nyeri perut hebat",
        Danger::Breath => "Sesak napas atau jantung berdebar",
        Danger::Discharge => "Cairan dari jalan lahir berbau",
        Danger::Breast => "Payudara bengkak, merah dan sakit",
        Danger::Sadness => "Sangat sedih, atau ingin menyakiti diri atau bayi",
    }
}

pub(super) const fn known(risk: Known) -> &'static str {
    match risk {
        Known::TooYoung => "umur di bawah 20 tahun",
        Known::TooOld => "umur di atas 35 tahun",
        Known::Short => "tinggi di bawah 145 cm",
        Known::CloseSpacing => "jarak dari kelahiran terakhir kurang dari 2 tahun",
        Known::ManyBirths => "sudah melahirkan 4 kali atau lebih",
        Known::Caesarean => "pernah operasi sesar",
        Known::Loss => "pernah keguguran atau bayi meninggal",
        Known::Hypertension => "darah tinggi",
        Known::Diabetes => "kencing manis",
        Known::Heart => "sakit jantung",
        Known::Tuberculosis => "sakit TB",
        Known::Twins => "hamil kembar",
    }
}

pub(super) const fn outcome(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Born(_) => "lahir hidup",
        Outcome::Stillborn => "lahir mati",
        Outcome::Miscarried => "keguguran",
        Outcome::MotherDied => "ibu meninggal",
        Outcome::Mistake => "salah catat",
    }
}
