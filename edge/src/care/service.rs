//! The services of a child's visit: which there are, and which event answers which.

use protocol::Body;
use protocol::measured::{Measure, Measured};
use protocol::service::{Noted, Served};

/// A service of a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Service {
    /// Mid-upper arm circumference (LiLA).
    Arm,
    /// Head circumference.
    Head,
    /// Swollen feet, looked for without a weighing.
    Oedema,
    /// Exclusive breastfeeding.
    Milk,
    /// Signs of tuberculosis.
    Tuberculosis,
    /// The development list.
    Development,
    /// Vitamin A.
    VitaminA,
    /// Medicine against worms.
    Deworming,
    /// Extra food (PMT).
    Food,
}

impl Service {
    /// All of them, in the order of the page: what is measured, what is asked, what is given.
    pub(super) const ALL: [Self; 9] = [
        Self::Arm,
        Self::Head,
        Self::Oedema,
        Self::Milk,
        Self::Tuberculosis,
        Self::Development,
        Self::VitaminA,
        Self::Deworming,
        Self::Food,
    ];

    /// Its word in forms, drafts and records of what was declined.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Arm => "arm",
            Self::Head => "head",
            Self::Oedema => "oedema",
            Self::Milk => "milk",
            Self::Tuberculosis => "tb",
            Self::Development => "development",
            Self::VitaminA => "vitamin_a",
            Self::Deworming => "deworming",
            Self::Food => "food",
        }
    }

    /// What stands above its card.
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Arm => "LiLA (lengan atas)",
            Self::Head => "Lingkar kepala",
            Self::Oedema => "Kedua kaki bengkak?",
            Self::Milk => "ASI saja sampai sekarang?",
            Self::Tuberculosis => "Tanya tanda TB",
            Self::Development => "Perkembangan",
            Self::VitaminA => "Vitamin A",
            Self::Deworming => "Obat cacing",
            Self::Food => "Makanan tambahan (PMT)",
        }
    }

    /// The service of a form's word.
    pub(super) fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.word() == word)
    }

    /// The service an event of a visit answers.
    pub(super) fn answered_by(body: &Body) -> Option<Self> {
        match body {
            Body::Measured(Measured { measure: Measure::Arm(_), .. }) => Some(Self::Arm),
            Body::Measured(Measured { measure: Measure::Head(_), .. }) => Some(Self::Head),
            Body::Noted(Noted::Oedema(_)) => Some(Self::Oedema),
            Body::Noted(Noted::ExclusiveBreastfeeding(_)) => Some(Self::Milk),
            Body::Noted(Noted::Tuberculosis(_)) => Some(Self::Tuberculosis),
            Body::Noted(Noted::Development { .. }) => Some(Self::Development),
            Body::Served(Served::VitaminA(_)) => Some(Self::VitaminA),
            Body::Served(Served::Deworming { .. }) => Some(Self::Deworming),
            Body::Served(Served::Food { .. }) => Some(Self::Food),
            Body::Served(Served::Declined { what, .. }) => Self::named(what),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_service_has_its_own_word_and_is_found_by_it() {
        for service in Service::ALL {
            assert_eq!(Service::named(service.word()), Some(service));
        }
        assert_eq!(Service::named("weight"), None);
    }
}
