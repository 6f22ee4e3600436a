//! Figures as people here write them: decimal comma, day first, age in years and months.

use core::fmt::{Display, from_fn};

use chrono::{Datelike, NaiveDate};

use crate::{Z, completed_months};

/// Weight in grams as `8,45 kg`; the third decimal only where it says something.
pub fn kg(mass_g: u32) -> impl Display {
    from_fn(move |f| write!(f, "{} kg", kg_figure(mass_g)))
}

/// Weight in grams as `8,45`, for a column headed *kg*.
pub fn kg_figure(mass_g: u32) -> impl Display {
    from_fn(move |f| match (mass_g / 1000, mass_g % 1000) {
        (whole, rest) if rest % 10 == 0 => write!(f, "{whole},{:02}", rest / 10),
        (whole, rest) => write!(f, "{whole},{rest:03}"),
    })
}

/// Length in tenths of a millimetre as `73,2 cm`; the second decimal only where it says something.
pub fn cm(tenth_mm: u32) -> impl Display {
    from_fn(move |f| write!(f, "{} cm", cm_figure(tenth_mm)))
}

/// Length in tenths of a millimetre as `73,2`, for a column headed *cm*.
pub fn cm_figure(tenth_mm: u32) -> impl Display {
    from_fn(move |f| match (tenth_mm / 100, tenth_mm % 100) {
        (whole, rest) if rest % 10 == 0 => write!(f, "{whole},{}", rest / 10),
        (whole, rest) => write!(f, "{whole},{rest:02}"),
    })
}

/// BMI as `15,2`, half rounded up.
pub fn bmi_figure(bmi: f64) -> impl Display {
    // A cast saturates, and the BMI of anybody measurable is far from doing so.
    let tenths = (bmi * 10.0 + 0.5) as u64;
    from_fn(move |f| write!(f, "{},{}", tenths / 10, tenths % 10))
}

/// A z-score as `−1,44` or `+0,20`, with a real minus sign.
pub fn z(z: Z) -> impl Display {
    from_fn(move |f| {
        let sign = match z.centi {
            ..0 => "\u{2212}",
            0 => "",
            1.. => "+",
        };
        let centi = z.centi.unsigned_abs();
        write!(f, "{sign}{},{:02}", centi / 100, centi % 100)
    })
}

/// A date as `22-11-2026`.
pub fn date(day: NaiveDate) -> impl Display {
    from_fn(move |f| write!(f, "{:02}-{:02}-{}", day.day(), day.month(), day.year()))
}

/// An age as people say it: `12 hari`, `9 bln`, `1 th 3 bln`, `2 th`; `belum lahir` before birth.
pub fn age(birth_date: NaiveDate, on: NaiveDate) -> impl Display {
    let months = completed_months(birth_date, on);
    let days = on.signed_duration_since(birth_date).num_days();
    from_fn(move |f| match (months / 12, months % 12) {
        _ if days < 0 => f.write_str("belum lahir"),
        (0, 0) => write!(f, "{days} hari"),
        (0, months) => write!(f, "{months} bln"),
        (years, 0) => write!(f, "{years} th"),
        (years, months) => write!(f, "{years} th {months} bln"),
    })
}

/// A month as the KMS card names it: `Jan`, `Feb`, … `Des`. Counts on around the year.
pub const fn month_name(month: crate::Month) -> &'static str {
    match month.0.rem_euclid(12) {
        0 => "Jan",
        1 => "Feb",
        2 => "Mar",
        3 => "Apr",
        4 => "Mei",
        5 => "Jun",
        6 => "Jul",
        7 => "Agu",
        8 => "Sep",
        9 => "Okt",
        10 => "Nov",
        _ => "Des",
    }
}
