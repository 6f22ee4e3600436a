//! Claims about what the hub tells: taken once, in whatever order it comes, and the same as if it had been recorded here.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use proptest::prelude::*;
use protocol::bundle::User;
use protocol::event::{Author, Entry, Header, Place, Replaces, Role, Visit};
use protocol::feed::{FeedHash, FeedId, FeedMark, Item, Page, Task};
use protocol::growth::{Clothing, LengthTaken, Posture, Taken, Weighed};
use protocol::measured::{Measure, Measured};
use protocol::registry::{ChildRegistered, Edit, Field, Leaving, PersonEdited, Sex};
use protocol::service::{Capsule, Served, Voided};
use protocol::time::{ClockFound, ClockSource, Hybrid};
use protocol::{
    Body, CitizenId, Event, EventId, Frame, LocalDate, Month, NodeId, PosyanduId, Stamp, UserId, VisitId,
};
use uuid::Uuid;

use super::*;

const HERE: NodeId = NodeId(Uuid::from_u128(1));
const MAWAR: PosyanduId = PosyanduId(Uuid::from_u128(2));
const MELATI: PosyanduId = PosyanduId(Uuid::from_u128(3));
const FEED: FeedId = FeedId::Posyandu(MAWAR);
const SITI: CitizenId = CitizenId(Uuid::from_u128(10));
const DAY: LocalDate = LocalDate(20_500);

fn open(dir: &Path) -> Store {
    let identity = Identity { node: HERE, incarnation: 2 };
    Store::open(&file_in(dir), &[9; 32], identity, Roster::default()).unwrap()
}

fn stamp(boot: u8) -> Stamp {
    let source = if boot == 0 { ClockSource::Ntp } else { ClockSource::Unset };
    Stamp {
        wall_ms: 1_771_200_000_000,
        offset_min: 420,
        source,
        boot: [boot; 16],
        monotonic_ns: 5_000_000_000,
    }
}

/// An event some node recorded.
fn event(id: u128, node: u128, sequence: u64, body: Body) -> Event {
    let header = Header {
        id: EventId(Uuid::from_u128(id)),
        node: NodeId(Uuid::from_u128(node)),
        incarnation: 1,
        sequence,
        author: Author { user: UserId(Uuid::nil()), role: Role::Kader },
        posyandu: MAWAR,
        citizen: Some(SITI),
        visit: None,
        observed_on: DAY,
        recorded_at: stamp(0),
        report_month: Month(24_314),
        place: Place::Posyandu,
        entry: Entry::Instrument,
        instrument: None,
        replaces: None,
    };
    Event { header, body }
}

/// The same event before this node's journal gives it a place.
fn unplaced(event: Event) -> NewEvent {
    let header = event.header;
    NewEvent {
        id: header.id,
        author: header.author,
        posyandu: header.posyandu,
        citizen: header.citizen,
        visit: header.visit,
        observed_on: header.observed_on,
        recorded_at: header.recorded_at,
        report_month: header.report_month,
        place: header.place,
        entry: header.entry,
        instrument: header.instrument,
        replaces: header.replaces,
        body: event.body,
    }
}

fn registered(name: &str) -> Body {
    Body::ChildRegistered(ChildRegistered {
        name: name.into(),
        nik: Some("9971014302250001".into()),
        birth_date: LocalDate(20_122),
        sex: Sex::Female,
        mother: "Rahma".into(),
        gestation_weeks: None,
        birth_mass_g: None,
        birth_order: None,
        kia_book: true,
    })
}

fn weighed(mass_g: u32) -> Body {
    Body::Weighed(Weighed {
        mass_g: Taken::Value(mass_g),
        oedema: false,
        clothing: Clothing::Light,
        repeat: 1,
        window: None,
        insisted: vec![],
        carried: None,
    })
}

fn length(tenth_mm: u32) -> Body {
    Body::LengthTaken(LengthTaken {
        length_tenth_mm: Taken::Value(tenth_mm),
        posture: Posture::Lying,
        repeat: 1,
        window: None,
        insisted: vec![],
    })
}

fn in_visit(event: Event, visit: u128) -> Event {
    let visit = Visit { id: VisitId(Uuid::from_u128(visit)), ticket: 3, bpjs: None };
    Event { header: Header { visit: Some(visit), ..event.header }, ..event }
}

fn told(event: &Event) -> Item {
    Item::Event(Frame::encode(event).bytes().to_vec())
}

fn mark(position: u64) -> FeedMark {
    FeedMark { feed: FEED, position, hash: FeedHash([position as u8; 16]) }
}

