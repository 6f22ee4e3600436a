//! A database that went back in time is noticed, whatever its backup says of itself.

use std::path::Path;

use hub::intake::settle_epoch;
use protocol::ask::Heard;
use protocol::feed::{FeedHash, FeedId, FeedMark};
use protocol::{Chain, Reply};
use sqlx::PgPool;
use uuid::Uuid;

use crate::card::Card;
use crate::harness::{TestHub, mawar};
use crate::journal::{Node, day, id};

fn card(events: u64) -> Card {
    let mut node = Node::new(1, mawar());
    for visit in 1..=events {
        node.weigh(id(5, 1), visit, day("2026-11-10"), 8_000 + visit as u32);
    }
    Card::new(node)
}

/// Every epoch that was spoken, oldest first, with the reason why it began.
async fn epochs(db: &PgPool) -> Vec<(Uuid, String)> {
    sqlx::query_as("select epoch, reason from hub_epochs where not is_lost order by number")
        .fetch_all(db)
        .await
        .unwrap()
}

async fn reasons(db: &PgPool) -> Vec<String> {
    epochs(db).await.into_iter().map(|(_, reason)| reason).collect()
}

async fn settle(db: &PgPool, dir: &Path) {
    settle_epoch(db, dir).await.unwrap();
}

/// Everything after the node's first `kept` events is as if it had never come.
async fn go_back(db: &PgPool, node: &Node, kept: u64) {
    sqlx::query("delete from event_log where sequence > $1").bind(kept as i64).execute(db).await.unwrap();
    sqlx::query("delete from child_growth_records where sequence > $1")
        .bind(kept as i64)
        .execute(db)
        .await
        .unwrap();
    sqlx::query("update received_runs set last_sequence = $1, chain_after = $2")
        .bind(kept as i64)
        .bind(node.chain(kept).0)
        .execute(db)
        .await
        .unwrap();
}

