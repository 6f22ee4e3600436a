//! Stories of the KMS card.

use chrono::NaiveDate;
use growth::kms::{self, Column, Gain, Line, Rules, Weighing};
use growth::{Child, Month, Sex};

use crate::fixture::day;

fn boy() -> Child {
    Child::new(Sex::Male, day(2025, 1, 10))
}

fn weighed(on: NaiveDate, mass_g: u32) -> Weighing {
    Weighing { month: Month::of(on), on, mass_g, from_book: false }
}

fn card(child: &Child, weighings: &[Weighing], rules: Rules) -> Vec<Line> {
    kms::months(child, weighings.iter().copied(), rules).collect()
}

fn letters(child: &Child, weighings: &[Weighing]) -> String {
    card(child, weighings, Rules::default()).iter().map(|line| line.gain.code()).collect()
}

#[test]
fn the_least_gain_follows_the_book() {
    let of = |sex| (0..=61).map(|month| kms::kbm_g(sex, month).unwrap_or(0)).collect::<Vec<_>>();
    let (boys, girls) = (of(Sex::Male), of(Sex::Female));
    assert_eq!(boys[..13], [0, 800, 900, 800, 600, 500, 400, 400, 300, 300, 300, 300, 200]);
    assert_eq!(girls[..13], [0, 800, 900, 800, 600, 500, 400, 300, 300, 300, 300, 200, 200]);
    assert!(boys[12..=60].iter().chain(&girls[12..=60]).all(|&kbm| kbm == 200));
    assert_eq!((boys[61], girls[61]), (0, 0));
}

#[test]
fn exactly_the_required_gain_counts_as_risen() {
    let start = weighed(day(2025, 5, 12), 6_500);
    let child = boy();
    assert_eq!(letters(&child, &[start, weighed(day(2025, 6, 12), 7_000)]), "BN");
    assert_eq!(letters(&child, &[start, weighed(day(2025, 6, 12), 6_999)]), "BT");
}

#[test]
fn a_missed_month_gives_o_and_breaks_two_t() {
    let child = boy();
    let weighings = [
        weighed(day(2025, 7, 10), 8_000),
        weighed(day(2025, 8, 10), 8_000),
        weighed(day(2025, 10, 10), 8_100),
        weighed(day(2025, 11, 10), 8_150),
        weighed(day(2025, 12, 10), 8_100),
    ];
    let lines = card(&child, &weighings, Rules::default());
    assert_eq!(letters(&child, &weighings), "BTOTT");
    let twice: Vec<bool> = lines.iter().map(|line| line.twice_not_risen).collect();
    assert_eq!(twice, [false, false, false, false, true]);
    assert_eq!(lines[4].gained_g, Some(-50));
}

#[test]
fn birth_weight_stands_in_column_zero_unless_the_puskesmas_says_otherwise() {
    let child = Child { birth_mass_g: Some(3_000), ..boy() };
    let seen = [weighed(day(2025, 2, 12), 3_900)];
    assert_eq!(letters(&child, &seen), "N");
    let without = Rules { birth_weight_counts: false, ..Rules::default() };
    assert_eq!(card(&child, &seen, without)[0].gain, Gain::First);
    // Seen first two months after birth: an earlier weighing there is, but not last month.
    assert_eq!(letters(&child, &[weighed(day(2025, 3, 12), 4_900)]), "O");
}

#[test]
fn below_one_month_nothing_is_required() {
    let child = Child { birth_mass_g: Some(3_000), ..boy() };
    let lines = card(&child, &[weighed(day(2025, 2, 5), 3_100)], Rules::default());
    assert_eq!((lines[0].gain, lines[0].kbm_g, lines[0].gained_g), (Gain::NoLastMonth, None, Some(100)));
}

