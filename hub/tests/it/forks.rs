//! A copied or restored card tells another story under the same numbers.

use sqlx::PgPool;

use crate::harness::{TestHub, mawar, state};
use crate::journal::{Node, day, id};

fn journal(masses_g: &[u32]) -> Node {
    let mut node = Node::new(1, mawar());
    for (visit, &mass_g) in (1..).zip(masses_g) {
        node.weigh(id(5, 1), visit, day("2026-11-10"), mass_g);
    }
    node
}

#[sqlx::test(migrations = "../migrations")]
async fn a_copied_card_is_noticed_and_overwrites_nothing(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let real = journal(&[8_000, 8_100, 8_200, 8_300, 8_400]);
    let copy = journal(&[8_000, 8_100, 9_200, 9_300, 9_400, 9_500, 9_600]);
    hub.enrol(&real, &[mawar()]).await;
    hub.send(&real, real.sealed_whole()).await;
    let before = state(&hub.db).await;

    // Wholly inside what is held, over its end, and right behind it.
    for (first, last, aside) in [(3, 4, vec![3, 4]), (2, 6, vec![3, 4, 5, 6]), (6, 7, vec![6, 7])] {
        let ack = hub.send(&copy, copy.sealed(first, last)).await;
        assert_eq!((ack.watermark, ack.chain), (5, real.chain(5)), "the story held stays");
        let named: Vec<u64> = ack.quarantined.iter().map(|aside| aside.sequence).collect();
        assert_eq!(named, aside);
        assert!(ack.quarantined[0].reason.contains("kartu disalin"), "{}", ack.quarantined[0].reason);
    }
    let after = state(&hub.db).await;
    let kept = |state: &str| {
        state.split("select ").filter(|part| !part.contains("from quarantined")).collect::<String>()
    };
    assert_eq!(kept(&after), kept(&before));

    let mut longer = real.clone();
    longer.weigh(id(5, 1), 6, day("2026-11-10"), 8_500);
    assert_eq!(hub.send(&longer, longer.sealed(6, 6)).await.watermark, 6, "the real card goes on");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_repeat_of_the_middle_of_a_run_is_no_fork(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let node = journal(&[8_000, 8_100, 8_200, 8_300]);
    hub.enrol(&node, &[mawar()]).await;
    hub.send(&node, node.sealed_whole()).await;
    let ack = hub.send(&node, node.sealed(2, 3)).await;
    assert_eq!((ack.watermark, ack.quarantined.len()), (4, 0));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_new_life_of_a_card_has_numbers_of_its_own(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let first = journal(&[8_000, 8_100]);
    hub.enrol(&first, &[mawar()]).await;
    hub.send(&first, first.sealed_whole()).await;
    let mut second = Node { incarnation: 2, frames: Vec::new(), ..first.clone() };
    second.weigh(id(5, 1), 1, day("2026-11-10"), 9_000);
    let ack = hub.send(&second, second.sealed_whole()).await;
    assert_eq!((ack.incarnation, ack.watermark, ack.quarantined.len()), (2, 1, 0));
    let records = hub::growth::history(&hub.db, id(5, 1)).await.unwrap();
    assert_eq!(records.iter().map(|record| record.weight_g).collect::<Vec<_>>(), [Some(8_100), Some(9_000)]);
}
