//! What happens to a batch: taken, acknowledged, set aside or dropped.

use ed25519_dalek::SigningKey;
use hub::gate::Upload;
use protocol::growth::NotTaken;
use protocol::letter::Up;
use protocol::{Chain, Gap, LocalDate, Standing};
use sqlx::{Executor, PgPool};
use tokio::sync::mpsc;

use crate::harness::{TestHub, ack_in, count, enrol, mawar, melati, wait};
use crate::journal::{Node, child, day, id};

#[sqlx::test(migrations = "../migrations")]
async fn a_visit_is_kept_raw_and_understood(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let mut node = Node::new(1, mawar());
    hub.enrol(&node, &[mawar()]).await;
    node.register(id(5, 1), day("2026-11-10"), child("Budi", day("2026-11-09")));
    node.visit(id(5, 1), 1, day("2026-11-10"), 2_320, 4_640);
    let ack = hub.send(&node, node.sealed_whole()).await;
    assert_eq!((ack.watermark, ack.chain, ack.gaps), (3, node.chain(3), vec![]));
    assert_eq!(ack.quarantined, []);
    assert_ne!(ack.hub_epoch, [0; 16]);

    let [record] = &hub::growth::history(&hub.db, id(5, 1)).await.unwrap()[..] else {
        panic!("one visit, one row")
    };
    assert_eq!(
        (record.weight_g, record.length_tenth_mm, record.age_days),
        (Some(2_320), Some(4_640), Some(1))
    );
    // WHO's own figures for a boy of one day, 2.32 kg and 46.4 cm.
    let z = (record.waz_centi, record.lhaz_centi, record.whz_centi, record.baz_centi);
    assert_eq!(z, (Some(-230), Some(-193), Some(-160), Some(-232)));
    assert_eq!(record.nutrition_status.as_deref(), Some("gizi_baik"));
    assert_eq!(record.gain.as_deref(), Some("B"));
    assert_eq!(record.weight_insisted, Some(vec![3]));
    let frames: Vec<Vec<u8>> =
        sqlx::query_scalar("select frame from event_log order by sequence").fetch_all(&hub.db).await.unwrap();
    assert!(frames.iter().zip(&node.frames).all(|(kept, sent)| kept == sent.bytes()));
    hub.assert_proved().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_poisoned_event_never_blocks_those_behind_it(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let mut node = Node::new(1, mawar());
    hub.enrol(&node, &[mawar()]).await;
    let today = day("2026-11-10");
    node.unknown_kind(id(5, 1), today);
    node.nonsense();
    node.weigh(id(5, 1), 1, today, 0);
    node.weigh(id(5, 1), 1, today, 300_001);
    node.measure(id(5, 1), 1, today, 25_001);
    node.weigh_as(id(5, 1), 1, today, 8_000, |header| header.posyandu.0 = melati());
    node.weigh_as(id(5, 1), 1, today, 8_000, |header| header.node.0 = id(1, 7));
    node.weigh_as(id(5, 1), 1, today, 8_000, |header| header.sequence += 1);
    node.weigh_as(id(5, 1), 1, today, 8_000, |header| header.citizen = None);
    node.weigh_as(id(5, 1), 1, today, 8_000, |header| header.visit = None);
    node.weigh_as(id(5, 1), 1, today, 8_000, |header| header.observed_on = LocalDate(i32::MAX));
    node.register(id(5, 1), today, child("", today));
    node.register(id(5, 1), today, child("Budi\0", today));
    node.visit(id(5, 1), 1, today, 8_000, 7_000);

    let ack = hub.send(&node, node.sealed_whole()).await;
    assert_eq!(ack.watermark, 15, "everything counts as received");
    let aside: Vec<u64> = ack.quarantined.iter().map(|aside| aside.sequence).collect();
    assert_eq!(aside, (1..=13).collect::<Vec<_>>());
    assert!(ack.quarantined.iter().all(|aside| aside.reason.ends_with('.')), "each reason is a sentence");
    assert!(ack.quarantined[0].reason.contains("99"), "an unknown kind is named");
    assert_eq!(ack.quarantined[1].event, None, "nonsense has no id");
    assert_eq!(
        count(&hub.db, "child_growth_records where weight_g = 8000 and length_tenth_mm = 7000").await,
        1
    );
    assert_eq!(count(&hub.db, "event_log").await, 2);

    let again = hub.send(&node, node.sealed_whole()).await;
    assert_eq!(again.quarantined, ack.quarantined, "a node that missed the ack hears the same");
    assert_eq!(count(&hub.db, "quarantined_events").await, 13);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_child_with_a_wrong_nik_is_a_child(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let mut node = Node::new(1, mawar());
    hub.enrol(&node, &[mawar()]).await;
    let today = day("2026-11-10");
    let mut short_nik = child("Budi", today);
    short_nik.nik = Some("99".into());
    node.register(id(5, 1), today, short_nik);
    assert!(hub.send(&node, node.sealed_whole()).await.quarantined.is_empty());
    assert_eq!(count(&hub.db, "citizens where nik = '99'").await, 1);
}

#[sqlx::test(migrations = "../migrations")]
async fn an_event_the_tables_refuse_is_found_and_the_others_are_kept(db: PgPool) {
    sqlx::query("alter table child_growth_records add constraint unlucky check (weight_g <> 4321)")
        .execute(&db)
        .await
        .unwrap();
    let mut hub = TestHub::start(db).await;
    let mut taken = Vec::new();
    for number in 1..=5 {
        let mut node = Node::new(number, mawar());
        hub.enrol(&node, &[mawar()]).await;
        for visit in 1..=4 {
            let mass_g = if number == 3 && visit == 2 { 4_321 } else { 5_000 };
            node.visit(id(5, number), number * 100 + visit, day("2026-11-10"), mass_g, 6_000);
        }
        taken.push(hub.hand(node.id, node.sealed_whole()).await);
    }
    for taken in taken {
        wait(taken).await.unwrap();
    }
    assert_eq!(count(&hub.db, "quarantined_events").await, 1);
    assert_eq!(
        count(
            &hub.db,
            "quarantined_events where sequence = 3 and node_id in (select node_id from event_log)"
        )
        .await,
        1
    );
    assert_eq!(count(&hub.db, "event_log").await, 5 * 8 - 1);
    assert_eq!(count(&hub.db, "received_runs where last_sequence = 8").await, 5);
    while hub.has_answer() {
        let ack = hub.answer().await;
        assert!(ack.quarantined.len() <= 1);
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_gap_is_told_and_closed(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let mut node = Node::new(1, mawar());
    hub.enrol(&node, &[mawar()]).await;
    for visit in 1..=10 {
        node.weigh(id(5, 1), visit, day("2026-11-10"), 8_000);
    }
    let ack = hub.send(&node, node.sealed(4, 5)).await;
    assert_eq!((ack.watermark, ack.chain), (0, Chain::genesis(node.id, 1)));
    assert_eq!(ack.gaps, [Gap { first: 1, last: 3 }]);
    let ack = hub.send(&node, node.sealed(9, 10)).await;
    assert_eq!(ack.gaps, [Gap { first: 1, last: 3 }, Gap { first: 6, last: 8 }]);
    let ack = hub.send(&node, node.sealed(1, 4)).await;
    assert_eq!((ack.watermark, ack.gaps), (5, vec![Gap { first: 6, last: 8 }]));
    let ack = hub.send(&node, node.sealed(5, 9)).await;
    assert_eq!((ack.watermark, ack.chain, ack.gaps), (10, node.chain(10), vec![]));
    assert_eq!(count(&hub.db, "received_runs").await, 1);
    assert_eq!(count(&hub.db, "event_log").await, 10);
}

#[sqlx::test(migrations = "../migrations")]
async fn who_is_not_known_or_does_not_sign_gets_no_answer(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let mut node = Node::new(1, mawar());
    hub.enrol(&node, &[mawar()]).await;
    node.weigh(id(5, 1), 1, day("2026-11-10"), 8_000);
    let mut stranger = Node::new(2, mawar());
    stranger.frames.clone_from(&node.frames);
    let mut forger = node.clone();
    forger.key = stranger.key.clone();
    let mut broken = node.sealed_whole().to_vec();
    broken[60] ^= 1;
    for (from, batch) in [
        (stranger.id, stranger.sealed_whole()),
        (node.id, forger.sealed_whole()),
        (node.id, broken.into()),
        (node.id, bytes::Bytes::from_static(b"hello")),
    ] {
        wait(hub.hand(from, batch).await).await.expect("the door need not keep what nobody can use");
    }
    // Another node's batch on this node's road.
    enrol(&hub.db, &stranger, &[mawar()]).await;
    wait(hub.hand(node.id, stranger.sealed_whole()).await).await.unwrap();
    assert!(!hub.has_answer());
    assert_eq!(count(&hub.db, "event_log").await, 0);
    assert_eq!(hub.send(&node, node.sealed_whole()).await.watermark, 1);

    sqlx::query("update nodes set revoked_at = now() where id = $1")
        .bind(node.id.0)
        .execute(&hub.db)
        .await
        .unwrap();
    wait(hub.hand(node.id, node.sealed_whole()).await).await.unwrap();
    assert!(!hub.has_answer(), "a revoked node is not answered");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_child_that_could_not_be_measured_still_came(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let mut node = Node::new(1, mawar());
    hub.enrol(&node, &[mawar()]).await;
    node.register(id(5, 1), day("2026-11-10"), child("Budi", day("2025-11-09")));
    node.not_weighed(id(5, 1), 1, day("2026-11-10"), NotTaken::Cries);
    node.measure(id(5, 1), 1, day("2026-11-10"), 7_400);
    hub.send(&node, node.sealed_whole()).await;
    let [record] = &hub::growth::history(&hub.db, id(5, 1)).await.unwrap()[..] else {
        panic!("one visit, one row")
    };
    assert_eq!((record.weight_g, record.weight_reason.as_deref()), (None, Some("cries")));
    assert!(record.lhaz_centi.is_some() && record.waz_centi.is_none() && record.gain.is_none());
}

#[sqlx::test(migrations = "../migrations")]
async fn an_impossible_date_is_kept_with_a_mark_and_concludes_nothing(db: PgPool) {
    use hub::growth::marks;
    let mut hub = TestHub::start(db).await;
    let mut node = Node::new(1, mawar());
    hub.enrol(&node, &[mawar()]).await;
    node.register(id(5, 1), day("2026-11-10"), child("Budi", day("2025-11-09")));
    node.visit(id(5, 1), 1, day("1970-01-01"), 8_000, 7_000);
    node.visit(id(5, 1), 2, day("2027-03-01"), 8_000, 7_000);
    node.weigh_as(id(5, 1), 3, day("2026-11-11"), 8_000, |header| {
        header.recorded_at.source = protocol::time::ClockSource::Unset;
    });
    node.visit(id(5, 1), 4, day("2026-11-26"), 8_000, 7_000);
    let ack = hub.send(&node, node.sealed_whole()).await;
    assert_eq!((ack.watermark, ack.quarantined.len()), (8, 0));
    let records = hub::growth::history(&hub.db, id(5, 1)).await.unwrap();
    let flags: Vec<i16> = records.iter().map(|record| record.flags & !0xff).collect();
    assert_eq!(flags, [marks::BEFORE_BIRTH, marks::CLOCK_UNSET, 0, marks::IN_FUTURE]);
    let concluded: Vec<bool> = records.iter().map(|record| record.age_days.is_some()).collect();
    assert_eq!(concluded, [false, false, true, false]);
    assert!(records.iter().all(|record| record.gain.is_some() == record.waz_centi.is_some()));
    hub.count().await;
    let weighed: i64 =
        sqlx::query_scalar("select sum(d) from monthly_figures").fetch_one(&hub.db).await.unwrap();
    assert_eq!(weighed, 1);
    hub.assert_proved().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn no_ack_is_sent_before_the_commit_itself_is_done(db: PgPool) {
    // The commit stands still at its very end, where every statement has been executed.
    db.execute(
        "create function hold() returns trigger language plpgsql as
            $$ begin perform pg_advisory_xact_lock_shared(1); return null; end $$;
        create constraint trigger held after insert on received_runs deferrable initially deferred
            for each row execute function hold();",
    )
    .await
    .unwrap();
    let mut hub = TestHub::start(db).await;
    let mut node = Node::new(1, mawar());
    hub.enrol(&node, &[mawar()]).await;
    node.weigh(id(5, 1), 1, day("2026-11-10"), 8_000);
    let mut holder = hub.db.begin().await.unwrap();
    holder.execute("select pg_advisory_xact_lock(1)").await.unwrap();
    let mut taken = hub.hand(node.id, node.sealed_whole()).await;
    let committing = "select count(*) from pg_stat_activity where datname = current_database()
        and wait_event_type = 'Lock' and query ilike 'commit%'";
    wait(async {
        while sqlx::query_scalar::<_, i64>(committing).fetch_one(&hub.db).await.unwrap() == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(!hub.has_answer() && taken.try_recv().is_err(), "nothing is said before the commit");
    holder.rollback().await.unwrap();
    assert_eq!(hub.answer().await.watermark, 1);
    wait(taken).await.unwrap();
}

#[sqlx::test(migrations = "../migrations")]
async fn who_waits_for_an_answer_gets_it_by_the_road_the_letter_came(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let mut node = Node::new(1, mawar());
    hub.enrol(&node, &[mawar()]).await;
    for visit in 1..=3 {
        node.weigh(id(5, 1), visit, day("2026-11-10"), 8_000);
    }
    let (reply, mut replies) = mpsc::channel(8);
    for sequence in 1..=2 {
        let letter = Up::Batch(&node.sealed(sequence, sequence)).write();
        let (upload, taken) = Upload::with_reply(node.id, letter.into(), reply.clone());
        hub.uploads.send(upload).await.unwrap();
        wait(taken).await.unwrap();
        assert_eq!(ack_in(&replies.recv().await.unwrap()).watermark, sequence);
    }
    assert!(replies.try_recv().is_err() && !hub.has_answer(), "and by no other road, and once");
    assert_eq!(hub.send(&node, node.sealed(3, 3)).await.watermark, 3);
    assert!(replies.try_recv().is_err());
}

#[sqlx::test(migrations = "../migrations")]
async fn a_replaced_card_delivers_what_it_holds_and_speaks_for_nobody_else(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let mut old = Node::new(1, mawar());
    old.weigh(id(5, 1), 1, day("2026-11-10"), 8_000);
    hub.enrol(&old, &[mawar()]).await;
    let mut new = Node { incarnation: 2, frames: Vec::new(), copy: 1, ..old.clone() };
    new.key = SigningKey::from_bytes(&[99; 32]);
    new.weigh(id(5, 1), 2, day("2026-11-11"), 8_100);
    new.weigh(id(5, 1), 3, day("2026-11-12"), 8_200);
    hub.enrol(&new, &[mawar()]).await;
    let ack = hub.send(&new, new.sealed(1, 1)).await;
    assert_eq!((ack.watermark, ack.standing), (1, Standing::Current));
    for _ in 0..2 {
        let ack = hub.send(&old, old.sealed_whole()).await;
        assert_eq!((ack.incarnation, ack.watermark, ack.standing), (1, 1, Standing::Replaced));
    }
    let alarms: Vec<(String, i64)> =
        sqlx::query_as("select kind, count from node_alarms").fetch_all(&hub.db).await.unwrap();
    assert_eq!(alarms, [("replaced_again".to_owned(), 1)], "a repeat is no news");
    // The old key is not believed for the new life.
    let forger = Node { key: old.key.clone(), ..new.clone() };
    wait(hub.hand(new.id, forger.sealed(2, 2)).await).await.unwrap();
    assert!(!hub.has_answer());
    assert_eq!(count(&hub.db, "event_log").await, 2);
}
