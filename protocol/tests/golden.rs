//! The bytes of every message, as they will be read for ever. A red test here means the wire has changed.

mod common;

use common::{NODE, event, length_taken, registered, weighed};
use protocol::ack::{Gap, Quarantined};
use protocol::{Ack, Body, Chain, EventId, Frame, topic};
use uuid::Uuid;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Everything before the body: length, shape, kind, version, header.
fn body_of(body: Body) -> String {
    let frame = Frame::encode(&event(1, body));
    hex(&frame.bytes()[frame.bytes().len() - body_length(&frame)..])
}

fn body_length(frame: &Frame) -> usize {
    let header = postcard::to_allocvec(&frame.decode().expect("just encoded").header).expect("plain data");
    frame.bytes().len() - 9 - header.len()
}

#[test]
fn the_prefix_and_header() {
    let frame = Frame::encode(&event(1, weighed()));
    let header = &frame.bytes()[..frame.bytes().len() - body_length(&frame)];
    assert_eq!(hex(header), HEADER);
}

#[test]
fn kind_1_version_1_child_registered() {
    assert_eq!(body_of(registered()), CHILD_REGISTERED);
}

#[test]
fn kind_2_version_1_weighed() {
    assert_eq!(body_of(weighed()), WEIGHED);
}

#[test]
fn kind_3_version_1_length_taken() {
    assert_eq!(body_of(length_taken()), LENGTH_TAKEN);
}

#[test]
fn an_ack() {
    let ack = Ack {
        node: NODE,
        incarnation: 1,
        watermark: 300,
        chain: Chain([0xaa; 32]),
        gaps: vec![Gap { first: 302, last: 310 }],
        hub_epoch: [7; 16],
        quarantined: vec![Quarantined {
            sequence: 5,
            event: Some(EventId(Uuid::from_u128(0x105))),
            reason: "tidak dikenal".into(),
        }],
        retry_after_s: 0,
    };
    assert_eq!(hex(&postcard::to_allocvec(&ack).unwrap()), ACK);
}

#[test]
fn the_chain() {
    let genesis = Chain::genesis(NODE, 1);
    assert_eq!(hex(&genesis.0), GENESIS);
    assert_eq!(hex(&genesis.after(&Frame::encode(&event(1, weighed()))).0), AFTER_ONE);
}

#[test]
fn the_topics() {
    assert_eq!(topic::up(NODE), "simpul/v1/up/01/01920000-0000-7000-8000-000000000001");
    assert_eq!(topic::down(NODE), "simpul/v1/down/01920000-0000-7000-8000-000000000001");
    assert_eq!(topic::node_of_up(&topic::up(NODE)), Some(NODE));
    assert_eq!(topic::node_of_up("simpul/v1/up/02/01920000-0000-7000-8000-000000000001"), None);
}

const HEADER: &str = "c40000000102000100100000000000000000000000000000010110019200000000700080000000000000010101100000\
    000000000000000000000000000500100000000000000000000000000000000601100000000000000000000000000000\
    00070110000000000000000000000000000000081100dac40280a4c0b4c168c806030303030303030303030303030303\
    0303c0843d84fc020000011054696d62616e67616e206261796920410661645f7374640000";
const CHILD_REGISTERED: &str =
    "0b5369746920416d696e616801103939373130313233343536373030303198bd0201055261686d610127019c180001";
const WEIGHED: &str = "00824200000101280aa01fdc8301ac84010102";
const LENGTH_TAKEN: &str = "008e3900010000";
const ACK: &str = "100192000000007000800000000000000101ac02aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\
    aaaaaaaa01ae02b6020707070707070707070707070707070701050110000000000000000000000000000001050d7469\
    64616b2064696b656e616c00";
const GENESIS: &str = "2ebb3bade032c43b06c5491555ee8b284e9861616f16924a146f8378d9445162";
const AFTER_ONE: &str = "4ec4ae8ac995451bf9b5d7a6484e0a5a8e1039bf3db2aa9b1ed6f4dc46568cc1";
