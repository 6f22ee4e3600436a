//! People, as they are first written down.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::time::LocalDate;

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
