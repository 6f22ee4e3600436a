//! *Kode PIN*: what is read to a kader who forgot hers.

use axum::http::StatusCode;
use ed25519_dalek::SigningKey;
use protocol::batch::{HubPrivateKey, HubPublicKey};
use protocol::reset::{Asker, Request, Shared};
use protocol::{NodeId, UserId};
use sqlx::PgPool;
use uuid::{Uuid, uuid};

use super::{Browser, Page};

const NODE: Uuid = uuid!("00000000-0000-7000-8000-000000000101");
const RAHMA: Uuid = uuid!("00000000-0000-7000-8000-000000000011");
const SARI: Uuid = uuid!("00000000-0000-7000-8000-000000000012");
const ELSEWHERE: Uuid = uuid!("00000000-0000-7000-8000-000000000013");

/// The node's key; the hub knows its public half.
fn node() -> SigningKey {
    SigningKey::from_bytes(&[5; 32])
}

/// The hub's keys, newest first.
fn keys() -> [HubPrivateKey; 2] {
    [[9; 32], [8; 32]].map(HubPrivateKey::from_bytes)
}

fn asker(user: Uuid) -> Asker {
    Asker { node: NodeId(NODE), incarnation: 1, user: UserId(user) }
}

fn request(user: Uuid, hub: HubPublicKey) -> Request {
    Request::new(&asker(user), hub, 3, 0x12_3456)
}

/// A bidan's browser at a hub with keys, a node and kader with PINs.
async fn browser(db: PgPool) -> (Browser, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let lines: String = keys().iter().map(|key| hex(&key.to_bytes()) + "\n").collect();
    std::fs::write(folder.path().join("sealing.keys"), lines).unwrap();
    std::fs::write(folder.path().join("signing.key"), hex(&[7; 32])).unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let settings =
        format!("[keys]\nsealing = '{}'\nsigning = '{}'\n", path("sealing.keys"), path("signing.key"));
    let mut browser = Browser::signed_in(db.clone()).await;
    let cookie = browser.cookie.take();
    let mut browser = Browser::of(db, &settings);
    browser.cookie = cookie;
    browser
        .sql(
            "insert into users (id, puskesmas_id, name, role, pin_verifier) values
                ('00000000-0000-7000-8000-000000000011', '00000000-0000-7000-8000-0000000000c1', 'Rahma', 'kader', 'x'),
                ('00000000-0000-7000-8000-000000000012', '00000000-0000-7000-8000-0000000000c1', 'Sari', 'kader', 'x'),
                ('00000000-0000-7000-8000-000000000013', '00000000-0000-7000-8000-0000000000c2', 'Jauh', 'kader', 'x');
             insert into user_posyandu (user_id, posyandu_id) values
                ('00000000-0000-7000-8000-000000000011', '00000000-0000-7000-8000-0000000000a1'),
                ('00000000-0000-7000-8000-000000000012', '00000000-0000-7000-8000-0000000000a2'),
                ('00000000-0000-7000-8000-000000000013', '00000000-0000-7000-8000-0000000000e1');",
        )
        .await;
    sqlx::query("update node_keys set public_key = $1")
        .bind(node().verifying_key().as_bytes().to_vec())
        .execute(&browser.hub.db)
        .await
        .unwrap();
    (browser, folder)
}

async fn ask(browser: &mut Browser, code: &str, user: Uuid) -> Page {
    browser.post("/staf/kode-pin", &[("kode", code), ("untuk", &user.to_string())]).await
}

async fn noted(browser: &Browser) -> i64 {
    sqlx::query_scalar("select count(*) from pin_resets").fetch_one(&browser.hub.db).await.unwrap()
}

#[sqlx::test(migrations = "../migrations")]
async fn the_answer_read_out_is_the_one_the_node_waits_for_and_is_written_down(db: PgPool) {
    let (mut browser, _folder) = browser(db).await;
    let page = browser.get("/staf/kode-pin").await;
    assert!(page.words().contains("Rahma (kader, Mawar 3)"), "{}", page.words());
    assert!(!page.text.contains("Jauh"));
    // the newest key, and one that was replaced while the node was away
    for key in keys() {
        let request = request(RAHMA, key.public());
        let page = ask(&mut browser, &request.code().to_lowercase(), RAHMA).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.words());
        let shown = page.text.split("id=\"jawaban\">").nth(1).unwrap().split('<').next().unwrap();
        let at_node = Shared::of_node(&node(), key.public()).unwrap();
        assert!(at_node.fits(shown, &request, &asker(RAHMA)), "{shown}");
        assert!(page.words().contains("Bacakan kepada Rahma (alat Alat 1)"));
    }
    assert_eq!(noted(&browser).await, 2);
    let words = browser.get("/staf/kode-pin").await.words();
    assert!(words.contains("Dewi Lestari kepada Rahma, alat Alat 1"), "{words}");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_code_of_another_name_node_key_or_puskesmas_is_answered_to_nobody(db: PgPool) {
    let (mut browser, _folder) = browser(db).await;
    let key = keys()[0].public();
    let rahmas = request(RAHMA, key).code();
    let mut misheard = rahmas.clone().into_bytes();
    misheard[2] = if misheard[2] == b'A' { b'B' } else { b'A' };
    let misheard = String::from_utf8(misheard).unwrap();
    let second_life = Request::new(&Asker { incarnation: 2, ..asker(RAHMA) }, key, 3, 4).code();
    let unknown_key = request(RAHMA, HubPrivateKey::from_bytes([1; 32]).public()).code();
    for (code, user, says) in [
        (misheard.as_str(), RAHMA, "salah dengar"),
        (&rahmas[..9], RAHMA, "20 huruf dan angka"),
        (&rahmas, SARI, "bukan untuk nama yang dipilih"),
        (&request(SARI, key).code(), SARI, "bukan dari alat di posyandu orang itu"),
        (&second_life, RAHMA, "bukan dari alat di posyandu orang itu"),
        (&unknown_key, RAHMA, "kunci Puskesmas yang sudah tidak ada"),
    ] {
        let page = ask(&mut browser, code, user).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{says}");
        assert!(page.words().contains(says), "{says}: {}", page.words());
        assert!(page.text.contains(&format!("value=\"{code}\"")) && !page.text.contains("id=\"jawaban\""));
    }
    let page = ask(&mut browser, &request(ELSEWHERE, key).code(), ELSEWHERE).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert_eq!(noted(&browser).await, 0);
    browser.sql("update node_keys set state = 'revoked'").await;
    let page = ask(&mut browser, &rahmas, RAHMA).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "a stolen node gets no answer");
    browser.cookie = None;
    assert_eq!(ask(&mut browser, &rahmas, RAHMA).await.status, StatusCode::SEE_OTHER);
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
