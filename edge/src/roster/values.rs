//! The fields of a child that can be corrected: what they are called, and their values as pages show them.

use protocol::registry::{Edit, Field};

use super::search::tail;
use crate::store::Child;
use crate::web::words;

/// The fields in the order a kader thinks of them.
pub(super) const FIELDS: [Field; 9] = [
    Field::Name,
    Field::Mother,
    Field::BirthDate,
    Field::Sex,
    Field::Nik,
    Field::KiaBook,
    Field::BirthMass,
    Field::GestationWeeks,
    Field::BirthOrder,
];

/// Its word in addresses, what it is called, and what a form calls it.
pub(super) const fn named(field: Field) -> (&'static str, &'static str) {
    match field {
        Field::Name => ("name", "Nama anak"),
        Field::Nik => ("nik", "NIK (16 angka)"),
        Field::BirthDate => ("birth-date", "Tanggal lahir"),
        Field::Sex => ("sex", "Jenis kelamin"),
        Field::Mother => ("mother", "Nama ibu"),
        Field::GestationWeeks => ("weeks", "Lahir umur (minggu)"),
        Field::BirthMass => ("birth-weight", "Berat lahir (kg)"),
        Field::BirthOrder => ("twin", "Kembar? Anak ke berapa"),
        Field::KiaBook => ("kia", "Punya buku KIA?"),
    }
}

pub(super) fn by_word(word: &str) -> Option<Field> {
    FIELDS.into_iter().find(|&field| named(field).0 == word)
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
    }
}
