//! *Ganti orang*: one PIN a name a day on a phone, one tap afterwards, and nothing once the posyandu is closed.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use edge::Edge;
use edge::staff::{Staff, lock_all};
use edge::store::Small;
use protocol::bundle::Posyandu;
use protocol::event::Role;
use protocol::feed::Item;
use protocol::{PosyanduId, UserId};
use uuid::Uuid;

use crate::harness::{DEWI, MAWAR, Node, Phone, RAHMA, Setup, user};

async fn by_pin(phone: &mut Phone, user: UserId) {
    phone.post(&format!("/sign-in/{user}"), &[("pin", "123456")]).await.leads_to("/");
}

async fn tap(phone: &mut Phone, user: UserId) -> crate::harness::Page {
    phone.post("/sign-in/change", &[("user", &user.to_string())]).await
}

/// A phone that Rahma's and Dewi's PINs have opened; Dewi holds it.
async fn both(node: &Node) -> Phone {
    let mut phone = node.phone(RAHMA).await;
    by_pin(&mut phone, DEWI).await;
    phone
}

#[tokio::test]
async fn two_names_that_opened_a_phone_change_by_one_tap() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let mut phone = both(&node).await;
    phone.get("/sign-in").await.says("sedang memakai HP ini").says("tinggal ketuk").says("Kunci HP ini");
    for (user, name) in [(RAHMA, "Rahma"), (DEWI, "Dewi"), (DEWI, "Dewi"), (RAHMA, "Rahma")] {
        tap(&mut phone, user).await.leads_to("/");
        phone.get("/").await.says(&format!("title=\"Ganti kader\">{name}<"));
    }
    let cookie = phone.cookie.clone();
    drop(phone);
    node.stop();
    let node = Node::start(folder.path()).await;
    let mut phone = Phone { app: node.app.clone(), cookie };
    tap(&mut phone, DEWI).await.leads_to("/");
    phone.get("/").await.says("title=\"Ganti kader\">Dewi<");
}

#[tokio::test]
async fn a_name_whose_pin_did_not_open_this_phone_is_asked_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let _both = both(&node).await;
    let mut other = node.phone(RAHMA).await;
    tap(&mut other, DEWI).await.leads_to(&format!("/sign-in/{DEWI}"));
    other.get("/").await.says("title=\"Ganti kader\">Rahma<");
    let mut nobody = Phone { app: node.app.clone(), cookie: None };
    tap(&mut nobody, DEWI).await.leads_to("/sign-in");
}

#[tokio::test]
async fn leaving_the_phone_locks_every_name_on_it() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let mut phone = both(&node).await;
    let cookie = phone.cookie.clone();
    phone.post("/sign-out", &[]).await.leads_to("/sign-in");
    phone.cookie = cookie;
    tap(&mut phone, RAHMA).await.leads_to("/sign-in");
    by_pin(&mut phone, DEWI).await;
    tap(&mut phone, RAHMA).await.leads_to(&format!("/sign-in/{RAHMA}"));
}

#[tokio::test]
async fn a_pin_that_was_changed_since_opens_nothing_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let mut phone = both(&node).await;
    node.hear(vec![Item::User(user(RAHMA, "Rahma", Role::Kader, "654321"))]).await;
    tap(&mut phone, RAHMA).await.leads_to(&format!("/sign-in/{RAHMA}"));
    phone.get("/").await.says("title=\"Ganti kader\">Dewi<");
    node.hear(vec![Item::User(user(DEWI, "Dewi", Role::Bidan, "654321"))]).await;
    phone.get("/").await.leads_to("/sign-in");
}

#[tokio::test]
async fn names_of_yesterday_are_asked_for_their_pin_again() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let phone = both(&node).await;
    let cookie = phone.cookie.clone();
    drop(phone);
    node.stop();
    let tomorrow = Setup { today: Some("2026-02-11T08:00:00"), ..Setup::default() };
    let node = Node::start_as(folder.path(), tomorrow).await;
    let mut phone = Phone { app: node.app.clone(), cookie };
    by_pin(&mut phone, DEWI).await;
    tap(&mut phone, RAHMA).await.leads_to(&format!("/sign-in/{RAHMA}"));
}

#[tokio::test]
async fn closing_locks_every_phone_of_the_posyandu_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let mut setup = Setup::default();
    let melati = PosyanduId(Uuid::from_u128(0x4b));
    setup.posyandu.push(Posyandu { id: melati, name: "Melati 1".into(), village: "Cibadak".into() });
    let node = Node::start_as(folder.path(), setup).await;
    let at = |id: PosyanduId| [("posyandu", id.to_string())];
    let (mut closing, mut asleep, mut elsewhere) = (both(&node).await, both(&node).await, both(&node).await);
    for (phone, place) in [(&mut closing, MAWAR), (&mut asleep, MAWAR), (&mut elsewhere, melati)] {
        let [(field, id)] = at(place);
        phone.post("/posyandu", &[(field, &id)]).await.leads_to("/");
    }
    close_on(&node, &closing).await;
    closing.get("/").await.says("title=\"Ganti kader\">Dewi<");
    tap(&mut closing, RAHMA).await.leads_to(&format!("/sign-in/{RAHMA}"));
    asleep.get("/").await.leads_to("/sign-in");
    tap(&mut asleep, DEWI).await.leads_to("/sign-in");
    tap(&mut elsewhere, RAHMA).await.leads_to("/");

    lock_all(&node.edge, MAWAR, None).await.unwrap();
    closing.get("/").await.leads_to("/sign-in");
    assert_eq!(node.edge.store.smalls(Small::Sessions).unwrap().len(), 1, "only the phone elsewhere");
    let page = closing.get("/sign-in").await;
    assert_eq!(page.status, StatusCode::OK);
    page.hides("tinggal ketuk");
}

/// Closes the posyandu on a phone, as the page that does so will.
async fn close_on(node: &Node, phone: &Phone) {
    async fn close(State(edge): State<Edge>, staff: Staff) {
        lock_all(&edge, staff.posyandu.id, Some(staff.session)).await.unwrap();
    }
    let app = Router::new().route("/close", post(close)).with_state(node.edge.clone());
    let page = Phone { app, cookie: phone.cookie.clone() }.post("/close", &[]).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
}
