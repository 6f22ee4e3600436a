//! *Lupa PIN*: a new PIN by telephone, with no network anywhere.

use axum::http::StatusCode;
use edge::store::Small;
use protocol::UserId;
use protocol::batch::HubPrivateKey;
use protocol::event::Role;
use protocol::feed::Item;
use protocol::reset::{Asker, Request, Shared};

use crate::harness::{DEWI, Node, Page, Phone, RAHMA, node_key, user};

fn hub() -> HubPrivateKey {
    HubPrivateKey::from_bytes([8; 32])
}

/// What somebody at the Puskesmas reads out.
fn answer(node: &Node, user: UserId, page: &Page) -> String {
    let request = Request::read(&code(page)).unwrap();
    let bundle = &node.edge.bundle;
    assert!(request.is_of(bundle.node, bundle.incarnation) && request.is_for(user));
    let asker = Asker { node: bundle.node, incarnation: bundle.incarnation, user };
    Shared::of_hub(&hub(), &node_key().verifying_key()).unwrap().answer(&request, &asker)
}

fn code(page: &Page) -> String {
    let shown = page.says("class=\"spoken\">").text.split("class=\"spoken\">").nth(1).unwrap();
    shown.split('<').next().unwrap().to_owned()
}

async fn node_that_knows_its_hub(folder: &std::path::Path) -> Node {
    let node = Node::start(folder).await;
    node.hear(vec![Item::HubKeys(vec![hub().public().0])]).await;
    node
}

fn nobody(node: &Node) -> Phone {
    Phone { app: node.app.clone(), cookie: None }
}

async fn ask(phone: &mut Phone, user: UserId) -> Page {
    let way = format!("/sign-in/{user}/reset");
    phone.post(&way, &[]).await.leads_to(&way);
    phone.get(&way).await
}

async fn give(phone: &mut Phone, answer: &str, pin: &str, again: &str) -> Page {
    let fields = [("answer", answer), ("pin", pin), ("again", again)];
    phone.post(&format!("/sign-in/{RAHMA}/reset/answer"), &fields).await
}

async fn opens(node: &Node, pin: &str) -> bool {
    nobody(node).post(&format!("/sign-in/{RAHMA}"), &[("pin", pin)]).await.status == StatusCode::SEE_OTHER
}

#[tokio::test]
async fn a_forgotten_pin_is_set_anew_over_the_telephone() {
    let folder = tempfile::tempdir().unwrap();
    let node = node_that_knows_its_hub(folder.path()).await;
    let mut phone = nobody(&node);
    phone.get(&format!("/sign-in/{RAHMA}")).await.says("Lupa PIN?");
    let asked = ask(&mut phone, RAHMA).await;
    assert_eq!(code(&ask(&mut phone, RAHMA).await), code(&asked), "asking again spoils no phone call");
    let answer = answer(&node, RAHMA, &asked);

    // slips use nothing up, and lose nothing that was typed
    let mut misheard = answer.clone().into_bytes();
    misheard[3] = if misheard[3] == b'A' { b'B' } else { b'A' };
    let misheard = String::from_utf8(misheard).unwrap();
    for (typed, pin, again, says) in [
        (misheard.as_str(), "4711", "4711", "salah dengar"),
        (&answer[..7], "4711", "4711", "10 huruf dan angka"),
        (&answer, "4711", "4712", "belum sama"),
        (&answer, "1234", "1234", "mudah ditebak"),
        (&answer, "47", "47", "4 sampai 12 angka"),
    ] {
        let page = give(&mut phone, typed, pin, again).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{says}");
        page.says(says).says(&format!("value=\"{typed}\""));
        assert_eq!(code(&page), code(&asked));
    }
    give(&mut phone, &answer.to_lowercase().replace('-', " "), "4711", "4711").await.leads_to("/");
    phone.get("/").await.says("title=\"Ganti kader\">Rahma<");
    assert!(opens(&node, "4711").await && !opens(&node, "123456").await);

    // once
    let page = give(&mut phone, &answer, "0815", "0815").await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    page.says("sudah dipakai");
    assert_ne!(code(&ask(&mut phone, RAHMA).await), code(&asked));
    let stale = give(&mut phone, &answer, "0815", "0815").await;
    assert_eq!(stale.status, StatusCode::FORBIDDEN, "an answer of before fits no later request");
    assert!(!opens(&node, "0815").await);
}

