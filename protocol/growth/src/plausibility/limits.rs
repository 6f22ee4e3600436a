//! How much is too much. Each figure is a setting; the defaults are our own proposals.

/// A limit that falls with age.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByAge {
    /// Below 6 months.
    pub below_6_months: u32,
    /// From 6 to below 12 months.
    pub below_12_months: u32,
    /// From 12 months.
    pub older: u32,
}

impl ByAge {
    /// The limit at an age in days, months of 30.4375 days.
    pub const fn at(&self, age_days: i64) -> u32 {
        match age_days {
            ..183 => self.below_6_months,
            183..366 => self.below_12_months,
            366.. => self.older,
        }
    }
}

/// The least and the most a body can measure, both included; anything else is a slip of the hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Physical {
    /// Weight in grams.
    pub mass_g: (u32, u32),
    /// Length in tenths of a millimetre.
    pub length_tenth_mm: (u32, u32),
    /// Head circumference in tenths of a millimetre.
    pub head_tenth_mm: (u32, u32),
    /// Arm circumference in tenths of a millimetre.
    pub arm_tenth_mm: (u32, u32),
}

/// When to ask before keeping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Loss since the last weighing, percent of that weight.
    pub weight_loss_percent: u32,
    /// The same through day 14, when every newborn loses.
    pub weight_loss_newborn_percent: u32,
    /// Mean gain since a weighing at least 7 days before, grams a day.
    pub weight_gain_g_per_day: ByAge,
    /// Shorter than last time by more, after the posture shift.
    pub length_loss_tenth_mm: u32,
    /// Growth since a length at least 14 days before.
    pub length_gain_tenth_mm_per_30_days: ByAge,
    /// Head smaller than last time by more.
    pub head_loss_tenth_mm: u32,
    /// Two lengths further apart need a third.
    pub repeat_length_tenth_mm: u32,
    /// Two weights on the infant scale further apart need a third.
    pub repeat_mass_g: u32,
    /// A length-based z this near a class border is worth a second measurement, hundredths of z.
    pub near_cutoff_centi: u32,
    /// Wrong-child guard: weight-for-age further from the last one, hundredths of z …
    pub band_centi: u32,
    /// … within so many days.
    pub band_days: u32,
    /// What an under-five can measure.
    pub under_five: Physical,
    /// What a child of 5–18 years can measure.
    pub school_age: Physical,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            weight_loss_percent: 10,
            weight_loss_newborn_percent: 12,
            weight_gain_g_per_day: ByAge { below_6_months: 60, below_12_months: 40, older: 25 },
            length_loss_tenth_mm: 100,
            length_gain_tenth_mm_per_30_days: ByAge { below_6_months: 450, below_12_months: 300, older: 200 },
            head_loss_tenth_mm: 50,
            repeat_length_tenth_mm: 70,
            repeat_mass_g: 20,
            near_cutoff_centi: 15,
            band_centi: 350,
            band_days: 60,
            under_five: Physical {
                mass_g: (500, 60_000),
                length_tenth_mm: (3_000, 15_000),
                head_tenth_mm: (2_000, 6_500),
                arm_tenth_mm: (400, 4_000),
            },
            school_age: Physical {
                mass_g: (5_000, 200_000),
                length_tenth_mm: (6_000, 22_000),
                head_tenth_mm: (3_500, 7_500),
                arm_tenth_mm: (600, 6_000),
            },
        }
    }
}
