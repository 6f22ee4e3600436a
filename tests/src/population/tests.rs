//! The village is believable, and the same every time.

use std::collections::BTreeMap;

use growth::kms::{Gain, Rules};
use growth::{Measures, Visit, assess};

use super::*;

fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 24).unwrap()
}

fn mawar() -> Village {
    village(7, day(), 40).unwrap()
}

fn measures(visit: &PastVisit) -> Measures {
    Measures {
        mass_g: Some(visit.mass_g),
        length_tenth_mm: visit.length_tenth_mm,
        posture: Some(visit.posture),
        ..Measures::default()
    }
}

#[test]
fn the_same_seed_tells_the_same_story() {
    assert_eq!(mawar().history(), mawar().history());
    assert_ne!(mawar().history(), village(8, day(), 40).unwrap().history());
}

#[test]
fn nobody_is_five_or_unborn_and_nothing_happened_this_month() {
    for seed in 0..20 {
        let village = village(seed, day(), 75).unwrap();
        assert_eq!(village.children.len(), CHILDREN);
        for child in &village.children {
            assert!((0..60).contains(&growth::completed_months(child.birth_date, day())), "seed {seed}");
            assert!(child.visits.iter().all(|visit| Month::of(visit.on) < Month::of(day())));
            assert!(child.visits.iter().all(|visit| visit.on > child.birth_date));
        }
    }
}

#[test]
fn no_measure_is_one_that_would_be_doubted() {
    for seed in 0..20 {
        let village = village(seed, day(), 75).unwrap();
        for child in &village.children {
            for visit in &child.visits {
                let said = assess(&child.for_growth(), visit.on, &measures(visit));
                assert!(said.flags.is_empty(), "seed {seed}: {} on {}: {said:?}", child.name, visit.on);
            }
            let lengths: Vec<u32> = child.visits.iter().filter_map(|visit| visit.length_tenth_mm).collect();
            assert!(lengths.is_sorted(), "seed {seed}: {} shrinks", child.name);
        }
    }
}

#[test]
fn the_day_shows_every_verdict_and_every_kind_of_status() {
    let village = mawar();
    let (mut gains, mut statuses) = (BTreeMap::new(), BTreeMap::new());
    let mut stunted = 0;
    for coming in &village.coming {
        let child = &village.children[coming.child];
        let now = Visit::new(
            village.day,
            Measures {
                mass_g: Some(coming.mass_g),
                length_tenth_mm: Some(coming.length_tenth_mm),
                posture: Some(coming.posture),
                ..Measures::default()
            },
        );
        let past = child.visits.iter().map(|visit| Visit::new(visit.on, measures(visit)));
        let all: Vec<_> = past.chain([now]).filter_map(|visit| visit.weighing()).collect();
        let line = growth::kms::month(
            &child.for_growth(),
            all.iter().copied(),
            Rules::default(),
            Month::of(village.day),
        )
        .unwrap();
        *gains.entry(line.gain.code()).or_insert(0) += 1;
        let said = assess(&child.for_growth(), village.day, &now.measures);
        *statuses.entry(said.status.map(growth::Nutrition::code)).or_insert(0) += 1;
        stunted += usize::from(said.scores.lhaz.is_ok_and(|z| z.centi < -200));
        assert!(said.flags.is_empty(), "{}: {said:?}", child.name);
    }
    for gain in [Gain::Risen, Gain::NotRisen, Gain::NoLastMonth, Gain::First] {
        assert!(gains.contains_key(&gain.code()), "{gains:?}");
    }
    assert!(statuses.len() >= 5, "{statuses:?}");
    assert!((5..20).contains(&stunted), "{stunted} stunted");
}

#[test]
fn twins_share_a_birthday_and_two_boys_a_name_but_no_mother() {
    let village = mawar();
    let twins: Vec<_> = village.children.iter().filter(|child| child.birth_order.is_some()).collect();
    assert_eq!(twins.len(), 2);
    assert_eq!((twins[0].birth_date, &twins[0].mother), (twins[1].birth_date, &twins[1].mother));
    let named: Vec<_> = village.children.iter().filter(|child| child.name == "Budi Santoso").collect();
    assert_eq!(named.len(), 2);
    assert_ne!(named[0].mother, named[1].mother);
    let names: std::collections::BTreeSet<_> = village.children.iter().map(|child| &child.name).collect();
    assert_eq!(names.len(), CHILDREN - 1, "no other two share one");
    let premature = village.children.iter().filter(|child| child.gestation_weeks.is_some()).count();
    assert_eq!(premature, 1);
    assert!(
        village
            .children
            .iter()
            .flat_map(|child| &child.nik)
            .all(|nik| nik.len() == 16 && nik.starts_with("99"))
    );
}

#[test]
fn a_crowd_has_as_many_children_as_asked_and_none_twice() {
    let crowd = crowd(7, day(), 300);
    let ids: std::collections::BTreeSet<_> = crowd.iter().map(|child| child.id).collect();
    assert_eq!(ids.len(), 300);
    assert!(crowd.iter().all(|child| child.visits.is_empty() && child.birth_mass_g.is_none()));
}

#[test]
fn twins_of_a_crowd_share_mother_and_birthday_and_everyone_has_a_believable_size() {
    let mut crowd = crowd(7, day(), 60);
    pair(&mut crowd, 3);
    assert_eq!(crowd.iter().filter(|child| child.birth_order.is_some()).count(), 6);
    assert!(
        crowd[..6]
            .chunks(2)
            .all(|two| two[0].mother == two[1].mother && two[0].birth_date == two[1].birth_date)
    );
    for (coming, child) in first_day(7, day(), &crowd, 75).iter().zip(&crowd) {
        let measures = Measures {
            mass_g: Some(coming.mass_g),
            length_tenth_mm: Some(coming.length_tenth_mm),
            posture: Some(coming.posture),
            ..Measures::default()
        };
        assert!(assess(&child.for_growth(), day(), &measures).flags.is_empty(), "{coming:?}");
    }
}
