//! People: how they are first written down, how that is corrected, and how they leave.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::event::Bpjs;
use crate::ids::{CitizenId, EventId};
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

/// Someone who is no child is written into a posyandu's roster: a pregnant woman, an adult, an elderly person.
///
/// What else is known (address, family card, phone) comes as edits in the same transaction, so that it has one form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdultRegistered {
    /// Name as the family says it; 1 to 100 characters.
    pub name: String,
    /// National identity number, 16 digits; `None` if she has no card at hand.
    pub nik: Option<String>,
    /// Date of birth; 1 July of the year where only the year is known.
    pub birth_date: LocalDate,
    /// The date of birth is an estimate: it says how old roughly, and never which day.
    pub is_birth_estimated: bool,
    /// Sex.
    pub sex: Sex,
}

/// A person as it was first written down, or as it stands with every correction in it. No wire knows this form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Name as the family says it.
    pub name: String,
    /// National identity number, 16 digits.
    pub nik: Option<String>,
    /// Date of birth.
    pub birth_date: LocalDate,
    /// The date of birth is an estimate.
    pub is_birth_estimated: bool,
    /// Sex.
    pub sex: Sex,
    /// Mother's (or guardian's) name; empty for an adult of whom nobody asked.
    pub mother: String,
    /// Weeks of gestation at birth.
    pub gestation_weeks: Option<u8>,
    /// Weight at birth in grams.
    pub birth_mass_g: Option<u32>,
    /// Order among twins, from 1.
    pub birth_order: Option<u8>,
    /// Owns a KIA book.
    pub kia_book: bool,
    /// Number of the family card (KK), 16 digits: who shares it lives in one household.
    pub family_card: Option<String>,
    /// Where the person lives, as one finds it.
    pub address: Option<String>,
    /// Telephone of the person or of who looks after it.
    pub phone: Option<String>,
    /// Who looks after the child, where that is not the mother.
    pub guardian: Option<String>,
    /// The mother, where she is known here herself.
    pub mother_id: Option<CitizenId>,
    /// What is printed on the person's card or QR sheet.
    pub card: Option<String>,
    /// What the parent (or the person) agreed to.
    pub consent: Option<Consent>,
    /// The posyandu a guest belongs to, by its name.
    pub home: Option<String>,
    /// Membership of BPJS, as last said.
    pub bpjs: Option<Bpjs>,
}

/// What somebody agreed to, and who.
///
/// # Why
/// Measurements that the health service owes a child are kept on its legal duty; a photograph and messages to a phone are
/// kept only while someone agreed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// Who said so: a name, or what she is to the child.
    pub by: String,
    /// The day it was said.
    pub on: LocalDate,
    /// A photograph may be kept.
    pub photo: bool,
    /// Reminders may be sent.
    pub reminders: bool,
}

impl From<&ChildRegistered> for Person {
    fn from(child: &ChildRegistered) -> Self {
        Self {
            mother: child.mother.clone(),
            gestation_weeks: child.gestation_weeks,
            birth_mass_g: child.birth_mass_g,
            birth_order: child.birth_order,
            kia_book: child.kia_book,
            ..Self::new(child.name.clone(), child.nik.clone(), child.birth_date, child.sex)
        }
    }
}

impl From<&AdultRegistered> for Person {
    fn from(adult: &AdultRegistered) -> Self {
        Self {
            is_birth_estimated: adult.is_birth_estimated,
            ..Self::new(adult.name.clone(), adult.nik.clone(), adult.birth_date, adult.sex)
        }
    }
}

impl Person {
    /// Somebody of whom nothing else is known.
    pub const fn new(name: String, nik: Option<String>, birth_date: LocalDate, sex: Sex) -> Self {
        Self {
            name,
            nik,
            birth_date,
            is_birth_estimated: false,
            sex,
            mother: String::new(),
            gestation_weeks: None,
            birth_mass_g: None,
            birth_order: None,
            kia_book: false,
            family_card: None,
            address: None,
            phone: None,
            guardian: None,
            mother_id: None,
            card: None,
            consent: None,
            home: None,
            bpjs: None,
        }
    }
}

