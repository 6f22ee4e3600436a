//! A child of this posyandu that was weighed elsewhere as a guest: on its chart here, counted here, and not missed.

use chrono::NaiveDate;
use protocol::event::{Author, Entry, Event, Header, Place, Replaces, Role, Visit};
use protocol::feed::{Guest, Item};
use protocol::growth::{LengthTaken, Posture, Taken};
use protocol::measured::{Measure, Measured};
use protocol::service::Voided;
use protocol::{Body, CitizenId, EventId, Frame, Month, NodeId, PosyanduId, VisitId};
use uuid::Uuid;

use crate::f1::weighed;
use crate::harness::{MAWAR, NewChild, Node, Page, RAHMA, Setup};

const MELATI: PosyanduId = PosyanduId(Uuid::from_u128(0x3b));
const GUEST: CitizenId = CitizenId(Uuid::from_u128(0x71));

/// The node of the other posyandu.
struct Elsewhere {
    sequence: u64,
}

impl Elsewhere {
    /// Something recorded there, as the feed tells of it.
    fn records(&mut self, node: &Node, on: &str, body: Body, replaces: Option<EventId>) -> (EventId, Item) {
        self.sequence += 1;
        let on: NaiveDate = on.parse().unwrap();
        let header = Header {
            id: EventId(Uuid::now_v7()),
            node: NodeId(Uuid::from_u128(2)),
            incarnation: 1,
            sequence: self.sequence,
            author: Author { user: RAHMA, role: Role::Kader },
            posyandu: MELATI,
            citizen: Some(GUEST),
            visit: Some(Visit { id: VisitId(Uuid::from_u128(0x99)), ticket: 4, bpjs: None }),
            observed_on: on.into(),
            recorded_at: node.edge.clock.now().stamp,
            report_month: Month::of(on),
            place: Place::Posyandu,
            entry: Entry::Instrument,
            instrument: None,
            replaces: replaces.map(|event| Replaces { event, reason: "salah baca".into() }),
        };
        let event = Event { header, body };
        (event.header.id, Item::Event(Frame::encode(&event).bytes().to_vec()))
    }
}

fn is_siti(siti: CitizenId, at: Option<&str>) -> Item {
    Item::Guest(Guest { home: siti, guest: GUEST, at: at.map(str::to_owned) })
}

fn length() -> Body {
    Body::LengthTaken(LengthTaken {
        length_tenth_mm: Taken::Value(7_350),
        posture: Posture::Lying,
        repeat: 1,
        window: None,
        insisted: Vec::new(),
    })
}

