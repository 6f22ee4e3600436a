//! Pages around the nodes' life: what wants looking at, packets carried on foot, closing codes, corrections.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use sqlx::PgPool;

use super::{BUDI, Browser, MAWAR};

#[sqlx::test(migrations = "../migrations")]
async fn an_alarm_is_shown_until_somebody_has_looked_at_it(db: PgPool) {
    let mut browser = Browser::signed_in(db).await;
    browser
        .sql(
            "insert into node_alarms (node_id, kind, first_at, last_at, detail) \
              values ('00000000-0000-7000-8000-000000000101', 'fork', now(), now(), 'x')",
        )
        .await;
    let page = browser.get("/alat").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.words().contains("Ada dua riwayat dari alat ini"), "{}", page.words());
    assert!(page.words().contains("tanda tangan rantai tidak cocok (1 catatan)"));
    let id: i64 = sqlx::query_scalar("select id from node_alarms").fetch_one(&browser.hub.db).await.unwrap();
    let done = browser.post(&format!("/alat/peringatan/{id}"), &[]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    assert!(!browser.get("/alat").await.words().contains("dua riwayat"));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_packet_that_is_none_gets_a_sentence_and_loses_nothing(db: PgPool) {
    let mut browser = Browser::signed_in(db).await;
    assert_eq!(browser.get("/kurir").await.status, StatusCode::OK);
    for (file, says) in [
        (b"%PDF-1.7 bukan titipan".to_vec(), "bukan berkas titipan"),
        ([b"SIMPUL BALAS v1\n".as_slice(), &[0; 16]].concat(), "tanda terima untuk alat"),
        ([b"SIMPUL KURIR v1\n".as_slice(), &[0; 16]].concat(), "tidak terdaftar di Puskesmas ini"),
        (Vec::new(), "belum dipilih"),
    ] {
        let page = hand_in(&mut browser, &file).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.words().contains(says), "{}", page.words());
    }
}

async fn hand_in(browser: &mut Browser, file: &[u8]) -> super::Page {
    let boundary = "batas";
    let head = format!(
        "--{boundary}\r\ncontent-disposition: form-data; name=\"berkas\"; filename=\"a.spl\"\r\n\
         content-type: application/octet-stream\r\n\r\n"
    );
    let body = [head.as_bytes(), file, format!("\r\n--{boundary}--\r\n").as_bytes()].concat();
    let request = Request::post("/kurir")
        .header(header::CONTENT_TYPE, format!("multipart/form-data; boundary={boundary}"))
        .header(header::HOST, "simpul.contoh.id")
        .header("sec-fetch-site", "same-origin")
        .body(Body::from(body))
        .unwrap();
    browser.ask(request).await
}

#[sqlx::test(migrations = "../migrations")]
async fn a_closing_code_is_believed_from_its_own_node_only(db: PgPool) {
    let mut browser = Browser::signed_in(db).await;
    let key = ed25519_dalek::SigningKey::from_bytes(&[5; 32]);
    let node = "00000000-0000-7000-8000-000000000101".parse().unwrap();
    let closing = protocol::closing::Closing {
        node,
        incarnation: 1,
        posyandu: MAWAR.into(),
        day: protocol::LocalDate(20_781),
        visits: 3,
        weighed: 3,
        measured: 2,
        registered: 0,
        sum: protocol::sum::Sum { count: 5, hash: 9 },
        head: 5,
        chain: protocol::Chain::genesis(node, 1),
    };
    let code = closing.sign(&key);
    let asked = format!("/tutup?kode={code}");
    assert!(browser.get(&asked).await.words().contains("bukan dari alat Puskesmas ini"));
    sqlx::query("update node_keys set public_key = $1")
        .bind(key.verifying_key().as_bytes().as_slice())
        .execute(&browser.hub.db)
        .await
        .unwrap();
    assert!(browser.get(&asked).await.words().contains("Baru 0 dari 5 catatan yang sampai"));
    assert!(browser.get("/tutup?kode=SIMPUL1-AAAA").await.words().contains("belum terbaca"));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_correction_made_here_is_an_event_like_any_other(db: PgPool) {
    let mut browser = Browser::signed_in(db).await;
    let path = format!("/anak/{BUDI}/perbaiki");
    let page = browser.get(&path).await;
    assert_eq!(page.status, StatusCode::OK);
    let seen = page.text.split("name=\"seen\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let wrong =
        browser.post(&path, &[("field", "birth_weight_g"), ("value", "tiga kilo"), ("seen", seen)]).await;
    assert!(wrong.words().contains("belum terbaca"));
    let empty = browser.post(&path, &[("field", "name"), ("value", " "), ("seen", seen)]).await;
    assert!(empty.words().contains("Belum disimpan"), "{}", empty.words());
    let unseen = browser.post(&path, &[("field", "name"), ("value", "Budi"), ("seen", "")]).await;
    assert_eq!(unseen.status, StatusCode::UNPROCESSABLE_ENTITY);
    let (events, feed): (i64, i64) = sqlx::query_as(
        "select (select count(*) from event_log where node_id = '00000000-0000-0000-0000-000000000000'), \
         (select count(*) from feed_items)",
    )
    .fetch_one(&browser.hub.db)
    .await
    .unwrap();
    assert_eq!((events, feed), (0, 0));
    assert_eq!(browser.get("/perbaikan").await.status, StatusCode::OK);
}
