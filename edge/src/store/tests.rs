//! Claims about the journal: what was kept stays kept, once, in order, unreadable without the key.

use std::path::Path;

use protocol::event::{Author, Entry, Place, Role, Visit};
use protocol::growth::{Clothing, Taken, Weighed};
use protocol::registry::{ChildRegistered, Sex};
use protocol::time::ClockSource;
use protocol::{
    Ack, Body, Chain, CitizenId, EventId, LocalDate, Month, NodeId, PosyanduId, Stamp, UserId, VisitId,
};
use uuid::Uuid;

use super::*;

pub(super) const KEY: [u8; 32] = [9; 32];
pub(super) const NODE: NodeId = NodeId(Uuid::from_u128(1));
pub(super) const POSYANDU: PosyanduId = PosyanduId(Uuid::from_u128(2));
pub(super) const CHILD: CitizenId = CitizenId(Uuid::from_u128(3));
const DAY: LocalDate = LocalDate(20_000);

pub(super) fn open(dir: &Path) -> Store {
    let identity = Identity { node: NODE, incarnation: 1 };
    Store::open(&file_in(dir), &KEY, identity, Roster::default()).unwrap()
}

pub(super) fn stamp(source: ClockSource) -> Stamp {
    Stamp { wall_ms: 1_800_000_000_000, offset_min: 420, source, boot: [4; 16], monotonic_ns: 1 }
}

fn at(day: LocalDate) -> Now {
    let today = day.to_naive().unwrap();
    Now { stamp: stamp(ClockSource::Ntp), today, believable: true, at_least: today }
}

/// A node that has just been switched on and thinks it is 1970.
fn before_the_date_is_known() -> Now {
    let today = LocalDate(0).to_naive().unwrap();
    Now { stamp: stamp(ClockSource::Unset), today, believable: false, at_least: today }
}

fn event(body: Body, visit: Option<Visit>) -> NewEvent {
    NewEvent {
        id: EventId(Uuid::now_v7()),
        author: Author { user: UserId(Uuid::nil()), role: Role::Kader },
        posyandu: POSYANDU,
        citizen: Some(CHILD),
        visit,
        observed_on: DAY,
        recorded_at: stamp(ClockSource::Ntp),
        report_month: Month(24_322),
        place: Place::Posyandu,
        entry: Entry::Instrument,
        instrument: None,
        replaces: None,
        body,
    }
}

pub(super) fn siti() -> NewEvent {
    let registered = ChildRegistered {
        name: "Siti Aminah".into(),
        nik: Some("9971012345670001".into()),
        birth_date: LocalDate(19_500),
        sex: Sex::Female,
        mother: "Rahma".into(),
        gestation_weeks: None,
        birth_mass_g: None,
        birth_order: None,
        kia_book: true,
    };
    event(Body::ChildRegistered(registered), None)
}

fn weighing(visit: u128, mass_g: u32) -> NewEvent {
    let weighed = Weighed {
        mass_g: Taken::Value(mass_g),
        oedema: false,
        clothing: Clothing::Light,
        repeat: 1,
        window: None,
        insisted: vec![],
        carried: None,
    };
    let visit = Visit { id: VisitId(Uuid::from_u128(visit)), ticket: 1, bpjs: None };
    event(Body::Weighed(weighed), Some(visit))
}

fn ack(watermark: u64, chain: Chain) -> Ack {
    Ack {
        node: NODE,
        incarnation: 1,
        watermark,
        chain,
        gaps: vec![],
        hub_epoch: [1; 16],
        quarantined: vec![],
        quarantined_total: 0,
        retry_after_s: 0,
        standing: protocol::Standing::Current,
    }
}

#[tokio::test]
async fn what_was_kept_is_there_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.record(vec![siti(), weighing(7, 8450)]).await.unwrap();
    drop(store);
    let store = open(dir.path());
    assert_eq!(store.child(CHILD).unwrap().unwrap().registered.name, "Siti Aminah");
    let visits = store.visits_of(CHILD).unwrap();
    assert_eq!(visits.len(), 1);
    assert_eq!(visits[0].weighed.as_ref().unwrap().value.mass_g, Taken::Value(8450));
    assert_eq!(store.safety().on_device, 2);
    let listed = store.0.shelf.roster.search(POSYANDU, "siti", 5);
    assert_eq!(listed[0].last_seen, DAY.to_naive());
}

#[tokio::test]
async fn a_journal_of_another_life_is_refused_and_stays_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.record(vec![siti()]).await.unwrap();
    drop(store);
    let next_card = Identity { node: NODE, incarnation: 2 };
    let refused = Store::open(&file_in(dir.path()), &KEY, next_card, Roster::default());
    assert!(refused.is_err(), "numbers of life 1 would be given out again under life 2");
    let store = open(dir.path());
    store.record(vec![weighing(1, 8_400)]).await.unwrap();
    assert_eq!(store.safety().on_device, 2);
}

