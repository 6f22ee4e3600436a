//! Draws sample cards of invented children: `cargo run -p growth --example charts -- DIRECTORY`.

use std::error::Error;
use std::{fs, path::Path};

use chrono::{Months, NaiveDate};
use growth::chart::{Chart, Indicator, Span};
use growth::{Child, Measures, Posture, Sex, Visit};

fn main() -> Result<(), Box<dyn Error>> {
    let to = std::env::args().nth(1).ok_or("name the directory to draw into")?;
    let born = NaiveDate::from_ymd_opt(2024, 9, 12).ok_or("a day of the calendar")?;
    let girl = Child { birth_mass_g: Some(3_050), ..Child::new(Sex::Female, born) };
    let boy = Child { birth_mass_g: Some(3_250), ..Child::new(Sex::Male, born) };
    // A girl who falters, misses two months and recovers; a boy below the red line.
    let faltering = [
        (0, 3_400, 505),
        (1, 4_250, 540),
        (2, 5_200, 570),
        (3, 6_050, 595),
        (4, 6_700, 615),
        (5, 7_150, 632),
        (6, 7_300, 647),
        (7, 7_350, 660),
        (8, 7_350, 670),
        (9, 7_300, 679),
        (12, 7_750, 712),
        (13, 8_000, 722),
        (14, 8_250, 732),
        (16, 8_600, 752),
        (17, 8_900, 763),
    ];
    let thin = [
        (25, 9_300, 818),
        (26, 9_450, 822),
        (27, 9_500, 829),
        (28, 9_700, 835),
        (29, 9_600, 841),
        (31, 9_700, 852),
        (32, 9_650, 858),
        (33, 9_600, 863),
        (34, 9_800, 870),
        (35, 9_700, 874),
        (36, 9_650, 880),
    ];
    let girls = visits(born, &faltering, Posture::Lying);
    let boys = visits(born, &thin, Posture::Standing);
    let sample = |name: &str, child, visits: &[Visit], indicator, span| {
        let chart = Chart { child, visits, indicator, span, kms: growth::kms::Rules::default() };
        let mut svg = String::new();
        chart.write_svg(&mut svg)?;
        println!("{name}: {} bytes", svg.len());
        Ok::<_, Box<dyn Error>>(fs::write(Path::new(&to).join(name).with_extension("svg"), svg)?)
    };
    sample("weight-girl", &girl, &girls, Indicator::WeightForAge, Span::FirstTwoYears)?;
    sample("weight-boy", &boy, &boys, Indicator::WeightForAge, Span::ToFiveYears)?;
    sample("weight-whole", &girl, &girls, Indicator::WeightForAge, Span::Whole)?;
    sample("length-girl", &girl, &girls, Indicator::LengthForAge, Span::FirstTwoYears)?;
    sample("height-boy", &boy, &boys, Indicator::LengthForAge, Span::ToFiveYears)?;
    sample("wfl-girl", &girl, &girls, Indicator::WeightForLength, Span::FirstTwoYears)?;
    sample("bmi-girl", &girl, &girls, Indicator::BmiForAge, Span::FirstTwoYears)?;
    sample("head-girl", &girl, &girls, Indicator::HeadForAge, Span::FirstTwoYears)
}

fn visits(born: NaiveDate, months: &[(u32, u32, u32)], posture: Posture) -> Vec<Visit> {
    let visit = |&(month, mass_g, length_mm): &(u32, u32, u32)| {
        let measures = Measures {
            mass_g: Some(mass_g),
            length_tenth_mm: Some(length_mm * 10),
            posture: Some(posture),
            head_tenth_mm: Some(3_500 + month * 70),
            ..Measures::default()
        };
        Visit::new(born + Months::new(month) + chrono::Days::new(5), measures)
    };
    months.iter().map(visit).collect()
}