/// A figure of the form as the closing page shows it.
fn figure(page: &Page, code: &str) -> u32 {
    let after = page.text.split(&format!("<dt>{code} <small>")).nth(1).unwrap();
    let door = after.split("</a>").next().unwrap();
    door.rsplit('>').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn what_was_weighed_elsewhere_is_on_the_chart_counts_here_and_is_not_missed() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let before = node.events();
    let mut phone = node.phone(RAHMA).await;
    let chart = format!("/children/{siti}");
    // Whoever came last month is missed this month.
    let mut melati = Elsewhere { sequence: 0 };
    let (january, came) = melati.records(&node, "2026-01-11", weighed(8_600), None);
    node.hear(vec![came, is_siti(siti, Some("Melati 2"))]).await;
    phone.get("/board").await.says("Bulan lalu datang, sekarang belum <span class=\"count\">1</span>");
    let (_, taken_back) =
        melati.records(&node, "2026-01-11", Body::Voided(Voided { kind: 2 }), Some(january));
    node.hear(vec![taken_back]).await;

    let (first, weighing) = melati.records(&node, "2026-02-07", weighed(8_900), None);
    let (_, measuring) = melati.records(&node, "2026-02-07", length(), None);
    node.hear(vec![weighing, measuring]).await;
    phone
        .get(&chart)
        .await
        .says("ditimbang di Posyandu Melati 2")
        .says("07-02-2026")
        .says("8,90")
        .says("73,5");
    phone.get(&chart).await.says("10-01-2026").says("<td>N</td>");
    let page = phone.get("/closing").await;
    assert_eq!(["S", "D", "N", "T"].map(|code| figure(&page, code)), [1, 1, 1, 0]);
    page.says("Semua yang datang</dt><dd>0</dd>").says("<dt>Balita datang</dt><dd>0</dd>");
    page.hides("Tamu ditimbang");
    let list = phone.get("/closing/list?figure=D").await;
    list.says("ditimbang di Posyandu Melati 2").hides("Betulkan");
    let board = phone.get("/board").await;
    board.says("Bulan lalu datang, sekarang belum <span class=\"count\">0</span>");
    board.says("Sudah ditimbang di tempat lain <span class=\"count\">1</span>");
    phone.get("/").await.says("sudah ditimbang di Posyandu Melati 2");

    // A correction there follows; here nobody corrects it.
    let (corrected, correction) = melati.records(&node, "2026-02-07", weighed(8_650), Some(first));
    node.hear(vec![correction]).await;
    let page = phone.get("/closing").await;
    assert_eq!(["S", "D", "N", "T"].map(|code| figure(&page, code)), [1, 1, 0, 1]);
    let visit = Uuid::from_u128(0x99);
    assert_eq!(phone.get(&format!("/visits/{visit}/correct?of={siti}")).await.status, 404);

    // Weighed here too, it is one child still, and whoever comes is not shown as weighed elsewhere.
    let today = phone.come(siti).await;
    let weight = format!("/visits/{today}/weight");
    let page = phone.get(&format!("{weight}?how=typed")).await;
    phone.save(&page, &weight, &[("typed", "8,95")]).await;
    let page = phone.get("/closing").await;
    assert_eq!(["S", "D", "N", "T"].map(|code| figure(&page, code)), [1, 1, 1, 0], "the later one counts");
    phone.get("/board").await.hides("Sudah ditimbang di tempat lain");

    // Taken back there, and it was another child's visit after all.
    let (_, taken_back) =
        melati.records(&node, "2026-02-07", Body::Voided(Voided { kind: 2 }), Some(corrected));
    node.hear(vec![taken_back]).await;
    phone.get(&chart).await.hides("8,65").says("73,5");
    node.hear(vec![is_siti(siti, None)]).await;
    phone.get(&chart).await.hides("73,5").hides("Melati");
    assert_eq!(node.events(), before + 1, "of all this the journal holds what was weighed here");
}

#[tokio::test]
async fn the_word_may_come_before_or_after_the_visits_and_outlives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut melati = Elsewhere { sequence: 0 };
    let arm = Measure::Arm(Taken::Value(1_100));
    let arm = Body::Measured(Measured { measure: arm, repeat: 1, window: None, insisted: Vec::new() });
    let (_, weighing) = melati.records(&node, "2026-02-07", weighed(8_900), None);
    let (_, tape) = melati.records(&node, "2026-02-07", arm, None);
    node.hear(vec![is_siti(siti, Some("Melati 2"))]).await;
    let visits = |node: &Node| node.edge.store.visits_of(siti).unwrap();
    assert_eq!(visits(&node).len(), 1);
    node.hear(vec![weighing, tape]).await;
    let known = visits(&node);
    assert_eq!(known.len(), 2);
    assert_eq!((known[1].posyandu, known[1].as_guest.as_deref()), (Some(MELATI), Some("Melati 2")));
    assert_eq!(node.edge.store.own_visits_of(siti).unwrap().len(), 1);
    assert_eq!(node.edge.store.facts_of(siti).unwrap().len(), 1, "the tape is on the growth card too");
    assert_eq!(node.edge.store.card(siti).unwrap().weighings.len(), 2);
    assert!(node.edge.store.child(GUEST).unwrap().is_none(), "nobody here is called so");
    node.stop();
    let node = Node::start_as(folder.path(), Setup::default()).await;
    assert_eq!(visits(&node), known);
    let february = Month(24_313);
    assert!(node.edge.store.card(siti).unwrap().weighed_away(MAWAR, february).is_some());
}
