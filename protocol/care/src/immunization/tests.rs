//! What must hold of every schedule, whatever was given when.

use std::borrow::ToOwned;
use std::vec::Vec;

use chrono::{Days, NaiveDate};
use proptest::prelude::*;

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn child(born: NaiveDate) -> Child<'static> {
    Child { born, is_girl: true, province: "32", areas: "" }
}

fn given(antigen: &'static str, dose: u8, on: NaiveDate) -> Given<'static> {
    Given { antigen, dose, on, review: Review::None }
}

fn default() -> Catalogue<'static> {
    Catalogue::parse(DEFAULT).expect("the catalogue that comes with the program")
}

fn find<'a>(lines: &[Line<'a>], antigen: &str, dose: u8) -> Option<Line<'a>> {
    lines.iter().find(|line| line.rule.antigen == antigen && line.rule.dose == dose).copied()
}

#[test]
fn a_child_of_fourteen_months_who_never_had_anything_is_caught_up_with_and_nothing_is_closed_that_is_open() {
    let catalogue = default();
    let on = day("2026-03-10");
    let lines: Vec<_> = schedule(&catalogue, child(day("2025-01-10")), &[], on).collect();
    let today: Vec<_> = lines.iter().filter(|line| line.may_be_given(on)).collect();
    let names: Vec<_> = today.iter().map(|line| (line.rule.antigen, line.rule.dose)).collect();
    assert_eq!(names, [("OPV", 1), ("DPT-HB-Hib", 1), ("PCV", 1), ("IPV", 1), ("MR", 1)]);
    assert!(today.iter().all(|line| line.status == Status::Missed));
    for (antigen, dose) in [("HB0", 1), ("BCG", 1), ("RV", 1), ("RV", 2), ("RV", 3)] {
        assert_eq!(find(&lines, antigen, dose).unwrap().status, Status::TooOld, "{antigen} {dose}");
    }
    let second = find(&lines, "DPT-HB-Hib", 2).unwrap();
    assert_eq!((second.status, second.due_on), (Status::Planned, day("2026-04-10")));
    assert_eq!(second.earliest, Some(day("2026-04-07")));
    let third = find(&lines, "DPT-HB-Hib", 3).unwrap();
    assert_eq!(third.due_on, day("2026-05-10"));
    assert_eq!(find(&lines, "DPT-HB-Hib", 4).unwrap().due_on, day("2027-05-10"), "a year after the third");
    assert_eq!(find(&lines, "MR", 2).unwrap().due_on, day("2026-09-10"), "half a year after the first");
}

#[test]
fn a_late_series_goes_on_where_it_stopped_and_has_its_window_later() {
    let catalogue = default();
    let given = [given("DPT-HB-Hib", 1, day("2026-03-10"))];
    let at = |on| {
        let lines: Vec<_> = schedule(&catalogue, child(day("2025-01-10")), &given, day(on)).collect();
        assert_eq!(find(&lines, "DPT-HB-Hib", 1).unwrap().status, Status::Done);
        find(&lines, "DPT-HB-Hib", 2).unwrap()
    };
    assert_eq!(at("2026-04-06").status, Status::Planned);
    assert!(!at("2026-04-06").may_be_given(day("2026-04-06")));
    assert!(at("2026-04-07").may_be_given(day("2026-04-07")), "four weeks are enough");
    assert_eq!(at("2026-04-07").status, Status::Planned, "and it is due a month after");
    assert_eq!(at("2026-04-10").status, Status::Due);
    assert_eq!(at("2027-01-09").status, Status::Due);
    assert_eq!(at("2027-01-10").status, Status::Missed, "nine months of window, as for everybody");
}

