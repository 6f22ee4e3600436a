//! Children who come to another posyandu, and databases from before there were feeds.

use protocol::feed::Item;
use protocol::registry::Leaving;
use protocol::{Body, CitizenId};
use sqlx::PgPool;

use super::reader::{Reader, assert_unbroken, events, names, weights};
use crate::harness::{TestHub, mawar, melati};
use crate::journal::{Node, child, day, id};

fn left(items: &[Item]) -> Vec<CitizenId> {
    let left = |item: &Item| match item {
        Item::Left { citizen, leaving: Leaving::Moved } => Some(*citizen),
        _ => None,
    };
    items.iter().filter_map(left).collect()
}

#[sqlx::test(migrations = "../migrations")]
async fn a_child_that_moves_brings_its_history_and_leaves_word(db: PgPool) {
    let (mut here, mut there) = (Node::new(1, mawar()), Node::new(2, melati()));
    let mut hub = TestHub::start(db.clone()).await;
    hub.enrol(&here, &[mawar()]).await;
    hub.enrol(&there, &[melati()]).await;
    let (fresh_here, fresh_there) = (Node::new(3, mawar()), Node::new(4, melati()));
    hub.enrol(&fresh_here, &[mawar()]).await;
    hub.enrol(&fresh_there, &[melati()]).await;
    let budi = child("Budi", day("2025-01-05"));
    here.register(id(5, 1), day("2026-05-01"), budi.clone());
    here.weigh(id(5, 1), 1, day("2026-05-10"), 9_000);
    hub.send(&here, here.sealed_whole()).await;
    let mut stays_here = Reader::of(&db, &fresh_here, mawar());
    assert_eq!(stays_here.events().await.len(), 2);

    there.register(id(5, 1), day("2026-06-01"), budi.clone());
    there.weigh(id(5, 1), 2, day("2026-06-10"), 9_300);
    hub.send(&there, there.sealed_whole()).await;
    assert_eq!(left(&stays_here.rest().await), [CitizenId(id(5, 1))]);
    let moved = Reader::of(&db, &fresh_there, melati()).events().await;
    assert_eq!(weights(&moved).iter().map(|&(.., mass_g)| mass_g).collect::<Vec<_>>(), [9_000, 9_300]);
    assert_eq!(moved.len(), 4, "both registrations, for both were seen");

    // Back again: word of the leaving is void, and what Melati saw comes along.
    here.register(id(5, 1), day("2026-07-01"), budi);
    let (first, last) = (here.frames.len() as u64, here.frames.len() as u64);
    // A later life is later in order, whatever the sequences.
    hub.send(&here, here.sealed(first, last)).await;
    let home: uuid::Uuid =
        sqlx::query_scalar("select posyandu_id from citizens").fetch_one(&db).await.unwrap();
    assert_eq!(home, mawar());
    let items = stays_here.rest().await;
    let back = events(&items);
    assert_eq!(weights(&back).iter().map(|&(.., mass_g)| mass_g).collect::<Vec<_>>(), [9_300]);
    assert!(matches!(back.last().unwrap().body, Body::ChildRegistered(_)));
    let anew = Reader::of(&db, &fresh_here, mawar()).rest().await;
    assert_eq!(left(&anew), [], "a fresh node never hears that the child was away");
    assert_eq!(weights(&events(&anew)).len(), 2);
    assert_eq!(left(&Reader::of(&db, &fresh_there, melati()).rest().await), [CitizenId(id(5, 1))]);
    assert_unbroken(&db).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn what_was_seen_elsewhere_before_a_child_was_registered_comes_home(db: PgPool) {
    let (mut home, mut away) = (Node::new(1, mawar()), Node::new(2, melati()));
    let mut hub = TestHub::start(db.clone()).await;
    hub.enrol(&home, &[mawar()]).await;
    hub.enrol(&away, &[melati()]).await;
    away.weigh(id(5, 1), 1, day("2026-05-10"), 9_000);
    hub.send(&away, away.sealed_whole()).await;
    home.register(id(5, 1), day("2026-05-12"), child("Tamu", day("2025-01-05")));
    hub.send(&home, home.sealed_whole()).await;
    let read = Reader::of(&db, &home, mawar()).events().await;
    assert_eq!(weights(&read).len(), 1);
    assert_eq!(left(&Reader::of(&db, &away, melati()).rest().await), []);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_hub_that_kept_no_feeds_begins_with_all_it_has(db: PgPool) {
    let (mut here, mut there, fresh) = (Node::new(1, mawar()), Node::new(2, melati()), Node::new(3, mawar()));
    let mut hub = TestHub::start(db.clone()).await;
    hub.enrol(&here, &[mawar()]).await;
    hub.enrol(&there, &[melati()]).await;
    hub.enrol(&fresh, &[mawar()]).await;
    for nth in 0..20 {
        here.register(id(5, nth), day("2026-05-01"), child(&format!("Anak {nth}"), day("2025-01-05")));
        here.weigh(id(5, nth), nth, day("2026-05-10"), 8_000 + nth as u32);
    }
    hub.send(&here, here.sealed_whole()).await;
    there.weigh(id(5, 1), 90, day("2026-05-20"), 8_500);
    hub.send(&there, there.sealed_whole()).await;
    let before = Reader::of(&db, &fresh, mawar()).events().await;
    sqlx::query("truncate feeds, feed_items").execute(&db).await.unwrap();

    hub::feed::begin(&db).await.unwrap();
    let items = Reader::of(&db, &fresh, mawar()).rest().await;
    assert!(items.iter().any(|item| matches!(item, Item::Posyandu(posyandu) if posyandu.name == "Mawar")));
    let now = events(&items);
    assert_eq!((names(&now), weights(&now)), (names(&before), weights(&before)));
    assert_unbroken(&db).await;
    // Neither a second start nor a look for what is missing finds anything.
    let count = "select count(*) from feed_items";
    let after: i64 = sqlx::query_scalar(count).fetch_one(&db).await.unwrap();
    hub::feed::begin(&db).await.unwrap();
    hub::feed::catch_up(&db).await.unwrap();
    assert_eq!(sqlx::query_scalar::<_, i64>(count).fetch_one(&db).await.unwrap(), after);
    // What an older hub wrote meanwhile is found.
    let last = "delete from feed_items where feed_id = $1 and position > $2 - 3";
    sqlx::query(last).bind(mawar()).bind(items.len() as i64).execute(&db).await.unwrap();
    hub::feed::catch_up(&db).await.unwrap();
    let now = Reader::of(&db, &fresh, mawar()).events().await;
    assert_eq!((names(&now), weights(&now)), (names(&before), weights(&before)));
}
