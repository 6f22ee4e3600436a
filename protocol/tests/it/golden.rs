//! The bytes of every message, as they will be read for ever. A red test here means the wire has changed.

use super::common::{
    NODE, carried, checked, clock_found, doubled, edited, event, left, length_taken, registered, services,
    weighed,
};
use protocol::ack::{Gap, Quarantined, Standing};
use protocol::answer::{Answer, Reply, Welcome};
use protocol::ask::{Ask, Heard, Hello, Question};
use protocol::closing::Closing;
use protocol::courier::{self, Way};
use protocol::feed::{FeedHash, FeedId, FeedMark, Guest, Item, Page, WebCertificate};
use protocol::letter::{Down, Up};
use protocol::registry::Leaving;
use protocol::sum::Sum;
use protocol::{Ack, Body, Chain, CitizenId, EventId, Frame, LocalDate, PosyanduId, topic};
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
fn kind_2_version_2_weighed_in_somebodys_arms() {
    assert_eq!(carried().kind(), (2, 2));
    assert_eq!(body_of(carried()), CARRIED);
}

#[test]
fn kind_3_version_1_length_taken() {
    assert_eq!(body_of(length_taken()), LENGTH_TAKEN);
}

#[test]
fn kind_4_version_1_clock_found() {
    assert_eq!(body_of(clock_found()), CLOCK_FOUND);
}

#[test]
fn kind_5_version_1_child_edited() {
    assert_eq!(body_of(edited()), CHILD_EDITED);
}

#[test]
fn kind_6_version_1_child_left() {
    assert_eq!(body_of(left()), CHILD_LEFT);
}

#[test]
fn kind_6_version_2_stands_here_a_second_time() {
    assert_eq!(doubled().kind(), (6, 2));
    assert_eq!(body_of(doubled()), CHILD_DOUBLED);
    let frame = Frame::encode(&event(1, doubled()));
    assert_eq!(frame.decode().map(|event| event.body), Ok(doubled()));
}

#[test]
fn kinds_8_to_19_version_1_are_what_they_were_and_read_back() {
    for (nth, ((name, body), golden)) in services().into_iter().zip(SERVICES).enumerate() {
        assert_eq!(body.kind(), (8 + nth as u16, 1), "{name}");
        assert_eq!((name, body_of(body.clone())), (golden.0, golden.1.to_owned()));
        assert_eq!(Frame::encode(&event(1, body.clone())).decode().unwrap().body, body, "{name}");
    }
    assert_eq!(services().len(), SERVICES.len());
}

#[test]
fn kind_7_version_1_instrument_checked() {
    assert_eq!(body_of(checked()), INSTRUMENT_CHECKED);
}

const MARK: FeedMark = FeedMark {
    feed: FeedId::Posyandu(PosyanduId(Uuid::from_u128(6))),
    position: 300,
    hash: FeedHash([9; 16]),
};

fn plain<T: serde::Serialize>(value: &T) -> String {
    hex(&postcard::to_allocvec(value).expect("plain data"))
}

#[test]
fn a_hello() {
    let hello = Hello {
        head: 310,
        heard: Some(Heard { watermark: 300, chain: Chain([0xaa; 32]), hub_epoch: [7; 16] }),
        sum: Sum { count: 300, hash: 0x0102_0304 },
        aside: 1,
        feeds: vec![MARK],
        now: event(1, weighed()).header.recorded_at,
        certificate_until_s: 1_803_261_600,
        version: "0.1.0".into(),
    };
    let ask = Ask { node: NODE, incarnation: 1, nonce: 42, question: Question::Hello(hello) };
    assert_eq!(plain(&ask), HELLO);
}

#[test]
fn a_welcome_and_a_page() {
    let welcome = Welcome {
        hub_epoch: [7; 16],
        standing: Standing::Current,
        differs: true,
        aside: 1,
        feeds: vec![MARK],
    };
    let answer = |reply| Answer { node: NODE, nonce: 42, hub_time_ms: 1_795_485_600_000, reply };
    assert_eq!(plain(&answer(Reply::Welcome(welcome))), WELCOME);
    let left = Item::Left { citizen: CitizenId(Uuid::from_u128(7)), leaving: Leaving::Moved };
    let keys = Item::HubKeys(vec![[3; 32]]);
    let items = vec![Item::Event(vec![1, 2, 3]).encode(), left.encode(), keys.encode()];
    let page = Page { feed: MARK.feed, after: 297, mark: MARK, head: 301, restart: false, items };
    assert_eq!(plain(&answer(Reply::Page(page))), PAGE);
}

#[test]
fn a_web_certificate() {
    let given = WebCertificate { chain_pem: "C".into(), key_pem: "K".into() };
    assert!(!format!("{given:?}").contains('K'), "a key is not printed");
    let item = |certificate| Item::WebCertificate { node: NODE, certificate }.encode();
    assert_eq!(hex(&item(Some(given))), WEB_CERTIFICATE);
    assert_eq!(hex(&item(None)), format!("{}00", &WEB_CERTIFICATE[..36]));
}

#[test]
fn a_guest_that_is_somebody_at_home() {
    let (home, guest) = (CitizenId(Uuid::from_u128(7)), CitizenId(Uuid::from_u128(8)));
    let item = |at: Option<&str>| Item::Guest(Guest { home, guest, at: at.map(Into::into) }).encode();
    assert_eq!(hex(&item(Some("M"))), GUEST);
    assert_eq!(hex(&item(None)), format!("{}00", &GUEST[..GUEST.len() - 6]));
}

