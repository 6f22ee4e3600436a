//! Questions, answers, packets and closing codes: only their own maker is believed, only their own reader reads them, and
//! damage is noticed.

use super::common::{NODE, clock_found, event, weighed};
use ed25519_dalek::SigningKey;
use proptest::prelude::*;
use protocol::answer::{Answer, AnswerError, Reply};
use protocol::ask::{Ask, AskError, FeedQuestion, Question};
use protocol::closing::{Closing, ClosingError};
use protocol::courier::{self, PacketError, Way};
use protocol::feed::{FeedHash, FeedId, FeedMark, Item, Page};
use protocol::rand_core::UnwrapErr;
use protocol::sum::{Sum, fingerprint};
use protocol::time::{ClockFound, Hybrid};
use protocol::{Body, Chain, Frame, LocalDate, NodeId, PosyanduId, Stamp};
use uuid::Uuid;

fn random() -> UnwrapErr<getrandom::SysRng> {
    UnwrapErr(getrandom::SysRng)
}

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

const MARK: FeedMark = FeedMark { feed: FeedId::Common, position: 3, hash: FeedHash([1; 16]) };

fn ask() -> Ask {
    let question = Question::Feed(FeedQuestion { from: MARK, at_most: 500, head: 7 });
    Ask { node: NODE, incarnation: 1, nonce: 9, question }
}

fn answer() -> Answer {
    let items = vec![Item::Event(Frame::encode(&event(1, weighed())).bytes().to_vec()).encode(); 20];
    let page = Page { feed: FeedId::Common, after: 3, mark: MARK, head: 3, restart: false, items };
    Answer { node: NODE, nonce: 9, hub_time_ms: 1_795_485_600_000, reply: Reply::Page(page) }
}

#[test]
fn a_question_is_believed_from_its_node_only() {
    let signed = ask().sign(&key(5));
    assert_eq!(Ask::verify(&signed, &key(5).verifying_key()).unwrap(), ask());
    assert_eq!(Ask::verify(&signed, &key(6).verifying_key()), Err(AskError::Signature));
    for at in 0..signed.len() {
        let mut flipped = signed.clone();
        flipped[at] ^= 0x20;
        assert!(Ask::verify(&flipped, &key(5).verifying_key()).is_err(), "byte {at} flipped");
        assert!(Ask::verify(&signed[..at], &key(5).verifying_key()).is_err(), "cut at {at}");
    }
}

#[test]
fn a_signature_over_one_thing_is_none_over_another() {
    let node = key(5);
    let asked = ask().sign(&node);
    assert!(protocol::Ack::verify(&asked, &node.verifying_key()).is_err());
    assert!(Answer::open(&asked, NODE, &node, &node.verifying_key()).is_err());
}

#[test]
fn an_answer_opens_for_its_node_only_and_if_this_hub_signed_it() {
    let (node, hub) = (key(5), key(1));
    let sealed = answer().seal(&node.verifying_key(), &hub, &mut random()).unwrap();
    assert!(sealed.len() < 20 * 100, "twenty times the same event packs well, not {} bytes", sealed.len());
    let open = |bytes: &[u8], name, node: &SigningKey, hub: &SigningKey| {
        Answer::open(bytes, name, node, &hub.verifying_key())
    };
    assert_eq!(open(&sealed, NODE, &node, &hub).unwrap(), answer());
    assert_eq!(open(&sealed, NODE, &node, &key(2)), Err(AnswerError::Signature));
    assert_eq!(open(&sealed, NODE, &key(6), &hub), Err(AnswerError::Sealed));
    assert_eq!(open(&sealed, NodeId(Uuid::from_u128(2)), &node, &hub), Err(AnswerError::Sealed));
    for at in 0..sealed.len() {
        let mut flipped = sealed.clone();
        flipped[at] ^= 0x20;
        assert!(open(&flipped, NODE, &node, &hub).is_err(), "byte {at} flipped");
    }
}

#[test]
fn an_item_of_a_newer_hub_costs_only_itself() {
    let known = Item::UserGone(protocol::UserId(Uuid::from_u128(1)));
    let items = vec![known.encode(), vec![200, 1, 2], known.encode()];
    let page = Page { feed: FeedId::Common, after: 3, mark: MARK, head: 3, restart: false, items };
    assert_eq!(page.known().collect::<Vec<_>>(), [known.clone(), known]);
}

#[test]
fn a_packet_that_is_cut_off_gives_the_letters_before_the_cut() {
    let letters = vec![vec![1, 2, 3], vec![2, 2], vec![1, 1]];
    let packet = courier::write(Way::Up, NODE, &letters);
    let read = courier::read(Way::Up, &packet).unwrap();
    assert_eq!((read.node, &read.letters, read.complete), (NODE, &letters, true));
    let cut = courier::read(Way::Up, &packet[..packet.len() - 5]).unwrap();
    assert_eq!((cut.letters, cut.complete), (letters[..2].to_vec(), false));
    assert_eq!(courier::read(Way::Down, &packet), Err(PacketError::OtherWay));
    assert_eq!(courier::read(Way::Up, b"%PDF-1.7 something else"), Err(PacketError::NotAPacket));
}

