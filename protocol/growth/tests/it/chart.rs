//! The card shows what a kader would draw.

use chrono::{Days, Months};
use growth::chart::{Chart, Indicator, Span};
use growth::{Child, Measures, Sex, Visit};

use crate::fixture::day;

fn girl() -> Child {
    Child { birth_mass_g: Some(3_100), ..Child::new(Sex::Female, day(2024, 11, 10)) }
}

fn weighed(month: u32, mass_g: u32) -> Visit {
    let measures = Measures { mass_g: Some(mass_g), length_tenth_mm: Some(7_000), ..Measures::default() };
    Visit::new(girl().birth_date + Months::new(month) + Days::new(3), measures)
}

fn svg(visits: &[Visit], indicator: Indicator) -> String {
    let mut out = String::new();
    Chart::new(&girl(), visits, indicator, day(2026, 3, 1)).write_svg(&mut out).unwrap();
    out
}

/// The pen's moves in the child's own line.
fn pen(svg: &str) -> String {
    let line = svg.split("stroke-linecap=\"round\" d=\"").nth(1).unwrap();
    line.split('"').next().unwrap().chars().filter(char::is_ascii_alphabetic).collect()
}

#[test]
fn only_consecutive_months_are_joined() {
    let visits =
        [weighed(5, 6_900), weighed(6, 7_200), weighed(8, 7_600), weighed(9, 7_900), weighed(10, 8_000)];
    assert_eq!(pen(&svg(&visits, Indicator::WeightForAge)), "MLMLL");
}

#[test]
fn the_order_of_visits_does_not_matter() {
    let mut visits = [weighed(5, 6_900), weighed(6, 7_200), weighed(8, 7_600)];
    let drawn = svg(&visits, Indicator::WeightForAge);
    visits.reverse();
    assert_eq!(svg(&visits, Indicator::WeightForAge), drawn);
}

#[test]
fn the_newest_point_is_ringed_and_named() {
    let drawn = svg(&[weighed(14, 8_300), weighed(15, 8_450)], Indicator::WeightForAge);
    assert_eq!(drawn.matches("r=\"7.5\"").count(), 1);
    assert!(drawn.contains(">8,45 kg</text>"));
    assert!(!drawn.contains(">8,30 kg</text>"));
}

#[test]
fn the_trend_is_one_can_read_aloud() {
    let trend = |visits: &[Visit], indicator| {
        let mut out = String::new();
        Chart::new(&girl(), visits, indicator, day(2026, 3, 1)).write_trend(&mut out).unwrap();
        out
    };
    let risen = [weighed(14, 8_100), weighed(15, 8_450)];
    assert_eq!(
        trend(&risen, Indicator::WeightForAge),
        "Berat terakhir 8,45 kg pada 13-02-2026, umur 1 th 3 bln, di antara garis \u{2212}2 dan \u{2212}1. \
         Naik 350 g sejak bulan lalu, perlu 200 g: naik (N)."
    );
    let fallen = [weighed(13, 8_100), weighed(14, 8_100), weighed(15, 6_000)];
    assert_eq!(
        trend(&fallen, Indicator::WeightForAge),
        "Berat terakhir 6,00 kg pada 13-02-2026, umur 1 th 3 bln, di bawah garis merah (\u{2212}3). \
         Turun 2100 g sejak bulan lalu, perlu 200 g: tidak naik (T). Dua bulan berturut-turut tidak naik (2T)."
    );
    assert!(trend(&risen, Indicator::LengthForAge).contains("Sebelumnya 70,0 cm pada 13-01-2026."));
    assert_eq!(trend(&[], Indicator::WeightForAge), "Belum ada titik di grafik ini.");
}

