//! Numbers without gaps, whoever writes.

use std::collections::BTreeSet;

use hub::gate::Upload;
use protocol::Event;
use protocol::feed::{FeedId, Item};
use protocol::letter::Up;
use sqlx::PgPool;
use tokio::task::JoinSet;

use super::reader::{Reader, assert_unbroken, names, weights};
use crate::harness::{TestHub, enrol, mawar, melati, places, wait};
use crate::journal::{Node, child, day, id};
use crate::two_hubs::until_waiting;

/// Children that each node of Mawar registers.
const CHILDREN: u64 = 12;

/// A node that registers its children and weighs each twice.
fn written(number: u64) -> Node {
    let mut node = Node::new(number, mawar());
    for nth in 0..CHILDREN {
        let name = format!("Anak {number}-{nth}");
        node.register(id(5, number * 100 + nth), day("2026-05-01"), child(&name, day("2025-01-05")));
    }
    weigh(&mut node, number, 10);
    node
}

/// A node of the other posyandu that weighs the children of a node of Mawar.
fn guests_of(number: u64) -> Node {
    let mut node = Node::new(number + 3, melati());
    weigh(&mut node, number, 20);
    node
}

fn weigh(node: &mut Node, number: u64, on: u32) {
    for nth in 0..2 * CHILDREN {
        let (citizen, visit) = (id(5, number * 100 + nth / 2), u64::from(on) * 10_000 + number * 100 + nth);
        let on = day("2026-05-01") + chrono::Days::new(u64::from(on) + nth % 2 * 30);
        node.weigh(citizen, visit, on, 8_000 + nth as u32 * 50);
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_reader_misses_nothing_while_two_hubs_write_one_feed(db: PgPool) {
    places(&db).await;
    let hubs = [TestHub::over(db.clone()), TestHub::over(db.clone())];
    let homes: Vec<Node> = (1..=3).map(written).collect();
    let guests: Vec<Node> = (1..=3).map(guests_of).collect();
    let fresh = Node::new(9, mawar());
    for node in homes.iter().chain(&guests).chain([&fresh]) {
        enrol(&db, node, &[node.posyandu]).await;
    }
    for home in &homes {
        wait(hubs[0].hand(home.id, home.sealed(1, CHILDREN)).await).await.unwrap();
    }
    // Now both posyandu weigh the same children, each by a hub of its own, a few events at a time.
    let mut writing = JoinSet::new();
    for (node, hub, begun) in homes
        .iter()
        .map(|home| (home.clone(), &hubs[0], CHILDREN))
        .chain(guests.iter().map(|guest| (guest.clone(), &hubs[1], 0)))
    {
        let uploads = hub.uploads.clone();
        writing.spawn(async move {
            for first in (begun + 1..=node.frames.len() as u64).step_by(3) {
                let letter = Up::Batch(&node.sealed(first, first + 2)).write();
                let (upload, taken) = Upload::new(node.id, letter.into());
                uploads.send(upload).await.unwrap();
                wait(taken).await.unwrap();
            }
        });
    }
    let mut reader = Reader::of(&db, &fresh, mawar());
    reader.at_most = 7;
    let mut read: Vec<Event> = Vec::new();
    let mut ended = false;
    while !ended {
        ended = writing.is_empty();
        while writing.try_join_next().transpose().unwrap().is_some() {}
        read.extend(reader.events().await);
        tokio::task::yield_now().await;
    }
    let ids: BTreeSet<_> = read.iter().map(|event| event.header.id).collect();
    assert_eq!(ids.len(), read.len(), "nothing twice");
    assert_eq!(read.len() as u64, 3 * CHILDREN * 5);
    assert_unbroken(&db).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_fresh_node_knows_what_the_tables_say(db: PgPool) {
    let mut hub = TestHub::start(db.clone()).await;
    let (mut old, fresh) = (written(1), Node::new(9, mawar()));
    let mut away = Node::new(2, melati());
    hub.enrol(&old, &[mawar()]).await;
    hub.enrol(&away, &[melati()]).await;
    hub.enrol(&fresh, &[mawar()]).await;
    let first = old.weigh(id(5, 100), 77, day("2026-07-10"), 9_000);
    old.weigh_as(id(5, 100), 77, day("2026-07-10"), 9_100, crate::journal::replacing(first));
    hub.send(&old, old.sealed_whole()).await;
    // A child of Mawar is weighed at Melati, where it is a guest.
    away.weigh(id(5, 101), 78, day("2026-07-12"), 9_500);
    hub.send(&away, away.sealed_whole()).await;

    let read = Reader::of(&db, &fresh, mawar()).events().await;
    let people: Vec<String> = sqlx::query_scalar("select name from citizens where posyandu_id = $1")
        .bind(mawar())
        .fetch_all(&db)
        .await
        .unwrap();
    assert_eq!(names(&read), people.into_iter().collect());
    let rows: Vec<(uuid::Uuid, i32, i32)> = sqlx::query_as(
        "select citizen_id, observed_on - date '1970-01-01', weight_g from child_growth_records
         join citizens on citizens.id = citizen_id where citizens.posyandu_id = $1",
    )
    .bind(mawar())
    .fetch_all(&db)
    .await
    .unwrap();
    let mut told = weights(&read);
    assert!(
        told.remove(&(id(5, 100), protocol::LocalDate::from(day("2026-07-10")).0, 9_000)),
        "what was replaced stays visible"
    );
    assert_eq!(told, rows.into_iter().map(|(citizen, on, mass_g)| (citizen, on, mass_g as u32)).collect());

    let guests = Reader::of(&db, &Node::new(3, melati()), melati());
    enrol(&db, &Node::new(3, melati()), &[melati()]).await;
    let mut guests = guests;
    assert_eq!(guests.events().await.len(), 1, "Melati knows whom it weighed");
    assert_unbroken(&db).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn who_commits_later_gets_the_later_number(db: PgPool) {
    let _hub = TestHub::start(db.clone()).await;
    let node = Node::new(1, mawar());
    enrol(&db, &node, &[mawar()]).await;
    let mut reader = Reader::fresh(&db, &node, FeedId::Common);
    hub::reference::set_setting(&mut db.acquire().await.unwrap(), "dasar", "0").await.unwrap();
    assert_eq!(reader.rest().await.len(), 1);
    let mut first = db.begin().await.unwrap();
    hub::reference::set_setting(&mut first, "pertama", "1").await.unwrap();
    let second = tokio::spawn({
        let db = db.clone();
        async move {
            let mut second = db.begin().await.unwrap();
            hub::reference::set_setting(&mut second, "kedua", "2").await.unwrap();
            second.commit().await.unwrap();
        }
    });
    until_waiting(&db, 1).await;
    assert_eq!(reader.rest().await, [], "nothing is told before it is committed");
    first.commit().await.unwrap();
    wait(second).await.unwrap();
    let items = reader.rest().await;
    assert!(
        matches!(&items[..], [Item::Setting { key: one, .. }, Item::Setting { key: two, .. }]
            if one == "pertama" && two == "kedua"),
        "{items:?}"
    );
    assert_unbroken(&db).await;
}
