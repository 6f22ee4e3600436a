//! Nodes that are there are told at once; who wrote is not told what it wrote.

use std::sync::Arc;

use bytes::Bytes;
use hub::keys::HubKeys;
use protocol::letter::Down;
use protocol::{Answer, NodeId, Reply};
use sqlx::PgPool;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::harness::{TestHub, clock, mawar, melati, signing_key, wait};
use crate::journal::{Node, child, day, id, sealing_key};

/// A hub process that tells its nodes.
fn telling(db: &PgPool, stop: &CancellationToken) -> mpsc::Receiver<(NodeId, Bytes)> {
    let (letters, told) = mpsc::channel(64);
    let keys = Arc::new(HubKeys::new(vec![sealing_key()], signing_key()));
    tokio::spawn(hub::feed::listen(db.clone(), keys, clock, letters, |_| true, stop.clone()));
    told
}

async fn until_listening(db: &PgPool, count: i64) {
    let listening = "select count(*) from pg_stat_activity
        where datname = current_database() and query like 'LISTEN%simpul_feed%'";
    wait(async {
        while sqlx::query_scalar::<_, i64>(listening).fetch_one(db).await.unwrap() < count {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[sqlx::test(migrations = "../migrations")]
async fn every_hub_tells_those_who_read_what_another_wrote(db: PgPool) {
    let mut hub = TestHub::start(db.clone()).await;
    let (mut writer, reader, elsewhere) =
        (Node::new(1, mawar()), Node::new(2, mawar()), Node::new(3, melati()));
    let away = Node::new(4, mawar());
    for node in [&writer, &reader, &elsewhere, &away] {
        hub.enrol(node, &[node.posyandu]).await;
    }
    let present = "update nodes set last_heard_at = $1 where id <> $2";
    sqlx::query(present).bind(clock()).bind(away.id.0).execute(&db).await.unwrap();
    let stop = CancellationToken::new();
    let mut processes = [telling(&db, &stop), telling(&db, &stop)];
    until_listening(&db, 2).await;
    let _stop = stop.drop_guard();

    for nth in 1..=20 {
        writer.register(id(5, nth), day("2026-05-01"), child("Anak", day("2025-01-05")));
        hub.send(&writer, writer.sealed(nth, nth)).await;
    }
    for told in &mut processes {
        let mut letters = 0;
        let mark = loop {
            let (node, letter) = wait(told.recv()).await.unwrap();
            assert_eq!(node, reader.id, "neither who wrote, nor who reads another feed, nor who is away");
            let Some(Down::Answer(sealed)) = Down::read(&letter) else { panic!("news is an answer") };
            let answer = Answer::open(sealed, node, &reader.key, &signing_key().verifying_key()).unwrap();
            let Reply::News(marks) = answer.reply else { panic!("news") };
            assert_eq!((answer.nonce, answer.hub_time_ms), (0, clock().timestamp_millis()));
            letters += 1;
            if marks[0].position == 20 {
                break marks[0];
            }
        };
        assert!(hub::feed::heads(&db, reader.id).await.unwrap().contains(&mark));
        assert!(letters < 20, "what comes together is told together");
    }
}
