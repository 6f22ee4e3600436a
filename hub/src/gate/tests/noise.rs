//! Bytes of no sense: they close their own connection, and nothing ever panics.

use std::panic;
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use bytes::BytesMut;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rumqttc::mqttbytes::QoS;
use rumqttc::mqttbytes::v4::{Packet, PubAck, Subscribe};

use super::client::{bytes_of, connect, upload};
use super::town::{Town, some_node};
use crate::gate::Limits;

static PANICS: AtomicUsize = AtomicUsize::new(0);
static WATCH: Once = Once::new();

/// The name of the threads the gate under noise runs on; other tests' panics are none of its business.
const THREADS: &str = "noise";

/// A panic in a connection's task ends only that task, so it has to be counted where it happens.
fn panics_so_far() -> usize {
    WATCH.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if thread::current().name() == Some(THREADS) {
                PANICS.fetch_add(1, Ordering::SeqCst);
            }
            usual(panic);
        }));
    });
    PANICS.load(Ordering::SeqCst)
}

/// Whole packets with a few bytes changed, cut or added: more dangerous than plain noise.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let node = some_node();
    let whole: Vec<Vec<u8>> = [
        Packet::Connect(connect(node.to_string())),
        Packet::Publish(upload(node, 1, b"batch")),
        Packet::Subscribe(Subscribe::new(protocol::topic::down(node), QoS::AtLeastOnce)),
        Packet::Unsubscribe(rumqttc::mqttbytes::v4::Unsubscribe::new(protocol::topic::down(node))),
        Packet::PubAck(PubAck::new(1)),
        Packet::PingReq,
    ]
    .iter()
    .map(|packet| bytes_of(packet).to_vec())
    .collect();
    (
        proptest::sample::select(whole),
        vec((any::<u16>(), any::<u8>()), 0..4),
        any::<u16>(),
        vec(any::<u8>(), 0..8),
    )
        .prop_map(|(mut bytes, changes, cut, more)| {
            for (at, byte) in changes {
                let at = usize::from(at) % bytes.len();
                bytes[at] = byte;
            }
            bytes.truncate(1 + usize::from(cut) % bytes.len());
            bytes.extend(more);
            bytes
        })
}

fn noise() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![vec(any::<u8>(), 1..300), damaged(), vec(damaged(), 1..4).prop_map(|many| many.concat())]
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::with_cases(4_000) })]

    #[test]
    fn no_bytes_make_the_decoder_panic(bytes in noise()) {
        let mut input = BytesMut::from(&bytes[..]);
        while let Ok(_packet) = Packet::read(&mut input, 4096) {}
    }
}

#[test]
fn no_bytes_sent_before_or_after_connect_disturb_anyone_else() {
    let before = panics_so_far();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().thread_name(THREADS).enable_all().build().unwrap();
    let (town, node) = runtime.block_on(async {
        let mut town = Town::with(Limits::default(), 64).await;
        town.take_everything();
        (town, some_node())
    });
    // On failure proptest prints the bytes and the seed that made them.
    let config = Config { failure_persistence: None, ..Config::with_cases(120) };
    TestRunner::new(config)
        .run(&(any::<bool>(), noise()), |(connected, bytes)| {
            runtime.block_on(async {
                let mut client = town.stranger(node).await;
                if connected {
                    client.enter(node).await;
                }
                // The gate may close before it has read everything; either way the bytes had their chance.
                let _ = client.send_bytes(&bytes).await;
                let _ = client.try_send(Packet::Disconnect).await;
            });
            Ok(())
        })
        .unwrap();
    runtime.block_on(async {
        town.still_serves().await;
        town.close().await;
    });
    assert_eq!(panics_so_far(), before, "something panicked");
}
