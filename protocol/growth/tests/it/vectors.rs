//! Every z-score agrees with WHO's own engines: two decimals exactly, unrounded within 1e-9.

use growth::{Age, Assessment, Index, Measures, Months, Posture, Sex, assess, assess_at};

use crate::fixture::{Row, day, rows, whole};

const UNDER_FIVE: &str = include_str!("../fixtures/under_five.csv");
const SCHOOL_AGE: &str = include_str!("../fixtures/school_age.csv");

fn letter<T>(cell: &str, meaning: impl Fn(char) -> Option<T>) -> Option<T> {
    cell.chars().next().map(|letter| meaning(letter).unwrap())
}

fn agrees(row: &Row, name: &str, index: Index, said: &Assessment) {
    let z = said.scores.get(index).ok();
    let rounded = z.map_or(String::new(), |z| z.to_string());
    assert_eq!(rounded, row[name], "{name} of {row:?}");
    let full = format!("{name}_full");
    match (z, whole::<f64>(row[full.as_str()])) {
        (Some(z), Some(expected)) => {
            assert!((z.full - expected).abs() <= 1e-9, "{full} of {row:?}: {}", z.full)
        }
        (z, expected) => assert!(z.is_none() && expected.is_none(), "{full} of {row:?}"),
    }
}

fn same_bmi(row: &Row, said: &Assessment) {
    let expected = whole::<f64>(row["bmi"]);
    assert_eq!(said.scores.bmi.is_some(), expected.is_some(), "BMI of {row:?}");
    let off = said.scores.bmi.zip(expected).map_or(0.0, |(bmi, expected)| (bmi - expected).abs());
    assert!(off <= 1e-9, "BMI of {row:?}");
}

#[test]
fn under_five_agrees_with_who() {
    let rows = rows(UNDER_FIVE);
    assert_eq!(rows.len(), 373);
    for row in &rows {
        let measures = Measures {
            mass_g: whole(row["mass_g"]),
            length_tenth_mm: whole(row["length_tenth_mm"]),
            posture: letter(row["posture"], Posture::from_code),
            head_tenth_mm: whole(row["head_tenth_mm"]),
            arm_tenth_mm: whole(row["arm_tenth_mm"]),
            oedema: row["oedema"] == "y",
        };
        let age = whole(row["age_days"]).map_or(Age::Unknown, Age::Days);
        let said = assess_at(letter(row["sex"], Sex::from_code), age, &measures);
        for index in Index::ALL {
            agrees(row, index.code(), index, &said);
        }
        assert_eq!(said.flags.to_string(), row["flags"], "flags of {row:?}");
        assert_eq!(said.scores.length_tenth_mm, whole(row["shifted_tenth_mm"]), "shifted length of {row:?}");
        same_bmi(row, &said);
    }
}

#[test]
fn school_age_agrees_with_who() {
    let rows = rows(SCHOOL_AGE);
    assert_eq!(rows.len(), 116);
    for row in &rows {
        let measures = Measures {
            mass_g: whole(row["mass_g"]),
            length_tenth_mm: whole(row["height_tenth_mm"]),
            oedema: row["oedema"] == "y",
            ..Measures::default()
        };
        let age = whole::<u64>(row["age_millimonths"]).unwrap_or(0);
        let said = assess_at(letter(row["sex"], Sex::from_code), months(age), &measures);
        for (name, index) in [("haz", Index::Lhaz), ("waz", Index::Waz), ("baz", Index::Baz)] {
            agrees(row, name, index, &said);
        }
        assert_eq!(said.flags.to_string().replace("lhaz", "haz"), row["flags"], "flags of {row:?}");
        same_bmi(row, &said);
    }
}

fn months(thousandths: u64) -> Age {
    Age::Months(Months::from_millionths(thousandths * 1_000))
}

#[test]
fn a_tenth_of_a_millimetre_is_never_lost_to_floats() {
    let lying = |length| Measures {
        mass_g: Some(15_000),
        length_tenth_mm: Some(length),
        posture: Some(Posture::Lying),
        ..Measures::default()
    };
    let standing = |length| Measures { posture: Some(Posture::Standing), ..lying(length) };
    for length in 7_000..11_900 {
        let shifted = assess_at(Some(Sex::Male), Age::Days(1_200), &lying(length + 70)).scores;
        assert_eq!(shifted, assess_at(Some(Sex::Male), Age::Days(1_200), &standing(length)).scores);
    }
}