fn page(after: u64, reached: u64, items: Vec<Item>) -> Page {
    Page {
        feed: FEED,
        after,
        mark: mark(reached),
        head: reached,
        restart: false,
        items: items.iter().map(Item::encode).collect(),
    }
}

fn user(name: &str) -> User {
    User { id: UserId(Uuid::from_u128(77)), name: name.into(), role: Role::Kader, pin_verifier: "x".into() }
}

#[tokio::test]
async fn a_page_is_taken_once_and_only_where_this_node_stands() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let first = page(
        0,
        2,
        vec![told(&event(100, 5, 1, registered("Siti"))), told(&event(101, 5, 2, weighed(8_400)))],
    );
    assert_eq!(store.take_page(first.clone()).await.unwrap(), mark(2));
    assert_eq!(store.take_page(first).await.unwrap(), mark(2), "come again");
    let gap = page(5, 9, vec![told(&event(102, 5, 3, registered("Sity")))]);
    assert_eq!(store.take_page(gap).await.unwrap(), mark(2), "something is missing before it");
    assert!(store.child(SITI).unwrap().unwrap().registered.name == "Siti");
    drop(store);
    let store = open(dir.path());
    assert_eq!(store.feed_marks().unwrap(), [mark(2)]);
    assert_eq!(store.child(SITI).unwrap().unwrap().registered.name, "Siti");
    assert_eq!(store.visits_of(SITI).unwrap().len(), 1);
    assert_eq!(store.0.shelf.roster.all(MAWAR)[0].last_seen, DAY.to_naive());
    assert_eq!(store.safety().on_device, 0, "what others recorded is not ours to send");
}

#[tokio::test]
async fn a_hub_that_went_back_in_time_is_read_from_the_beginning_and_nothing_said_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.take_page(page(0, 9, vec![told(&event(100, 5, 1, registered("Siti")))])).await.unwrap();
    let anew = Page { restart: true, ..page(0, 4, vec![told(&event(101, 5, 2, weighed(8_400)))]) };
    assert_eq!(store.take_page(anew).await.unwrap(), mark(4));
    assert_eq!(store.child(SITI).unwrap().unwrap().registered.name, "Siti");
    assert_eq!(store.visits_of(SITI).unwrap().len(), 1);
    store.take_page(page(4, 9, vec![])).await.unwrap();
    let logged =
        store.read(|reading| Ok(redb::ReadableTableMetadata::len(&reading.open_table(feed::FEED_LOG)?)?));
    assert_eq!(logged.unwrap(), 2, "both rounds' pages are kept");
}

#[tokio::test]
async fn what_this_program_does_not_know_costs_nothing_of_what_it_does() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let mut unknown = Frame::encode(&event(99, 5, 1, registered("Siti"))).bytes().to_vec();
    unknown[5] = 200;
    let items =
        vec![Item::Event(unknown), Item::Event(vec![1, 2, 3]), told(&event(100, 5, 2, registered("Siti")))];
    assert_eq!(store.take_page(page(0, 3, items)).await.unwrap(), mark(3));
    assert!(store.child(SITI).unwrap().is_some());
}

#[tokio::test]
async fn who_has_left_is_in_no_list_and_her_records_stay() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let roster = store.0.shelf.roster.clone();
    let arrival = told(&event(100, 5, 1, registered("Siti")));
    store
        .take_page(page(0, 2, vec![arrival.clone(), told(&event(101, 5, 2, weighed(8_400)))]))
        .await
        .unwrap();
    store.take_page(page(2, 3, vec![Item::Left { citizen: SITI, leaving: Leaving::Moved }])).await.unwrap();
    assert!(roster.all(MAWAR).is_empty() && roster.search(MAWAR, "siti", 5).is_empty());
    assert!(roster.with_nik("9971014302250001").is_none());
    assert_eq!(store.child(SITI).unwrap().unwrap().left, Some(Leaving::Moved));
    assert_eq!(store.visits_of(SITI).unwrap().len(), 1);
    store.take_page(page(3, 4, vec![arrival])).await.unwrap();
    assert_eq!(roster.all(MAWAR).len(), 1, "the hub says she is back");
}

#[tokio::test]
async fn the_last_word_on_leaving_counts() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let left = |id, leaving: Leaving| unplaced(event(id, 0, 0, Body::PersonLeft(leaving.into())));
    store
        .record(vec![unplaced(event(100, 0, 0, registered("Siti"))), left(101, Leaving::Mistake)])
        .await
        .unwrap();
    assert_eq!(store.child(SITI).unwrap().unwrap().left, Some(Leaving::Mistake));
    store.record(vec![left(102, Leaving::Back)]).await.unwrap();
    assert_eq!(store.child(SITI).unwrap().unwrap().left, None);
    assert_eq!(store.0.shelf.roster.all(MAWAR).len(), 1);
}

