extern crate std;

use std::vec::Vec;

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

#[test]
fn ages_count_completed_months_and_the_tape_begins_and_ends_with_them() {
    // born, day, months, tape, milk asked, head
    let table = [
        ("2026-01-10", "2026-01-10", 0, false, true, true),
        ("2026-01-10", "2026-07-09", 5, false, true, true),
        ("2026-01-10", "2026-07-10", 6, false, true, true), // 181 days: calendar and standards differ
        ("2026-01-10", "2026-07-12", 6, true, true, true),
        ("2026-01-10", "2026-08-09", 6, true, true, true),
        ("2026-01-10", "2026-08-10", 7, true, false, true),
        ("2025-08-31", "2026-02-28", 5, false, true, true),
        ("2025-08-31", "2026-03-01", 6, false, true, true),
        ("2025-08-31", "2026-03-02", 6, true, true, true),
        ("2021-03-15", "2026-03-14", 59, true, false, true),
        ("2021-03-15", "2026-03-15", 60, false, false, false),
        ("2026-03-15", "2026-03-14", -1, false, false, false),
    ];
    for (born, on, months, tape, milk, head) in table {
        let age = Age::on(day(born), day(on));
        let found = (age.months, age.has_tape(), age.is_asked_for_milk(), age.has_head());
        assert_eq!(found, (months, tape, milk, head), "{born} on {on}");
    }
}

#[test]
fn the_right_capsule_is_due_once_in_february_and_once_in_august() {
    use Capsule::{Blue, Red};
    // born, day, days of earlier capsules, due
    let table: [(&str, &str, &[&str], Option<Capsule>); 15] = [
        ("2025-08-11", "2026-02-10", &[], None), // five months and 30 days
        ("2025-08-10", "2026-02-10", &[], Some(Blue)),
        ("2025-08-28", "2026-02-28", &[], Some(Blue)),
        ("2025-02-11", "2026-02-10", &[], Some(Blue)), // eleven months
        ("2025-02-10", "2026-02-10", &[], Some(Red)),
        ("2021-02-11", "2026-02-10", &[], Some(Red)), // 59 months
        ("2021-02-10", "2026-02-10", &[], None),      // five years
        ("2025-02-10", "2026-01-31", &[], None),
        ("2025-02-10", "2026-03-01", &[], None),
        ("2025-02-10", "2026-07-31", &[], None),
        ("2025-02-10", "2026-08-01", &[], Some(Red)),
        ("2025-02-10", "2026-09-01", &[], None),
        ("2025-02-10", "2026-08-20", &["2026-08-03"], None),
        ("2025-02-10", "2026-08-20", &["2026-02-03"], Some(Red)),
        ("2024-02-10", "2026-08-20", &["2025-08-20"], Some(Red)),
    ];
    for (born, on, given, due) in table {
        assert_eq!(vitamin_a(day(born), day(on), given.iter().map(|on| day(on))), due, "{born} on {on}");
    }
}

#[test]
fn children_are_dewormed_in_august_and_whoever_missed_it_when_a_year_has_gone() {
    let table: [(&str, &str, &[&str], Option<u16>); 13] = [
        ("2025-08-11", "2026-08-10", &[], None), // eleven months
        ("2025-08-10", "2026-08-10", &[], Some(200)),
        ("2024-08-11", "2026-08-10", &[], Some(200)), // 23 months
        ("2024-08-10", "2026-08-10", &[], Some(400)),
        ("2021-08-11", "2026-08-10", &[], Some(400)), // 59 months
        ("2021-08-10", "2026-08-10", &[], None),
        ("2024-01-10", "2026-08-10", &["2025-08-20"], Some(400)),
        ("2024-01-10", "2026-08-10", &["2026-02-20"], None),
        ("2024-01-10", "2026-09-10", &["2026-08-10"], None),
        ("2024-01-10", "2026-10-10", &["2025-08-20"], Some(400)), // August was missed
        ("2024-01-10", "2026-03-10", &["2025-08-20"], None),
        ("2024-01-10", "2026-03-10", &[], None), // never: waits for August
        ("2024-01-10", "2026-03-10", &["2027-01-01"], None), // a date of the future says nothing
    ];
    for (born, on, given, due) in table {
        assert_eq!(deworming(day(born), day(on), given.iter().map(|on| day(on))), due, "{born} on {on}");
    }
}

#[test]
fn the_head_is_measured_every_three_months_and_from_a_year_on_every_six() {
    let table = [
        ("2025-02-10", "2025-02-10", None, true),
        ("2025-02-10", "2025-08-09", Some("2025-05-10"), false),
        ("2025-02-10", "2025-08-10", Some("2025-05-10"), true),
        ("2025-02-10", "2026-02-10", Some("2025-09-10"), false),
        ("2025-02-10", "2026-03-10", Some("2025-09-10"), true),
        ("2021-02-10", "2026-02-10", None, false),
        ("2025-02-10", "2025-02-09", None, false),
    ];
    for (born, on, last, due) in table {
        assert_eq!(head_is_due(day(born), day(on), last.map(day)), due, "{born} on {on} after {last:?}");
    }
}

fn reasons(found: Found, limits: Limits) -> Vec<(Reason, To)> {
    referral(&found, &limits).collect()
}