#[sqlx::test(migrations = "../migrations")]
async fn hubs_that_start_together_speak_with_one_epoch(db: PgPool) {
    let dirs = [(); 4].map(|()| tempfile::tempdir().unwrap());
    let [one, two, three, four] = dirs.each_ref().map(|dir| settle(&db, dir.path()));
    tokio::join!(one, two, three, four);
    assert_eq!(reasons(&db).await, ["first"]);
    let fresh = tempfile::tempdir().unwrap();
    settle(&db, fresh.path()).await;
    settle(&db, dirs[0].path()).await;
    assert_eq!(reasons(&db).await, ["first"], "neither an empty folder nor a restart is a reason");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_database_that_forgot_an_epoch_takes_one_new_one_for_all_hubs(db: PgPool) {
    let [one, two, three] = [(); 3].map(|()| tempfile::tempdir().unwrap());
    settle(&db, three.path()).await;
    sqlx::query("update hub_epochs set timeline = timeline + 1").execute(&db).await.unwrap();
    settle(&db, one.path()).await;
    settle(&db, two.path()).await;
    assert_eq!(reasons(&db).await, ["first", "other timeline"]);
    settle(&db, three.path()).await;
    assert_eq!(reasons(&db).await.len(), 2, "a file that is merely old is brought up to date");

    let back = "delete from hub_epochs where reason = 'other timeline'";
    sqlx::query(back).execute(&db).await.unwrap();
    sqlx::query("update hub_epochs set timeline = timeline - 1").execute(&db).await.unwrap();
    let [one, two, three] = [&one, &two, &three].map(|dir| settle(&db, dir.path()));
    tokio::join!(one, two, three);
    assert_eq!(reasons(&db).await, ["first", "unknown epoch"]);
}

#[sqlx::test(migrations = "../migrations")]
async fn another_cluster_under_the_same_address_is_noticed(db: PgPool) {
    let dir = tempfile::tempdir().unwrap();
    settle(&db, dir.path()).await;
    sqlx::query("update hub_epochs set database_system = 1").execute(&db).await.unwrap();
    settle(&db, dir.path()).await;
    assert_eq!(reasons(&db).await, ["first", "other cluster"]);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_node_that_remembers_more_than_the_database_sends_it_again(db: PgPool) {
    let hub = TestHub::start(db).await;
    let mut card = card(10);
    hub.enrol(&card.node, &[mawar()]).await;
    card.send_all(&hub).await;
    let before = card.heard.unwrap();
    go_back(&hub.db, &card.node, 6).await;

    let Reply::Welcome(welcome) = card.ask(&hub, card.hello()).await else { panic!("a welcome") };
    assert!(!welcome.differs, "what is acknowledged now is the same");
    assert_ne!(card.heard.unwrap().hub_epoch, before.hub_epoch);
    assert_eq!(card.watermark(), 6);
    card.send_all(&hub).await;
    assert_eq!(card.watermark(), 10);
    let held: i64 = sqlx::query_scalar("select count(*) from event_log").fetch_one(&hub.db).await.unwrap();
    assert_eq!(held, 10);
    assert_eq!(reasons(&hub.db).await, ["first", "ack beyond"]);

    card.ask(&hub, card.hello()).await;
    assert_eq!(reasons(&hub.db).await.len(), 2, "that was all there was to say");
}

#[sqlx::test(migrations = "../migrations")]
async fn an_epoch_only_nodes_remember_is_news_once(db: PgPool) {
    let hub = TestHub::start(db).await;
    let mut card = card(4);
    hub.enrol(&card.node, &[mawar()]).await;
    card.send_all(&hub).await;
    card.heard = Some(Heard { hub_epoch: [9; 16], ..card.heard.unwrap() });
    card.ask(&hub, card.hello()).await;
    assert_eq!(reasons(&hub.db).await, ["first", "unknown epoch"]);
    sqlx::query("update hub_epochs set began_at = began_at - interval '1 hour'")
        .execute(&hub.db)
        .await
        .unwrap();
    card.heard = Some(Heard { hub_epoch: [9; 16], ..card.heard.unwrap() });
    card.ask(&hub, card.hello()).await;
    assert_eq!(reasons(&hub.db).await.len(), 2, "the next node that remembers it changes nothing");
}

#[sqlx::test(migrations = "../migrations")]
async fn an_old_or_copied_card_is_no_sign_of_a_restored_hub(db: PgPool) {
    let hub = TestHub::start(db).await;
    let mut card = card(6);
    hub.enrol(&card.node, &[mawar()]).await;
    card.send(&hub, 1, 3).await;
    let mut restored = card.clone();
    restored.node.frames.truncate(3);
    card.send_all(&hub).await;

    restored.ask(&hub, restored.hello()).await;
    restored.node.weigh(id(5, 1), 9, day("2026-11-10"), 9_999);
    restored.node.weigh(id(5, 1), 10, day("2026-11-10"), 9_998);
    restored.send_all(&hub).await;
    restored.ask(&hub, restored.hello()).await;
    card.ask(&hub, card.hello()).await;
    assert_eq!((restored.watermark(), card.watermark()), (5, 6));
    assert_eq!(reasons(&hub.db).await, ["first"]);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_node_that_lies_costs_one_epoch_a_minute(db: PgPool) {
    let hub = TestHub::start(db).await;
    let mut card = card(2);
    hub.enrol(&card.node, &[mawar()]).await;
    card.send_all(&hub).await;
    for lie in 1..=5 {
        let heard = card.heard.unwrap();
        card.heard = Some(Heard { watermark: 1_000_000, chain: Chain([lie; 32]), ..heard });
        let mut lying = card.clone();
        lying.heard = None;
        let protocol::ask::Question::Hello(mut hello) = lying.hello() else { panic!("a greeting") };
        hello.heard = card.heard;
        card.heard = Some(heard);
        card.ask(&hub, protocol::ask::Question::Hello(hello)).await;
    }
    assert_eq!(reasons(&hub.db).await, ["first", "ack beyond"]);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_feed_read_further_than_it_goes_is_news_once(db: PgPool) {
    let hub = TestHub::start(db).await;
    let mut card = card(2);
    hub.enrol(&card.node, &[mawar()]).await;
    card.send_all(&hub).await;
    card.marks = vec![FeedMark { feed: FeedId::Common, position: 500, hash: FeedHash([5; 16]) }];
    card.ask(&hub, card.hello()).await;
    assert_eq!(reasons(&hub.db).await, ["first", "feed beyond"]);
    sqlx::query("update hub_epochs set began_at = began_at - interval '1 hour'")
        .execute(&hub.db)
        .await
        .unwrap();
    card.ask(&hub, card.hello()).await;
    assert_eq!(
        reasons(&hub.db).await.len(),
        2,
        "the node begins that feed anew; the hub has said all it can"
    );
}