#[test]
fn a_dose_that_came_too_early_waits_for_a_midwife_and_so_does_the_next() {
    let catalogue = default();
    let born = day("2026-01-10");
    let on = day("2026-04-20");
    let with = |review| {
        let early = Given { review, ..given("DPT-HB-Hib", 1, day("2026-03-09")) };
        let given = [early];
        let lines: Vec<_> = schedule(&catalogue, child(born), &given, on).collect();
        (find(&lines, "DPT-HB-Hib", 1).unwrap().status, find(&lines, "DPT-HB-Hib", 2).unwrap().earliest, {
            let first = find(&lines, "DPT-HB-Hib", 1).unwrap();
            first.earliest
        })
    };
    assert!(is_early(&catalogue, child(born), &[], ("DPT-HB-Hib", 1), day("2026-03-09")));
    assert!(!is_early(&catalogue, child(born), &[], ("DPT-HB-Hib", 1), day("2026-03-10")));
    assert_eq!(with(Review::None), (Status::Early, None, None));
    assert_eq!(with(Review::Counts), (Status::Done, Some(day("2026-04-10")), None));
    let (status, next, again) = with(Review::Repeat);
    assert_eq!((status, again), (Status::Due, Some(day("2026-04-06"))));
    assert_eq!(next, Some(day("2026-05-18")), "four weeks after the one that is given again today");
}

#[test]
fn too_soon_after_the_dose_before_is_early_to_the_day() {
    let catalogue = default();
    let before = [given("OPV", 2, day("2026-03-10"))];
    let early = |on| is_early(&catalogue, child(day("2026-01-10")), &before, ("OPV", 3), day(on));
    assert!(early("2026-04-09"), "not three months old");
    let older = |on| is_early(&catalogue, child(day("2025-10-10")), &before, ("OPV", 3), day(on));
    assert!(older("2026-04-06") && !older("2026-04-07"), "twenty-eight days");
    let pcv = [given("PCV", 2, day("2026-01-01"))];
    let third = |on| is_early(&catalogue, child(day("2024-10-10")), &pcv, ("PCV", 3), day(on));
    assert!(third("2026-02-25") && !third("2026-02-26"), "eight weeks");
    assert!(!is_early(&catalogue, child(day("2026-01-10")), &[], ("Ebola", 1), day("2026-01-10")));
}

#[test]
fn a_series_is_never_begun_again_because_a_dose_was_not_written_down() {
    let catalogue = default();
    let given = [given("DPT-HB-Hib", 3, day("2026-06-10"))];
    let lines: Vec<_> = schedule(&catalogue, child(day("2026-01-10")), &given, day("2026-07-10")).collect();
    for dose in 1..=2 {
        let line = find(&lines, "DPT-HB-Hib", dose).unwrap();
        assert_eq!((line.status, line.why), (Status::Done, Why::FollowedByLater));
    }
    assert_eq!(find(&lines, "DPT-HB-Hib", 4).unwrap().due_on, day("2027-07-10").max(day("2027-06-10")));
}

#[test]
fn a_province_that_has_switched_gives_the_hexavalent_vaccine_and_lets_a_begun_series_end() {
    let catalogue = default();
    let yogya = Child { province: "34", ..child(day("2026-01-10")) };
    let names = |child, given: &[Given<'static>], on| {
        let lines: Vec<_> = schedule(&catalogue, child, given, day(on)).collect();
        let of = |antigen| lines.iter().filter(|line| line.rule.antigen == antigen).count();
        (of("DPT-HB-Hib"), of("DPT-HB-Hib-IPV"), of("IPV"))
    };
    assert_eq!(names(yogya, &[], "2026-03-10"), (1, 3, 0), "only the booster stays as it was");
    assert_eq!(names(child(day("2026-01-10")), &[], "2026-03-10"), (4, 0, 2));
    assert_eq!(names(yogya, &[], "2025-12-21"), (4, 0, 2), "the day before");
    let begun = [given("DPT-HB-Hib", 1, day("2026-03-10"))];
    assert_eq!(names(yogya, &begun, "2026-04-10"), (4, 0, 2), "who began goes on");
    let moved = [given("DPT-HB-Hib", 1, day("2026-03-10")), given("DPT-HB-Hib-IPV", 2, day("2026-04-10"))];
    let lines: Vec<_> = schedule(&catalogue, child(day("2026-01-10")), &moved, day("2026-05-10")).collect();
    assert_eq!(find(&lines, "DPT-HB-Hib-IPV", 1).unwrap().status, Status::Done, "one series, two vaccines");
    assert_eq!(find(&lines, "DPT-HB-Hib-IPV", 3).unwrap().status, Status::Due);
}