#[tokio::test]
async fn a_double_tap_is_one_event() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let tap = weighing(7, 8450);
    let (one, two) = tokio::join!(store.record(vec![tap.clone()]), store.record(vec![tap.clone()]));
    let both = [one.unwrap()[0], two.unwrap()[0]];
    assert!(both.contains(&Recorded::New { sequence: 1 }));
    assert!(both.contains(&Recorded::Known { sequence: 1 }));
    assert_eq!(store.safety().on_device, 1);
}

#[tokio::test]
async fn many_hands_at_once_leave_no_gap_and_one_chain() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let mut hands = tokio::task::JoinSet::new();
    for hand in 0..40 {
        let store = store.clone();
        hands.spawn(async move { store.record(vec![weighing(hand, 5000)]).await.unwrap() });
    }
    hands.join_all().await;
    let outbox = store.outbox(0, 100, usize::MAX).unwrap().unwrap();
    let sequences: Vec<u64> =
        outbox.frames.iter().map(|frame| frame.decode().unwrap().header.sequence).collect();
    assert_eq!(sequences, (1..=40).collect::<Vec<_>>());
    let chain = outbox.frames.iter().fold(outbox.before, Chain::after);
    assert_eq!(store.outbox(40, 1, 1).unwrap().map(|outbox| outbox.first), None);
    assert_eq!(store.take_ack(ack(40, chain)).await, Ok(Word::Taken));
}

#[tokio::test]
async fn only_the_hubs_word_about_this_very_journal_moves_the_mark() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.record((0..3).map(|visit| weighing(visit, 5000)).collect()).await.unwrap();
    let frames = store.outbox(0, 2, usize::MAX).unwrap().unwrap();
    let chain = frames.frames.iter().fold(frames.before, Chain::after);

    for (word, why) in [
        (ack(2, Chain([0; 32])), "another chain"),
        (ack(9, chain), "beyond the journal"),
        (Ack { incarnation: 2, ..ack(2, chain) }, "another life"),
    ] {
        assert_eq!(store.take_ack(word).await, Ok(Word::Foreign), "{why}");
    }
    assert_eq!(store.safety().received, 0);

    assert_eq!(store.take_ack(ack(2, chain)).await, Ok(Word::Taken));
    assert_eq!(store.safety().received, 2);
    drop(store);
    assert_eq!(open(dir.path()).safety().received, 2);
}

#[tokio::test]
async fn a_hub_may_go_back_only_in_a_life_it_has_answered_in() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.record((0..4).map(|visit| weighing(visit, 5000)).collect()).await.unwrap();
    let frames = store.outbox(0, 4, usize::MAX).unwrap().unwrap();
    let at = |watermark: usize| frames.frames.iter().take(watermark).fold(frames.before, Chain::after);
    let say = |watermark: usize, life: u8| {
        store.take_ack(Ack { hub_epoch: [life; 16], ..ack(watermark as u64, at(watermark)) })
    };
    assert_eq!(say(3, 1).await, Ok(Word::Taken));
    assert_eq!(say(2, 1).await, Ok(Word::Stale), "an old word that came late");
    assert_eq!(store.safety().received, 3);
    assert_eq!(say(1, 2).await, Ok(Word::OtherLife), "anybody may keep an old letter");
    assert_eq!(store.note_epoch([2; 16]), Ok(true), "its word counts only now");
    assert_eq!(say(1, 2).await, Ok(Word::Rewound), "the hub was restored");
    assert_eq!(store.note_epoch([2; 16]), Ok(false));
    assert_eq!((store.safety().received, store.safety().sent), (1, 3));
    assert_eq!(say(4, 1).await, Ok(Word::OtherLife), "its life before is over");
    drop(store);
    let store = open(dir.path());
    assert_eq!(store.safety().received, 1);
    let over = Ack { hub_epoch: [1; 16], ..ack(4, at(4)) };
    assert_eq!(store.take_ack(over).await, Ok(Word::OtherLife), "also after a restart");
    assert_eq!(store.note_epoch([3; 16]), Ok(true));
    assert_eq!(store.take_ack(Ack { hub_epoch: [3; 16], ..ack(4, at(4)) }).await, Ok(Word::Taken));
}

#[tokio::test]
async fn the_outbox_comes_in_pieces_that_fit_together() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.record((0..10).map(|visit| weighing(visit, 5000)).collect()).await.unwrap();
    let (mut after, mut chain) = (0, Chain::genesis(NODE, 1));
    while let Some(piece) = store.outbox(after, 3, usize::MAX).unwrap() {
        assert_eq!((piece.first, piece.before), (after + 1, chain));
        chain = piece.frames.iter().fold(piece.before, Chain::after);
        after += piece.frames.len() as u64;
    }
    assert_eq!(after, 10);
}

