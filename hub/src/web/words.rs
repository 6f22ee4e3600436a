//! Figures as people here write them: `2.114`, `80,5 %`, `November 2026`, `3 jam lalu`.
//!
//! Everything is taken by reference, because that is how templates hand it over.

use std::fmt::{Display, from_fn};
use std::time::Duration;

use ::growth::words as said;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use protocol::Month;

/// A count with points between thousands.
pub(crate) fn count(count: &i64) -> impl Display + use<> {
    let count = *count;
    from_fn(move |f| {
        let digits = count.unsigned_abs().to_string();
        if count < 0 {
            f.write_str("\u{2212}")?;
        }
        for (at, digit) in digits.char_indices() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                f.write_str(".")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    })
}

/// A share with one decimal, half rounded up: `80,5 %`; a dash where there is nothing to share.
pub(crate) fn percent(part: &i64, whole: &i64) -> impl Display + use<> {
    let permille = permille(*part, *whole);
    from_fn(move |f| match permille {
        Some(permille) => write!(f, "{},{}\u{a0}%", permille / 10, permille % 10),
        None => f.write_str("–"),
    })
}

/// A share in thousandths, half rounded up; `None` of nothing.
pub(crate) fn permille(part: i64, whole: i64) -> Option<i64> {
    (whole > 0).then(|| (part * 2000 + whole) / (whole * 2))
}

/// A z-score kept in hundredths, as `−1,44` or `+0,20`.
pub(crate) fn z(centi: &i16) -> impl Display + use<> {
    let centi = *centi;
    from_fn(move |f| {
        let sign = match centi {
            ..0 => "\u{2212}",
            0 => "",
            1.. => "+",
        };
        write!(f, "{sign}{},{:02}", centi.unsigned_abs() / 100, centi.unsigned_abs() % 100)
    })
}

/// A date as `22-11-2026`.
pub(crate) fn date(day: &NaiveDate) -> impl Display + use<> {
    said::date(*day)
}

/// An age as people say it: `1 th 3 bln`.
pub(crate) fn age(birth_date: &NaiveDate, on: &NaiveDate) -> impl Display + use<> {
    said::age(*birth_date, *on)
}

/// Grams as kilograms, `8,45`.
pub(crate) fn kg(mass_g: &i32) -> impl Display + use<> {
    said::kg_figure(mass_g.unsigned_abs())
}

/// Grams of an event as kilograms, `61,40`.
pub(crate) fn grams(mass_g: u32) -> impl Display + use<> {
    said::kg_figure(mass_g)
}

/// Tenths of a millimetre as centimetres, `73,2`.
pub(crate) fn cm(tenth_mm: &i32) -> impl Display + use<> {
    said::cm_figure(tenth_mm.unsigned_abs())
}

/// A month as people write it: `November 2026`.
pub(crate) fn month(month: &Month) -> impl Display + use<> {
    const NAMES: [&str; 12] = [
        "Januari",
        "Februari",
        "Maret",
        "April",
        "Mei",
        "Juni",
        "Juli",
        "Agustus",
        "September",
        "Oktober",
        "November",
        "Desember",
    ];
    let (year, name) = (month.0.div_euclid(12), NAMES[month.0.rem_euclid(12) as usize]);
    from_fn(move |f| write!(f, "{name} {year}"))
}

/// A month as an address holds it: `2026-11`.
pub(crate) fn month_key(month: &Month) -> impl Display + use<> {
    let (year, month) = (month.0.div_euclid(12), month.0.rem_euclid(12) + 1);
    from_fn(move |f| write!(f, "{year}-{month:02}"))
}

/// Reads a month from an address; `None` for anything but `2026-11` and its like.
pub(crate) fn parse_month(text: &str) -> Option<Month> {
    let (year, month) = text.split_once('-')?;
    let digits = |text: &str, count| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(year, 4) || !digits(month, 2) {
        return None;
    }
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, 1).map(Month::of)
}

/// Today in western Indonesia. Pages use it only to choose which month to open with and to say an age.
pub(crate) fn today(now: DateTime<Utc>) -> NaiveDate {
    (now + TimeDelta::hours(7)).date_naive()
}

/// How long ago something was, as one would say it.
pub(crate) fn ago(then: &DateTime<Utc>, now: &DateTime<Utc>) -> impl Display + use<> {
    let minutes = (*now - *then).num_minutes();
    from_fn(move |f| match minutes {
        ..5 => f.write_str("baru saja"),
        5..60 => write!(f, "{minutes} menit lalu"),
        60..1440 => write!(f, "{} jam lalu", minutes / 60),
        1440.. => write!(f, "{} hari lalu", minutes / 1440),
    })
}

/// How long to wait, rounded up: `30 detik`, `2 menit`.
pub(crate) fn duration(duration: &Duration) -> impl Display + use<> {
    let seconds = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
    from_fn(move |f| match seconds {
        ..60 => write!(f, "{seconds} detik"),
        60.. => write!(f, "{} menit", seconds.div_ceil(60)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_as_people_here_write_them() {
        assert_eq!(count(&2_114).to_string(), "2.114");
        assert_eq!(count(&0).to_string(), "0");
        assert_eq!(count(&1_000_000).to_string(), "1.000.000");
        assert_eq!(percent(&1702, &2114).to_string(), "80,5\u{a0}%");
        assert_eq!(percent(&1, &0).to_string(), "–");
        assert_eq!(percent(&3, &3).to_string(), "100,0\u{a0}%");
        assert_eq!(z(&-144).to_string(), "\u{2212}1,44");
        assert_eq!(z(&-5).to_string(), "\u{2212}0,05");
        assert_eq!(z(&0).to_string(), "0,00");
        assert_eq!(duration(&Duration::from_millis(1_200)).to_string(), "2 detik");
        assert_eq!(duration(&Duration::from_secs(61)).to_string(), "2 menit");
    }

    #[test]
    fn a_month_in_an_address_reads_back_and_nothing_else_does() {
        let november = parse_month("2026-11").unwrap();
        assert_eq!(month(&november).to_string(), "November 2026");
        assert_eq!(month_key(&november).to_string(), "2026-11");
        for wrong in ["", "2026", "2026-13", "2026-1", "26-11", "2026-11-01", "+026-11"] {
            assert_eq!(parse_month(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_was_heard_a_moment_ago_is_just_now_even_if_clocks_differ() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        assert_eq!(ago(&(now + TimeDelta::minutes(3)), &now).to_string(), "baru saja");
        assert_eq!(ago(&(now - TimeDelta::minutes(59)), &now).to_string(), "59 menit lalu");
        assert_eq!(ago(&(now - TimeDelta::hours(23)), &now).to_string(), "23 jam lalu");
        assert_eq!(ago(&(now - TimeDelta::hours(50)), &now).to_string(), "2 hari lalu");
    }
}
