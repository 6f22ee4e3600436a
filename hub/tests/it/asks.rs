//! What nodes ask: how they stand, and whether the hub still holds what it acknowledged.

use protocol::ack::Gap;
use protocol::ask::{FeedQuestion, Question};
use protocol::feed::{FeedHash, FeedId, FeedMark};
use protocol::letter::Up;
use protocol::sum::Numbered;
use protocol::{LocalDate, Reply, Standing};
use sqlx::PgPool;

use crate::card::Card;
use crate::harness::{TestHub, mawar, state};
use crate::journal::{Node, child, day, id};

/// A child and visits on four days, two events a day.
fn journal(number: u64) -> Node {
    let mut node = Node::new(number, mawar());
    node.register(id(5, number), day("2026-08-10"), child("Budi", day("2025-02-03")));
    node.visit(id(5, number), 1, day("2026-08-10"), 8_000, 7_000);
    node.visit(id(5, number), 2, day("2026-09-10"), 8_200, 7_100);
    node.visit(id(5, number), 3, day("2026-10-10"), 8_400, 7_200);
    node.visit(id(5, number), 4, day("2026-11-10"), 8_600, 7_300);
    node
}

async fn alarms(db: &PgPool) -> Vec<(String, String)> {
    sqlx::query_as("select kind, detail from node_alarms order by kind").fetch_all(db).await.unwrap()
}

