//! What the office changes reaches the nodes it concerns, once.

use std::collections::BTreeMap;

use hub::reference::{self, Meeting, NewTask, Reference};
use protocol::LocalDate;
use protocol::feed::{FeedId, Item};
use sqlx::PgPool;
use uuid::Uuid;

use super::reader::{Reader, assert_unbroken};
use crate::harness::{TestHub, enrol, mawar, melati};
use crate::journal::{Node, child, day, id};

/// The two posyandu of the harness, and who works there.
fn file(name: &str, at: &[Uuid]) -> Reference {
    serde_json::from_value(serde_json::json!({
        "posyandu": [{ "id": mawar(), "puskesmas_id": id(8, 1), "name": name, "village": "Sukamaju" }],
        "users": [{ "id": id(3, 1), "puskesmas_id": id(8, 1), "name": "Rini", "role": "kader", "pin": "1234",
            "posyandu": at }],
    }))
    .unwrap()
}

async fn load(db: &PgPool, reference: &Reference) {
    let mut tx = db.begin().await.unwrap();
    reference::load(&mut tx, reference).await.unwrap();
    tx.commit().await.unwrap();
}

async fn heads(db: &PgPool, node: &Node) -> BTreeMap<FeedId, u64> {
    let heads = hub::feed::heads(db, node.id).await.unwrap();
    heads.into_iter().map(|head| (head.feed, head.position)).collect()
}

#[sqlx::test(migrations = "../migrations")]
async fn who_works_where_is_told_when_it_changes(db: PgPool) {
    let hub = TestHub::start(db.clone()).await;
    let node = Node::new(1, mawar());
    enrol(&db, &node, &[mawar(), melati()]).await;
    let mut at_mawar = Reader::of(&db, &node, mawar());
    let mut at_melati = Reader::of(&db, &node, melati());
    load(&db, &file("Mawar", &[mawar()])).await;
    let [Item::Posyandu(posyandu), Item::User(rini)] = &at_mawar.rest().await[..] else {
        panic!("two items")
    };
    assert_eq!((posyandu.name.as_str(), rini.name.as_str()), ("Mawar", "Rini"));
    assert_eq!(at_melati.rest().await, []);

    let before = heads(&db, &node).await;
    load(&db, &file("Mawar", &[mawar()])).await;
    assert_eq!(heads(&db, &node).await, before, "a repeat is no news");

    load(&db, &file("Mawar Tiga", &[melati()])).await;
    let moved = at_mawar.rest().await;
    assert!(
        matches!(&moved[..], [Item::Posyandu(new), Item::UserGone(gone)]
        if new.name == "Mawar Tiga" && gone.0 == id(3, 1)),
        "{moved:?}"
    );
    assert!(matches!(&at_melati.rest().await[..], [Item::User(user)] if user == rini));

    load(&db, &file("Mawar Tiga", &[mawar(), melati()])).await;
    assert!(matches!(&at_mawar.rest().await[..], [Item::User(user)] if user == rini));
    assert_eq!(at_melati.rest().await, []);
    // Who reads from the beginning hears the last word only.
    let anew = Reader::of(&db, &node, mawar()).rest().await;
    assert!(
        matches!(&anew[..], [Item::Posyandu(new), Item::User(_)] if new.name == "Mawar Tiga"),
        "{anew:?}"
    );
    drop(hub);
    assert_unbroken(&db).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn meetings_and_settings_are_told_and_taken_back(db: PgPool) {
    let _hub = TestHub::start(db.clone()).await;
    let node = Node::new(1, mawar());
    enrol(&db, &node, &[mawar()]).await;
    let mut db_connection = db.acquire().await.unwrap();
    let meeting =
        Meeting { posyandu: mawar(), day: day("2026-12-08"), from_min: 480, place: "Balai desa".into() };
    let meeting_id = reference::add_meeting(&mut db_connection, &meeting).await.unwrap();
    reference::set_setting(&mut db_connection, "pesan", "Bawa buku KIA").await.unwrap();
    reference::set_setting(&mut db_connection, "pesan", "Bawa buku KIA dan KTP").await.unwrap();
    let (mut own, mut common) = (Reader::of(&db, &node, mawar()), Reader::fresh(&db, &node, FeedId::Common));
    let [Item::Session(session)] = &own.rest().await[..] else { panic!("one meeting") };
    assert_eq!((session.id, session.day, session.from_min), (meeting_id, LocalDate::from(meeting.day), 480));
    assert_eq!((session.place.as_str(), session.cancelled), ("Balai desa", false));
    let [Item::Setting { value, .. }] = &common.rest().await[..] else { panic!("the last word") };
    assert_eq!(value, "Bawa buku KIA dan KTP");

    for _ in 0..2 {
        reference::cancel_meeting(&mut db_connection, meeting_id).await.unwrap();
        reference::set_setting(&mut db_connection, "pesan", "").await.unwrap();
    }
    assert!(matches!(&own.rest().await[..], [Item::Session(session)] if session.cancelled));
    assert!(matches!(&common.rest().await[..], [Item::Setting { value, .. }] if value.is_empty()));
    assert!(reference::cancel_meeting(&mut db_connection, id(6, 1)).await.is_err());
    let late = Meeting { from_min: 1440, ..meeting };
    assert!(reference::add_meeting(&mut db_connection, &late).await.is_err());
    assert!(reference::set_setting(&mut db_connection, "dua kata", "x").await.is_err());
}

#[sqlx::test(migrations = "../migrations")]
async fn a_task_goes_where_the_child_goes(db: PgPool) {
    let mut hub = TestHub::start(db.clone()).await;
    let (mut here, mut there) = (Node::new(1, mawar()), Node::new(2, melati()));
    hub.enrol(&here, &[mawar()]).await;
    hub.enrol(&there, &[melati()]).await;
    here.register(id(5, 1), day("2026-05-01"), child("Budi", day("2025-01-05")));
    hub.send(&here, here.sealed_whole()).await;
    let task =
        NewTask { citizen: id(5, 1), text: "Kunjungi rumah Budi".into(), due: Some(day("2026-12-01")) };
    let mut db_connection = db.acquire().await.unwrap();
    let task_id = reference::add_task(&mut db_connection, &task).await.unwrap();
    let tasks = |items: Vec<Item>| {
        let task = |item: Item| match item {
            Item::Task(task) => Some((task.id, task.text, task.done)),
            _ => None,
        };
        items.into_iter().filter_map(task).collect::<Vec<_>>()
    };
    let open = [(task_id, task.text.clone(), false)];
    assert_eq!(tasks(Reader::of(&db, &here, mawar()).rest().await), open);

    there.register(id(5, 1), day("2026-06-01"), child("Budi", day("2025-01-05")));
    hub.send(&there, there.sealed_whole()).await;
    let mut reader = Reader::of(&db, &there, melati());
    assert_eq!(tasks(reader.rest().await), open);
    reference::finish_task(&mut db_connection, task_id).await.unwrap();
    assert_eq!(tasks(reader.rest().await), [(task_id, task.text.clone(), true)]);
    assert!(reference::add_task(&mut db_connection, &NewTask { citizen: id(5, 9), ..task }).await.is_err());
}
