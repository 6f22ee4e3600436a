//! Sealing keys change while hubs run and nodes are away, and nothing is lost by it.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use hub::config::Config;
use hub::feed;
use hub::gate::Upload;
use hub::intake::Intake;
use hub::keys::{self, HubKeys};
use protocol::batch::{self, HubPublicKey, Position};
use protocol::feed::{FeedId, Item};
use protocol::letter::{Down, Up};
use protocol::rand_core::UnwrapErr;
use protocol::{Ack, Answer, Chain, NodeId, Reply};
use sqlx::PgPool;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::reader::Reader;
use crate::harness::{clock, enrol, mawar, places, signing_key, wait};
use crate::journal::{Node, child, day, id, sealing_key};

fn install(folder: &Path) -> Config {
    let hex = |bytes: [u8; 32]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    std::fs::create_dir(folder.join("hub")).unwrap();
    std::fs::write(folder.join("hub/sealing.keys"), hex(sealing_key().to_bytes()) + "\n").unwrap();
    std::fs::write(folder.join("hub/signing.key"), hex([77; 32])).unwrap();
    Config::parse("", folder).unwrap()
}

/// Sends the whole journal, sealed for a key of the hub.
async fn send(uploads: &mpsc::Sender<Upload>, node: &Node, key: [u8; 32]) {
    let before = Chain::genesis(node.id, node.incarnation);
    let position = Position { node: node.id, incarnation: node.incarnation, first: 1, before };
    let rng = &mut UnwrapErr(getrandom::SysRng);
    let batch = batch::seal(position, &node.frames, HubPublicKey(key), &node.key, rng);
    let (upload, taken) = Upload::new(node.id, Up::Batch(&batch).write().into());
    uploads.send(upload).await.unwrap();
    wait(taken).await.unwrap();
}

/// The watermark of the ack that comes next.
async fn watermark(letters: &mut mpsc::Receiver<(NodeId, Bytes)>) -> u64 {
    let (_, letter) = wait(letters.recv()).await.unwrap();
    let Some(Down::Ack(ack)) = Down::read(&letter) else { panic!("an ack") };
    Ack::verify(ack, &signing_key().verifying_key()).unwrap().watermark
}

/// The keys a node learns from the common feed.
async fn told(reader: &mut Reader) -> Vec<[u8; 32]> {
    let items = reader.rest().await;
    let [Item::HubKeys(keys)] = &items[..] else { panic!("one word on keys: {items:?}") };
    keys.clone()
}

#[sqlx::test(migrations = "../migrations")]
async fn a_key_is_replaced_and_destroyed_while_the_hub_runs(db: PgPool) {
    places(&db).await;
    let folder = tempfile::tempdir().unwrap();
    let config = install(folder.path());
    let mut node = Node::new(1, mawar());
    enrol(&db, &node, &[mawar()]).await;
    let running = Arc::new(HubKeys::load(&config.keys).unwrap());
    let (uploads, from_nodes) = mpsc::channel(8);
    let (to_nodes, mut letters) = mpsc::channel(8);
    let stop = CancellationToken::new();
    tokio::spawn(Intake::new(db.clone(), Arc::clone(&running), clock).run(
        from_nodes,
        to_nodes,
        stop.clone(),
    ));
    let _stop = stop.drop_guard();
    feed::announce_keys(&db, &running.publics()).await.unwrap();
    let mut common = Reader::fresh(&db, &node, FeedId::Common);
    let first = told(&mut common).await;
    assert_eq!(first, [sealing_key().public().0]);

    // Another process makes a new key; a node that hears of it at once is understood at once.
    keys::rotate(&config.keys.sealing, clock()).unwrap();
    feed::announce_keys(&db, &HubKeys::load(&config.keys).unwrap().publics()).await.unwrap();
    let second = told(&mut common).await;
    assert_eq!((second.len(), second[1]), (2, first[0]));
    node.register(id(5, 1), day("2026-05-01"), child("Budi", day("2025-01-05")));
    send(&uploads, &node, second[0]).await;
    assert_eq!(watermark(&mut letters).await, 1);

    // The first key goes; a batch that was sealed for it opens no more.
    let gone = keys::destroy(&config.keys.sealing, 0, clock()).unwrap();
    assert_eq!(gone.len(), 1);
    let fresh = Arc::new(HubKeys::load(&config.keys).unwrap());
    assert_eq!(fresh.publics(), second[..1]);
    let (uploads, from_nodes) = mpsc::channel(8);
    let (to_nodes, mut letters) = mpsc::channel(8);
    let stop = CancellationToken::new();
    tokio::spawn(Intake::new(db.clone(), fresh, clock).run(from_nodes, to_nodes, stop.clone()));
    let _stop = stop.drop_guard();
    let mut late = Node::new(2, mawar());
    enrol(&db, &late, &[mawar()]).await;
    late.weigh(id(5, 1), 1, day("2026-05-10"), 9_000);
    send(&uploads, &late, first[0]).await;
    // The node is sent to the common feed, learns the new key, and seals the same record again.
    let (_, answer) = wait(letters.recv()).await.unwrap();
    let Some(Down::Answer(sealed)) = Down::read(&answer) else { panic!("news") };
    let answer = Answer::open(sealed, late.id, &late.key, &signing_key().verifying_key()).unwrap();
    let Reply::News(marks) = answer.reply else { panic!("news") };
    assert_eq!(marks, [common.mark]);
    let key = told(&mut Reader::fresh(&db, &late, FeedId::Common)).await[0];
    send(&uploads, &late, key).await;
    assert_eq!(watermark(&mut letters).await, 1);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_hub_with_an_old_key_file_does_not_take_a_key_back(db: PgPool) {
    places(&db).await;
    let node = Node::new(1, mawar());
    enrol(&db, &node, &[mawar()]).await;
    let mut common = Reader::fresh(&db, &node, FeedId::Common);
    for keys in [&[[1; 32]][..], &[[2; 32], [1; 32]], &[[1; 32]], &[[2; 32]], &[[2; 32], [1; 32]]] {
        feed::announce_keys(&db, keys).await.unwrap();
    }
    assert_eq!(told(&mut common).await, [[2; 32], [1; 32]]);
    assert_eq!(common.mark.position, 2);
}
