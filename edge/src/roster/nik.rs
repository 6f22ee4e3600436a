//! The sixteen digits of a NIK: what in them can be checked, and only ever warned about.

use chrono::{Datelike, NaiveDate};
use protocol::registry::Sex;

/// The digits typed, without spaces, dots and dashes; `None` if there are none.
pub(super) fn digits(typed: &str) -> Option<String> {
    let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
    (!digits.is_empty()).then_some(digits)
}

/// What looks odd about a NIK beside a birth date and a sex.
///
/// Digits 7 to 12 are day, month and year of birth, the day plus 40 for women. The region in it is where it was issued,
/// not where anybody lives, so it is not looked at.
pub(super) fn odd(digits: &str, born: NaiveDate, sex: Sex) -> Option<&'static str> {
    if let Some(say) = odd_length(digits) {
        return Some(say);
    }
    let figure = |range: std::ops::Range<usize>| digits.get(range).and_then(|text| text.parse::<u32>().ok());
    let day = born.day() + if sex == Sex::Female { 40 } else { 0 };
    let year = born.year().rem_euclid(100).unsigned_abs();
    let fits = (figure(6..8), figure(8..10), figure(10..12)) == (Some(day), Some(born.month()), Some(year));
    (!fits).then_some("Tanggal lahir atau jenis kelamin di NIK tidak sama dengan isian.")
}

/// What looks odd about a NIK of somebody whose birth date is not known.
pub(super) fn odd_length(digits: &str) -> Option<&'static str> {
    (digits.len() != 16).then_some("NIK biasanya 16 angka.")
}

/// What looks odd about the number of a family card: it has as many digits, and no birth date in it.
pub(super) fn odd_family_card(digits: &str) -> Option<&'static str> {
    (digits.len() != 16).then_some("Nomor KK biasanya 16 angka.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nik_is_warned_about_and_never_refused() {
        let born = NaiveDate::from_ymd_opt(2025, 2, 10).unwrap();
        assert_eq!(digits("9971 0150-0225 0001"), Some("9971015002250001".into()));
        assert_eq!(digits(" - "), None);
        assert_eq!(odd("9971015002250001", born, Sex::Female), None);
        assert!(odd("9971015002250001", born, Sex::Male).is_some());
        assert!(odd("9971011002250001", born, Sex::Male).is_none());
        assert!(odd("997101500225", born, Sex::Female).is_some());
    }
}
