//! The fields of a child that can be corrected: what they are called, and their values as pages show them.

use protocol::registry::{Edit, Field};

use super::search::tail;
use crate::store::Child;
use crate::web::words;

/// The fields of a child in the order a kader thinks of them.
pub(super) const FIELDS: [Field; 17] = [
    Field::Name,
    Field::Mother,
    Field::BirthDate,
    Field::Sex,
    Field::Nik,
    Field::KiaBook,
    Field::BirthMass,
    Field::GestationWeeks,
    Field::BirthOrder,
    Field::FamilyCard,
    Field::Address,
    Field::Phone,
    Field::Guardian,
    Field::Bpjs,
    Field::Consent,
    Field::Card,
    Field::Home,
];

/// The fields of somebody who is no child.
pub(super) const ADULT_FIELDS: [Field; 12] = [
    Field::Name,
    Field::BirthDate,
    Field::BirthEstimated,
    Field::Sex,
    Field::Nik,
    Field::FamilyCard,
    Field::Address,
    Field::Phone,
    Field::Bpjs,
    Field::Consent,
    Field::Card,
    Field::Home,
];

/// Its word in addresses, what it is called, and what a form calls it.
pub(super) const fn named(field: Field) -> (&'static str, &'static str) {
    match field {
        Field::Name => ("name", "Nama"),
        Field::Nik => ("nik", "NIK (16 angka)"),
        Field::BirthDate => ("birth-date", "Tanggal lahir"),
        Field::Sex => ("sex", "Jenis kelamin"),
        Field::Mother => ("mother", "Nama ibu"),
        Field::GestationWeeks => ("weeks", "Lahir umur (minggu)"),
        Field::BirthMass => ("birth-weight", "Berat lahir (kg)"),
        Field::BirthOrder => ("twin", "Kembar? Anak ke berapa"),
        Field::KiaBook => ("kia", "Punya buku KIA?"),
        Field::FamilyCard => ("family-card", "Nomor KK (16 angka)"),
        Field::Address => ("address", "Alamat"),
        Field::Phone => ("phone", "Nomor HP"),
        Field::Guardian => ("guardian", "Pengasuh, kalau bukan ibunya"),
        Field::MotherId => ("mother-id", "Ibunya di daftar"),
        Field::Card => ("card", "Nomor kartu"),
        Field::Consent => ("consent", "Persetujuan"),
        Field::Home => ("home", "Posyandu asal"),
        Field::Bpjs => ("bpjs", "Peserta BPJS?"),
        Field::BirthEstimated => ("birth-estimated", "Tanggal lahir perkiraan?"),
    }
}

pub(super) fn by_word(word: &str) -> Option<Field> {
    FIELDS.into_iter().chain(ADULT_FIELDS).find(|&field| named(field).0 == word)
}

/// The value of a field as it stands.
pub(super) fn current(child: &Child, field: Field) -> Edit {
    let person = &child.registered;
    match field {
        Field::Name => Edit::Name(person.name.clone()),
        Field::Nik => Edit::Nik(person.nik.clone()),
        Field::BirthDate => Edit::BirthDate(person.birth_date),
        Field::Sex => Edit::Sex(person.sex),
        Field::Mother => Edit::Mother(person.mother.clone()),
        Field::GestationWeeks => Edit::GestationWeeks(person.gestation_weeks),
        Field::BirthMass => Edit::BirthMass(person.birth_mass_g),
        Field::BirthOrder => Edit::BirthOrder(person.birth_order),
        Field::KiaBook => Edit::KiaBook(person.kia_book),
        Field::FamilyCard => Edit::FamilyCard(person.family_card.clone()),
        Field::Address => Edit::Address(person.address.clone()),
        Field::Phone => Edit::Phone(person.phone.clone()),
        Field::Guardian => Edit::Guardian(person.guardian.clone()),
        Field::MotherId => Edit::MotherId(person.mother_id),
        Field::Card => Edit::Card(person.card.clone()),
        Field::Consent => Edit::Consent(person.consent.clone()),
        Field::Home => Edit::Home(person.home.clone()),
        Field::Bpjs => Edit::Bpjs(person.bpjs),
        Field::BirthEstimated => Edit::BirthEstimated(person.is_birth_estimated),
    }
}

/// A value as a list shows it. Of a NIK the end is enough there.
pub(crate) fn shown(edit: &Edit) -> String {
    let text = match edit {
        Edit::Name(text) | Edit::Mother(text) => Some(text.clone()),
        Edit::Nik(digits) => digits.as_deref().map(|digits| words::nik_tail(&tail(digits))),
        Edit::BirthDate(date) => date.to_naive().map(|born| words::date(born).to_string()),
        Edit::Sex(sex) => Some(words::sex(*sex).into()),
        Edit::GestationWeeks(weeks) => weeks.map(|weeks| format!("{weeks} minggu")),
        Edit::BirthMass(mass_g) => mass_g.map(|mass_g| words::kg(mass_g).to_string()),
        Edit::BirthOrder(order) => order.map(|order| format!("ke-{order}")),
        Edit::KiaBook(has) => Some(if *has { "punya" } else { "belum punya" }.into()),
        Edit::Address(text)
        | Edit::Phone(text)
        | Edit::Guardian(text)
        | Edit::Card(text)
        | Edit::Home(text) => text.clone(),
        Edit::FamilyCard(digits) => digits.as_deref().map(|digits| format!("…{}", tail(digits))),
        Edit::MotherId(mother) => mother.map(|_| "ada di daftar".into()),
        Edit::Consent(consent) => consent.as_ref().map(|consent| {
            let what = match (consent.photo, consent.reminders) {
                (true, true) => "foto dan pengingat",
                (true, false) => "foto, tanpa pengingat",
                (false, true) => "pengingat",
                (false, false) => "tanpa foto dan pengingat",
            };
            format!("{what}, kata {}", consent.by)
        }),
        Edit::Bpjs(status) => status.map(|status| words::bpjs(status).into()),
        Edit::BirthEstimated(is) => Some(if *is { "perkiraan" } else { "pasti" }.into()),
    };
    text.unwrap_or_else(|| "belum diisi".into())
}

/// What a field is called in a list of what was done.
pub(crate) const fn word(field: Field) -> &'static str {
    match field {
        Field::Name => "nama",
        Field::Nik => "NIK",
        Field::BirthDate => "tanggal lahir",
        Field::Sex => "jenis kelamin",
        Field::Mother => "nama ibu",
        Field::GestationWeeks => "umur kandungan",
        Field::BirthMass => "berat lahir",
        Field::BirthOrder => "urutan kembar",
        Field::KiaBook => "buku KIA",
        Field::FamilyCard => "nomor KK",
        Field::Address => "alamat",
        Field::Phone => "nomor HP",
        Field::Guardian => "pengasuh",
        Field::MotherId => "ibu di daftar",
        Field::Card => "nomor kartu",
        Field::Consent => "persetujuan",
        Field::Home => "posyandu asal",
        Field::Bpjs => "BPJS",
        Field::BirthEstimated => "kepastian tanggal lahir",
    }
}
