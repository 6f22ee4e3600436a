//! What hostile or unknown bytes cost: one error, never a panic, never the event behind them.

use super::common::{
    NODE, carried, checked, clock_found, edited, event, left, length_taken, registered, weighed,
};
use ed25519_dalek::SigningKey;
use proptest::prelude::*;
use protocol::batch::{self, BatchError, HubPrivateKey, Position};
use protocol::rand_core::UnwrapErr;
use protocol::{Ack, Chain, Frame, FrameError, NodeId};
use uuid::Uuid;

fn random() -> UnwrapErr<getrandom::SysRng> {
    UnwrapErr(getrandom::SysRng)
}

struct Sent {
    hub: HubPrivateKey,
    node: SigningKey,
    frames: Vec<Frame>,
    sealed: Vec<u8>,
}

fn sent() -> Sent {
    let hub = HubPrivateKey::generate(&mut random());
    let node = SigningKey::from_bytes(&[5; 32]);
    let frames: Vec<Frame> = [registered(), weighed(), length_taken()]
        .into_iter()
        .zip(1..)
        .map(|(body, sequence)| Frame::encode(&event(sequence, body)))
        .collect();
    let position = Position { node: NODE, incarnation: 1, first: 1, before: Chain::genesis(NODE, 1) };
    let sealed = batch::seal(position, &frames, hub.public(), &node, &mut random());
    Sent { hub, node, frames, sealed }
}

impl Sent {
    fn open(&self, sealed: &[u8]) -> Result<Vec<Frame>, BatchError> {
        batch::open(sealed, &self.node.verifying_key(), |_| Some(self.hub.clone())).map(|(_, frames)| frames)
    }
}

#[test]
fn an_event_comes_back_as_it_was() {
    for body in
        [registered(), weighed(), carried(), length_taken(), clock_found(), edited(), left(), checked()]
    {
        let event = event(9, body);
        assert_eq!(Frame::encode(&event).decode().unwrap(), event);
    }
}

#[test]
fn a_batch_comes_back_as_it_was() {
    let sent = sent();
    assert_eq!(sent.open(&sent.sealed).unwrap(), sent.frames);
    let header = batch::peek(&sent.sealed).unwrap();
    assert_eq!((header.first, header.count, header.hub_key), (1, 3, sent.hub.public().id()));
}

#[test]
fn nothing_about_a_person_is_readable_on_the_road() {
    let sent = sent();
    for secret in [b"Siti".as_slice(), b"Rahma", b"9971012345670001"] {
        assert!(!sent.sealed.windows(secret.len()).any(|window| window == secret));
    }
}

#[test]
fn every_flipped_byte_and_every_cut_is_noticed() {
    let sent = sent();
    for at in 0..sent.sealed.len() {
        let mut flipped = sent.sealed.clone();
        flipped[at] ^= 0x40;
        assert!(sent.open(&flipped).is_err(), "byte {at} flipped");
        assert!(sent.open(&sent.sealed[..at]).is_err(), "cut at {at}");
    }
}

#[test]
fn another_node_another_hub_another_key_open_nothing() {
    let sent = sent();
    let stranger = SigningKey::from_bytes(&[6; 32]).verifying_key();
    let hub = || Some(sent.hub.clone());
    assert_eq!(batch::open(&sent.sealed, &stranger, |_| hub()).unwrap_err(), BatchError::Signature);
    let other = HubPrivateKey::generate(&mut random());
    let node = sent.node.verifying_key();
    assert_eq!(batch::open(&sent.sealed, &node, |_| Some(other)).unwrap_err(), BatchError::Sealed);
    assert!(matches!(batch::open(&sent.sealed, &node, |_| None), Err(BatchError::UnknownKey(_))));
}

#[test]
fn a_chain_that_does_not_fit_is_noticed_even_when_signed() {
    let sent = sent();
    let position = Position { node: NODE, incarnation: 1, first: 1, before: Chain([1; 32]) };
    let sealed = batch::seal(position, &sent.frames, sent.hub.public(), &sent.node, &mut random());
    let header = batch::peek(&sealed).unwrap();
    assert_ne!(header.after, batch::peek(&sent.sealed).unwrap().after);
}

#[test]
fn an_unknown_kind_costs_one_event() {
    let mut bytes = Frame::encode(&event(1, weighed())).bytes().to_vec();
    bytes[5] = 200;
    let known = Frame::encode(&event(2, length_taken()));
    let stream = [&bytes, known.bytes()].concat();
    let (unknown, rest) = Frame::split(&stream).unwrap();
    match unknown.decode() {
        Err(FrameError::UnknownKind { kind: 200, version: 1, header }) => assert_eq!(header.sequence, 1),
        other => panic!("{other:?}"),
    }
    assert_eq!(Frame::split(rest).unwrap().0, known);
}

#[test]
fn only_this_hubs_ack_is_believed() {
    let ack = Ack {
        node: NodeId(Uuid::from_u128(1)),
        incarnation: 1,
        watermark: 3,
        chain: Chain([0; 32]),
        gaps: vec![],
        hub_epoch: [0; 16],
        quarantined: vec![],
        quarantined_total: 1,
        retry_after_s: 0,
        standing: protocol::Standing::Current,
    };
    let hub = SigningKey::from_bytes(&[1; 32]);
    let signed = ack.sign(&hub);
    assert_eq!(Ack::verify(&signed, &hub.verifying_key()).unwrap(), ack);
    assert!(Ack::verify(&signed, &SigningKey::from_bytes(&[2; 32]).verifying_key()).is_err());
    for at in 0..signed.len() {
        let mut flipped = signed.clone();
        flipped[at] ^= 1;
        assert!(Ack::verify(&flipped, &hub.verifying_key()).is_err());
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        if let Ok((frame, _)) = Frame::split(&bytes) {
            let _ = frame.decode();
        }
        let _ = batch::peek(&bytes);
        let _ = sent_once().open(&bytes);
    }

    #[test]
    fn a_damaged_frame_is_read_without_a_panic(at in 4usize..200, with in any::<u8>()) {
        let mut bytes = Frame::encode(&event(1, registered())).bytes().to_vec();
        let at = at.min(bytes.len() - 1);
        bytes[at] = with;
        let _ = Frame::from_bytes(&bytes).map(|frame| frame.decode());
    }
}

fn sent_once() -> &'static Sent {
    static SENT: std::sync::OnceLock<Sent> = std::sync::OnceLock::new();
    SENT.get_or_init(sent)
}

#[test]
fn a_batch_of_endless_events_is_refused_before_it_is_opened() {
    let frame = Frame::encode(&event(1, length_taken()));
    let frames = vec![frame; batch::MAX_EVENTS as usize + 1];
    let sent = sent();
    let position = Position { node: NODE, incarnation: 1, first: 1, before: Chain::genesis(NODE, 1) };
    let sealed = batch::seal(position, &frames, sent.hub.public(), &sent.node, &mut random());
    assert_eq!(batch::peek(&sealed).unwrap_err(), BatchError::Malformed);
}
