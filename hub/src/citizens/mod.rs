//! People, as the posyandu know them.

mod store;

use chrono::NaiveDate;
use protocol::registry::{ChildRegistered, Sex};
use uuid::Uuid;

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
