//! Adults and the elderly, by KMK HK.01.07/MENKES/2015/2023 (blood fats by PERKENI 2021).

mod due;
mod odd;

pub use due::{Checked, Due, ELDERLY_YEARS, PRE_ELDERLY_YEARS, Stage, due};
pub use odd::Odd;

/// How soon somebody has to be seen by the Puskesmas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Referral {
    /// In these days.
    Soon,
    /// Today.
    Today,
}

/// What a blood pressure is called; of its two figures the higher class counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PressureClass {
    /// Below 120 and below 80.
    Optimal,
    /// 120 to 129, or 80 to 84.
    Normal,
    /// 130 to 139, or 85 to 89.
    HighNormal,
    /// 140 to 159, or 90 to 99.
    First,
    /// 160 to 179, or 100 to 109.
    Second,
    /// 180 and more, or 110 and more.
    Third,
}

impl PressureClass {
    /// The class of a blood pressure in mmHg.
    pub fn of(systolic: u16, diastolic: u16) -> Self {
        let class = |figure: u16, from: [u16; 5]| match from.iter().filter(|&&from| figure >= from).count() {
            0 => Self::Optimal,
            1 => Self::Normal,
            2 => Self::HighNormal,
            3 => Self::First,
            4 => Self::Second,
            _ => Self::Third,
        };
        class(systolic, [120, 130, 140, 160, 180]).max(class(diastolic, [80, 85, 90, 100, 110]))
    }

    /// Whether it has to be seen: from 140/90, from 180/110 today.
    pub const fn referral(self) -> Option<Referral> {
        match self {
            Self::Optimal | Self::Normal | Self::HighNormal => None,
            Self::First | Self::Second => Some(Referral::Soon),
            Self::Third => Some(Referral::Today),
        }
    }
}

/// Only the upper figure is high: 140 and more over less than 90.
pub const fn is_isolated(systolic: u16, diastolic: u16) -> bool {
    systolic >= 140 && diastolic < 90
}

/// What a glucose of capillary blood is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum GlucoseClass {
    /// Below 100.
    Normal,
    /// Taken at any time, 100 to 139: the regulation has no word for it, so nothing follows from it.
    Unsure,
    /// Fasting 100 to 125, at any time 140 to 199.
    Prediabetes,
    /// Fasting 126 and more, at any time 200 and more: diabetes, if it is found again or with its signs.
    Diabetes,
}

impl GlucoseClass {
    /// The class of a glucose in mg/dL.
    pub const fn of(mg_dl: u16, fasting: bool) -> Self {
        match (fasting, mg_dl) {
            (_, ..=99) => Self::Normal,
            (true, 100..=125) | (false, 140..=199) => Self::Prediabetes,
            (false, 100..=139) => Self::Unsure,
            _ => Self::Diabetes,
        }
    }

    /// Whether it has to be seen.
    pub const fn referral(self) -> Option<Referral> {
        match self {
            Self::Diabetes => Some(Referral::Soon),
            Self::Normal | Self::Unsure | Self::Prediabetes => None,
        }
    }
}

/// What total cholesterol is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CholesterolClass {
    /// Below 200.
    Desirable,
    /// 200 to 239.
    Borderline,
    /// 240 and more.
    High,
}

impl CholesterolClass {
    /// The class of a total cholesterol in mg/dL.
    pub const fn of(mg_dl: u16) -> Self {
        match mg_dl {
            ..=199 => Self::Desirable,
            200..=239 => Self::Borderline,
            _ => Self::High,
        }
    }

    /// Whether it has to be seen.
    pub const fn referral(self) -> Option<Referral> {
        match self {
            Self::High => Some(Referral::Soon),
            Self::Desirable | Self::Borderline => None,
        }
    }
}

/// Whether uric acid, in tenths of mg/dL, is high: above 7 in men, above 6 in women.
pub const fn is_uric_acid_high(tenths: u16, is_male: bool) -> bool {
    tenths > if is_male { 70 } else { 60 }
}

/// Whether a waist, in tenths of a millimetre, is too wide: above 90 cm in men, above 80 cm in women.
pub const fn is_waist_wide(tenth_mm: u32, is_male: bool) -> bool {
    tenth_mm > if is_male { 9_000 } else { 8_000 }
}

/// What a body mass index (*IMT*) is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BmiClass {
    /// Below 18.5.
    Thin,
    /// From 18.5.
    Normal,
    /// From 23.
    Overweight,
    /// From 25.
    ObeseOne,
    /// From 30.
    ObeseTwo,
}

impl BmiClass {
    /// The class of a weight in grams and a height in tenths of a millimetre, decided without rounding.
    pub fn of(mass_g: u32, height_tenth_mm: u32) -> Self {
        let below = |tenths| bmi_below(mass_g, height_tenth_mm, tenths);
        if below(185) {
            Self::Thin
        } else if below(230) {
            Self::Normal
        } else if below(250) {
            Self::Overweight
        } else if below(300) {
            Self::ObeseOne
        } else {
            Self::ObeseTwo
        }
    }
}

