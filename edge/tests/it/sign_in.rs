//! Who may look, and how patient the door is.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use edge::store::Small;
use protocol::PosyanduId;
use protocol::bundle::Posyandu;
use protocol::event::Role;
use protocol::feed::Item;
use uuid::Uuid;

use crate::harness::{DEWI, MAWAR, Node, PATIENCE, Phone, RAHMA, Setup, user};

fn nobody(node: &Node) -> Phone {
    Phone { app: node.app.clone(), cookie: None }
}

#[tokio::test]
async fn nothing_is_shown_before_somebody_signs_in() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let mut phone = nobody(&node);
    for path in ["/", "/search?q=siti", "/waiting", "/safety", "/children/new", "/clock"] {
        phone.get(path).await.leads_to("/sign-in");
    }
    phone.get("/sign-in").await.says("Siapa yang bertugas?").says("Rahma").says("Bidan");
    assert_eq!(phone.get("/health").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_session_outlives_the_node_and_ends_with_sign_out() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let phone = node.phone(RAHMA).await;
    let cookie = phone.cookie.clone();
    drop(phone);
    node.stop();
    let node = Node::start(folder.path()).await;
    let mut phone = Phone { app: node.app.clone(), cookie: cookie.clone() };
    phone.get("/").await.says("Posyandu Mawar 3").says("Rahma");
    phone.post("/sign-out", &[]).await.leads_to("/sign-in");
    let mut thief = Phone { app: node.app.clone(), cookie };
    thief.get("/").await.leads_to("/sign-in");
}

#[tokio::test]
async fn the_cookie_is_not_for_scripts_nor_for_other_sites() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let mut phone = nobody(&node);
    let page = phone.post(&format!("/sign-in/{RAHMA}"), &[("pin", "123456")]).await;
    let cookie = page.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
}

#[tokio::test]
async fn changing_kader_ends_the_session_before() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let mut phone = node.phone(RAHMA).await;
    let before = phone.cookie.clone();
    phone.post(&format!("/sign-in/{DEWI}"), &[("pin", "123456")]).await.leads_to("/");
    phone.get("/").await.says("Dewi");
    Phone { app: node.app.clone(), cookie: before }.get("/").await.leads_to("/sign-in");
}

#[tokio::test]
async fn wrong_pins_are_counted_before_the_check_and_the_door_only_grows_slower() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let mut phone = nobody(&node);
    let door = format!("/sign-in/{RAHMA}");
    for _ in 0..2 {
        let page = phone.post(&door, &[("pin", "000000")]).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN);
        page.says("PIN belum cocok").hides("Tunggu");
    }
    phone.post(&door, &[("pin", "000000")]).await.says("Tunggu");
    let page = phone.post(&door, &[("pin", "123456")]).await;
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS, "even the right PIN waits");
    drop(phone);
    node.stop();

    // A restart does not shorten the pause, and neither would another clock: only running time counts.
    let node =
        Node::start_as(folder.path(), Setup { today: Some("2031-01-01T08:00:00"), ..Setup::default() }).await;
    assert!(node.edge.store.small(Small::Attempts, RAHMA.bytes()).unwrap().is_some());
    let mut phone = nobody(&node);
    let page = phone.post(&door, &[("pin", "123456")]).await;
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
    nobody(&node).post(&format!("/sign-in/{DEWI}"), &[("pin", "123456")]).await.leads_to("/");
    let opened = async {
        while phone.post(&door, &[("pin", "123456")]).await.status != StatusCode::SEE_OTHER {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), opened).await.expect("never locked for good");
    assert!(node.edge.store.small(Small::Attempts, RAHMA.bytes()).unwrap().is_none());
}

