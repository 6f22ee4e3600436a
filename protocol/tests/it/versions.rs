//! Corrections of a child's fields: the same set gives the same child, whoever hears what first.

use proptest::prelude::*;
use protocol::registry::{ChildRegistered, Edit, Field, Sex};
use protocol::time::Hybrid;
use protocol::versions::{Version, corrected, fold};
use protocol::{EventId, LocalDate};
use uuid::Uuid;

fn id(number: u128) -> EventId {
    EventId(Uuid::from_u128(number))
}

fn name(event: u128, name: &str, bases: &[u128], ms: i64) -> Version {
    Version {
        event: id(event),
        edit: Edit::Name(name.into()),
        bases: bases.iter().map(|&base| id(base)).collect(),
        at: Hybrid { ms, count: 0 },
    }
}

fn stands(versions: &[Version]) -> (Edit, bool) {
    let fields = fold(versions.to_vec());
    let standing = &fields[&Field::Name];
    (standing.edit().clone(), standing.is_disputed())
}

const REGISTERED: u128 = 1;

#[test]
fn a_correction_that_saw_another_settles_it_whatever_the_clocks_say() {
    let first = name(2, "Sity", &[REGISTERED], 9_000);
    let second = name(3, "Siti", &[2], 1_000);
    assert_eq!(stands(&[first, second]), (Edit::Name("Siti".into()), false));
}

#[test]
fn corrections_that_did_not_see_each_other_are_disputed_and_the_later_stands_meanwhile() {
    let here = name(2, "Siti", &[REGISTERED], 1_000);
    let there = name(3, "Siti Aminah", &[REGISTERED], 2_000);
    assert_eq!(stands(&[here.clone(), there.clone()]), (Edit::Name("Siti Aminah".into()), true));
    let chosen = name(4, "Siti", &[2, 3], 1_500);
    assert_eq!(stands(&[here, there, chosen]), (Edit::Name("Siti".into()), false));
}

#[test]
fn two_who_write_the_same_do_not_dispute() {
    let both = [name(2, "Siti", &[REGISTERED], 1_000), name(3, "Siti", &[REGISTERED], 2_000)];
    assert_eq!(stands(&both), (Edit::Name("Siti".into()), false));
    assert_eq!(fold(both)[&Field::Name].heads().len(), 2, "the next correction names both");
}

#[test]
fn a_correction_of_one_field_settles_nothing_of_another() {
    let mother = Version { edit: Edit::Mother("Rahma".into()), ..name(3, "", &[2], 2_000) };
    let fields = fold([name(2, "Siti", &[REGISTERED], 1_000), mother]);
    assert_eq!(fields.len(), 2);
    let registered = ChildRegistered {
        name: "Sity".into(),
        nik: None,
        birth_date: LocalDate(20_000),
        sex: Sex::Female,
        mother: "Rahmah".into(),
        gestation_weeks: None,
        birth_mass_g: None,
        birth_order: None,
        kia_book: true,
    };
    let child = corrected(&(&registered).into(), &fields);
    assert_eq!((child.name.as_str(), child.mother.as_str(), child.kia_book), ("Siti", "Rahma", true));
}

#[test]
fn a_circle_of_corrections_hides_no_value() {
    let circle = [name(2, "A", &[3], 1_000), name(3, "B", &[2], 2_000)];
    assert_eq!(stands(&circle), (Edit::Name("B".into()), true));
    assert_eq!(stands(&[name(2, "A", &[2], 1_000)]), (Edit::Name("A".into()), false));
}

/// Up to nine corrections of three fields, each having seen some of the others.
fn corrections() -> impl Strategy<Value = Vec<Version>> {
    let one = (0..3u8, 0..4u8, proptest::collection::vec(0..10u128, 0..3), 0..4i64, 0..2u32);
    proptest::collection::vec(one, 1..9).prop_map(|all| {
        let version = |(event, (field, value, bases, ms, count)): (usize, _)| Version {
            event: id(event as u128 + 1),
            edit: match field {
                0u8 => Edit::Name(["A", "B", "C", "D"][usize::from(value)].into()),
                1 => Edit::KiaBook(value > 1u8),
                _ => Edit::BirthOrder(Some(value)),
            },
            bases: Vec::into_iter(bases).map(id).collect(),
            at: Hybrid { ms, count },
        };
        all.into_iter().enumerate().map(version).collect()
    })
}

proptest! {
    #[test]
    fn any_order_and_any_repetition_give_the_same_child(
        (versions, shuffled) in corrections().prop_flat_map(|versions| {
            let twice = versions.iter().chain(&versions).cloned().collect::<Vec<_>>();
            (Just(versions), Just(twice).prop_shuffle())
        })
    ) {
        prop_assert_eq!(fold(versions), fold(shuffled));
    }

    #[test]
    fn a_correction_in_sight_of_all_heads_always_stands(versions in corrections()) {
        let fields = fold(versions.clone());
        let heads = fields.get(&Field::Name).map(|standing| standing.heads().to_vec()).unwrap_or_default();
        let last = Version {
            event: id(100),
            edit: Edit::Name("Z".into()),
            bases: heads.iter().map(|head| head.event).collect(),
            at: Hybrid::default(),
        };
        let fields = fold(versions.into_iter().chain([last]));
        prop_assert_eq!(fields[&Field::Name].edit(), &Edit::Name("Z".into()));
        prop_assert!(!fields[&Field::Name].is_disputed());
    }
}