#[test]
fn a_letter_has_its_tag_in_front_and_a_packet_its_way() {
    assert_eq!(Up::Batch(&[9]).write(), [1, 9]);
    assert_eq!(Up::Ask(&[9]).write(), [2, 9]);
    assert_eq!(Down::Ack(&[9]).write(), [1, 9]);
    assert_eq!(Down::Answer(&[9]).write(), [2, 9]);
    let packet = courier::write(Way::Up, NODE, &[vec![1, 9]]);
    assert!(packet.starts_with(b"SIMPUL KURIR v1\n"));
    assert_eq!(hex(&packet[16..]), PACKET);
}

#[test]
fn a_closing_code() {
    let closing = Closing {
        node: NODE,
        incarnation: 1,
        posyandu: PosyanduId(Uuid::from_u128(6)),
        day: LocalDate(20_781),
        visits: 40,
        weighed: 39,
        measured: 38,
        registered: 2,
        sum: Sum { count: 82, hash: 0x0102_0304 },
        head: 310,
        chain: Chain([0xaa; 32]),
    };
    // Ed25519 signs the same bytes the same way every time.
    assert_eq!(closing.sign(&ed25519_dalek::SigningKey::from_bytes(&[5; 32])), CLOSING);
}

#[test]
fn a_sum_and_a_feed_hash() {
    let mut sum = Sum::default();
    sum.add(&Frame::encode(&event(1, weighed())));
    assert_eq!((sum.count, format!("{:016x}", sum.hash)), (1, SUM.into()));
    assert_eq!(hex(&FeedHash::EMPTY.after(1, &[1, 2, 3]).0), FEED_HASH);
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
        quarantined_total: 1,
        retry_after_s: 0,
        standing: protocol::Standing::Current,
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
const CARRIED: &str = "0082420000010000d8df031400e807ccbe07b0bf07d69d031400e807acbb0690bc0632";
const LENGTH_TAKEN: &str = "008e3900010000";
const ACK: &str = "100192000000007000800000000000000101ac02aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\
    aaaaaaaa01ae02b6020707070707070707070707070707070701050110000000000000000000000000000001050d7469\
    64616b2064696b656e616c010000";
const GENESIS: &str = "2ebb3bade032c43b06c5491555ee8b284e9861616f16924a146f8378d9445162";
const AFTER_ONE: &str = "4ec4ae8ac995451bf9b5d7a6484e0a5a8e1039bf3db2aa9b1ed6f4dc46568cc1";
const CLOCK_FOUND: &str = "0303030303030303030303030303030380c4889fe301c0cdc7b4c168c80601";
const CHILD_EDITED: &str =
    "0101103939373130313233343536373030303201100000000000000000000000000000010180a4c0b4c16801";
const CHILD_LEFT: &str = "00";
const CHILD_DOUBLED: &str = "051000000000000000000000000000000007";
const INSTRUMENT_CHECKED: &str = "1e7573622d316138365f5553425f53657269616c2d696630302d706f7274\
    30000a030000130a882700a44e0a88270104fc4d0a010a02";
const HELLO: &str = "1001920000000070008000000000000001012a00b60201ac02aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\
    aaaaaaaaaaaaaaaaaa07070707070707070707070707070707ac02848688080101011000000000000000000000000000\
    000006ac020909090909090909090909090909090980a4c0b4c168c8060303030303030303030303030303030303c084\
    3dc0dadcb70d05302e312e30";
const WELCOME: &str = "10019200000000700080000000000000012a80a4c0b4c168000707070707070707070707070707070700010101011000\
    000000000000000000000000000006ac0209090909090909090909090909090909";
const PAGE: &str = "10019200000000700080000000000000012a80a4c0b4c16801011000000000000000000000000000000006a902011000\
    000000000000000000000000000006ac0209090909090909090909090909090909ad0200030500030102031301100000\
    000000000000000000000000000700220801030303030303030303030303030303030303030303030303030303030303\
    0303";
const GUEST: &str = "0a1000000000000000000000000000000007100000000000000000000000000000000801014d";
const WEB_CERTIFICATE: &str = "091001920000000070008000000000000001010143014b";
const PACKET: &str = "01920000000070008000000000000001020000000109";
const CLOSING: &str = "SIMPUL1-CAAZEAAAAAAHAAEAAAAAAAAAAAAQCEAAAAAAAAAAAAAAAAAAAAAAAAAG3LCAEKBHEYBFFBEGRAELMAVKVKVKVKVK\
    VKVKVKVKVKVKVKVKVKVKVKVKVKVKVKVKVKVKVKVKVIUCO5MHGTCLJWMML2BWMWILFFVRNHBAMA36MME4XXFZ5UR5XVC2XSPI\
    SOFZWLRIFG4CGJOFW3LNQAI4Y64ODLRZ2V2TWFDXCATVMJID";
const SUM: &str = "2d873d6f6b7bfa88";
const FEED_HASH: &str = "d852645a3b6483f5b57725b05a4e24b4";

const SERVICES: [(&str, &str); 12] = [
    ("adult_registered", "0853756d69796174690110393937313031343130373630303030319f360101"),
    (
        "session_opened",
        "10000000000000000000000000000000140f42756c616e20766974616d696e204100011000000000000000000000000000000005",
    ),
    ("session_closed", "100000000000000000000000000000001401000c17090807040101010001"),
    ("measured", "0500800152014c010000"),
    ("noted", "03020003"),
    ("served", "06115075736b65736d6173204369626164616b010342474d00"),
    ("pregnancy_began", "100000000000000000000000000000001e01f0c1020002010001030107757369615f3335"),
    ("pregnancy_ended", "100000000000000000000000000000001ea0c60200011000000000000000000000000000000009"),
    ("anc_examined", "100000000000000000000000000000001e00010104010268620431312c3200046261696b01"),
    ("nifas_examined", "100000000000000000000000000000001e02010564656d616d0000"),
    ("immunization", "000a4450542d48422d48696202010542313233340000"),
    ("voided", "0b"),
];