#[tokio::test]
async fn of_two_who_give_the_same_answer_at_once_one_is_let_in() {
    let folder = tempfile::tempdir().unwrap();
    let node = node_that_knows_its_hub(folder.path()).await;
    let (mut phone, mut other) = (nobody(&node), nobody(&node));
    let answer = answer(&node, RAHMA, &ask(&mut phone, RAHMA).await);
    let both =
        tokio::join!(give(&mut phone, &answer, "4711", "4711"), give(&mut other, &answer, "0815", "0815"),);
    let statuses = [both.0.status, both.1.status];
    assert!(statuses.contains(&StatusCode::SEE_OTHER), "{statuses:?}");
    assert!(statuses.contains(&StatusCode::FORBIDDEN), "an answer opens once: {statuses:?}");
    assert!(opens(&node, "4711").await != opens(&node, "0815").await);
}

#[tokio::test]
async fn a_wrong_answer_uses_the_request_up_before_it_is_looked_at_and_the_next_one_waits() {
    let folder = tempfile::tempdir().unwrap();
    let node = node_that_knows_its_hub(folder.path()).await;
    let mut phone = nobody(&node);
    let (mut codes, mut third_guess_ms) = (Vec::new(), 0);
    for guess in 0..3 {
        let asked = ask(&mut phone, RAHMA).await;
        codes.push(code(&asked));
        // somebody else's answer: all its letters belong together
        let others = answer(&node, DEWI, &ask(&mut phone, DEWI).await);
        third_guess_ms = node.edge.clock.monotonic_ms();
        let page = give(&mut phone, &others, "4711", "4711").await;
        assert_eq!(page.status, StatusCode::FORBIDDEN);
        page.says("tidak berlaku lagi").hides("class=\"spoken\"");
        assert_eq!(page.text.contains("Tunggu"), guess == 2, "guess {guess}");
    }
    codes.dedup();
    assert_eq!(codes.len(), 3);
    let right = answer(&node, RAHMA, &ask(&mut phone, RAHMA).await);
    assert!(opens(&node, "123456").await, "the old PIN counts until there is a new one");
    let opened = async {
        loop {
            let page = give(&mut phone, &right, "4711", "4711").await;
            if page.status == StatusCode::SEE_OTHER {
                return;
            }
            assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
            page.says(&right).says("class=\"spoken\"");
        }
    };
    tokio::time::timeout(crate::harness::PATIENCE, opened)
        .await
        .expect("a request that waited is still good");
    let waited_ms = node.edge.clock.monotonic_ms() - third_guess_ms;
    assert!(waited_ms >= 4_000, "even the right answer waits, not {waited_ms} ms");
}

#[tokio::test]
async fn a_new_pin_survives_a_restart_until_the_hub_says_another_and_locks_her_other_phones() {
    let folder = tempfile::tempdir().unwrap();
    let node = node_that_knows_its_hub(folder.path()).await;
    let told = Item::User(user(RAHMA, "Rahma", Role::Kader, "123456"));
    node.hear(vec![told.clone()]).await;
    let mut other = node.phone(RAHMA).await;
    let mut phone = nobody(&node);
    for _ in 0..3 {
        assert!(!opens(&node, "000000").await);
    }
    let answer = answer(&node, RAHMA, &ask(&mut phone, RAHMA).await);
    give(&mut phone, &answer, "4711", "4711").await.leads_to("/");
    assert!(
        node.edge.store.small(Small::Attempts, RAHMA.bytes()).unwrap().is_none(),
        "the pause is over too"
    );
    other.get("/").await.leads_to("/sign-in");
    drop((phone, other));
    node.stop();

    let node = Node::start(folder.path()).await;
    assert!(opens(&node, "4711").await);
    // the hub repeats what it said before: hers stands
    node.hear(vec![told]).await;
    assert!(opens(&node, "4711").await);
    node.hear(vec![Item::User(user(RAHMA, "Rahma", Role::Kader, "918273"))]).await;
    assert!(!opens(&node, "4711").await && opens(&node, "918273").await);
}

#[tokio::test]
async fn a_node_that_knows_no_hub_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let page = nobody(&node).post(&format!("/sign-in/{RAHMA}/reset"), &[]).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    page.says("belum mengenal Puskesmas");
}