#[test]
fn a_strict_content_policy_finds_nothing_to_refuse() {
    for indicator in ALL {
        let drawn = svg(&[weighed(14, 8_100), weighed(15, 8_450)], indicator);
        for refused in ["style", "<script", "href", "url(", " id=", "class="] {
            assert!(!drawn.contains(refused), "{refused} in {indicator:?}");
        }
        assert!(
            drawn.contains("role=\"img\"")
                && drawn.contains("<desc>")
                && drawn.contains("viewBox=\"0 0 360 ")
        );
    }
}

#[test]
fn below_the_red_line_the_shape_changes_too() {
    let square = "width=\"7.2\"";
    assert!(svg(&[weighed(15, 6_000)], Indicator::WeightForAge).contains(square));
    assert!(!svg(&[weighed(15, 8_450)], Indicator::WeightForAge).contains(square));
}

#[test]
fn every_letter_stands_beneath_the_card() {
    let drawn = svg(&[weighed(12, 7_700), weighed(13, 7_950), weighed(14, 8_000)], Indicator::WeightForAge);
    for letter in ["O", "N", "T"] {
        assert!(drawn.contains(&format!(">{letter}</text>")), "{letter}");
    }
    assert!(drawn.contains(">800</text>") && drawn.contains(">200 g</text>"));
}

#[test]
fn the_page_follows_the_age() {
    let at = |on| Chart::new(&girl(), &[], Indicator::WeightForAge, on).span;
    assert_eq!(at(day(2026, 11, 9)), Span::FirstTwoYears);
    assert_eq!(at(day(2026, 11, 10)), Span::ToFiveYears);
}

#[test]
fn the_table_says_the_same_as_the_card() {
    let mut out = String::new();
    let visits = [weighed(14, 8_100), weighed(15, 8_450)];
    Chart::new(&girl(), &visits, Indicator::WeightForAge, day(2026, 3, 1)).write_table(&mut out).unwrap();
    assert!(out.contains(
        "<th scope=\"row\">13-02-2026</th><td>1 th 3 bln</td><td>8,45 kg</td><td>\u{2212}1,07</td>\
         <td>200 g</td><td>N</td>"
    ));
    assert_eq!(out.matches("<tr>").count(), 3);
}

const ALL: [Indicator; 5] = [
    Indicator::WeightForAge,
    Indicator::LengthForAge,
    Indicator::WeightForLength,
    Indicator::BmiForAge,
    Indicator::HeadForAge,
];

#[test]
fn a_preterm_child_has_a_second_line_at_its_corrected_age_until_it_is_two() {
    let drawn = |weeks, months: &[u32]| {
        let child = Child { gestation_weeks: weeks, ..girl() };
        let visits: Vec<Visit> = months.iter().map(|&month| weighed(month, 5_000 + month * 300)).collect();
        let chart = Chart {
            span: Span::Whole,
            ..Chart::new(&child, &visits, Indicator::WeightForAge, day(2026, 3, 1))
        };
        let mut out = String::new();
        chart.write_svg(&mut out).unwrap();
        let second: Vec<(f64, f64)> =
            chart.corrected_points().map(|point| (point.across, point.up)).collect();
        let first: Vec<(f64, f64)> = chart.points().map(|point| (point.across, point.up)).collect();
        (out, first, second)
    };
    let (svg, first, second) = drawn(Some(32), &[5, 6, 23, 24]);
    assert_eq!((first.len(), second.len()), (4, 3));
    for (plain, corrected) in first.iter().zip(&second) {
        assert!((plain.0 - corrected.0 - 56.0 / 30.4375).abs() < 1e-9, "eight weeks to the left");
        assert!((plain.1 - corrected.1).abs() < 1e-9);
    }
    assert_eq!(svg.matches("Umur koreksi").count(), 3);
    // before the day it should have been born there is no corrected age
    assert_eq!(drawn(Some(28), &[1]).2.len(), 0);
    for weeks in [None, Some(37), Some(40)] {
        let (svg, _, second) = drawn(weeks, &[5, 6]);
        assert!(second.is_empty() && !svg.contains("Umur koreksi"), "{weeks:?}");
    }
}
