//! Words and figures as people here say them; what growth charts share with us stands in [`growth::words`].

use chrono::{Datelike, NaiveDate, Weekday};
use protocol::Month;
use protocol::event::{Bpjs, Role};
use protocol::growth::{NotTaken, Posture};
use protocol::registry::Sex;

pub use growth::words::{age, cm, cm_figure, date, kg, kg_figure, month_name};

/// `Selasa 24-11-2026`.
pub fn weekday_date(day: NaiveDate) -> String {
    let name = match day.weekday() {
        Weekday::Mon => "Senin",
        Weekday::Tue => "Selasa",
        Weekday::Wed => "Rabu",
        Weekday::Thu => "Kamis",
        Weekday::Fri => "Jumat",
        Weekday::Sat => "Sabtu",
        Weekday::Sun => "Minggu",
    };
    format!("{name} {}", date(day))
}

/// `Februari 2026`.
pub fn month_year(month: Month) -> String {
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
    format!("{} {}", NAMES[month.0.rem_euclid(12) as usize], month.0.div_euclid(12))
}

/// `82,5 %`; a line where there is nothing to divide.
pub fn percent(permille: Option<u32>) -> String {
    permille.map_or_else(|| "–".into(), |permille| format!("{},{} %", permille / 10, permille % 10))
}

/// `+350 g` or `−150 g`, with a real minus sign; thousands with a point.
pub fn gain(grams: i32) -> String {
    let sign = if grams < 0 { '\u{2212}' } else { '+' };
    format!("{sign}{} g", thousands(u64::from(grams.unsigned_abs())))
}

/// `2.114`.
pub fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('.');
        }
        text.push(digit);
    }
    text
}

/// The sign beside a child's name.
pub const fn sex_sign(sex: Sex) -> &'static str {
    match sex {
        Sex::Male => "♂",
        Sex::Female => "♀",
    }
}

/// *laki-laki* or *perempuan*.
pub const fn sex(sex: Sex) -> &'static str {
    match sex {
        Sex::Male => "laki-laki",
        Sex::Female => "perempuan",
    }
}

/// *Kader*, *Bidan* …
pub const fn role(role: Role) -> &'static str {
    match role {
        Role::Kader => "Kader",
        Role::Bidan => "Bidan",
        Role::Petugas => "Petugas Puskesmas",
        Role::Alat => "Alat",
    }
}

/// `NIK …0417`, in one piece.
pub fn nik_tail(tail: &str) -> String {
    format!("NIK\u{a0}…\u{2060}{tail}")
}

/// Why a child was not measured, as said aloud.
pub const fn not_taken(why: NotTaken) -> &'static str {
    match why {
        NotTaken::Cries => "menangis",
        NotTaken::Refuses => "tidak mau",
        NotTaken::Ill => "sedang sakit",
        NotTaken::NoInstrument => "alat tidak bisa dipakai",
    }
}

/// BPJS membership, as said aloud.
pub const fn bpjs(status: Bpjs) -> &'static str {
    match status {
        Bpjs::Active => "aktif",
        Bpjs::Inactive => "tidak aktif",
        Bpjs::None => "bukan peserta",
    }
}

/// *panjang* lying, *tinggi* standing.
pub const fn length_word(posture: Posture) -> &'static str {
    match posture {
        Posture::Lying => "panjang",
        Posture::Standing => "tinggi",
    }
}

/// The first letter of a name, for the round sign beside it.
pub fn initial(name: &str) -> String {
    name.chars()
        .find(|letter| letter.is_alphanumeric())
        .map_or_else(|| "·".into(), |c| c.to_uppercase().collect())
}

/// A typed figure in thousandths: comma and point both count as the decimal sign, nothing is rounded.
///
/// `None` for anything that is not one plain number with at most three decimals and six digits before them.
pub fn typed_milli(text: &str) -> Option<u32> {
    let text = text.trim().trim_end_matches(|c: char| c.is_alphabetic() || c == ' ');
    let (whole, part) = text.split_once([',', '.']).unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 6 || part.len() > 3 || !digits(whole) || !digits(part) {
        return None;
    }
    let part: u32 = format!("{part:0<3}").parse().ok()?;
    Some(whole.parse::<u32>().ok()? * 1_000 + part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comma_and_point_are_both_understood_and_nothing_is_rounded() {
        for (text, milli) in
            [("8,45", 8_450), ("8.45", 8_450), (" 12 ", 12_000), ("0,005", 5), ("73,2 cm", 73_200)]
        {
            assert_eq!(typed_milli(text), Some(milli), "{text}");
        }
        for text in ["", ",5", "8,4,5", "8,4567", "-3", "1e3", "delapan", "8 45", "12345678"] {
            assert_eq!(typed_milli(text), None, "{text}");
        }
    }

    #[test]
    fn figures_read_as_people_write_them() {
        assert_eq!(gain(350), "+350 g");
        assert_eq!(gain(-1_200), "\u{2212}1.200 g");
        assert_eq!(thousands(1_234_567), "1.234.567");
        assert_eq!(weekday_date(NaiveDate::from_ymd_opt(2026, 11, 24).unwrap()), "Selasa 24-11-2026");
        assert_eq!(initial("  siti"), "S");
    }
}
