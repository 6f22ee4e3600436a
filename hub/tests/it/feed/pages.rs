//! What a page leaves out, and to whom nothing is given.

use protocol::ask::FeedQuestion;
use protocol::feed::{FeedHash, FeedId, FeedMark, Item};
use protocol::time::ClockSource;
use protocol::{LocalDate, Month, Reply};
use sqlx::PgPool;

use super::reader::{Reader, weights};
use crate::harness::{TestHub, mawar, melati};
use crate::journal::{Node, child, day, id};

async fn hub_with(db: &PgPool, nodes: &[&Node]) -> TestHub {
    let hub = TestHub::start(db.clone()).await;
    for node in nodes {
        hub.enrol(node, &[node.posyandu]).await;
    }
    hub
}

#[sqlx::test(migrations = "../migrations")]
async fn a_node_is_not_told_what_it_wrote_unless_it_lost_its_card(db: PgPool) {
    let (mut one, mut other) = (Node::new(1, mawar()), Node::new(2, mawar()));
    let mut hub = hub_with(&db, &[&one, &other]).await;
    one.register(id(5, 1), day("2026-05-01"), child("Budi", day("2025-01-05")));
    hub.send(&one, one.sealed_whole()).await;
    other.weigh(id(5, 1), 1, day("2026-05-10"), 9_000);
    hub.send(&other, other.sealed_whole()).await;

    let mut reader = Reader::of(&db, &one, mawar());
    let read = reader.events().await;
    assert_eq!(read.iter().map(|event| event.header.node).collect::<Vec<_>>(), [other.id]);
    assert_eq!(reader.mark.position, 2, "it stands at the end all the same");
    assert!(reader.page().await.items.is_empty());
    // A new card knows nothing of what the old one wrote.
    one.incarnation = 2;
    assert_eq!(Reader::of(&db, &one, mawar()).events().await.len(), 2);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_restored_card_is_told_what_it_wrote_and_lost(db: PgPool) {
    let mut one = Node::new(1, mawar());
    let mut hub = hub_with(&db, &[&one]).await;
    one.register(id(5, 1), day("2026-05-01"), child("Budi", day("2025-01-05")));
    one.weigh(id(5, 1), 1, day("2026-05-10"), 9_000);
    one.weigh(id(5, 1), 2, day("2026-06-10"), 9_300);
    hub.send(&one, one.sealed_whole()).await;
    for (head, lost) in [(3, &[][..]), (1, &[2, 3]), (0, &[1, 2, 3])] {
        let mut restored = Reader { head, ..Reader::of(&db, &one, mawar()) };
        let read = restored.events().await;
        assert_eq!(read.iter().map(|event| event.header.sequence).collect::<Vec<_>>(), lost, "head {head}");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn cards_that_go_by_one_name_are_told_what_either_may_lack(db: PgPool) {
    let (mut one, fresh) = (Node::new(1, mawar()), Node::new(2, mawar()));
    let mut hub = hub_with(&db, &[&one, &fresh]).await;
    one.register(id(5, 1), day("2026-05-01"), child("Budi", day("2025-01-05")));
    one.weigh(id(5, 1), 1, day("2026-05-10"), 9_000);
    one.weigh(id(5, 1), 2, day("2026-06-10"), 9_300);
    hub.send(&one, one.sealed_whole()).await;
    assert_eq!(Reader::of(&db, &one, mawar()).events().await.len(), 0);
    sqlx::query(
        "insert into journal_branches (node_id, incarnation, branch, parent, first_sequence, began_at)
         values ($1, 1, 1073741824, 1, 3, now())",
    )
    .bind(one.id.0)
    .execute(&db)
    .await
    .unwrap();
    let read = Reader::of(&db, &one, mawar()).events().await;
    assert_eq!(read.iter().map(|event| event.header.sequence).collect::<Vec<_>>(), [3]);
}

#[sqlx::test(migrations = "../migrations")]
async fn charts_reach_back_two_years_from_the_newest_visit(db: PgPool) {
    let (mut old, fresh) = (Node::new(1, mawar()), Node::new(2, mawar()));
    let mut hub = hub_with(&db, &[&old, &fresh]).await;
    old.register(id(5, 1), day("2023-01-20"), child("Budi", day("2023-01-05")));
    old.register(id(5, 2), day("2021-01-20"), child("Ani", day("2021-01-05")));
    for month in 0..40u32 {
        let on = Month(2023 * 12 + 1 + month as i32).first_day().unwrap() + chrono::Days::new(9);
        old.weigh(id(5, 1), u64::from(month), on, 5_000 + month);
    }
    // One child came last three years ago, and is told of nevertheless.
    old.weigh(id(5, 2), 60, day("2023-03-10"), 9_000);
    // A clock that ran ahead, and one nobody had set, cost nobody anything.
    old.weigh(id(5, 1), 61, day("2091-01-01"), 7_777);
    old.weigh_as(id(5, 1), 62, day("1970-01-01"), 7_778, |header| {
        header.recorded_at.source = ClockSource::Unset;
    });
    hub.send(&old, old.sealed_whole()).await;

    let read = weights(&Reader::of(&db, &fresh, mawar()).events().await);
    let of_budi: Vec<u32> =
        read.iter().filter(|(citizen, ..)| *citizen == id(5, 1)).map(|&(.., mass_g)| mass_g).collect();
    // The newest is of May 2026: from May 2024 on.
    let expected: Vec<u32> =
        [7_778].into_iter().chain((15..40).map(|month| 5_000 + month)).chain([7_777]).collect();
    assert_eq!(of_budi, expected);
    assert!(read.contains(&(id(5, 2), LocalDate::from(day("2023-03-10")).0, 9_000)));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_place_this_hub_never_gave_begins_anew(db: PgPool) {
    let (mut old, fresh) = (Node::new(1, mawar()), Node::new(2, mawar()));
    let mut hub = hub_with(&db, &[&old, &fresh]).await;
    for nth in 0..3 {
        old.register(id(5, nth), day("2026-05-01"), child(&format!("Anak {nth}"), day("2025-01-05")));
    }
    hub.send(&old, old.sealed_whole()).await;
    let mut reader = Reader::of(&db, &fresh, mawar());
    reader.at_most = 2;
    reader.page().await;
    let second = reader.mark;
    assert!(hub::feed::knows(&db, &second).await.unwrap());
    for (position, hash) in [(2, FeedHash([7; 16])), (9, second.hash), (u64::MAX, second.hash)] {
        let from = FeedMark { feed: second.feed, position, hash };
        assert!(!hub::feed::knows(&db, &from).await.unwrap());
        reader.mark = from;
        let page = reader.page().await;
        assert!(page.restart);
        assert_eq!((page.after, page.items.len(), page.mark), (0, 2, second));
    }
    let page = reader.page().await;
    assert!(!page.restart);
    assert_eq!((page.items.len(), page.mark.position, page.head), (1, 3, 3));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_feed_is_read_by_those_it_is_for(db: PgPool) {
    let (mut node, stranger) = (Node::new(1, mawar()), Node::new(2, mawar()));
    let mut hub = hub_with(&db, &[&node]).await;
    node.register(id(5, 1), day("2026-05-01"), child("Budi", day("2025-01-05")));
    hub.send(&node, node.sealed_whole()).await;
    let refused = |reply| matches!(reply, Reply::Refused(_));
    assert!(refused(Reader::of(&db, &node, melati()).ask().await));
    assert!(refused(Reader::of(&db, &stranger, mawar()).ask().await));
    assert!(refused(Reader::fresh(&db, &stranger, FeedId::Common).ask().await));
    assert!(!refused(Reader::fresh(&db, &node, FeedId::Common).ask().await));
    sqlx::query("update nodes set revoked_at = now()").execute(&db).await.unwrap();
    assert!(refused(Reader::of(&db, &node, mawar()).ask().await));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_page_fits_a_letter_and_always_goes_on(db: PgPool) {
    let node = Node::new(1, mawar());
    let _hub = hub_with(&db, &[&node]).await;
    for nth in 0..30 {
        let value = format!("{nth:02}").repeat(8_000);
        let mut tx = db.begin().await.unwrap();
        hub::reference::set_setting(&mut tx, &format!("templat.{nth}"), &value).await.unwrap();
        tx.commit().await.unwrap();
    }
    let mut reader = Reader::fresh(&db, &node, FeedId::Common);
    let first = reader.page().await;
    let bytes: usize = first.items.iter().map(Vec::len).sum();
    assert!(first.items.len() == 12 && bytes <= 200 * 1024, "{} items, {bytes} bytes", first.items.len());
    assert_eq!(first.items.len() + reader.rest().await.len(), 30);
    let question = FeedQuestion { from: FeedMark { position: 0, ..reader.mark }, at_most: 0, head: u64::MAX };
    let Reply::Page(page) = hub::feed::page(&db, node.id, 1, &question).await.unwrap() else { panic!() };
    assert!(
        matches!(page.known().collect::<Vec<_>>()[..], [Item::Setting { .. }]),
        "even who asks for nothing gets on"
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn an_event_that_is_gone_costs_only_itself(db: PgPool) {
    let (mut old, fresh) = (Node::new(1, mawar()), Node::new(2, mawar()));
    let mut hub = hub_with(&db, &[&old, &fresh]).await;
    for nth in 0..5 {
        old.register(id(5, nth), day("2026-05-01"), child(&format!("Anak {nth}"), day("2025-01-05")));
    }
    hub.send(&old, old.sealed_whole()).await;
    sqlx::query("delete from event_log where sequence = 2").execute(&db).await.unwrap();
    let mut reader = Reader::of(&db, &fresh, mawar());
    reader.at_most = 2;
    let read = reader.events().await;
    assert_eq!(read.iter().map(|event| event.header.sequence).collect::<Vec<_>>(), [1, 3, 4, 5]);
}
