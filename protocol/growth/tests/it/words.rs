//! Figures read as people here write them.

use growth::{Month, Z, words};

use crate::fixture::day;

#[test]
fn figures_have_a_decimal_comma() {
    assert_eq!(words::kg(8_450).to_string(), "8,45 kg");
    assert_eq!(words::kg(8_100).to_string(), "8,10 kg");
    assert_eq!(words::kg(12_081).to_string(), "12,081 kg");
    assert_eq!(words::cm(7_320).to_string(), "73,2 cm");
    assert_eq!(words::cm(7_325).to_string(), "73,25 cm");
    assert_eq!(words::bmi_figure(15.25).to_string(), "15,3");
    assert_eq!(words::z(Z { full: -1.44, centi: -144 }).to_string(), "\u{2212}1,44");
    assert_eq!(words::z(Z { full: 0.2, centi: 20 }).to_string(), "+0,20");
    assert_eq!(words::z(Z { full: -0.001, centi: 0 }).to_string(), "0,00");
}

#[test]
fn days_come_first_and_ages_as_spoken() {
    assert_eq!(words::date(day(2026, 11, 22)).to_string(), "22-11-2026");
    let born = day(2024, 11, 10);
    let age = |on| words::age(born, on).to_string();
    assert_eq!(age(day(2024, 11, 9)), "belum lahir");
    assert_eq!(age(day(2024, 11, 22)), "12 hari");
    assert_eq!(age(day(2025, 8, 10)), "9 bln");
    assert_eq!(age(day(2026, 2, 10)), "1 th 3 bln");
    assert_eq!(age(day(2026, 11, 10)), "2 th");
    assert_eq!(words::month_name(Month::of(day(2026, 5, 1))), "Mei");
}
