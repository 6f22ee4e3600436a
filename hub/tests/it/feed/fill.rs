//! How long a fresh node waits for everything.

use std::time::{Duration, Instant};

use protocol::Month;
use protocol::answer::Answer;
use protocol::ask::FeedQuestion;
use protocol::feed::{FeedHash, FeedId, FeedMark};
use protocol::rand_core::UnwrapErr;
use protocol::{NodeId, Reply};
use sqlx::PgPool;

use crate::harness::{TestHub, enrol, mawar, signing_key, wait};
use crate::journal::{Node, child, day, id};

const CHILDREN: u64 = 300;
const MONTHS: u64 = 24;
/// The promise is for the whole node; the hub's part must be well below.
const AT_MOST: Duration = Duration::from_secs(5);

#[sqlx::test(migrations = "../migrations")]
async fn three_hundred_children_with_their_history_take_seconds(db: PgPool) {
    let hub = TestHub::start(db.clone()).await;
    let (mut old, fresh) = (Node::new(1, mawar()), Node::new(2, mawar()));
    hub.enrol(&old, &[mawar()]).await;
    enrol(&db, &fresh, &[mawar()]).await;
    for nth in 0..CHILDREN {
        old.register(id(5, nth), day("2024-11-20"), child(&format!("Anak {nth}"), day("2024-10-05")));
    }
    for month in 0..MONTHS {
        let on = Month(2024 * 12 + 11 + month as i32).first_day().unwrap() + chrono::Days::new(9);
        for nth in 0..CHILDREN {
            let visit = month * CHILDREN + nth;
            old.visit(id(5, nth), visit, on, 4_000 + month as u32 * 200, 5_500 + month as u32 * 80);
        }
    }
    let total = old.frames.len() as u64;
    for first in (1..=total).step_by(700) {
        wait(hub.hand(old.id, old.sealed(first, total.min(first + 699))).await).await.unwrap();
    }

    let started = Instant::now();
    let mut from = FeedMark { feed: FeedId::Posyandu(mawar().into()), position: 0, hash: FeedHash::EMPTY };
    let (mut items, mut pages, mut bytes) = (0, 0, 0);
    loop {
        let (page, sealed) = ask(&db, &fresh, from).await;
        (items, pages, bytes) = (items + page.items.len() as u64, pages + 1, bytes + sealed);
        from = page.mark;
        if page.mark.position == page.head {
            break;
        }
    }
    let took = started.elapsed();
    println!("{items} items of {CHILDREN} children in {pages} pages, {bytes} bytes sealed, {took:?}");
    assert_eq!(items, CHILDREN + CHILDREN * MONTHS * 2);
    assert!(pages <= 16);
    assert!(took < AT_MOST);
}

/// One page, sealed as it travels and opened again, and how many bytes that were.
async fn ask(db: &PgPool, node: &Node, from: FeedMark) -> (protocol::feed::Page, usize) {
    let question = FeedQuestion { from, at_most: 2_000, head: u64::MAX };
    let reply = hub::feed::page(db, node.id, node.incarnation, &question).await.unwrap();
    let answer = Answer { node: NodeId(node.id.0), nonce: 1, hub_time_ms: 0, reply };
    let sealed = answer
        .seal(&node.key.verifying_key(), &signing_key(), &mut UnwrapErr(getrandom::SysRng))
        .expect("the node's key is usable");
    assert!(sealed.len() < protocol::letter::MAX_LETTER);
    let opened = Answer::open(&sealed, node.id, &node.key, &signing_key().verifying_key()).unwrap();
    let Reply::Page(page) = opened.reply else { panic!("a page") };
    (page, sealed.len())
}