#[tokio::test]
async fn nothing_about_a_person_is_readable_on_the_card() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.record(vec![siti()]).await.unwrap();
    store.next_ticket(POSYANDU, at(DAY), CHILD).await.unwrap();
    drop(store);
    let card = std::fs::read(file_in(dir.path())).unwrap();
    for secret in [b"Siti".as_slice(), b"Rahma", b"9971012345670001"] {
        assert!(!card.windows(secret.len()).any(|window| window == secret));
    }
    let other = Store::open(
        &file_in(dir.path()),
        &[8; 32],
        Identity { node: NODE, incarnation: 1 },
        Roster::default(),
    );
    assert!(other.is_err(), "another key opens nothing");
}

#[tokio::test]
async fn a_child_has_one_open_ticket_a_day_and_numbers_do_not_repeat() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let first = store.next_ticket(POSYANDU, at(DAY), CHILD).await.unwrap();
    let again = store.next_ticket(POSYANDU, at(DAY), CHILD).await.unwrap();
    assert_eq!(first, again);
    let other = store.next_ticket(POSYANDU, at(DAY), CitizenId(Uuid::from_u128(4))).await.unwrap();
    assert_eq!((first.number, other.number), (1, 2));
    let tomorrow = store.next_ticket(POSYANDU, at(LocalDate(DAY.0 + 1)), CHILD).await.unwrap();
    assert_eq!(tomorrow.number, 1);
    assert_eq!(store.tickets_on(POSYANDU, DAY).unwrap().len(), 2);
}

#[tokio::test]
async fn a_half_filled_page_survives_and_two_phones_do_not_undo_each_other() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let ticket = store.next_ticket(POSYANDU, at(DAY), CHILD).await.unwrap();
    let (one, two) = tokio::join!(
        store.change_ticket(ticket.visit, |ticket| ticket.draft.weight.typed = "8,4".into()),
        store.change_ticket(ticket.visit, |ticket| ticket.draft.oedema = true),
    );
    assert!(one.unwrap().is_some() && two.unwrap().is_some());
    drop(store);
    let kept = open(dir.path()).ticket(ticket.visit).unwrap().unwrap();
    assert_eq!((kept.draft.weight.typed.as_str(), kept.draft.oedema), ("8,4", true));
}

#[tokio::test]
async fn an_event_and_its_ticket_are_kept_together() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let ticket = store.next_ticket(POSYANDU, at(DAY), CHILD).await.unwrap();
    let kept = store
        .record_on_ticket(weighing(7, 8450), ticket.visit, |ticket| ticket.weighed = true)
        .await
        .unwrap();
    assert!(kept.unwrap().weighed);
    assert_eq!(store.safety().on_device, 1);
    drop(store);
    assert!(open(dir.path()).ticket(ticket.visit).unwrap().unwrap().weighed);
}

#[tokio::test]
async fn a_visit_begun_before_the_date_was_known_belongs_to_the_day_it_turned_out_to_be() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let early = before_the_date_is_known();
    let ticket = store.next_ticket(POSYANDU, early, CHILD).await.unwrap();
    let mut weight = weighing(0, 8450);
    (weight.observed_on, weight.report_month) = (LocalDate(0), Month(1970 * 12));
    weight.recorded_at = early.stamp;
    weight.visit = Some(Visit { id: ticket.visit, ticket: ticket.number, bpjs: None });
    store.record(vec![weight]).await.unwrap();
    assert!(store.visits_of(CHILD).unwrap()[0].clock_unset);

    store.redate_tickets(early.stamp.boot, DAY).await.unwrap();
    assert_eq!(store.next_ticket(POSYANDU, at(DAY), CHILD).await.unwrap().visit, ticket.visit);
    let mut length = weighing(0, 8460);
    length.visit = Some(Visit { id: ticket.visit, ticket: ticket.number, bpjs: None });
    store.record(vec![length]).await.unwrap();
    let record = &store.visits_of(CHILD).unwrap()[0];
    assert_eq!((record.observed_on, record.report_month, record.clock_unset), (DAY, Month(24_322), false));
}

#[tokio::test]
async fn an_unclosed_ticket_of_an_older_undated_day_is_not_handed_out_again() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let last_month = before_the_date_is_known();
    let left_open = store.next_ticket(POSYANDU, last_month, CHILD).await.unwrap();
    let mut now = before_the_date_is_known();
    now.stamp.boot = [5; 16];
    assert_ne!(store.next_ticket(POSYANDU, now, CHILD).await.unwrap().visit, left_open.visit);
}

#[tokio::test]
async fn only_time_from_a_source_that_knows_raises_the_floor() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let mut wrong_phone = weighing(1, 8450);
    wrong_phone.recorded_at = Stamp { wall_ms: i64::MAX / 2, ..stamp(ClockSource::Phone) };
    store.record(vec![wrong_phone]).await.unwrap();
    assert_eq!(store.time_floor().unwrap(), 0);
    store.record(vec![weighing(2, 8450)]).await.unwrap();
    assert_eq!(store.time_floor().unwrap(), 1_800_000_000_000);
}
