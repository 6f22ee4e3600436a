//! People: how they are first written down, how that is corrected, and how they leave.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::ids::EventId;
use crate::time::{Hybrid, LocalDate};

/// Sex as the growth standards need it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sex {
    /// Laki-laki.
    Male,
    /// Perempuan.
    Female,
}

/// A child is written into a posyandu's roster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChildRegistered {
    /// Name as the family says it; 1 to 100 characters.
    pub name: String,
    /// National identity number, 16 digits; a newborn may have none yet.
    pub nik: Option<String>,
    /// Date of birth.
    pub birth_date: LocalDate,
    /// Sex.
    pub sex: Sex,
    /// Mother's (or guardian's) name: it tells two children of one name apart.
    pub mother: String,
    /// Weeks of gestation at birth, where known.
    pub gestation_weeks: Option<u8>,
    /// Weight at birth in grams, where known.
    pub birth_mass_g: Option<u32>,
    /// Order among twins, from 1; `None` for a single birth.
    pub birth_order: Option<u8>,
    /// Owns a KIA book (the K of SKDN).
    pub kia_book: bool,
}

/// One field of a child's registration is set anew.
///
/// # Why
/// Two people may correct the same child on two machines that cannot hear each other. An edit names the versions it
/// saw, so edits that did not see each other are known as a conflict, and a person decides; no clock does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChildEdited {
    /// The field and its new value.
    pub edit: Edit,
    /// The events whose values of this field were seen and are replaced: usually one, the registration or the last edit;
    /// several when a person settles a conflict.
    pub bases: Vec<EventId>,
    /// Orders what nobody has settled yet.
    pub at: Hybrid,
}

/// A field of a child's registration with its new value. New fields go last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Edit {
    /// Name.
    Name(String),
    /// National identity number.
    Nik(Option<String>),
    /// Date of birth.
    BirthDate(LocalDate),
    /// Sex.
    Sex(Sex),
    /// Mother's (or guardian's) name.
    Mother(String),
    /// Weeks of gestation at birth.
    GestationWeeks(Option<u8>),
    /// Weight at birth in grams.
    BirthMass(Option<u32>),
    /// Order among twins.
    BirthOrder(Option<u8>),
    /// Owns a KIA book.
    KiaBook(bool),
}

/// Which field an edit sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Field {
    /// Name.
    Name,
    /// National identity number.
    Nik,
    /// Date of birth.
    BirthDate,
    /// Sex.
    Sex,
    /// Mother's name.
    Mother,
    /// Weeks of gestation.
    GestationWeeks,
    /// Weight at birth.
    BirthMass,
    /// Order among twins.
    BirthOrder,
    /// KIA book.
    KiaBook,
}

impl Edit {
    /// The field it sets.
    pub const fn field(&self) -> Field {
        match self {
            Edit::Name(_) => Field::Name,
            Edit::Nik(_) => Field::Nik,
            Edit::BirthDate(_) => Field::BirthDate,
            Edit::Sex(_) => Field::Sex,
            Edit::Mother(_) => Field::Mother,
            Edit::GestationWeeks(_) => Field::GestationWeeks,
            Edit::BirthMass(_) => Field::BirthMass,
            Edit::BirthOrder(_) => Field::BirthOrder,
            Edit::KiaBook(_) => Field::KiaBook,
        }
    }

    /// Sets the field in a registration.
    pub fn apply(&self, child: &mut ChildRegistered) {
        match self {
            Edit::Name(name) => child.name.clone_from(name),
            Edit::Nik(nik) => child.nik.clone_from(nik),
            Edit::BirthDate(date) => child.birth_date = *date,
            Edit::Sex(sex) => child.sex = *sex,
            Edit::Mother(mother) => child.mother.clone_from(mother),
            Edit::GestationWeeks(weeks) => child.gestation_weeks = *weeks,
            Edit::BirthMass(mass_g) => child.birth_mass_g = *mass_g,
            Edit::BirthOrder(order) => child.birth_order = *order,
            Edit::KiaBook(has) => child.kia_book = *has,
        }
    }
}

/// A child leaves a posyandu's roster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChildLeft {
    /// Why.
    pub leaving: Leaving,
}

/// Why someone leaves a roster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Leaving {
    /// Moved away.
    Moved,
    /// Died.
    Died,
    /// Was written down by mistake, or twice.
    Mistake,
    /// Is back, or never left: the word before was wrong.
    Back,
}
