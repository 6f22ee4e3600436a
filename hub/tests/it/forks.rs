//! A copied or restored card tells another story under the same numbers, and both are kept.

use protocol::{Ack, Gap};
use sqlx::PgPool;

use crate::harness::{TestHub, clock, count, mawar, wait};
use crate::journal::{Node, day, id};

/// A card with so many weighings.
fn card(count: u64) -> Node {
    let mut node = Node::new(1, mawar());
    write(&mut node, count);
    node
}

/// More weighings; those of different copies are different visits.
fn write(node: &mut Node, count: u64) {
    for _ in 0..count {
        let visit = node.copy * 1_000 + node.frames.len() as u64;
        node.weigh(id(5, 1), visit, day("2026-11-10"), 8_000 + visit as u32);
    }
}

async fn alarms(db: &PgPool) -> Vec<(String, i64)> {
    sqlx::query_as("select kind, count from node_alarms where settled_at is null order by kind")
        .fetch_all(db)
        .await
        .unwrap()
}

fn watermarks(acks: &[Ack]) -> Vec<u64> {
    acks.iter().map(|ack| ack.watermark).collect()
}

#[sqlx::test(migrations = "../migrations")]
async fn a_copied_card_is_noticed_and_everything_of_both_is_kept(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let mut real = card(5);
    let mut copy = real.copied(2, 1);
    write(&mut copy, 5);
    hub.enrol(&real, &[mawar()]).await;
    hub.send(&real, real.sealed_whole()).await;

    // Wholly inside what is held, over its end, and right behind it.
    for (first, last) in [(3, 4), (2, 6), (6, 7)] {
        let acks = hub.send_all(&copy, copy.sealed(first, last)).await;
        assert_eq!(watermarks(&acks), [5, last], "the main story's ack first, then the branch's");
        assert_eq!(acks[0].chain, real.chain(5), "the story held stays");
        assert_eq!(acks[1].chain, copy.chain(last));
        assert!(acks.iter().all(|ack| (ack.incarnation, ack.quarantined_total) == (1, 0)));
        assert_eq!(copy.own(&acks).unwrap().watermark, last);
    }
    assert_eq!(alarms(&hub.db).await, [("fork".to_owned(), 1)]);
    assert_eq!(count(&hub.db, "event_log").await, 5 + 5, "what both share is kept once");
    assert_eq!(count(&hub.db, "child_growth_records").await, 5 + 5);
    assert_eq!(count(&hub.db, "quarantined_events").await, 0);

    write(&mut real, 1);
    let acks = hub.send_all(&real, real.sealed(6, 6)).await;
    assert_eq!(watermarks(&acks), [6, 7], "the real card goes on");
    assert_eq!(alarms(&hub.db).await, [("clone".to_owned(), 1), ("fork".to_owned(), 1)]);
    hub.assert_proved().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_restored_card_goes_on_from_where_it_is(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let before = card(9);
    hub.enrol(&before, &[mawar()]).await;
    hub.send(&before, before.sealed_whole()).await;
    let mut restored = before.copied(4, 1);
    for _ in 0..3 {
        let from = restored.frames.len() as u64 + 1;
        write(&mut restored, 2);
        let acks = hub.send_all(&restored, restored.sealed(from, from + 1)).await;
        assert_eq!(restored.own(&acks).map(|ack| (ack.watermark, ack.gaps)), Some((from + 1, vec![])));
    }
    assert_eq!(count(&hub.db, "event_log").await, 9 + 6);
    assert_eq!(alarms(&hub.db).await, [("fork".to_owned(), 1)], "only one card is at work");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_repeat_of_the_middle_of_a_run_is_no_fork(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let node = card(4);
    hub.enrol(&node, &[mawar()]).await;
    hub.send(&node, node.sealed_whole()).await;
    assert_eq!(watermarks(&hub.send_all(&node, node.sealed(2, 3)).await), [4]);
    assert_eq!(alarms(&hub.db).await, []);
}

#[sqlx::test(migrations = "../migrations")]
async fn copies_of_copies_each_have_their_own_story(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let real = card(6);
    let mut copy = real.copied(3, 1);
    write(&mut copy, 4);
    let mut copied_again = copy.copied(5, 2);
    write(&mut copied_again, 3);
    let mut third = real.copied(3, 3);
    write(&mut third, 1);
    hub.enrol(&real, &[mawar()]).await;
    hub.send(&real, real.sealed_whole()).await;
    hub.send_all(&copy, copy.sealed(4, 7)).await;
    let acks = hub.send_all(&copied_again, copied_again.sealed(6, 8)).await;
    assert_eq!(copied_again.own(&acks).map(|ack| (ack.watermark, ack.gaps)), Some((8, vec![])));
    let acks = hub.send_all(&third, third.sealed(4, 4)).await;
    assert_eq!(watermarks(&acks), [6, 7, 8, 4]);
    for node in [&real, &copy, &copied_again, &third] {
        let acks = hub.send_all(node, node.sealed_whole()).await;
        assert_eq!(node.own(&acks).unwrap().watermark, node.frames.len() as u64);
        assert_eq!(acks.len(), 4);
    }
    assert_eq!(count(&hub.db, "event_log").await, 6 + 4 + 3 + 1);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_branch_whose_beginning_was_lost_on_the_way_is_taken_when_it_is_sent_again(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let real = card(9);
    let mut copy = real.copied(2, 1);
    write(&mut copy, 6);
    hub.enrol(&real, &[mawar()]).await;
    hub.send(&real, real.sealed_whole()).await;
    let acks = hub.send_all(&copy, copy.sealed(6, 6)).await;
    assert_eq!(watermarks(&acks), [9], "nobody can tell yet where it belongs, and nothing says it is safe");
    assert_eq!(copy.own(&acks), None);
    assert_eq!(count(&hub.db, "event_log").await, 9);
    let acks = hub.send_all(&copy, copy.sealed(2, 5)).await;
    assert_eq!(copy.own(&acks).unwrap().watermark, 5);
    let acks = hub.send_all(&copy, copy.sealed(6, 8)).await;
    assert_eq!(copy.own(&acks).map(|ack| (ack.watermark, ack.gaps)), Some((8, vec![])));
    assert_eq!(count(&hub.db, "event_log").await, 9 + 6);
    assert_eq!(count(&hub.db, "journal_branches").await, 1);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_gap_that_two_stories_share_is_closed_for_both(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let real = card(9);
    let mut copy = real.copied(7, 1);
    write(&mut copy, 3);
    hub.enrol(&real, &[mawar()]).await;
    hub.send(&real, real.sealed(1, 3)).await;
    hub.send(&real, real.sealed(6, 9)).await;
    let acks = hub.send_all(&copy, copy.sealed(8, 10)).await;
    assert_eq!(acks[1].gaps, [Gap { first: 4, last: 5 }]);
    let acks = hub.send_all(&copy, copy.sealed(4, 5)).await;
    assert_eq!(watermarks(&acks), [9, 10]);
    assert_eq!(count(&hub.db, "event_log").await, 9 + 3);
}

#[sqlx::test(migrations = "../migrations")]
async fn what_was_put_to_the_wrong_story_costs_nothing_but_its_place(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let mut real = card(9);
    let mut copy = real.copied(5, 1);
    write(&mut copy, 9);
    hub.enrol(&real, &[mawar()]).await;
    hub.send(&real, real.sealed_whole()).await;
    // The copy's end comes before its beginning, and nothing shows yet that it is no event of the real card.
    let acks = hub.send_all(&copy, copy.sealed(12, 14)).await;
    assert_eq!(acks[0].gaps, [Gap { first: 10, last: 11 }]);
    write(&mut real, 4);
    let acks = hub.send_all(&real, real.sealed(10, 13)).await;
    assert_eq!(real.own(&acks).unwrap().watermark, 13);
    for (first, last) in [(6, 11), (12, 13), (12, 14)] {
        let acks = hub.send_all(&copy, copy.sealed(first, last)).await;
        assert_eq!(copy.own(&acks).unwrap().watermark, last);
    }
    assert_eq!(count(&hub.db, "child_growth_records").await, 13 + 9);
    assert_eq!(
        sqlx::query_scalar::<_, i64>("select count(distinct event_id) from event_log")
            .fetch_one(&hub.db)
            .await
            .unwrap(),
        13 + 9
    );
    hub.assert_proved().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn what_is_set_aside_is_told_to_the_story_it_belongs_to(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let mut real = card(2);
    real.unknown_kind(id(5, 1), day("2026-11-10"));
    write(&mut real, 2);
    let mut copy = real.copied(4, 1);
    copy.unknown_kind(id(5, 1), day("2026-11-10"));
    write(&mut copy, 1);
    hub.enrol(&real, &[mawar()]).await;
    hub.send(&real, real.sealed_whole()).await;
    let acks = hub.send_all(&copy, copy.sealed(5, 6)).await;
    let told: Vec<(u32, Vec<u64>)> = acks
        .iter()
        .map(|ack| (ack.quarantined_total, ack.quarantined.iter().map(|aside| aside.sequence).collect()))
        .collect();
    assert_eq!(
        told,
        [(1, vec![]), (2, vec![5])],
        "what both share counts for both, by name only what just came"
    );
    assert_eq!(hub::intake::waiting(&hub.db, None).await.unwrap().len(), 2, "each event is listed once");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_new_life_of_a_card_has_numbers_of_its_own(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let first = card(2);
    hub.enrol(&first, &[mawar()]).await;
    hub.send(&first, first.sealed_whole()).await;
    let key = ed25519_dalek::SigningKey::from_bytes(&[88; 32]);
    let mut second = Node { incarnation: 2, key, frames: Vec::new(), copy: 1, ..first.clone() };
    hub.enrol(&second, &[mawar()]).await;
    write(&mut second, 1);
    let ack = hub.send(&second, second.sealed_whole()).await;
    assert_eq!((ack.incarnation, ack.watermark, ack.quarantined.len()), (2, 1, 0));
    assert_eq!(count(&hub.db, "child_growth_records").await, 3);
    assert_eq!(alarms(&hub.db).await, []);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_range_lost_with_a_card_is_waited_for_no_more_and_taken_if_it_comes(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let node = card(9);
    hub.enrol(&node, &[mawar()]).await;
    hub.send(&node, node.sealed(1, 3)).await;
    assert_eq!(hub.send(&node, node.sealed(7, 8)).await.watermark, 3);
    let mut db = hub.db.acquire().await.unwrap();
    for (range, by) in [((5, 6), "Sari"), ((4, 4), "Sari")] {
        hub::intake::note_lost(&mut db, node.id, 1, range, by, clock()).await.unwrap();
    }
    for (incarnation, range) in [(1, (0, 3)), (1, (3, 2)), (0, (1, 1)), (1 << 30, (1, 1)), (1, (1, u64::MAX))]
    {
        hub::intake::note_lost(&mut db, node.id, incarnation, range, "Sari", clock()).await.unwrap_err();
    }
    let ack = hub.send(&node, node.sealed(9, 9)).await;
    assert_eq!((ack.watermark, ack.chain, ack.gaps), (9, node.chain(9), vec![]));
    assert_eq!(count(&hub.db, "event_log").await, 6);
    // The card was only slow.
    let ack = hub.send(&node, node.sealed(4, 6)).await;
    assert_eq!((ack.watermark, ack.chain), (9, node.chain(9)));
    assert_eq!(count(&hub.db, "event_log").await, 9);
    assert_eq!(count(&hub.db, "received_runs").await, 1);
    assert_eq!(alarms(&hub.db).await, []);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_node_that_tears_its_journal_apart_is_refused_and_loses_nothing(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let mut node = Node::new(1, mawar());
    for _ in 0..2_010 {
        node.nonsense();
    }
    hub.enrol(&node, &[mawar()]).await;
    // Every second event, so that each opens another run.
    let chains: Vec<_> = std::iter::successors(Some((0, node.chain(0))), |&(place, chain)| {
        Some((place + 1, chain.after(node.frames.get(place)?)))
    })
    .collect();
    let mut taken = Vec::new();
    for place in (1..2_005).step_by(2) {
        let batch = node.seal(place as u64 + 1, chains[place].1, &node.frames[place..=place]);
        taken.push(hub.hand(node.id, batch).await);
        if taken.len() == 200 {
            for taken in taken.drain(..) {
                wait(taken).await.unwrap();
            }
            hub.forget_answers();
        }
    }
    let mut last = None;
    for taken in taken {
        wait(taken).await.unwrap();
    }
    while hub.has_answer() {
        last = Some(hub.answer().await);
    }
    let last = last.unwrap();
    assert_eq!(count(&hub.db, "received_runs").await, 1_000);
    assert_eq!(
        count(&hub.db, "quarantined_events").await,
        1_000,
        "what is not acknowledged is not kept either"
    );
    assert_eq!((last.gaps.len(), last.quarantined_total), (32, 1_000));
    assert!(last.retry_after_s > 0);
    // What closes gaps is taken.
    let ack = hub.send(&node, node.sealed(1, 1_000)).await;
    assert_eq!(ack.watermark, 1_000);
    assert_eq!(ack.retry_after_s, 0);
    let ack = hub.send(&node, node.sealed(1_001, 2_010)).await;
    assert_eq!(ack.watermark, 2_010);
}

#[sqlx::test(migrations = "../migrations")]
async fn what_stands_in_the_tables_without_a_run_is_not_entered_twice(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let node = card(6);
    hub.enrol(&node, &[mawar()]).await;
    hub.send(&node, node.sealed_whole()).await;
    // As after a comparison that found 3 missing: the run ends before it, and nobody can say what comes behind.
    for change in [
        "delete from event_log where sequence = 3",
        "delete from child_growth_records where sequence = 3",
        "delete from received_runs",
        "insert into mended_journals (node_id, incarnation, through) select id, 1, 6 from nodes",
    ] {
        sqlx::query(change).execute(&hub.db).await.unwrap();
    }
    let ack = hub.send(&node, node.sealed_whole()).await;
    assert_eq!((ack.watermark, ack.chain), (6, node.chain(6)));
    assert_eq!(count(&hub.db, "event_log").await, 6);
    hub.assert_proved().await;
}
