//! What makes a pregnancy one to watch, and signs for which she goes to the Puskesmas today.

macro_rules! codes {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $code:literal,)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$doc])* $variant,)*
        }

        impl $name {
            /// All of them, in the order a page asks.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The code a record keeps.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The one of a code.
            pub fn from_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.code() == code)
            }
        }
    };
}

codes! {
    /// A risk known at the beginning of a pregnancy, or found on the way.
    Known {
        /// Younger than 20.
        TooYoung = "too_young",
        /// Older than 35.
        TooOld = "too_old",
        /// Shorter than 145 cm.
        Short = "short",
        /// Less than two years after the last birth.
        CloseSpacing = "close_spacing",
        /// Four births or more before this one.
        ManyBirths = "many_births",
        /// Caesarean section before.
        Caesarean = "caesarean",
        /// A lost pregnancy or a dead newborn before.
        Loss = "loss",
        /// High blood pressure.
        Hypertension = "hypertension",
        /// Diabetes.
        Diabetes = "diabetes",
        /// Disease of the heart.
        Heart = "heart",
        /// Tuberculosis.
        Tuberculosis = "tuberculosis",
        /// More than one child in the womb.
        Twins = "twins",
    }
}

codes! {
    /// A sign of danger, before birth or after: refer today.
    Danger {
        /// Bleeding.
        Bleeding = "bleeding",
        /// Water broke before its time.
        Water = "water",
        /// Convulsions, or fainting.
        Convulsions = "convulsions",
        /// Strong headache, blurred sight, or pain below the breastbone.
        Headache = "headache",
        /// Swollen face or hands.
        Swelling = "swelling",
        /// High fever.
        Fever = "fever",
        /// The child moves less, or not.
        Movement = "movement",
        /// Vomits all the time and cannot eat.
        Vomiting = "vomiting",
        /// Strong pain of the belly.
        Pain = "pain",
        /// Short of breath, or the heart races.
        Breath = "breath",
        /// Discharge that smells (after birth).
        Discharge = "discharge",
        /// Swollen, red, painful breast (after birth).
        Breast = "breast",
        /// Sad beyond measure, or wants to harm herself or the child.
        Sadness = "sadness",
    }
}

impl Danger {
    /// Whether it is asked before birth.
    pub const fn is_before_birth(self) -> bool {
        !matches!(self, Danger::Discharge | Danger::Breast | Danger::Sadness)
    }

    /// Whether it is asked after birth.
    pub const fn is_after_birth(self) -> bool {
        !matches!(self, Danger::Water | Danger::Movement | Danger::Vomiting)
    }
}

/// What can be judged of a woman without asking her.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Woman {
    /// Completed years on the day the pregnancy was written down.
    pub years: Option<u32>,
    /// Height in tenths of a millimetre.
    pub height_tenth_mm: Option<u32>,
    /// Births before.
    pub para: u8,
    /// Completed months from the last birth known here to the beginning of this pregnancy.
    pub months_since_birth: Option<u32>,
}

/// The risks that follow from figures: age below 20 or above 35, height below 145 cm, a birth less than two years ago,
/// four births or more.
pub fn known(woman: &Woman) -> impl Iterator<Item = Known> {
    let found = [
        (Known::TooYoung, woman.years.is_some_and(|years| years < 20)),
        (Known::TooOld, woman.years.is_some_and(|years| years > 35)),
        (Known::Short, woman.height_tenth_mm.is_some_and(|height| height < 14_500)),
        (Known::CloseSpacing, woman.months_since_birth.is_some_and(|months| months < 24)),
        (Known::ManyBirths, woman.para >= 4),
    ];
    found.into_iter().filter_map(|(risk, is)| is.then_some(risk))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_make_a_risk_at_their_boundary_and_not_before() {
        let years = |years| Woman { years: Some(years), ..Woman::default() };
        let height = |tenth| Woman { height_tenth_mm: Some(tenth), ..Woman::default() };
        let months = |months| Woman { months_since_birth: Some(months), ..Woman::default() };
        let para = |para| Woman { para, ..Woman::default() };
        for (woman, risk) in [
            (years(19), Some(Known::TooYoung)),
            (years(20), None),
            (years(35), None),
            (years(36), Some(Known::TooOld)),
            (height(14_499), Some(Known::Short)),
            (height(14_500), None),
            (months(23), Some(Known::CloseSpacing)),
            (months(24), None),
            (para(3), None),
            (para(4), Some(Known::ManyBirths)),
            (Woman::default(), None),
        ] {
            assert_eq!(known(&woman).next(), risk, "{woman:?}");
        }
    }

    #[test]
    fn every_code_is_one_of_its_own_and_read_back() {
        for (nth, one) in Danger::ALL.iter().enumerate() {
            assert_eq!(Danger::from_code(one.code()), Some(*one));
            assert!(Danger::ALL[..nth].iter().all(|other| other.code() != one.code()));
            assert!(one.is_before_birth() || one.is_after_birth());
        }
        for (nth, one) in Known::ALL.iter().enumerate() {
            assert_eq!(Known::from_code(one.code()), Some(*one));
            assert!(Known::ALL[..nth].iter().all(|other| other.code() != one.code()));
        }
        assert_eq!(Danger::from_code("nothing"), None);
    }
}