#[test]
fn japanese_encephalitis_is_for_endemic_areas_and_school_is_no_posyandu() {
    let catalogue = default();
    let plain = child(day("2025-01-10"));
    let has = |child, antigen| {
        schedule(&catalogue, child, &[], day("2026-01-10")).any(|line| line.rule.antigen == antigen)
    };
    assert!(!has(plain, "JE") && has(Child { areas: "je", ..plain }, "JE"));
    assert!(!has(plain, "HPV") && !has(plain, "Td") && catalogue.has("HPV"));
}

#[test]
fn a_rule_that_begins_later_plans_what_is_due_from_then_on() {
    let text = "MR,1,9 bulan,12 bulan,60 bulan\nMR,1,10 bulan,13 bulan,60 bulan,,,,2027-01-01";
    let catalogue = Catalogue::parse(text).unwrap();
    let due = |born| {
        let lines: Vec<_> = schedule(&catalogue, child(day(born)), &[], day("2027-06-01")).collect();
        assert_eq!(lines.len(), 1, "{lines:?}");
        lines[0].due_on
    };
    assert_eq!(due("2026-02-28"), day("2026-11-28"));
    assert_eq!(due("2026-03-01"), day("2027-01-01"));
}

#[test]
fn a_text_that_is_no_catalogue_is_refused_with_its_line_and_why() {
    for (text, line, what) in [
        ("", 0, What::Empty),
        ("# nothing", 0, What::Empty),
        (",1,2 bulan", 1, What::Name),
        ("MR;1;9 bulan", 1, What::Name),
        ("MR,0,9 bulan", 1, What::Dose),
        ("MR,satu,9 bulan", 1, What::Dose),
        ("MR,1,9", 1, What::Age),
        ("MR,1,kelas 7 bulan 8", 1, What::Age),
        ("MR,1,9 bulan,12,60 bulan", 1, What::Age),
        ("MR,1,9 bulan,8 bulan,60 bulan", 1, What::Order),
        ("MR,1,9 bulan,12 bulan,60 bulan,1 tahun", 1, What::Distance),
        ("MR,1,9 bulan,12 bulan,60 bulan,28 hari,2 bulan", 1, What::Distance),
        ("MR,1,9 bulan,,,,,,2026-02-30", 1, What::Date),
        ("wilayah,x,3 4,2026-01-01\nMR,1,9 bulan", 1, What::Province),
        ("MR,1,9 bulan,,,,,,,,lebih", 1, What::Columns),
        ("MR,1,9 bulan\n\nMR,1,10 bulan", 3, What::Twice),
        ("HB0,1,0 hari\nMR,2,18 bulan", 2, What::Gap),
    ] {
        let wrong = Catalogue::parse(text).map(|_| ()).unwrap_err();
        assert_eq!((wrong.line, wrong.what), (line, what), "{text}");
        assert!(std::format!("{wrong}").ends_with('.'));
    }
    let long: std::string::String =
        (0..=MOST_RULES).map(|number| std::format!("V{number},1,2 bulan\n")).collect();
    assert_eq!(Catalogue::parse(&long).map(|_| ()).unwrap_err().what, What::TooMany);
    assert!(Catalogue::parse("\u{feff}MR,1,9 bulan,,,,,,,,\r\n").is_ok());
}

/// Doses somebody might have written down, sensible or not.
fn doses() -> impl Strategy<Value = Vec<(usize, u8, u64, u8)>> {
    prop::collection::vec((0..9usize, 1..=4u8, 0..1_500u64, 0..3u8), 0..14)
}