#[tokio::test]
async fn a_child_that_came_from_another_posyandu_is_listed_only_in_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let mut elsewhere = event(100, 5, 1, registered("Siti"));
    elsewhere.header.posyandu = MELATI;
    store.take_page(page(0, 1, vec![told(&elsewhere)])).await.unwrap();
    assert_eq!(store.0.shelf.roster.all(MELATI).len(), 1);
    store.take_page(page(1, 2, vec![told(&event(101, 5, 2, registered("Siti")))])).await.unwrap();
    assert_eq!((store.0.shelf.roster.all(MELATI).len(), store.0.shelf.roster.all(MAWAR).len()), (0, 1));
}

#[tokio::test]
async fn the_newest_word_on_a_user_counts_and_a_task_goes_once_it_is_done() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let task = |done| {
        Item::Task(Task { id: Uuid::from_u128(5), citizen: SITI, text: "Jenguk".into(), due: None, done })
    };
    store
        .take_page(page(0, 3, vec![Item::User(user("Rahma")), Item::User(user("Rahma S.")), task(false)]))
        .await
        .unwrap();
    assert_eq!(store.told_users().unwrap(), [(user("").id, Some(user("Rahma S.")))]);
    assert_eq!(store.tasks_of(SITI).unwrap().len(), 1);
    store.take_page(page(3, 5, vec![Item::UserGone(user("").id), task(true)])).await.unwrap();
    assert_eq!(store.told_users().unwrap(), [(user("").id, None)]);
    assert!(store.tasks().unwrap().is_empty());
    let setting = |value: &str| Item::Setting { key: "salam".into(), value: value.into() };
    store.take_page(page(5, 6, vec![setting("Selamat pagi")])).await.unwrap();
    assert_eq!(store.setting("salam").unwrap().as_deref(), Some("Selamat pagi"));
    assert_eq!(store.setting("sal").unwrap(), None);
    store.take_page(page(6, 7, vec![setting("")])).await.unwrap();
    assert_eq!(store.setting("salam").unwrap(), None);
}

#[tokio::test]
async fn a_user_gone_from_one_posyandu_and_not_from_another_may_still_sign_in() {
    let word = |posyandu, item| {
        let feed = FeedId::Posyandu(posyandu);
        Page { feed, mark: FeedMark { feed, ..mark(1) }, ..page(0, 1, vec![item]) }
    };
    for (here, there) in [(MAWAR, MELATI), (MELATI, MAWAR)] {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path());
        store.take_page(word(there, Item::User(user("Rahma")))).await.unwrap();
        store.take_page(word(here, Item::UserGone(user("").id))).await.unwrap();
        assert_eq!(store.told_users().unwrap(), [(user("").id, Some(user("Rahma")))]);
    }
}

#[tokio::test]
async fn a_correction_is_never_earlier_than_what_was_seen_and_no_wrong_clock_drags_it_ahead() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let edited = |name: &str, ms, bases: &[u128]| {
        let bases = bases.iter().map(|&base| EventId(Uuid::from_u128(base))).collect();
        Body::PersonEdited(PersonEdited { edit: Edit::Name(name.into()), bases, at: Hybrid { ms, count: 0 } })
    };
    let ahead_ms = 1_800_000_000_000;
    let items = vec![
        told(&event(100, 5, 1, registered("Sity"))),
        told(&event(101, 5, 2, edited("Siti", ahead_ms, &[100]))),
        told(&event(102, 5, 3, edited("Sitti", i64::MAX, &[101]))),
    ];
    store.take_page(page(0, 3, items)).await.unwrap();
    store.correct(unplaced(event(103, 0, 0, edited("Siti A.", 0, &[102])))).await.unwrap();
    let child = store.child(SITI).unwrap().unwrap();
    let heads = child.fields[&Field::Name].heads();
    assert_eq!((child.registered.name.as_str(), heads.len()), ("Siti A.", 1));
    assert_eq!(
        heads[0].at,
        Hybrid { ms: ahead_ms, count: 1 },
        "after what was seen, not after what no clock can say"
    );
    store.correct(unplaced(event(103, 0, 0, edited("Siti A.", 0, &[102])))).await.unwrap();
    assert_eq!(store.safety().on_device, 1, "a second tap is the same correction");
}