#[test]
fn a_child_who_moved_in_is_judged_from_the_book() {
    let book = Weighing { from_book: true, ..weighed(day(2025, 8, 11), 8_000) };
    assert_eq!(letters(&boy(), &[book, weighed(day(2025, 9, 11), 8_300)]), "BN");
    assert_eq!(letters(&boy(), &[weighed(day(2025, 9, 11), 8_300)]), "B");
}

#[test]
fn the_latest_weighing_of_a_month_counts_whatever_the_order() {
    let child = boy();
    let weighings = [
        weighed(day(2025, 9, 25), 8_400),
        weighed(day(2025, 8, 11), 8_000),
        weighed(day(2025, 9, 2), 8_050),
        weighed(day(2025, 8, 30), 8_100),
    ];
    let lines = card(&child, &weighings, Rules::default());
    assert_eq!(lines.iter().map(|line| line.weighing.mass_g).collect::<Vec<_>>(), [8_100, 8_400]);
    assert_eq!(lines[1].gain, Gain::Risen);
    assert_eq!(lines[1].gap_days, Some(26));
}

#[test]
fn weighings_that_cannot_be_are_passed_over() {
    let weighings =
        [weighed(day(2025, 1, 2), 3_000), weighed(day(2025, 8, 2), 0), weighed(day(2025, 9, 2), 8_000)];
    assert_eq!(letters(&boy(), &weighings), "B");
}

#[test]
fn the_report_month_decides_not_the_calendar_one() {
    let late = Weighing { month: Month::of(day(2025, 8, 1)), ..weighed(day(2025, 9, 1), 8_000) };
    let lines = card(&boy(), &[late, weighed(day(2025, 9, 28), 8_300)], Rules::default());
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[1].gain, Gain::Risen);
}

#[test]
fn the_calendar_column_may_require_another_gain() {
    // Weighed on the 5th, born on the 10th: four completed months, but the fifth column of many paper cards.
    let weighings = [weighed(day(2025, 5, 5), 6_500), weighed(day(2025, 6, 5), 7_050)];
    let by_calendar = Rules { column: Column::Calendar, ..Rules::default() };
    let completed = card(&boy(), &weighings, Rules::default())[1];
    let calendar = card(&boy(), &weighings, by_calendar)[1];
    assert_eq!((completed.age_months, completed.kbm_g, completed.gain), (4, Some(600), Gain::NotRisen));
    assert_eq!((calendar.age_months, calendar.kbm_g, calendar.gain), (5, Some(500), Gain::Risen));
}

#[test]
fn a_gap_outside_three_to_six_weeks_is_shown() {
    let gap = |from, to| card(&boy(), &[weighed(from, 8_000), weighed(to, 8_300)], Rules::default())[1];
    assert!(!gap(day(2025, 8, 11), day(2025, 9, 1)).gap_is_unusual());
    assert!(gap(day(2025, 8, 12), day(2025, 9, 1)).gap_is_unusual());
    assert!(!gap(day(2025, 8, 1), day(2025, 9, 10)).gap_is_unusual());
    assert!(gap(day(2025, 8, 1), day(2025, 9, 11)).gap_is_unusual());
}

#[test]
fn below_the_red_line_is_weight_for_age_under_minus_three() {
    let on = day(2026, 1, 10);
    let z = |mass_g| {
        let measures = growth::Measures { mass_g: Some(mass_g), ..growth::Measures::default() };
        growth::assess(&boy(), on, &measures).scores.waz.unwrap().centi
    };
    let line = |mass_g| card(&boy(), &[weighed(on, mass_g)], Rules::default())[0].below_red_line;
    for mass_g in 6_500..7_200 {
        assert_eq!(line(mass_g), z(mass_g) < -300);
    }
    assert!(line(6_500) && !line(7_200));
}

#[test]
fn letters_lead_back_to_their_verdict() {
    for gain in [Gain::Risen, Gain::NotRisen, Gain::NoLastMonth, Gain::First] {
        assert_eq!(Gain::from_code(gain.code()), Some(gain));
    }
    assert_eq!(Gain::from_code('n'), None);
}
