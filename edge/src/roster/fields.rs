//! What can be written about a child, read from what was typed; what cannot be read is said in words.

use chrono::{Datelike, NaiveDate};
use protocol::LocalDate;
use protocol::registry::Sex;

use crate::web::words;

/// No newborn weighs less or more; what does was typed in grams.
const NEWBORN_G: std::ops::RangeInclusive<u32> = 300..=8_000;

/// A value, or what to say about it.
pub(super) type Read<T> = Result<T, &'static str>;

/// The child's name.
pub(super) fn name(typed: &str) -> Read<String> {
    person(typed).ok_or("Isi nama anaknya.")
}

/// An adult's name.
pub(super) fn adult(typed: &str) -> Read<String> {
    person(typed).ok_or("Isi namanya.")
}

/// The mother's name.
pub(super) fn mother(typed: &str) -> Read<String> {
    person(typed).ok_or("Isi nama ibu atau pengasuhnya.")
}

/// `l` or `p`.
pub(super) fn sex(word: &str) -> Read<Sex> {
    match word {
        "l" => Ok(Sex::Male),
        "p" => Ok(Sex::Female),
        _ => Err("Pilih laki-laki atau perempuan."),
    }
}

/// A day of birth; `today` is `None` while nobody knows the date.
pub(super) fn birth_date(day: &str, month: &str, year: &str, today: Option<NaiveDate>) -> Read<LocalDate> {
    let figure = |text: &str| text.trim().parse::<u32>().ok();
    let date = || {
        let year = i32::try_from(figure(year)?).ok()?;
        NaiveDate::from_ymd_opt(year, figure(month)?, figure(day)?)
    };
    let born = date().filter(|born| born.year() > 1900);
    let born = born.ok_or("Lengkapi tanggal lahirnya: hari, bulan, tahun.")?;
    if today.is_some_and(|today| born > today) {
        return Err("Tanggal lahirnya belum tiba. Cocokkan lagi.");
    }
    Ok(born.into())
}

/// Weight at birth in kilograms.
pub(super) fn birth_mass(typed: &str) -> Read<Option<u32>> {
    let read = |text: &str| words::typed_milli(text).filter(|mass_g| NEWBORN_G.contains(mass_g));
    optional(typed, read).ok_or("Berat lahir ditulis dalam kg, misalnya 3,1. Boleh dikosongkan.")
}

/// Something in words; may be left empty.
pub(super) fn text(typed: &str) -> Read<Option<String>> {
    let text = tidy(typed);
    match text.chars().count() {
        0 => Ok(None),
        1..=100 => Ok(Some(text)),
        _ => Err("Terlalu panjang. Tulis yang pokok saja, paling banyak 100 huruf."),
    }
}

/// Weeks of gestation.
pub(super) fn weeks(typed: &str) -> Read<Option<u8>> {
    let read = |text: &str| text.parse().ok().filter(|weeks| (20..=44).contains(weeks));
    optional(typed, read).ok_or("Umur kandungan ditulis dalam minggu, misalnya 38. Boleh dikosongkan.")
}

/// Order among twins.
pub(super) fn birth_order(typed: &str) -> Read<Option<u8>> {
    let read = |text: &str| text.parse().ok().filter(|order| (1..=5).contains(order));
    optional(typed, read).ok_or("Urutan kembar ditulis 1, 2 atau 3. Boleh dikosongkan.")
}

fn person(typed: &str) -> Option<String> {
    Some(tidy(typed)).filter(|name| (1..=100).contains(&name.chars().count()))
}

/// One space between words, none around, nothing that no page can show.
fn tidy(text: &str) -> String {
    text.split(|letter: char| letter.is_whitespace() || letter.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Left empty is fine; something unreadable is not.
fn optional<T>(text: &str, read: impl FnOnce(&str) -> Option<T>) -> Option<Option<T>> {
    match text.trim() {
        "" => Some(None),
        text => read(text).map(Some),
    }
}