/// What a posyandu of three nodes says of one child, this node among them (node 1).
fn story() -> Vec<Event> {
    let edit = |name: &str, base: u128, ms| {
        let bases = vec![EventId(Uuid::from_u128(base))];
        Body::PersonEdited(PersonEdited { edit: Edit::Name(name.into()), bases, at: Hybrid { ms, count: 0 } })
    };
    let mut again = in_visit(event(206, 6, 4, weighed(8_500)), 50);
    again.header.replaces = Some(Replaces { event: EventId(Uuid::from_u128(202)), reason: "ulang".into() });
    let mut morning = in_visit(event(207, 6, 5, weighed(8_700)), 52);
    (morning.header.recorded_at, morning.header.observed_on) = (stamp(8), LocalDate(0));
    let found = ClockFound {
        boot: [8; 16],
        monotonic_ns: 9_000_000_000,
        wall_ms: 1_771_300_000_000,
        offset_min: 420,
        source: ClockSource::Phone,
    };
    let mut clock = event(208, 6, 6, Body::ClockFound(found));
    clock.header.citizen = None;
    let head = |tenth_mm| {
        let measure = Measure::Head(Taken::Value(tenth_mm));
        Body::Measured(Measured { measure, repeat: 1, window: None, insisted: vec![] })
    };
    let mut head_again = in_visit(event(217, 6, 9, head(4_410)), 50);
    head_again.header.replaces =
        Some(Replaces { event: EventId(Uuid::from_u128(216)), reason: "ulang".into() });
    let void = |id, node, sequence, kind, voided: u128, visit| {
        let mut void = in_visit(event(id, node, sequence, Body::Voided(Voided { kind })), visit);
        void.header.replaces =
            Some(Replaces { event: EventId(Uuid::from_u128(voided)), reason: "bukan anak ini".into() });
        void
    };
    let vitamin = || Body::Served(Served::VitaminA(Capsule::Red));
    let mut capsule = in_visit(event(218, 5, 8, vitamin()), 52);
    (capsule.header.recorded_at, capsule.header.observed_on) = (stamp(8), LocalDate(0));
    vec![
        in_visit(event(215, 6, 8, weighed(9_900)), 54),
        void(221, 5, 9, 2, 215, 54),
        in_visit(event(216, 5, 6, head(4_400)), 50),
        head_again,
        capsule,
        in_visit(event(219, 1, 0, vitamin()), 50),
        void(220, 5, 7, 13, 219, 50),
        event(200, 5, 1, registered("Siti")),
        event(201, 6, 1, registered("Siti A.")),
        in_visit(event(202, 5, 2, weighed(8_400)), 50),
        in_visit(event(203, 6, 2, length(7_200)), 50),
        event(204, 5, 3, edit("Siti B.", 201, 5_000)),
        event(205, 6, 3, edit("Siti C.", 201, 6_000)),
        again,
        morning,
        clock,
        event(209, 5, 4, Body::PersonLeft(Leaving::Moved.into())),
        event(210, 6, 7, Body::PersonLeft(Leaving::Back.into())),
        in_visit(event(211, 1, 0, weighed(8_800)), 51),
        in_visit(event(212, 1, 0, length(7_300)), 50),
        event(213, 1, 0, edit("Siti D.", 204, 7_000)),
        // an imported book: this node and another recorded the same event
        in_visit(event(214, 5, 5, weighed(4_000)), 53),
        in_visit(event(214, 1, 0, weighed(4_000)), 53),
    ]
}

type Seen = (Option<Child>, Vec<VisitRecord>, Vec<Fact>, Vec<crate::roster::Listed>);

fn seen(store: &Store) -> Seen {
    let facts = store.all_facts_of(SITI).unwrap();
    (store.child(SITI).unwrap(), store.visits_of(SITI).unwrap(), facts, store.0.shelf.roster.all(MAWAR))
}