/// Whether the body mass index lies below a limit given in tenths; `false` without a height.
pub const fn bmi_below(mass_g: u32, height_tenth_mm: u32, tenths: u64) -> bool {
    let height = height_tenth_mm as u64;
    mass_g as u64 * 1_000_000 < tenths * height * height
}

/// The body mass index in tenths, rounded down so that a page never shows the next class's limit; `None` without a
/// height, or for one no person has.
pub fn bmi_tenths(mass_g: u32, height_tenth_mm: u32) -> Option<u16> {
    let height = u64::from(height_tenth_mm);
    let tenths = (u64::from(mass_g) * 1_000_000).checked_div(height * height)?;
    u16::try_from(tenths).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_the_two_figures_of_a_blood_pressure_the_higher_class_counts() {
        use PressureClass::{First, HighNormal, Normal, Optimal, Second, Third};
        let table = [
            (119, 79, Optimal),
            (120, 79, Normal),
            (119, 80, Normal),
            (129, 84, Normal),
            (130, 84, HighNormal),
            (129, 85, HighNormal),
            (139, 89, HighNormal),
            (140, 89, First),
            (139, 90, First),
            (159, 99, First),
            (160, 99, Second),
            (159, 100, Second),
            (179, 109, Second),
            (180, 109, Third),
            (179, 110, Third),
            (118, 112, Third),
        ];
        for (systolic, diastolic, class) in table {
            assert_eq!(PressureClass::of(systolic, diastolic), class, "{systolic}/{diastolic}");
        }
        let referrals = [Optimal, Normal, HighNormal, First, Second, Third].map(PressureClass::referral);
        let (soon, today) = (Some(Referral::Soon), Some(Referral::Today));
        assert_eq!(referrals, [None, None, None, soon, soon, today]);
    }

    #[test]
    fn only_a_high_upper_figure_over_less_than_90_is_isolated() {
        for (systolic, diastolic, is) in
            [(139, 89, false), (140, 89, true), (140, 90, false), (190, 70, true)]
        {
            assert_eq!(is_isolated(systolic, diastolic), is, "{systolic}/{diastolic}");
        }
    }

    #[test]
    fn glucose_has_its_classes_fasting_and_at_any_time_and_a_gap_between_100_and_139() {
        use GlucoseClass::{Diabetes, Normal, Prediabetes, Unsure};
        for (mg_dl, fasting, class) in [
            (99, true, Normal),
            (100, true, Prediabetes),
            (125, true, Prediabetes),
            (126, true, Diabetes),
            (99, false, Normal),
            (100, false, Unsure),
            (139, false, Unsure),
            (140, false, Prediabetes),
            (199, false, Prediabetes),
            (200, false, Diabetes),
        ] {
            assert_eq!(GlucoseClass::of(mg_dl, fasting), class, "{mg_dl} {fasting}");
        }
        assert_eq!(Unsure.referral(), None);
        assert_eq!(Diabetes.referral(), Some(Referral::Soon));
    }

    #[test]
    fn cholesterol_uric_acid_and_waist_change_class_at_their_limits() {
        use CholesterolClass::{Borderline, Desirable, High};
        for (mg_dl, class) in [(199, Desirable), (200, Borderline), (239, Borderline), (240, High)] {
            assert_eq!(CholesterolClass::of(mg_dl), class, "{mg_dl}");
        }
        for (tenths, man, woman) in
            [(60, false, false), (61, false, true), (70, false, true), (71, true, true)]
        {
            assert_eq!((is_uric_acid_high(tenths, true), is_uric_acid_high(tenths, false)), (man, woman));
        }
        for (waist, man, woman) in
            [(8_000, false, false), (8_001, false, true), (9_000, false, true), (9_001, true, true)]
        {
            assert_eq!((is_waist_wide(waist, true), is_waist_wide(waist, false)), (man, woman));
        }
    }

    #[test]
    fn the_body_mass_index_is_judged_without_rounding_and_shown_rounded_down() {
        use BmiClass::{Normal, ObeseOne, ObeseTwo, Overweight, Thin};
        // two metres: a class begins at four times its limit
        for (mass_g, class, shown) in [
            (73_999, Thin, 184),
            (74_000, Normal, 185),
            (91_999, Normal, 229),
            (92_000, Overweight, 230),
            (99_999, Overweight, 249),
            (100_000, ObeseOne, 250),
            (119_999, ObeseOne, 299),
            (120_000, ObeseTwo, 300),
        ] {
            assert_eq!(BmiClass::of(mass_g, 20_000), class, "{mass_g}");
            assert_eq!(bmi_tenths(mass_g, 20_000), Some(shown), "{mass_g}");
        }
        assert_eq!(bmi_tenths(60_000, 0), None);
    }
}
