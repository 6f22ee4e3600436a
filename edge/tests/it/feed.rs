//! What the hub tells is seen on the pages: people, who may sign in, what is to be done, when the posyandu meets.

use axum::http::StatusCode;
use chrono::NaiveDate;
use edge::feed::NodeFeeds;
use edge::uplink::Feeds;
use protocol::bundle::Posyandu;
use protocol::event::{Author, Entry, Event, Header, Place, Role};
use protocol::feed::{FeedId, Item, Session, Task};
use protocol::registry::{ChildRegistered, Leaving, Sex};
use protocol::{Body, CitizenId, EventId, Frame, LocalDate, Month, NodeId, UserId};
use uuid::Uuid;

use crate::harness::{DEWI, MAWAR, NewChild, Node, Phone, RAHMA, user};

const NINING: UserId = UserId(Uuid::from_u128(0x13));

/// A child that another node wrote down.
fn written_elsewhere(child: CitizenId, name: &str, node: &Node) -> Item {
    let header = Header {
        id: EventId(Uuid::now_v7()),
        node: NodeId(Uuid::from_u128(2)),
        incarnation: 1,
        sequence: 1,
        author: Author { user: RAHMA, role: Role::Kader },
        posyandu: MAWAR,
        citizen: Some(child),
        visit: None,
        observed_on: day("2026-01-10"),
        recorded_at: node.edge.clock.now().stamp,
        report_month: Month(24_312),
        place: Place::Posyandu,
        entry: Entry::Typed,
        instrument: None,
        replaces: None,
    };
    let registered = ChildRegistered {
        name: name.into(),
        nik: None,
        birth_date: day("2025-06-03"),
        sex: Sex::Female,
        mother: "Sari".into(),
        gestation_weeks: None,
        birth_mass_g: None,
        birth_order: None,
        kia_book: true,
    };
    let event = Event { header, body: Body::ChildRegistered(registered) };
    Item::Event(Frame::encode(&event).bytes().to_vec())
}

fn day(text: &str) -> LocalDate {
    text.parse::<NaiveDate>().unwrap().into()
}

#[tokio::test]
async fn a_child_written_down_elsewhere_is_found_and_weighed_here() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let nur = CitizenId(Uuid::from_u128(0x70));
    let mut phone = node.phone(RAHMA).await;
    phone.get("/search?q=nur").await.hides("Nur Hayati");
    node.hear(vec![written_elsewhere(nur, "Nur Hayati", &node)]).await;
    phone.get("/search?q=nur").await.says("Nur Hayati");
    phone.get("/").await.says("Belum datang <span class=\"count\">1</span>");
    phone.come(nur).await;
    node.hear(vec![Item::Left { citizen: nur, leaving: Leaving::Moved }]).await;
    phone.get("/search?q=nur").await.hides("Nur Hayati");
    let page = phone.get(&format!("/children/{nur}")).await;
    page.says("Sudah keluar dari daftar: pindah").hides("Kembalikan").hides("Datang hari ini");
    phone.get("/").await.says("Nur Hayati").says("Timbang");
}

#[tokio::test]
async fn the_feeds_say_who_may_sign_in_and_with_which_pin() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut dewi = node.phone(DEWI).await;
    let visit = dewi.come(siti).await;
    let weight = format!("/visits/{visit}/weight");
    let page = dewi.get(&format!("{weight}?how=typed")).await;
    dewi.save(&page, &weight, &[("typed", "8,9")]).await;
    let before = node.events();

    let changed = user(RAHMA, "Rahma Wati", Role::Kader, "654321");
    let new = user(NINING, "Nining", Role::Kader, "111111");
    node.hear(vec![Item::User(changed), Item::User(new), Item::UserGone(DEWI)]).await;
    dewi.get("/").await.leads_to("/sign-in");
    let names = dewi.get("/sign-in").await;
    names.says("Rahma Wati").says("Nining").hides("Dewi");
    assert_eq!(dewi.get(&format!("/sign-in/{DEWI}")).await.status, StatusCode::NOT_FOUND);
    let mut phone = Phone { app: node.app.clone(), cookie: None };
    let old_pin = phone.post(&format!("/sign-in/{RAHMA}"), &[("pin", "123456")]).await;
    assert_eq!(old_pin.status, StatusCode::FORBIDDEN);
    phone.post(&format!("/sign-in/{RAHMA}"), &[("pin", "654321")]).await.leads_to("/");
    phone.get("/").await.says("Rahma Wati").says("Siti Aminah").says("Ukur");
    assert_eq!(node.events(), before, "what the one who has gone recorded is still here");
}

#[tokio::test]
async fn a_new_name_of_the_posyandu_and_its_next_meeting_are_shown() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let mut phone = node.phone(RAHMA).await;
    let session = Session {
        id: Uuid::from_u128(1),
        day: day("2026-03-10"),
        from_min: 480,
        place: "Balai RW 05".into(),
        cancelled: false,
    };
    let renamed = Posyandu { id: MAWAR, name: "Mawar Indah".into(), village: "Cibadak".into() };
    node.hear(vec![Item::Posyandu(renamed), Item::Session(session.clone())]).await;
    let page = phone.get("/").await;
    page.says("Posyandu Mawar Indah").says("Jadwal berikutnya: Selasa 10-03-2026, 08.00, Balai RW 05");
    node.hear(vec![Item::Session(Session { cancelled: true, ..session })]).await;
    phone.get("/").await.says("Jadwal Selasa 10-03-2026 tidak jadi.");
}

#[tokio::test]
async fn what_is_to_be_done_is_shown_in_a_list_and_at_the_child_until_it_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    phone.get("/tasks").await.says("Belum ada tugas");
    let task = |done| Task {
        id: Uuid::from_u128(5),
        citizen: siti,
        text: "Kunjungi di rumah".into(),
        due: Some(day("2026-02-09")),
        done,
    };
    node.hear(vec![Item::Task(task(false))]).await;
    phone.get("/tasks").await.says("Siti Aminah").says("Kunjungi di rumah").says("lewat 09-02-2026");
    phone.get(&format!("/children/{siti}")).await.says("Kunjungi di rumah").says("lewat");
    node.hear(vec![Item::Task(task(true))]).await;
    phone.get("/tasks").await.hides("Kunjungi");
    phone.get(&format!("/children/{siti}")).await.hides("Kunjungi");
}

#[tokio::test]
async fn a_node_asks_for_the_common_feed_and_its_posyandus_from_wherever_it_stands() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let feeds = NodeFeeds::new(&node.edge.store, &node.edge.bundle);
    let stands = || {
        let marks = feeds.marks().unwrap();
        marks.into_iter().map(|mark| (mark.feed, mark.position)).collect::<Vec<_>>()
    };
    assert_eq!(stands(), [(FeedId::Common, 0), (FeedId::Posyandu(MAWAR), 0)]);
    node.hear(vec![Item::UserGone(DEWI)]).await;
    assert_eq!(stands(), [(FeedId::Common, 0), (FeedId::Posyandu(MAWAR), 1)]);
}
