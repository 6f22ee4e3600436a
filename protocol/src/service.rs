//! What was asked, seen and given at a visit besides measuring.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

/// An answer or an observation. New ones go last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Noted {
    /// Pitting oedema of both feet, seen without a weighing.
    Oedema(bool),
    /// Nothing but breast milk so far (*ASI eksklusif*), asked up to six months.
    ExclusiveBreastfeeding(bool),
    /// The development checklist that was gone through.
    Development {
        /// Which list, as the Puskesmas names it.
        list: String,
        /// Items the child can do.
        can: Vec<String>,
        /// Items it cannot do yet.
        cannot: Vec<String>,
    },
    /// Signs of tuberculosis that were asked for; none of them is an answer as well.
    Tuberculosis(Vec<TbSign>),
    /// Signs of danger seen, by the codes of the page that asked; none of them is an answer as well.
    Danger(Vec<String>),
    /// How well an elderly person gets along, by the list's items.
    DailyLife {
        /// Which list.
        list: String,
        /// Points reached.
        points: u8,
        /// Points possible.
        of: u8,
    },
    /// A remark in words.
    Remark(String),
}

/// A sign of tuberculosis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TbSign {
    /// Cough for two weeks or more.
    Cough,
    /// Fever for two weeks or more.
    Fever,
    /// Weight falls or does not rise for two months.
    Weight,
    /// Close contact with somebody who has it.
    Contact,
    /// Swollen glands at the neck.
    Glands,
}

/// Something a visitor was given, told or sent to. New ones go last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Served {
    /// Came, and nothing else is to be said (*hadir*).
    Came,
    /// Vitamin A.
    VitaminA(Capsule),
    /// Medicine against worms.
    Deworming {
        /// What, as printed on it.
        product: String,
        /// In mg.
        dose_mg: u16,
    },
    /// Extra food (*PMT*).
    Food {
        /// What.
        product: String,
        /// Portions for so many days.
        days: u16,
    },
    /// Iron or many micronutrients.
    Tablets {
        /// Which.
        product: Tablet,
        /// How many.
        count: u16,
    },
    /// A counselling card was gone through.
    Counselled {
        /// Its code.
        card: String,
    },
    /// Sent on.
    Referred {
        /// Where to.
        to: String,
        /// Why, in words.
        reasons: Vec<String>,
        /// Today.
        urgent: bool,
    },
    /// Offered and not taken.
    Declined {
        /// What, by the code of the page that offered it.
        what: String,
        /// Why not.
        reason: String,
    },
}

/// A vitamin A capsule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capsule {
    /// Blue, 100 000 IU.
    Blue,
    /// Red, 200 000 IU.
    Red,
}

/// Tablets for blood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tablet {
    /// Iron and folate (*TTD*).
    Iron,
    /// Multiple micronutrients (*MMS*).
    Micronutrients,
}

/// An event is taken back: it was wrong that anything happened at all. The header names it and the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voided {
    /// The kind of the event that is taken back.
    pub kind: u16,
}