/// One field of a person's registration is set anew.
///
/// # Why
/// Two people may correct the same person on two machines that cannot hear each other. An edit names the versions it
/// saw, so edits that did not see each other are known as a conflict, and a person decides; no clock does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonEdited {
    /// The field and its new value.
    pub edit: Edit,
    /// The events whose values of this field were seen and are replaced: usually one, the registration or the last edit;
    /// several when a person settles a conflict.
    pub bases: Vec<EventId>,
    /// Orders what nobody has settled yet.
    pub at: Hybrid,
}

/// A field of a person's registration with its new value. New fields go last.
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
    /// Number of the family card.
    FamilyCard(Option<String>),
    /// Address.
    Address(Option<String>),
    /// Telephone.
    Phone(Option<String>),
    /// Who looks after the child.
    Guardian(Option<String>),
    /// The mother as a person of her own.
    MotherId(Option<CitizenId>),
    /// Number of the card.
    Card(Option<String>),
    /// Consent.
    Consent(Option<Consent>),
    /// A guest's own posyandu.
    Home(Option<String>),
    /// BPJS membership.
    Bpjs(Option<Bpjs>),
    /// The date of birth is an estimate.
    BirthEstimated(bool),
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
    /// Family card.
    FamilyCard,
    /// Address.
    Address,
    /// Telephone.
    Phone,
    /// Guardian.
    Guardian,
    /// The mother as a person.
    MotherId,
    /// Card.
    Card,
    /// Consent.
    Consent,
    /// A guest's own posyandu.
    Home,
    /// BPJS membership.
    Bpjs,
    /// Estimated date of birth.
    BirthEstimated,
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
            Edit::FamilyCard(_) => Field::FamilyCard,
            Edit::Address(_) => Field::Address,
            Edit::Phone(_) => Field::Phone,
            Edit::Guardian(_) => Field::Guardian,
            Edit::MotherId(_) => Field::MotherId,
            Edit::Card(_) => Field::Card,
            Edit::Consent(_) => Field::Consent,
            Edit::Home(_) => Field::Home,
            Edit::Bpjs(_) => Field::Bpjs,
            Edit::BirthEstimated(_) => Field::BirthEstimated,
        }
    }

    /// Sets the field in what is known of a person.
    pub fn apply(&self, person: &mut Person) {
        match self {
            Edit::Name(name) => person.name.clone_from(name),
            Edit::Nik(nik) => person.nik.clone_from(nik),
            Edit::BirthDate(date) => person.birth_date = *date,
            Edit::Sex(sex) => person.sex = *sex,
            Edit::Mother(mother) => person.mother.clone_from(mother),
            Edit::GestationWeeks(weeks) => person.gestation_weeks = *weeks,
            Edit::BirthMass(mass_g) => person.birth_mass_g = *mass_g,
            Edit::BirthOrder(order) => person.birth_order = *order,
            Edit::KiaBook(has) => person.kia_book = *has,
            Edit::FamilyCard(number) => person.family_card.clone_from(number),
            Edit::Address(address) => person.address.clone_from(address),
            Edit::Phone(phone) => person.phone.clone_from(phone),
            Edit::Guardian(guardian) => person.guardian.clone_from(guardian),
            Edit::MotherId(mother) => person.mother_id = *mother,
            Edit::Card(card) => person.card.clone_from(card),
            Edit::Consent(consent) => person.consent.clone_from(consent),
            Edit::Home(home) => person.home.clone_from(home),
            Edit::Bpjs(bpjs) => person.bpjs = *bpjs,
            Edit::BirthEstimated(is) => person.is_birth_estimated = *is,
        }
    }
}

/// A person leaves a posyandu's roster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonLeft {
    /// Why.
    pub leaving: Leaving,
    /// Whom it stands for a second time, where somebody said so; version 2.
    #[serde(skip)]
    pub double_of: Option<CitizenId>,
}

impl From<Leaving> for PersonLeft {
    fn from(leaving: Leaving) -> Self {
        Self { leaving, double_of: None }
    }
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
    /// Is too old for the group (*lulus*): a child that turned five.
    Graduated,
    /// Stands here a second time (*ganda*).
    Double,
    /// Is away for a while (*sementara pergi*).
    Away,
}
