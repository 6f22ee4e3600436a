//! A node's life: its cards follow each other, the old one is still heard once, a stolen one is not.

use protocol::Reply;
use protocol::ask::{FeedQuestion, Question};
use protocol::feed::{FeedHash, FeedId, FeedMark};
use sqlx::PgPool;

use crate::card::Card;
use crate::harness::{TestHub, enrol, mawar, wait};
use crate::journal::{Node, child, day, id};

/// The same node on a new card.
fn new_card(old: &Node) -> Node {
    let key = ed25519_dalek::SigningKey::from_bytes(&[99; 32]);
    Node { incarnation: old.incarnation + 1, key, frames: Vec::new(), ..old.clone() }
}

#[sqlx::test(migrations = "../migrations")]
async fn what_the_old_card_still_held_is_taken_once_and_said_aloud(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let mut old = Node::new(1, mawar());
    hub.enrol(&old, &[mawar()]).await;
    let budi = id(5, 1);
    old.register(budi, day("2026-11-10"), child("Budi", day("2026-01-09")));
    old.weigh(budi, 1, day("2026-11-10"), 8_000);
    hub.send(&old, old.sealed(1, 1)).await;
    let mut new = new_card(&old);
    hub.enrol(&new, &[mawar()]).await;
    new.weigh(budi, 2, day("2026-11-11"), 8_050);
    let ack = hub.send(&new, new.sealed_whole()).await;
    assert_eq!((ack.incarnation, ack.standing), (2, protocol::Standing::Current));
    for _ in 0..2 {
        let ack = hub.send(&old, old.sealed(2, 2)).await;
        assert_eq!((ack.incarnation, ack.watermark, ack.standing), (1, 2, protocol::Standing::Replaced));
    }
    assert_eq!(hub::growth::history(&hub.db, budi).await.unwrap().len(), 2);
    let alarms: Vec<(String, i64)> =
        sqlx::query_as("select kind, count from node_alarms").fetch_all(&hub.db).await.unwrap();
    assert_eq!(alarms, [("replaced_again".to_owned(), 1)], "a repeat is no news");
    hub.assert_proved().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn the_old_card_learns_nothing_new_of_anybody(db: PgPool) {
    let hub = TestHub::start(db).await;
    let mut old = Node::new(1, mawar());
    hub.enrol(&old, &[mawar()]).await;
    old.register(id(5, 1), day("2026-11-10"), child("Budi", day("2026-01-09")));
    let (mut new, mut old) = (Card::new(new_card(&old)), Card::new(old));
    let from = FeedMark { feed: FeedId::Posyandu(mawar().into()), position: 0, hash: FeedHash::EMPTY };
    let question = || Question::Feed(FeedQuestion { from, at_most: 10, head: 0 });
    enrol(&hub.db, &new.node, &[mawar()]).await;
    old.send_all(&hub).await;
    assert_eq!(old.watermark(), 1, "what it holds is taken");
    assert!(matches!(old.ask(&hub, question()).await, Reply::Refused(_)));
    assert!(matches!(new.ask(&hub, question()).await, Reply::Page(_)));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_stolen_card_is_not_believed_while_its_successor_goes_on(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let mut old = Node::new(1, mawar());
    hub.enrol(&old, &[mawar()]).await;
    let budi = id(5, 1);
    old.register(budi, day("2026-11-10"), child("Budi", day("2026-01-09")));
    let mut new = new_card(&old);
    hub.enrol(&new, &[mawar()]).await;
    let mut db = hub.db.acquire().await.unwrap();
    assert!(hub::nodes::revoke(&mut db, old.id, Some(1)).await.unwrap());
    assert!(!hub::nodes::revoke(&mut db, old.id, Some(1)).await.unwrap(), "it is out already");
    let taken = hub.hand(old.id, old.sealed_whole()).await;
    wait(taken).await.expect("a letter nobody believes is not sent for ever");
    assert!(!hub.has_answer());
    new.register(budi, day("2026-11-10"), child("Budi", day("2026-01-09")));
    assert_eq!(hub.send(&new, new.sealed_whole()).await.watermark, 1);
}

#[sqlx::test(migrations = "../migrations")]
async fn an_older_card_or_another_key_for_the_same_life_is_refused_in_words(db: PgPool) {
    let hub = TestHub::start(db).await;
    let node = Node::new(1, mawar());
    hub.enrol(&node, &[mawar()]).await;
    enrol(&hub.db, &new_card(&node), &[mawar()]).await;
    let again = |node: &Node| {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        protocol::bundle::Enrolment {
            node: node.id,
            label: "Alat".into(),
            incarnation: node.incarnation,
            public_key: hex(node.key.verifying_key().as_bytes()),
            certificate_sha256: hex(&[8; 32]),
            posyandu: vec![protocol::PosyanduId(mawar())],
        }
    };
    let mut db = hub.db.acquire().await.unwrap();
    let older = hub::nodes::enrol(&mut db, &again(&node)).await.unwrap_err().to_string();
    assert!(older.contains("older card"), "{older}");
    let mut other_key = new_card(&node);
    other_key.key = ed25519_dalek::SigningKey::from_bytes(&[98; 32]);
    let other = hub::nodes::enrol(&mut db, &again(&other_key)).await.unwrap_err().to_string();
    assert!(other.contains("--incarnation 3"), "{other}");
}