/// Tells a store the story: what it recorded itself in its own order, everything else in pages as they come.
async fn tell(store: &Store, order: &[usize], page_size: usize) {
    let story = story();
    let mut position = 0;
    let mut waiting = Vec::new();
    let mut own: Vec<&Event> = story.iter().filter(|event| event.header.node == HERE).collect();
    for &next in order {
        if story[next].header.node == HERE {
            store.record(vec![unplaced(own.remove(0).clone())]).await.unwrap();
        } else {
            waiting.push(told(&story[next]));
        }
        if waiting.len() == page_size {
            store.take_page(page(position, position + 1, std::mem::take(&mut waiting))).await.unwrap();
            position += 1;
        }
    }
    store.take_page(page(position, position + 1, waiting)).await.unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn whatever_comes_first_the_screens_are_the_same(
        order in Just((0..story().len()).collect::<Vec<_>>()).prop_shuffle(),
        page_size in 1..6usize,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (told, shuffled) = runtime.block_on(async {
            let (told, shuffled) = (open(one.path()), open(other.path()));
            tell(&told, &(0..story().len()).collect::<Vec<_>>(), 100).await;
            tell(&shuffled, &order, page_size).await;
            (told, shuffled)
        });
        prop_assert_eq!(seen(&shuffled), seen(&told));
        drop(shuffled);
        prop_assert_eq!(seen(&open(other.path())), seen(&told), "and after a restart");
    }
}

#[tokio::test]
async fn the_story_ends_as_it_should() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    tell(&store, &(0..story().len()).collect::<Vec<_>>(), 3).await;
    let (child, visits, facts, listed) = seen(&store);
    let child = child.unwrap();
    assert_eq!((child.registered.name.as_str(), child.fields[&Field::Name].is_disputed()), ("Siti D.", true));
    assert_eq!((child.left, listed.len()), (None, 1));
    let by_visit: BTreeMap<u128, &VisitRecord> =
        visits.iter().map(|record| (record.visit.0.as_u128(), record)).collect();
    let mass = |visit| by_visit[&visit].weighed.as_ref().map(|seen| seen.value.mass_g);
    assert_eq!(mass(50), Some(Taken::Value(8_500)), "the replaced one is gone");
    assert_eq!(by_visit[&50].length.as_ref().unwrap().value.length_tenth_mm, Taken::Value(7_300));
    assert_eq!((mass(53), by_visit[&53].weighed.as_ref().unwrap().sequence), (Some(Taken::Value(4_000)), 5));
    assert!(!by_visit.contains_key(&54), "the only weighing of that visit was taken back");
    let standing: Vec<(u128, Option<LocalDate>)> =
        store.facts_of(SITI).unwrap().iter().map(|fact| (fact.id().0.as_u128(), fact.on)).collect();
    assert_eq!(standing, [(218, Some(LocalDate(20_501))), (217, Some(DAY))]);
    let fallen: Vec<(u128, String)> =
        facts.into_iter().filter_map(|fact| Some((fact.id().0.as_u128(), fact.fallen?.reason))).collect();
    assert_eq!(fallen, [(216, "ulang".into()), (219, "bukan anak ini".into())], "both stay visible");
    assert_eq!((by_visit[&52].observed_on, by_visit[&52].clock_unset), (LocalDate(20_501), false));
    assert_eq!(listed[0].last_seen, LocalDate(20_501).to_naive());
}

#[tokio::test]
async fn a_fresh_node_has_three_hundred_children_and_two_years_in_seconds() {
    let (children, months) = (300_u128, 24);
    let mut items = Vec::new();
    let mut push = |child: u128, day: i32, event: Event| {
        let mut event = event;
        event.header.citizen = Some(CitizenId(Uuid::from_u128(1_000 + child)));
        event.header.sequence = items.len() as u64 + 1;
        event.header.id = EventId(Uuid::from_u128(1_000_000 + items.len() as u128));
        event.header.observed_on = LocalDate(20_000 + day);
        items.push(told(&event));
    };
    for child in 0..children {
        push(child, 0, event(0, 5, 0, registered(&format!("Anak {child}"))));
    }
    // month by month, as a feed grows: every page touches as many children as it can
    for month in 0..months {
        for child in 0..children {
            let visit = 1_000_000 + child * 100 + month as u128;
            push(child, month * 30, in_visit(event(0, 5, 0, weighed(4_000 + 300 * month as u32)), visit));
            push(child, month * 30, in_visit(event(0, 5, 0, length(5_000 + 120 * month as u32)), visit));
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let (began, count) = (Instant::now(), items.len());
    for (number, chunk) in (0..).zip(items.chunks(1_000)) {
        let page = page(number, number + 1, chunk.to_vec());
        assert_eq!(store.take_page(page).await.unwrap(), mark(number + 1));
    }
    let took = began.elapsed();
    println!("{count} events of {children} children taken in {} ms", took.as_millis());
    assert_eq!(store.0.shelf.roster.all(MAWAR).len() as u128, children);
    assert_eq!(store.visits_of(CitizenId(Uuid::from_u128(1_299))).unwrap().len(), months as usize);
    // alone on a slow machine it takes a third of ten seconds; here other tests run beside it
    assert!(took.as_secs() < 60, "{took:?}");
}