#[test]
fn a_child_is_sent_on_for_every_line_of_the_list_and_for_nothing_else() {
    let year = Found { months: 12, mass_g: Some(8_000), ..Found::default() };
    let usual = Limits::default();
    assert_eq!(reasons(year, usual), []);
    let table = [
        (Found { oedema: true, ..year }, Reason::Oedema, To::Hospital),
        (Found { red_tape: true, ..year }, Reason::RedTape, To::Today),
        (Found { severely_wasted: true, ..year }, Reason::SeverelyWasted, To::Today),
        (Found { below_red_line: true, ..year }, Reason::BelowRedLine, To::Today),
        (Found { not_risen: 2, ..year }, Reason::NotRisen, To::Today),
        (Found { severely_stunted: true, ..year }, Reason::SeverelyStunted, To::Today),
        (Found { tuberculosis: true, ..year }, Reason::Tuberculosis, To::Puskesmas),
        (Found { wasted: true, ..year }, Reason::Wasted, To::Puskesmas),
        (Found { yellow_tape: true, ..year }, Reason::YellowTape, To::Puskesmas),
        (Found { stunted: true, ..year }, Reason::Stunted, To::Puskesmas),
        (Found { development: true, ..year }, Reason::Development, To::Puskesmas),
        (Found { head: true, ..year }, Reason::Head, To::Puskesmas),
        (Found { over: true, ..year }, Reason::Over, To::Puskesmas),
    ];
    for (found, reason, to) in table {
        assert_eq!(reasons(found, usual), [(reason, to)], "{found:?}");
    }
}

#[test]
fn severe_wasting_goes_to_hospital_below_six_months_and_below_four_kilograms() {
    let severe = Found { severely_wasted: true, ..Found::default() };
    for (months, mass_g, to) in [
        (5, Some(5_000), To::Hospital),
        (5, None, To::Hospital),
        (6, Some(3_999), To::Hospital),
        (6, Some(4_000), To::Today),
        (6, None, To::Today),
    ] {
        let found = Found { months, mass_g, ..severe };
        assert_eq!(reasons(found, Limits::default())[0].1, to, "{found:?}");
        let taped = Found { red_tape: true, severely_wasted: false, ..found };
        assert_eq!(reasons(taped, Limits::default())[0].1, to, "{taped:?}");
    }
}

#[test]
fn a_puskesmas_decides_when_t_and_the_orange_line_send_a_child_on() {
    let once = Found { months: 12, not_risen: 1, above_orange_line: true, ..Found::default() };
    let twice = Found { not_risen: 2, ..once };
    let limits = |refer_after_t, refer_above_orange| Limits { refer_after_t, refer_above_orange };
    assert_eq!(reasons(once, limits(2, false)), []);
    assert_eq!(reasons(once, limits(1, false)), [(Reason::NotRisen, To::Today)]);
    assert_eq!(reasons(twice, limits(2, false)), [(Reason::NotRisen, To::Today)]);
    assert_eq!(reasons(twice, limits(0, false)), [], "a Puskesmas that looks at T itself");
    assert_eq!(reasons(once, limits(2, true)), [(Reason::AboveOrangeLine, To::Puskesmas)]);
}

#[test]
fn the_list_is_written_in_the_order_of_its_urgency() {
    assert!(RULES.is_sorted_by_key(|(_, to, _)| core::cmp::Reverse(*to)));
    let everything = Found {
        months: 3,
        mass_g: Some(3_000),
        oedema: true,
        red_tape: true,
        yellow_tape: true,
        severely_wasted: true,
        wasted: true,
        over: true,
        severely_stunted: true,
        stunted: true,
        below_red_line: true,
        above_orange_line: true,
        not_risen: 9,
        head: true,
        tuberculosis: true,
        development: true,
    };
    // everything at once but what needs six months
    let all = reasons(everything, Limits { refer_above_orange: true, ..Limits::default() });
    assert_eq!(all.len(), RULES.len() - 1);
}

#[test]
fn a_list_is_read_line_by_line_and_bad_lines_are_passed_over() {
    let list =
        List("tumbuh 2026/2\n0-2 A1 Menatap\n\nnonsense\n3-x B1 No\n3-5 B2\n 3-5  B3  Tertawa keras \n");
    assert_eq!(list.name(), Some("tumbuh 2026/2"));
    let at = |months| list.at(months).map(|item| (item.code, item.text)).collect::<Vec<_>>();
    assert_eq!(at(2), [("A1", "Menatap")]);
    assert_eq!(at(3), [("B3", "Tertawa keras")]);
    assert_eq!(at(5), [("B3", "Tertawa keras")]);
    assert_eq!(at(6), []);
    for none in ["", "only a name", "\n0-2 A1 Menatap"] {
        assert_eq!(List(none).name(), None, "{none:?}");
    }
}

#[test]
fn the_example_has_something_for_every_age_and_codes_of_its_own() {
    assert_eq!(EXAMPLE.name(), Some("contoh-1"));
    for months in 3..60 {
        assert!(EXAMPLE.at(months).count() >= 2, "{months} months");
    }
    let codes: std::collections::BTreeSet<_> = EXAMPLE.all().map(|(_, _, item)| item.code).collect();
    assert_eq!(codes.len(), EXAMPLE.all().count());
}
