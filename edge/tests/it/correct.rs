//! A child's data is corrected, by one or by two who did not see each other; a child leaves the list and comes back.

use axum::http::StatusCode;
use protocol::event::{Author, Entry, Event, Header, Place, Role};
use protocol::feed::Item;
use protocol::registry::{Edit, PersonEdited};
use protocol::time::Hybrid;
use protocol::{Body, CitizenId, EventId, Frame, Month, NodeId};
use uuid::Uuid;

use crate::harness::{MAWAR, NewChild, Node, Page, Phone, RAHMA};

async fn save(
    phone: &mut Phone,
    child: CitizenId,
    field: &str,
    page: &Page,
    values: &[(&str, &str)],
) -> Page {
    let (event, bases) = (page.field("event"), page.field("bases"));
    let mut fields = vec![("event", event.as_str()), ("bases", &bases)];
    fields.extend_from_slice(values);
    phone.post(&format!("/children/{child}/edit/{field}"), &fields).await
}

/// What somebody at the Puskesmas wrote who saw `bases`.
fn corrected_elsewhere(node: &Node, child: CitizenId, name: &str, bases: &str) -> Item {
    let stamp = node.edge.clock.now().stamp;
    let header = Header {
        id: EventId(Uuid::now_v7()),
        node: NodeId(Uuid::from_u128(2)),
        incarnation: 1,
        sequence: 7,
        author: Author { user: RAHMA, role: Role::Bidan },
        posyandu: MAWAR,
        citizen: Some(child),
        visit: None,
        observed_on: node.edge.clock.now().today.into(),
        recorded_at: stamp,
        report_month: Month(24_313),
        place: Place::Posyandu,
        entry: Entry::Typed,
        instrument: None,
        replaces: None,
    };
    let body = Body::PersonEdited(PersonEdited {
        edit: Edit::Name(name.into()),
        bases: bases.split(',').map(|base| base.parse().unwrap()).collect(),
        at: Hybrid { ms: stamp.wall_ms + 60_000, count: 0 },
    });
    Item::Event(Frame::encode(&Event { header, body }).bytes().to_vec())
}

#[tokio::test]
async fn a_field_is_corrected_once_and_everything_that_shows_it_follows() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    phone.get(&format!("/children/{siti}")).await.says("Perbaiki data");
    phone.get(&format!("/children/{siti}/edit")).await.says("Nama ibu").says("Rahma").says("03-02-2025");
    let page = phone.get(&format!("/children/{siti}/edit/name")).await;
    page.says("value=\"Siti Aminah\"");
    let before = node.events();
    let list = format!("/children/{siti}/edit?saved=ya");
    save(&mut phone, siti, "name", &page, &[("value", "Siti  Aminatun")]).await.leads_to(&list);
    save(&mut phone, siti, "name", &page, &[("value", "Siti Aminatun")]).await.leads_to(&list);
    assert_eq!(node.events(), before + 1, "a second tap is the same correction");
    phone.get(&list).await.says("tersimpan di alat").says("Siti Aminatun");
    phone.get("/search?q=aminatun").await.says("Siti Aminatun");
    phone.get("/search?q=aminah").await.hides("Siti");

    let page = phone.get(&format!("/children/{siti}/edit/birth-date")).await;
    let born = [("day", "3"), ("month", "3"), ("year", "2025")];
    save(&mut phone, siti, "birth-date", &page, &born).await.leads_to(&list);
    phone.get(&format!("/children/{siti}")).await.says("Lahir 03-03-2025").says("11 bln");
}

#[tokio::test]
async fn what_cannot_be_is_said_and_what_is_odd_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    node.child(NewChild { nik: Some("9971012005250002"), ..NewChild::budi() }).await;
    let mut phone = node.phone(RAHMA).await;
    let before = node.events();
    let page = phone.get(&format!("/children/{siti}/edit/birth-weight")).await;
    let wrong = save(&mut phone, siti, "birth-weight", &page, &[("value", "3100")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    wrong.says("Berat lahir ditulis dalam kg").says("value=\"3100\"");
    let page = phone.get(&format!("/children/{siti}/edit/nik")).await;
    let asked = save(&mut phone, siti, "nik", &page, &[("value", "9971012005250002")]).await;
    asked.says("sudah dipakai Budi Santoso").says("Sudah benar, simpan");
    assert_eq!(node.events(), before);
    let insists = [("value", "9971012005250002"), ("seen", "ya")];
    save(&mut phone, siti, "nik", &asked, &insists).await;
    assert_eq!(node.events(), before + 1);
    save(&mut phone, siti, "name", &page, &[("value", "Siti Aminah")]).await;
    assert_eq!(node.events(), before + 1, "nothing was changed, so nothing is written down");
    assert_eq!(phone.get(&format!("/children/{siti}/edit/shoes")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn two_who_did_not_see_each_other_are_shown_both_and_whoever_chooses_ends_it() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    let page = phone.get(&format!("/children/{siti}/edit/name")).await;
    let seen = page.field("bases");
    save(&mut phone, siti, "name", &page, &[("value", "Siti Aminatun")]).await;
    node.hear(vec![corrected_elsewhere(&node, siti, "Siti Aminatul", &seen)]).await;
    phone.get(&format!("/children/{siti}")).await.says("Siti Aminatul").says("dua perbaikan berbeda (nama)");
    phone.get(&format!("/children/{siti}/edit")).await.says("Puskesmas memilih");
    let page = phone.get(&format!("/children/{siti}/edit/name")).await;
    page.says("<li>Siti Aminatun</li>").says("<li>Siti Aminatul</li>");
    save(&mut phone, siti, "name", &page, &[("value", "Siti Aminatun")]).await;
    phone.get(&format!("/children/{siti}")).await.says("Siti Aminatun").hides("dua perbaikan");
}

#[tokio::test]
async fn a_correction_made_in_sight_of_another_disputes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    for name in ["Siti A", "Siti B", "Siti C"] {
        let page = phone.get(&format!("/children/{siti}/edit/name")).await;
        save(&mut phone, siti, "name", &page, &[("value", name)]).await;
    }
    phone.get(&format!("/children/{siti}")).await.says("Siti C").hides("dua perbaikan");
}

#[tokio::test]
async fn a_child_leaves_the_list_after_a_question_and_can_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    let child = format!("/children/{siti}");
    let page = phone.get(&format!("{child}/leave")).await;
    page.says("keluar dari daftar posyandu ini?").says("Semua catatannya tetap aman");
    let (before, event) = (node.events(), page.field("event"));
    let leaving = [("why", "moved"), ("event", event.as_str())];
    phone.post(&format!("{child}/leave"), &leaving).await.leads_to(&child);
    phone.post(&format!("{child}/leave"), &leaving).await.leads_to(&child);
    assert_eq!(node.events(), before + 1);
    phone.get("/").await.hides("Siti Aminah");
    phone.get("/search?q=siti").await.hides("Siti Aminah");
    let page = phone.get(&child).await;
    page.says("Sudah keluar dari daftar: pindah").says("8,60").hides("Datang hari ini");
    phone.post("/visits", &[("citizen", &siti.to_string())]).await.leads_to(&child);
    let event = page.field("event");
    phone.post(&format!("{child}/leave"), &[("why", "back"), ("event", &event)]).await.leads_to(&child);
    phone.get("/search?q=siti").await.says("Siti Aminah");
    phone.get(&child).await.hides("Sudah keluar").says("Datang hari ini");
}
