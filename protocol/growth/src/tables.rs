//! WHO's printed figures, eight bytes a row, exactly as published.

use crate::Sex;

/// One published row: power `l`, median `m`, coefficient of variation `s`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Lms {
    l: f64,
    m: f64,
    s: f64,
}

impl Lms {
    /// Dividing two exact integers gives the very double the printed decimal stands for.
    #[inline]
    fn unpack([l0, l1, s0, s1, m0, m1, m2, m3]: [u8; 8]) -> Self {
        Self {
            l: f64::from(i16::from_le_bytes([l0, l1])) / 1e4,
            m: f64::from(u32::from_le_bytes([m0, m1, m2, m3])) / 1e4,
            s: f64::from(u16::from_le_bytes([s0, s1])) / 1e5,
        }
    }

    fn between(self, next: Self, fraction: f64) -> Self {
        let mix = |from: f64, to: f64| from + fraction * (to - from);
        Self { l: mix(self.l, next.l), m: mix(self.m, next.m), s: mix(self.s, next.s) }
    }

    /// The plain z-score of `y`: `((y/m)^l − 1) / (l·s)`.
    ///
    /// The power less one is taken as `expm1(l·ln)`: half the time of `pow`, and nothing cancels near the median.
    #[inline]
    pub(crate) fn z(self, y: f64) -> f64 {
        let ratio = y / self.m;
        if self.l == 1.0 {
            (ratio - 1.0) / self.s
        } else if self.l == 0.0 {
            libm::log(ratio) / self.s
        } else {
            libm::expm1(self.l * libm::log(ratio)) / (self.l * self.s)
        }
    }

    /// The z-score of a skewed measure: beyond ±3 in steps of the distance between the second and third SD.
    #[inline]
    pub(crate) fn restricted_z(self, y: f64) -> f64 {
        let z = self.z(y);
        if z > 3.0 {
            let third = self.value_at(3.0);
            3.0 + (y - third) / (third - self.value_at(2.0))
        } else if z < -3.0 {
            let third = self.value_at(-3.0);
            -3.0 + (y - third) / (self.value_at(-2.0) - third)
        } else {
            z
        }
    }

    /// The measure whose z-score is `k`.
    pub(crate) fn value_at(self, k: f64) -> f64 {
        if self.l == 0.0 {
            self.m * libm::exp(self.s * k)
        } else {
            self.m * libm::exp(libm::log1p(self.l * self.s * k) / self.l)
        }
    }
}

/// Boys' rows, then girls', one for each step of the index from `first`.
pub(crate) struct Table {
    bytes: &'static [u8],
    first: u32,
    rows: u32,
}

impl Table {
    const fn new(bytes: &'static [u8], first: u32, last: u32) -> Self {
        let rows = last - first + 1;
        assert!(bytes.len() == rows as usize * 16, "the packed file covers another range");
        Self { bytes, first, rows }
    }

    /// First and last index held.
    pub(crate) const fn range(&self) -> (u32, u32) {
        (self.first, self.first + self.rows - 1)
    }

    /// The row of `index` (a day, a month or a millimetre), or `None` beyond the table.
    #[inline]
    pub(crate) fn row(&self, sex: Sex, index: u32) -> Option<Lms> {
        let row = index.checked_sub(self.first).filter(|&row| row < self.rows)?;
        let row = match sex {
            Sex::Male => row,
            Sex::Female => row + self.rows,
        } as usize;
        self.bytes.get(row * 8..).and_then(|rest| rest.first_chunk()).copied().map(Lms::unpack)
    }

    /// The row `fraction` of the way from `index` to the next; the last row has no next.
    #[inline]
    pub(crate) fn between(&self, sex: Sex, index: u32, fraction: f64) -> Option<Lms> {
        let row = self.row(sex, index)?;
        if fraction <= 0.0 {
            return Some(row);
        }
        Some(row.between(self.row(sex, index.checked_add(1)?)?, fraction))
    }

    /// Weight-for-length rows are a millimetre apart; hundredths of a centimetre lie between them.
    #[inline]
    pub(crate) fn at_length(&self, sex: Sex, tenth_mm: u32) -> Option<Lms> {
        self.between(sex, tenth_mm / 10, f64::from(tenth_mm % 10) / 10.0)
    }
}

macro_rules! table {
    ($name:ident, $file:literal, $first:literal ..= $last:literal) => {
        pub(crate) static $name: Table =
            Table::new(include_bytes!(concat!("../tables/", $file, ".lms")), $first, $last);
    };
}

table!(WEIGHT, "wfa", 0..=1856);
table!(LENGTH, "lhfa", 0..=1856);
table!(BMI, "bfa", 0..=1856);
table!(HEAD, "hcfa", 0..=1856);
table!(ARM, "acfa", 91..=1856);
table!(WEIGHT_FOR_LENGTH, "wfl", 450..=1100);
table!(WEIGHT_FOR_HEIGHT, "wfh", 650..=1200);
table!(WEIGHT_2007, "wfa_2007", 60..=121);
table!(HEIGHT_2007, "hfa_2007", 60..=229);
table!(BMI_2007, "bfa_2007", 60..=229);