fn closing() -> Closing {
    Closing {
        node: NODE,
        incarnation: 1,
        posyandu: PosyanduId(Uuid::from_u128(6)),
        day: LocalDate(20_781),
        visits: 40,
        weighed: 39,
        measured: 38,
        registered: 2,
        sum: Sum { count: 81, hash: u64::MAX },
        head: 310,
        chain: Chain([0xaa; 32]),
    }
}

#[test]
fn a_closing_code_survives_a_line_break_and_nothing_else() {
    let code = closing().sign(&key(5));
    assert!(code.len() <= 300, "a QR code of {} letters is hard to read with an old phone", code.len());
    let typed = format!("  {}\n {} ", &code[..50].to_lowercase(), &code[50..]);
    assert_eq!(Closing::verify(&typed, &key(5).verifying_key()).unwrap(), closing());
    assert_eq!(Closing::verify(&code, &key(6).verifying_key()), Err(ClosingError::Signature));
    for at in 8..code.len() {
        let other = if code.as_bytes()[at] == b'A' { "B" } else { "A" };
        let wrong = format!("{}{other}{}", &code[..at], &code[at + 1..]);
        let verdict = Closing::verify(&wrong, &key(5).verifying_key());
        // the last letter holds fewer bits than it could: two letters may mean the same
        assert!(verdict.is_err() || at == code.len() - 1, "letter {at} changed");
    }
}

#[test]
fn equal_sets_have_equal_sums_and_one_event_changes_them() {
    let frames: Vec<Frame> = (1..=50).map(|sequence| Frame::encode(&event(sequence, weighed()))).collect();
    let sum = |frames: &mut dyn Iterator<Item = &Frame>| {
        let mut sum = Sum::default();
        frames.for_each(|frame| sum.add(frame));
        sum
    };
    let (all, back) = (sum(&mut frames.iter()), sum(&mut frames.iter().rev()));
    assert_eq!(all, back);
    let (first, rest) = (sum(&mut frames[..20].iter()), sum(&mut frames[20..].iter()));
    assert_eq!((first.plus(rest), all.minus(first)), (all, rest));
    assert_ne!(sum(&mut frames[1..].iter()).hash, all.hash);
    assert_eq!(fingerprint(frames[0].bytes()), sum(&mut frames[..1].iter()).hash);
}

#[test]
fn a_power_up_is_dated_in_both_directions_and_no_other_one() {
    let Body::ClockFound(found) = clock_found() else { unreachable!("that is what it makes") };
    let stamp = event(1, weighed()).header.recorded_at;
    assert_eq!(found.wall_ms_of(&stamp), Some(found.wall_ms - 60_999));
    let later = Stamp { monotonic_ns: found.monotonic_ns + 86_400_000_000_000, ..stamp };
    assert_eq!(found.date_of(&later).unwrap().0, found.date_of(&stamp).unwrap().0 + 1);
    assert_eq!(found.wall_ms_of(&Stamp { boot: [4; 16], ..stamp }), None);
    let never = ClockFound { wall_ms: i64::MAX, ..found };
    assert_eq!(never.date_of(&later), None, "what no calendar shows is no date");
}

#[test]
fn hybrid_time_never_goes_back() {
    let seen = Hybrid { ms: 5_000, count: 3 };
    assert_eq!(seen.next(4_000), Hybrid { ms: 5_000, count: 4 });
    assert_eq!(seen.next(6_000), Hybrid { ms: 6_000, count: 0 });
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let (node, hub) = (key(5), key(1).verifying_key());
        let _ = Ask::peek(&bytes);
        let _ = Answer::open(&bytes, NODE, &node, &hub);
        let _ = Item::decode(&bytes);
        let _ = courier::read(Way::Up, &bytes);
        let _ = courier::read(Way::Down, &[b"SIMPUL BALAS v1\n".as_slice(), &bytes].concat());
        let _ = protocol::letter::Up::read(&bytes);
        let _ = Closing::peek(&String::from_utf8_lossy(&bytes));
        let _ = Closing::peek(&format!("SIMPUL1-{}", String::from_utf8_lossy(&bytes)));
    }

    #[test]
    fn what_a_packet_holds_comes_back(letters in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 2..50), 0..20)) {
        let packet = courier::write(Way::Down, NODE, &letters);
        prop_assert_eq!(courier::read(Way::Down, &packet).unwrap().letters, letters);
    }
}
