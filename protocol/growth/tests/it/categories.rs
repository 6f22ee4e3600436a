//! Classes at every border, and the order in which the one status is decided.

use growth::{
    Age, Arm, Categories, HeadForAge, LengthForAge, Measures, Months, Nutrition, Posture, Sex, WeightForAge,
    Z, assess_at, nutrition_status,
};

use crate::fixture::rows;

const BORDERS: &str = include_str!("../fixtures/categories.csv");

#[test]
fn every_border_falls_on_the_right_side() {
    let rows = rows(BORDERS);
    assert_eq!(rows.len(), 138);
    for row in &rows {
        let centi: i32 = row["centi"].parse().unwrap();
        let z = Z { full: f64::from(centi) / 100.0, centi };
        let (code, five) = match row["index"] {
            "bb_u" => (WeightForAge::of(z).code(), ""),
            "tb_u" => (LengthForAge::of(z).code(), ""),
            "lk_u" => (HeadForAge::of(z).code(), ""),
            "bb_tb" | "imt_u" => {
                (Nutrition::of_under_five(z).code(), Nutrition::of_under_five(z).five().code())
            }
            "imt_u_5_18" => (Nutrition::of_school_age(z).code(), Nutrition::of_school_age(z).five().code()),
            other => panic!("unknown index {other}"),
        };
        assert_eq!((code, five), (row["category"], row["five"]), "{row:?}");
    }
}

#[test]
fn words_lead_back_to_their_class() {
    for &class in Nutrition::ALL {
        assert_eq!(Nutrition::from_code(class.code()), Some(class));
    }
    assert_eq!(Nutrition::from_code("normal"), None);
    assert!(Nutrition::RiskOfOver.is_risk() && !Nutrition::Good.is_risk());
}

fn status(age: Age, oedema: bool, bb_tb: Option<Nutrition>, lila: Option<Arm>) -> Option<Nutrition> {
    nutrition_status(age, oedema, &Categories { bb_tb, lila, ..Categories::default() })
}

#[test]
fn status_takes_the_most_urgent_sign() {
    use Nutrition::{Good, Obese, SeverelyWasted, Wasted};
    let year = Age::Days(365);
    assert_eq!(status(year, true, Some(Obese), Some(Arm::Green)), Some(SeverelyWasted));
    assert_eq!(status(year, false, Some(Good), Some(Arm::Red)), Some(SeverelyWasted));
    assert_eq!(status(year, false, Some(Good), Some(Arm::Yellow)), Some(Wasted));
    assert_eq!(status(year, false, Some(SeverelyWasted), Some(Arm::Yellow)), Some(SeverelyWasted));
    assert_eq!(status(year, false, Some(SeverelyWasted), Some(Arm::Green)), Some(SeverelyWasted));
    assert_eq!(status(year, false, Some(Obese), None), Some(Obese));
    assert_eq!(status(year, false, None, Some(Arm::Yellow)), Some(Wasted));
    assert_eq!(status(year, false, None, Some(Arm::Green)), Some(Good));
    assert_eq!(status(year, false, None, None), None);
    assert_eq!(status(Age::Days(-1), true, None, None), None);
    // An adult with swollen feet is no malnourished child.
    assert_eq!(status(Age::Months(Months::from_whole(400)), true, None, None), None);
}

#[test]
fn weight_for_age_alone_makes_no_status() {
    let starved = Measures { mass_g: Some(4_000), ..Measures::default() };
    let said = assess_at(Some(Sex::Female), Age::Days(400), &starved);
    assert_eq!(said.categories.bb_u, Some(WeightForAge::SeverelyUnder));
    assert_eq!(said.status, None);
}

#[test]
fn oedema_empties_what_rests_on_weight_and_decides() {
    let swollen = Measures {
        mass_g: Some(9_000),
        length_tenth_mm: Some(7_500),
        head_tenth_mm: Some(4_500),
        arm_tenth_mm: Some(1_400),
        oedema: true,
        ..Measures::default()
    };
    let said = assess_at(Some(Sex::Male), Age::Days(400), &swollen);
    for z in [said.scores.waz, said.scores.whz, said.scores.baz] {
        assert_eq!(z, Err(growth::NoZ::Oedema));
    }
    assert!(said.scores.lhaz.is_ok() && said.scores.hcz.is_ok() && said.scores.acz.is_ok());
    assert_eq!(said.status, Some(Nutrition::SeverelyWasted));
    assert!(said.scores.bmi.is_some());
}

#[test]
fn the_tape_speaks_from_six_months_to_the_end_of_the_sixtieth() {
    let thin = Measures { arm_tenth_mm: Some(1_149), ..Measures::default() };
    let at = |age| assess_at(Some(Sex::Female), age, &thin).categories.lila;
    assert_eq!(at(Age::Days(182)), None);
    assert_eq!(at(Age::Days(183)), Some(Arm::Red));
    assert_eq!(at(Age::Days(1_826)), Some(Arm::Red));
    assert_eq!(at(Age::Days(1_827)), None);
    assert_eq!(at(Age::Unknown), None);
    assert_eq!([1_149, 1_150, 1_249, 1_250].map(Arm::of), [Arm::Red, Arm::Yellow, Arm::Yellow, Arm::Green]);
}

#[test]
fn the_sixty_first_month_still_has_the_classes_of_the_under_fives() {
    let heavy = Measures { mass_g: Some(20_500), length_tenth_mm: Some(11_000), ..Measures::default() };
    let at =
        |millionths| assess_at(Some(Sex::Male), Age::Months(Months::from_millionths(millionths)), &heavy);
    let sixty = at(60_990_000);
    assert_eq!(sixty.categories.imt_u, Some(Nutrition::RiskOfOver));
    assert!(sixty.categories.bb_u.is_some() && sixty.categories.tb_u.is_some());
    let later = at(61_000_000);
    assert_eq!(later.categories.imt_u, Some(Nutrition::Over));
    assert_eq!((later.categories.bb_u, later.categories.tb_u), (None, None));
    assert_eq!(later.status, Some(Nutrition::Over));
}

#[test]
fn length_alone_chooses_the_table_where_age_and_posture_are_unknown() {
    let at = |length, posture| {
        let measures =
            Measures { mass_g: Some(12_000), length_tenth_mm: Some(length), posture, ..Measures::default() };
        assess_at(Some(Sex::Male), Age::Unknown, &measures).scores.whz
    };
    assert_eq!(at(8_699, None), at(8_699, Some(Posture::Lying)));
    assert_eq!(at(8_700, None), at(8_700, Some(Posture::Standing)));
    assert_ne!(at(8_700, None), at(8_700, Some(Posture::Lying)));
}
