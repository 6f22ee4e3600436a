//! The list with as many people as a whole sub-district: every letter is answered at once.

use std::time::{Duration, Instant};

use chrono::{Days, NaiveDate};
use protocol::registry::{Person, Sex};
use protocol::{CitizenId, EventId, PosyanduId};
use uuid::Uuid;

use super::list::{Alike, Newcomer, Roster};
use crate::store::Child;

const HERE: PosyanduId = PosyanduId(Uuid::from_u128(1));
const PEOPLE: u128 = 10_000;

/// A page is asked for at every pause of the typing; this is what the search may take of it. A build that is not optimised,
/// on a machine that does other things as well, is given more.
const PROMISED: Duration = Duration::from_millis(if cfg!(debug_assertions) { 1_000 } else { 100 });

const FIRST: [&str; 10] =
    ["Siti", "Budi", "Nur", "Dewi", "Muhammad", "Putri", "Rizky", "Aisyah", "Yusuf", "Djoko"];
const LAST: [&str; 10] =
    ["Aminah", "Santoso", "Hayati", "Lestari", "Rahman", "Ayu", "Ramadhan", "Zahra", "Hidayat", "Soesilo"];

/// Somebody who follows from a number, so that the next run looks for the same people.
fn somebody(nth: u128) -> Child {
    let name = |salt: u128| {
        let at = (nth * 31 + salt) as usize;
        format!("{} {} {}", FIRST[at % 10], LAST[at / 10 % 10], LAST[at / 100 % 10])
    };
    let born = NaiveDate::from_ymd_opt(2022, 1, 1).unwrap() + Days::new((nth % 1_700) as u64);
    let nik = Some(format!("99{:014}", nth * 7_919));
    let mut person = Person::new(name(0), nik, born.into(), Sex::Female);
    person.mother = name(7);
    person.family_card = Some(format!("98{:014}", nth / 4));
    Child {
        id: CitizenId(Uuid::from_u128(nth + 1)),
        posyandu: HERE,
        written: person.clone(),
        registered: person,
        registration: EventId(Uuid::from_u128(nth + 1)),
        fields: std::collections::BTreeMap::new(),
        is_adult: false,
        since: born.into(),
        pregnancy: None,
        double_of: None,
        moves: Vec::new(),
        left: None,
        is_elsewhere: false,
    }
}

fn full() -> Roster {
    let roster = Roster::default();
    (0..PEOPLE).for_each(|nth| roster.put(&somebody(nth), None));
    roster
}

#[test]
fn ten_thousand_people_are_looked_through_between_two_letters() {
    let roster = full();
    let mut took: Vec<(Duration, &str)> = Vec::new();
    for typed in
        ["s", "si", "siti", "siti ami", "sitti amina", "joko", "zulkifli", "0417", "98000", "ayu ayu ayu"]
    {
        let mut times: Vec<Duration> = (0..5)
            .map(|_| {
                let begun = Instant::now();
                std::hint::black_box(roster.search(HERE, typed, 12));
                begun.elapsed()
            })
            .collect();
        times.sort();
        took.push((times[2], typed));
    }
    took.sort();
    let (worst, typed) = took[took.len() - 1];
    let (median, is_optimised) = (took[took.len() / 2].0, !cfg!(debug_assertions));
    println!("10,000 people: worst {worst:?} for {typed:?}, median {median:?}, optimised: {is_optimised}");
    assert!(worst < PROMISED, "{took:?}");
}

#[test]
fn whoever_is_there_already_is_found_among_ten_thousand() {
    let roster = full();
    let known = somebody(4_711).registered;
    let (born, spelt) = (known.birth_date.to_naive(), known.name.replace('i', "ie"));
    let new = Newcomer { name: &spelt, mother: &known.mother, born, ..Newcomer::default() };
    let begun = Instant::now();
    let found = roster.alike(HERE, &new, 3);
    println!("who may be there already, among 10,000: {:?}", begun.elapsed());
    assert_eq!((found[0].0, found[0].1.name.as_str()), (Alike::NameAndBirth, known.name.as_str()));
    let by_nik = Newcomer { nik: known.nik.as_deref(), ..Newcomer::default() };
    assert_eq!(roster.alike(HERE, &by_nik, 3).len(), 1);
}