const ANTIGENS: [&str; 9] = ["HB0", "BCG", "OPV", "DPT-HB-Hib", "DPT-HB-Hib-IPV", "PCV", "IPV", "MR", "RV"];

fn made(born: NaiveDate, doses: &[(usize, u8, u64, u8)]) -> Vec<Given<'static>> {
    let one = |&(antigen, dose, after, review): &(usize, u8, u64, u8)| Given {
        antigen: ANTIGENS[antigen],
        dose,
        on: born + Days::new(after),
        review: [Review::None, Review::Counts, Review::Repeat][review as usize],
    };
    doses.iter().map(one).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn the_order_of_what_was_given_decides_nothing(doses in doses(), seed in any::<u64>(), age in 0..1_900u64) {
        let catalogue = default();
        let born = day("2026-01-31");
        let given = made(born, &doses);
        let mut mixed = given.clone();
        mixed.sort_by_key(|one| (seed ^ one.on.to_epoch_days() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let on = born + Days::new(age);
        // Two records of one dose on one day are the same to a schedule.
        let lines = |given: &[Given<'static>]| {
            schedule(&catalogue, child(born), given, on)
                .map(|line| (line.rule.antigen.to_owned(), line.rule.dose, line.due_on, line.earliest, line.status))
                .collect::<Vec<_>>()
        };
        prop_assert_eq!(lines(&given), lines(&mixed));
    }

    #[test]
    fn whoever_gives_what_is_proposed_never_comes_too_early_and_never_begins_again(
        doses in doses(), steps in prop::collection::vec(1..90u64, 1..40), province in 0..2usize,
    ) {
        let catalogue = default();
        let born = day("2026-01-31");
        let child = Child { province: ["32", "34"][province], ..child(born) };
        let mut given = made(born, &doses);
        given.retain(|one| one.review != Review::None || one.on <= born);
        let mut on = given.iter().map(|one| one.on).max().unwrap_or(born);
        for step in steps {
            on = on + Days::new(step);
            let offered: Vec<_> =
                schedule(&catalogue, child, &given, on).filter(|line| line.may_be_given(on)).collect();
            for line in &offered {
                let (series, dose) = (line.rule.series, line.rule.dose);
                let of_series =
                    || given.iter().filter(|one| catalogue.series_of(one.antigen) == series);
                prop_assert!(of_series().all(|one| one.dose <= dose), "begun again: {line:?}");
                prop_assert!(
                    of_series().all(|one| on >= Span::Days(28).after(one.on) || one.review == Review::Counts),
                    "too close: {line:?} {given:?}"
                );
                prop_assert_eq!(offered.iter().filter(|other| other.rule.series == series).count(), 1);
                prop_assert!(!is_early(&catalogue, child, &given, (line.rule.antigen, dose), on));
            }
            let new: Vec<_> = offered.iter().map(|line| (line.rule.antigen.to_owned(), line.rule.dose)).collect();
            for (antigen, dose) in new {
                let antigen = ANTIGENS.into_iter().find(|known| *known == antigen).unwrap();
                given.push(Given { antigen, dose, on, review: Review::None });
            }
        }
    }

    #[test]
    fn what_is_planned_for_later_keeps_its_distance_too(doses in doses(), age in 0..1_900u64) {
        let catalogue = default();
        let born = day("2026-01-31");
        let given = made(born, &doses);
        let on = born + Days::new(age);
        let lines: Vec<_> = schedule(&catalogue, child(born), &given, on).collect();
        for line in lines.iter().filter(|line| line.earliest.is_some()) {
            let next = find(&lines, line.rule.antigen, line.rule.dose + 1);
            if let Some(earliest) = next.and_then(|next| next.earliest) {
                prop_assert!(earliest >= Span::Days(28).after(line.earliest.unwrap()));
            }
        }
    }
}