#[tokio::test]
async fn ten_wrong_pins_wait_the_whole_pause_again_after_every_reboot_whatever_the_clock_says() {
    let folder = tempfile::tempdir().unwrap();
    let door = format!("/sign-in/{RAHMA}");
    // what the pause before each guess is, in seconds of the node
    let pauses_s = [0, 0, 0, 4, 8, 16, 32, 60, 60, 60];
    let days = ["2026-12-01T08:00:00", "2031-01-01T00:00:00", "2026-11-25T23:59:59", "2027-06-01T12:00:00"];
    for (guess, pause_s) in pauses_s.into_iter().enumerate() {
        let today = Some(days[guess % days.len()]);
        let node = Node::start_as(folder.path(), Setup { today, pace: 100, ..Setup::default() }).await;
        let mut phone = nobody(&node);
        let looked_at = async {
            loop {
                let page = phone.post(&door, &[("pin", "000000")]).await;
                if page.status == StatusCode::FORBIDDEN {
                    return;
                }
                assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS, "guess {guess}");
                tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(PATIENCE, looked_at).await.expect("never locked for good");
        let since_the_reboot_ms = node.edge.clock.monotonic_ms();
        assert!(since_the_reboot_ms >= pause_s * 1_000, "guess {guess} after {since_the_reboot_ms} ms");
        drop(phone);
        node.stop();
    }
    // in one power-up she would have waited as long: a reboot gains a guesser nothing, and the right PIN still opens
    let node = Node::start_as(folder.path(), Setup { pace: 1_000, ..Setup::default() }).await;
    let mut phone = nobody(&node);
    let opened = async {
        while phone.post(&door, &[("pin", "123456")]).await.status != StatusCode::SEE_OTHER {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, opened).await.expect("never locked for good");
}

#[tokio::test]
async fn a_password_is_typed_in_letters_and_checked_like_a_pin() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let with_password = user(DEWI, "Dewi", Role::Bidan, "payung kuning naik becak");
    node.hear(vec![Item::User(with_password)]).await;
    let mut phone = nobody(&node);
    let door = format!("/sign-in/{DEWI}");
    phone.get(&door).await.says("inputmode=\"numeric\"").says("Pakai kata sandi");
    phone
        .get(&format!("{door}?by=password"))
        .await
        .hides("inputmode")
        .says("Pakai PIN")
        .says("maxlength=\"128\"");
    let wrong = phone.post(&door, &[("by", "password"), ("pin", "payung kuning naik becek")]).await;
    assert_eq!(wrong.status, StatusCode::FORBIDDEN);
    wrong.says("Kata sandi belum cocok").hides("inputmode");
    phone.post(&door, &[("by", "password"), ("pin", "payung kuning naik becak")]).await.leads_to("/");
}

#[tokio::test]
async fn several_posyandu_are_asked_about_once() {
    let folder = tempfile::tempdir().unwrap();
    let melati = Posyandu {
        id: PosyanduId(Uuid::from_u128(0x4b)),
        name: "Melati 1".into(),
        village: "Cibadak".into(),
    };
    let mut setup = Setup::default();
    setup.posyandu.push(melati.clone());
    let node = Node::start_as(folder.path(), setup).await;
    let mut phone = node.phone(RAHMA).await;
    phone.get("/").await.leads_to("/posyandu");
    phone.get("/posyandu").await.says("Mawar 3").says("Melati 1");
    phone.post("/posyandu", &[("posyandu", &melati.id.to_string())]).await.leads_to("/");
    phone.get("/").await.says("Posyandu Melati 1");
    let unknown = PosyanduId(Uuid::from_u128(9)).to_string();
    assert_eq!(phone.post("/posyandu", &[("posyandu", &unknown)]).await.status, StatusCode::NOT_FOUND);
    phone.post("/posyandu", &[("posyandu", &MAWAR.to_string())]).await.leads_to("/");
}

#[tokio::test]
async fn another_sites_page_cannot_save_anything_here() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let mut phone = node.phone(RAHMA).await;
    let request =
        Request::post("/sign-out").header("sec-fetch-site", "cross-site").body(Body::empty()).unwrap();
    let page = phone.send(request).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    page.says("Tidak ada yang diubah");
    phone.get("/").await.says("Rahma");
}
