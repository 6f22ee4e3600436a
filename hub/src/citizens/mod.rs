//! People, as the posyandu know them.

mod edits;
mod record;
mod routes;
mod store;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use protocol::registry::{ChildRegistered, Field, Leaving, Sex};
use protocol::versions::Standing;
use uuid::Uuid;

pub(crate) use edits::keep_changes;
pub(crate) use routes::routes;
pub use store::one;
pub(crate) use store::{keep, known};

use crate::growth::Entered;

/// A person served by a posyandu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Citizen {
    /// The person's id, minted where the person was first written down.
    pub id: Uuid,
    /// The posyandu whose roster the person stands in.
    pub posyandu_id: Uuid,
    /// Name as the family says it.
    pub name: String,
    /// National identity number, 16 digits; a newborn may have none yet.
    pub nik: Option<String>,
    /// Date of birth.
    pub birth_date: NaiveDate,
    /// `L` or `P`.
    pub gender: String,
    /// Mother's (or guardian's) name.
    pub guardian_name: String,
    /// Weeks of gestation at birth, where known.
    pub gestation_weeks: Option<i16>,
    /// Weight at birth in grams, where known.
    pub birth_weight_g: Option<i32>,
    /// Order among twins, from 1.
    pub birth_order: Option<i16>,
    /// Owns a KIA book: the K of SKDN.
    pub has_kia_book: bool,
    /// The event that says all this.
    pub event_id: Uuid,
    /// The day it was written down.
    pub registered_on: NaiveDate,
    /// `aktif`, `pindah`, `meninggal` or `keliru`.
    pub status: String,
    /// The day the person left the roster.
    pub left_on: Option<NaiveDate>,
    /// Fields two people corrected without seeing each other, as words with commas between: a person must choose.
    pub disputed_fields: String,
}

impl Citizen {
    /// The child as an event registers it.
    pub(crate) fn registered(entered: &Entered, child: &ChildRegistered) -> Self {
        Self {
            id: entered.citizen(),
            posyandu_id: entered.posyandu(),
            name: child.name.trim().to_owned(),
            nik: child.nik.clone(),
            birth_date: child.birth_date.to_naive().expect("judged before it was let in"),
            gender: gender(child.sex).to_owned(),
            guardian_name: child.mother.trim().to_owned(),
            gestation_weeks: child.gestation_weeks.map(i16::from),
            birth_weight_g: child.birth_mass_g.map(|mass_g| mass_g as i32),
            birth_order: child.birth_order.map(i16::from),
            has_kia_book: child.kia_book,
            event_id: entered.event_id(),
            registered_on: entered.known_since(),
            status: "aktif".into(),
            left_on: None,
            disputed_fields: String::new(),
        }
    }

    /// Notes which fields are disputed.
    pub(crate) fn dispute(&mut self, fields: &BTreeMap<Field, Standing>) {
        let disputed = fields.iter().filter(|(_, standing)| standing.is_disputed());
        self.disputed_fields = disputed.map(|(&field, _)| edits::word(field)).collect::<Vec<_>>().join(",");
    }

    /// Takes the person off the roster, or back onto it.
    pub(crate) fn leave(&mut self, leaving: Leaving, on: NaiveDate) {
        let status = match leaving {
            Leaving::Moved => "pindah",
            Leaving::Died => "meninggal",
            Leaving::Mistake => "keliru",
            Leaving::Back => "aktif",
        };
        status.clone_into(&mut self.status);
        self.left_on = (leaving != Leaving::Back).then_some(on);
    }

    /// What stands in a field, as a person reads it.
    fn shown(&self, field: Field) -> String {
        let number = |number: Option<i64>, unit: &str| {
            number.map_or_else(|| "-".into(), |number| format!("{number}{unit}"))
        };
        match field {
            Field::Name => self.name.clone(),
            Field::Nik => self.nik.clone().unwrap_or_else(|| "-".into()),
            Field::BirthDate => self.birth_date.format("%d-%m-%Y").to_string(),
            Field::Sex => if self.gender == "L" { "laki-laki" } else { "perempuan" }.into(),
            Field::Mother => self.guardian_name.clone(),
            Field::GestationWeeks => number(self.gestation_weeks.map(i64::from), " minggu"),
            Field::BirthMass => number(self.birth_weight_g.map(i64::from), " gram"),
            Field::BirthOrder => number(self.birth_order.map(i64::from), ""),
            Field::KiaBook => if self.has_kia_book { "punya" } else { "belum punya" }.into(),
        }
    }

    /// What the growth standards ask of a child.
    pub fn as_child(&self) -> growth::Child {
        growth::Child {
            sex: if self.gender == "L" { growth::Sex::Male } else { growth::Sex::Female },
            birth_date: self.birth_date,
            gestation_weeks: self.gestation_weeks.and_then(|weeks| u8::try_from(weeks).ok()),
            birth_mass_g: self.birth_weight_g.and_then(|mass_g| u32::try_from(mass_g).ok()),
        }
    }
}

const fn gender(sex: Sex) -> &'static str {
    match sex {
        Sex::Male => "L",
        Sex::Female => "P",
    }
}