#[test]
fn the_older_reference_takes_over_on_day_1857() {
    let child = growth::Child::new(Sex::Female, day(2020, 1, 1));
    let measures = Measures { mass_g: Some(17_000), length_tenth_mm: Some(10_700), ..Measures::default() };
    let on = |days| assess(&child, child.birth_date + chrono::Days::new(days), &measures);
    assert_eq!(on(1_856).age, Age::Days(1_856));
    assert!(on(1_856).scores.whz.is_ok());
    assert_eq!(on(1_857).age, Age::Months(Months::from_days(1_857)));
    assert!(on(1_857).scores.baz.is_ok());
    assert_eq!(on(1_857).scores.whz, Err(growth::NoZ::AgeOutOfRange));
    // 120 months are 3652.5 days, 228 months 6939.75.
    assert!(on(3_652).scores.waz.is_ok() && on(3_653).scores.waz.is_err());
    assert!(on(6_939).scores.baz.is_ok() && on(6_940).scores.baz.is_err());
}

#[test]
fn zero_is_not_a_measurement() {
    let nothing = Measures {
        mass_g: Some(0),
        length_tenth_mm: Some(0),
        head_tenth_mm: Some(0),
        arm_tenth_mm: Some(0),
        ..Measures::default()
    };
    let said = assess_at(Some(Sex::Male), Age::Days(400), &nothing);
    for index in Index::ALL {
        assert_eq!(said.scores.get(index), Err(growth::NoZ::NoMeasure));
    }
    assert_eq!((said.scores.bmi, said.status), (None, None));
}

#[test]
fn a_z_of_almost_nothing_has_no_sign() {
    let row = rows(UNDER_FIVE).into_iter().find(|row| row["acz_full"].starts_with("-0.000")).unwrap();
    assert_eq!(row["acz"], "0.00");
    let measures = Measures { arm_tenth_mm: whole(row["arm_tenth_mm"]), ..Measures::default() };
    let age = Age::Days(row["age_days"].parse().unwrap());
    let z = assess_at(letter(row["sex"], Sex::from_code), age, &measures).scores.acz.unwrap();
    assert!(z.full < 0.0);
    assert_eq!(z.to_string(), "0.00");
}

#[test]
fn standing_before_nine_months_is_shifted_and_marked() {
    let standing =
        Measures { length_tenth_mm: Some(7_000), posture: Some(Posture::Standing), ..Measures::default() };
    let at = |days| assess_at(Some(Sex::Male), Age::Days(days), &standing);
    assert_eq!(at(273).scores.length_tenth_mm, Some(7_070));
    assert!(at(273).standing_too_young);
    assert!(!at(274).standing_too_young);
}

#[test]
fn a_preterm_child_is_scored_by_true_age_and_corrected_only_for_showing() {
    let born = day(2025, 3, 1);
    let child = growth::Child { gestation_weeks: Some(32), ..growth::Child::new(Sex::Male, born) };
    let corrected = child.corrected(day(2025, 9, 1)).unwrap();
    assert_eq!(corrected.birth_date, day(2025, 4, 26));
    assert_eq!(child.corrected(day(2027, 3, 1)), None);
    let measures = Measures { mass_g: Some(6_500), ..Measures::default() };
    let plain = growth::Child::new(Sex::Male, born);
    assert_eq!(
        assess(&child, day(2025, 9, 1), &measures).scores,
        assess(&plain, day(2025, 9, 1), &measures).scores
    );
}

#[test]
fn months_are_completed_on_the_day_of_birth_not_before() {
    let months = |born, on| growth::completed_months(born, on);
    assert_eq!(months(day(2025, 1, 15), day(2025, 2, 14)), 0);
    assert_eq!(months(day(2025, 1, 15), day(2025, 2, 15)), 1);
    assert_eq!(months(day(2025, 1, 31), day(2025, 2, 28)), 0);
    assert_eq!(months(day(2025, 1, 31), day(2025, 3, 1)), 1);
    assert_eq!(months(day(2025, 1, 31), day(2024, 12, 31)), -1);
    // 730.5 days: half up.
    assert_eq!(Age::at_completed_month(day(2023, 1, 15), day(2025, 1, 20)), Age::Days(731));
}
