//! Any input whatever: no panic, and no number that is none.

use chrono::NaiveDate;
use growth::chart::{Chart, Indicator, Span};
use growth::plausibility::{self, Limits};
use growth::{Age, Child, Index, Measures, Month, Months, Posture, Sex, Visit, assess, assess_at, kms};
use proptest::prelude::*;

fn figure() -> impl Strategy<Value = Option<u32>> {
    prop_oneof![Just(None), (0..20_000u32).prop_map(Some), any::<u32>().prop_map(Some)]
}

fn measures() -> impl Strategy<Value = Measures> {
    let posture = prop_oneof![Just(None), Just(Some(Posture::Lying)), Just(Some(Posture::Standing))];
    (figure(), figure(), posture, figure(), figure(), any::<bool>()).prop_map(
        |(mass_g, length_tenth_mm, posture, head_tenth_mm, arm_tenth_mm, oedema)| Measures {
            mass_g,
            length_tenth_mm,
            posture,
            head_tenth_mm,
            arm_tenth_mm,
            oedema,
        },
    )
}

fn date() -> impl Strategy<Value = NaiveDate> {
    let near = (739_000..741_500i32).prop_map(|days| NaiveDate::from_num_days_from_ce_opt(days).unwrap());
    let any = any::<i32>().prop_filter_map("a day of the calendar", NaiveDate::from_num_days_from_ce_opt);
    prop_oneof![8 => near, 1 => any, 1 => Just(NaiveDate::MIN), 1 => Just(NaiveDate::MAX)]
}

fn sex() -> impl Strategy<Value = Sex> {
    prop_oneof![Just(Sex::Male), Just(Sex::Female)]
}

fn child() -> impl Strategy<Value = Child> {
    (sex(), date(), any::<Option<u8>>(), figure()).prop_map(
        |(sex, birth_date, gestation_weeks, birth_mass_g)| Child {
            sex,
            birth_date,
            gestation_weeks,
            birth_mass_g,
        },
    )
}

fn visit() -> impl Strategy<Value = Visit> {
    let month = prop_oneof![5 => Just(None), 1 => any::<i32>().prop_map(Some)];
    (date(), measures(), month, any::<bool>()).prop_map(|(on, measures, month, from_book)| {
        let visit = Visit::new(on, measures);
        Visit { month: month.map_or(visit.month, Month), from_book, ..visit }
    })
}

fn age() -> impl Strategy<Value = Age> {
    prop_oneof![
        Just(Age::Unknown),
        (-5..1_900i32).prop_map(Age::Days),
        any::<i32>().prop_map(Age::Days),
        (0..240_000_000u64).prop_map(|months| Age::Months(Months::from_millionths(months))),
        any::<u64>().prop_map(|months| Age::Months(Months::from_millionths(months))),
        any::<u32>().prop_map(|days| Age::Months(Months::from_days(days))),
    ]
}

proptest! {
    #[test]
    fn a_z_is_finite_and_rounds_to_itself(sex in proptest::option::of(sex()), age in age(), measures in measures()) {
        let said = assess_at(sex, age, &measures);
        for index in Index::ALL {
            if let Ok(z) = said.scores.get(index) {
                prop_assert!(z.full.is_finite());
                // Beyond a thousand million hundredths the rounded figure only says "absurd".
                if z.full.abs() < 1e7 {
                    prop_assert!((z.full - f64::from(z.centi) / 100.0).abs() <= 0.005 + 1e-9);
                }
            }
        }
        let impossible = !matches!(age, Age::Months(_)) && measures.oedema && said.scores.waz.is_ok();
        prop_assert!(!impossible);
    }

    #[test]
    fn nothing_panics(
        child in child(),
        now in visit(),
        visits in proptest::collection::vec(visit(), 0..12),
        today in proptest::option::of(date()),
    ) {
        let _ = assess(&child, now.on, &now.measures);
        let _ = child.corrected(now.on);
        let _ = Age::at_completed_month(child.birth_date, now.on);
        let asked = plausibility::check(&child, &now, &visits, today, &Limits::default());
        prop_assert_eq!(asked.len(), asked.iter().count());
        let rules = kms::Rules::default();
        let weighings = || visits.iter().filter_map(Visit::weighing);
        let lines: Vec<_> = kms::months(&child, weighings(), rules).collect();
        prop_assert!(lines.is_sorted_by(|one, next| one.weighing.month < next.weighing.month));
        let mut page = String::new();
        for span in [Span::FirstTwoYears, Span::ToFiveYears, Span::Whole] {
            for indicator in [Indicator::WeightForAge, Indicator::WeightForLength, Indicator::BmiForAge] {
                let chart = Chart { child: &child, visits: &visits, indicator, span, kms: rules };
                chart.write_svg(&mut page).unwrap();
                chart.write_table(&mut page).unwrap();
            }
        }
        prop_assert!(!page.contains("NaN") && !page.contains("inf\""));
    }
}