#[sqlx::test(migrations = "../migrations")]
async fn a_greeting_is_answered_with_an_ack_and_how_the_node_stands(db: PgPool) {
    let hub = TestHub::start(db).await;
    let mut card = Card::new(journal(1));
    hub.enrol(&card.node, &[mawar()]).await;
    let Reply::Welcome(welcome) = card.ask(&hub, card.hello()).await else { panic!("a welcome") };
    assert_eq!((welcome.standing, welcome.differs, welcome.aside), (Standing::Current, false, 0));
    assert_eq!(welcome.feeds.len(), 2, "the common feed and the posyandu's");
    assert_eq!(card.heard.map(|heard| heard.watermark), Some(0), "an ack came with it");
    card.send_all(&hub).await;
    let Reply::Welcome(welcome) = card.ask(&hub, card.hello()).await else { panic!("a welcome") };
    assert!(!welcome.differs);
    let noted: (String, i64) =
        sqlx::query_as("select program, extract(epoch from certificate_until)::bigint from nodes")
            .fetch_one(&hub.db)
            .await
            .unwrap();
    assert_eq!(noted, ("0.1.0".to_owned(), 1_803_000_000));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_node_with_nothing_new_costs_less_than_a_kilobyte_both_ways(db: PgPool) {
    let hub = TestHub::start(db).await;
    let mut card = Card::new(journal(1));
    hub.enrol(&card.node, &[mawar()]).await;
    card.send_all(&hub).await;
    let Reply::Welcome(welcome) = card.ask(&hub, card.hello()).await else { panic!("a welcome") };
    card.marks = welcome.feeds;
    let letter = card.letter(card.hello());
    let up = letter.len();
    let back = card.post(&hub, letter).await;
    let Reply::Welcome(welcome) = &back.answers[0].reply else { panic!("a welcome") };
    assert!(!welcome.differs);
    println!("a greeting with nothing new: {up} bytes up, {} down", back.bytes);
    assert!(up + back.bytes < 1_024, "{up} up, {} down", back.bytes);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_question_of_somebody_else_is_not_answered(db: PgPool) {
    let hub = TestHub::start(db).await;
    let (mut card, other) = (Card::new(journal(1)), journal(2));
    hub.enrol(&card.node, &[mawar()]).await;
    hub.enrol(&other, &[mawar()]).await;
    let true_key = card.node.key.clone();
    card.node.key = other.key.clone();
    let forged = card.letter(card.hello());
    card.node.key = true_key;
    let mut cut_off = card.letter(card.hello());
    cut_off.truncate(90);
    let mut others = Card::new(other);
    let of_another = others.letter(others.hello());
    for letter in [forged, cut_off, of_another, Up::Ask(&[]).write()] {
        let back = card.post(&hub, letter).await;
        assert_eq!((back.acks.len(), back.answers.len()), (0, 0));
    }
    assert!(matches!(card.ask(&hub, card.hello()).await, Reply::Welcome(_)), "the next one is heard");
}

#[sqlx::test(migrations = "../migrations")]
async fn feeds_are_read_and_certificates_refused_in_words(db: PgPool) {
    let hub = TestHub::start(db).await;
    let mut card = Card::new(journal(1));
    hub.enrol(&card.node, &[mawar()]).await;
    let from = FeedMark { feed: FeedId::Common, position: 0, hash: FeedHash::EMPTY };
    let page = card.ask(&hub, Question::Feed(FeedQuestion { from, at_most: 10, head: u64::MAX })).await;
    assert!(matches!(page, Reply::Page(_)), "{page:?}");
    let refused = card.ask(&hub, Question::Renew { csr_pem: "-".repeat(20_000) }).await;
    assert!(matches!(refused, Reply::Refused(_)), "{refused:?}");
}

#[sqlx::test(migrations = "../migrations")]
async fn what_is_set_aside_is_told_page_by_page(db: PgPool) {
    let hub = TestHub::start(db).await;
    let mut node = Node::new(1, mawar());
    for _ in 0..250 {
        node.nonsense();
    }
    let mut card = Card::new(node);
    hub.enrol(&card.node, &[mawar()]).await;
    card.send_all(&hub).await;
    let mut told = Vec::new();
    loop {
        let after = told.last().copied().unwrap_or(0);
        let Reply::Aside { list, complete } = card.ask(&hub, Question::Aside { after }).await else {
            panic!("a list")
        };
        told.extend(list.into_iter().map(|aside| aside.sequence));
        if complete {
            break;
        }
    }
    assert_eq!(told, (1..=250).collect::<Vec<_>>());
    let Reply::Welcome(welcome) = card.ask(&hub, card.hello()).await else { panic!("a welcome") };
    assert_eq!((welcome.aside, welcome.differs), (250, false), "what is set aside is held");
}

/// Takes acknowledged events out of every table, as a bad disk or a wrong hand would.
async fn lose(db: &PgPool, sequences: &[i64]) {
    sqlx::query("delete from event_log where sequence = any ($1)").bind(sequences).execute(db).await.unwrap();
    sqlx::query("delete from child_growth_records where sequence = any ($1)")
        .bind(sequences)
        .execute(db)
        .await
        .unwrap();
}

/// What may differ once lost events have come back: nothing of what is held or concluded.
async fn held(db: &PgPool) -> String {
    hub::reports::rebuild(db).await.unwrap();
    state(db).await
}

#[sqlx::test(migrations = "../migrations")]
async fn events_the_tables_lost_come_back_from_their_node(db: PgPool) {
    let hub = TestHub::start(db).await;
    let mut card = Card::new(journal(1));
    hub.enrol(&card.node, &[mawar()]).await;
    card.send_all(&hub).await;
    hub.count().await;
    let before = held(&hub.db).await;

    // A whole visit, and half of another one on a later day.
    lose(&hub.db, &[4, 5, 8]).await;
    let Reply::Welcome(welcome) = card.ask(&hub, card.hello()).await else { panic!("a welcome") };
    assert!(welcome.differs);
    let replies = card.reconcile(&hub).await;
    let gap = |first, last| Reply::Lacks(vec![Gap { first, last }]);
    assert_eq!(replies, [gap(4, 5), gap(8, 8)]);
    assert_eq!(card.watermark(), 3, "the acks do not claim any more what is not there");
    assert_eq!(alarms(&hub.db).await[0].0, "repaired");

    card.send_all(&hub).await;
    hub.count().await;
    assert_eq!(held(&hub.db).await, before);
    hub.assert_proved().await;
    let Reply::Welcome(welcome) = card.ask(&hub, card.hello()).await else { panic!("a welcome") };
    assert!(!welcome.differs);
    assert_eq!(card.reconcile(&hub).await, [], "no day differs");
}

#[sqlx::test(migrations = "../migrations")]
async fn an_event_set_aside_that_was_lost_comes_back_too(db: PgPool) {
    let hub = TestHub::start(db).await;
    let mut node = journal(1);
    node.weigh_as(id(5, 1), 5, day("2026-11-11"), 8_700, |header| {
        header.posyandu = protocol::PosyanduId(crate::harness::melati());
    });
    let mut card = Card::new(node);
    hub.enrol(&card.node, &[mawar()]).await;
    card.send_all(&hub).await;
    let before = held(&hub.db).await;
    sqlx::query("delete from quarantined_events").execute(&hub.db).await.unwrap();
    assert_eq!(card.reconcile(&hub).await, [Reply::Lacks(vec![Gap { first: 10, last: 10 }])]);
    card.send_all(&hub).await;
    assert_eq!(held(&hub.db).await, before);
}

#[sqlx::test(migrations = "../migrations")]
async fn what_only_the_hub_has_is_shown_and_not_deleted(db: PgPool) {
    let hub = TestHub::start(db).await;
    let mut card = Card::new(journal(1));
    hub.enrol(&card.node, &[mawar()]).await;
    card.send_all(&hub).await;
    let before = held(&hub.db).await;
    let Question::Days { through, mut days } = card.days() else { panic!("days") };
    let missing = days.remove(1).day;
    let Reply::Days(differing) = card.ask(&hub, Question::Days { through, days }).await else {
        panic!("days are answered by days")
    };
    assert_eq!(differing, [missing]);
    let question = Question::Numbers { through, day: missing, events: Vec::new() };
    assert_eq!(card.ask(&hub, question).await, Reply::Lacks(vec![]));
    let [(kind, detail)] = &alarms(&hub.db).await[..] else { panic!("one alarm") };
    assert_eq!((kind.as_str(), detail.as_str()), ("unnamed", "life 1, observed on 2026-09-10: 4–5"));
    assert_eq!(held(&hub.db).await, before);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_copied_card_is_compared_with_its_own_story(db: PgPool) {
    let hub = TestHub::start(db).await;
    let mut real = Card::new(journal(1));
    hub.enrol(&real.node, &[mawar()]).await;
    real.send(&hub, 1, 5).await;
    let mut copy = real.clone();
    copy.node.frames.truncate(5);
    copy.node.visit(id(5, 1), 7, day("2026-10-12"), 8_450, 7_210);
    copy.node.visit(id(5, 1), 8, day("2026-11-12"), 8_650, 7_310);
    real.send_all(&hub).await;
    copy.send_all(&hub).await;
    assert_eq!((real.watermark(), copy.watermark()), (9, 9));
    let epoch = real.heard.unwrap().hub_epoch;
    for card in [&mut real, &mut copy] {
        let Reply::Welcome(welcome) = card.ask(&hub, card.hello()).await else { panic!("a welcome") };
        assert!(!welcome.differs, "what both share counts for both");
        assert_eq!(card.reconcile(&hub).await, []);
        assert_eq!(card.heard.unwrap().hub_epoch, epoch);
    }

    // The copy's own events are lost; the real card's under the same numbers are not.
    let before = held(&hub.db).await;
    let lost = "delete from event_log where incarnation >= 1073741824 and sequence in (6, 7)";
    sqlx::query(lost).execute(&hub.db).await.unwrap();
    let Reply::Welcome(welcome) = copy.ask(&hub, copy.hello()).await else { panic!("a welcome") };
    assert!(welcome.differs);
    assert_eq!(copy.reconcile(&hub).await, [Reply::Lacks(vec![Gap { first: 6, last: 7 }])]);
    copy.send_all(&hub).await;
    assert_eq!(held(&hub.db).await, before);
    let Reply::Welcome(welcome) = real.ask(&hub, real.hello()).await else { panic!("a welcome") };
    assert!(!welcome.differs);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_node_that_only_says_that_something_is_missing_begins_no_epoch(db: PgPool) {
    let hub = TestHub::start(db).await;
    let mut real = Card::new(journal(1));
    hub.enrol(&real.node, &[mawar()]).await;
    real.send(&hub, 1, 5).await;
    let mut copy = real.clone();
    copy.node.frames.truncate(5);
    copy.node.visit(id(5, 1), 7, day("2026-10-12"), 8_450, 7_210);
    real.send_all(&hub).await;
    copy.send_all(&hub).await;
    let epoch = copy.heard.unwrap().hub_epoch;
    let told = alarms(&hub.db).await;

    // An event both cards share, under another fingerprint: no story has it so.
    let events = vec![Numbered { sequence: 2, fingerprint: 0 }];
    let question = Question::Numbers { through: 7, day: LocalDate::from(day("2026-08-10")), events };
    for _ in 0..2 {
        copy.ask(&hub, question.clone()).await;
        copy.ask(&hub, copy.hello()).await;
    }
    assert_eq!(copy.heard.unwrap().hub_epoch, epoch);
    assert_eq!(copy.watermark(), 7, "what is all there stays acknowledged");
    let repaired = |told: &[(String, String)]| told.iter().filter(|(kind, _)| kind == "repaired").count();
    assert_eq!((repaired(&told), repaired(&alarms(&hub.db).await)), (0, 0));
}
