//! What is known of a person besides growth, who lives with it, where it was a guest, and cards to print.

use axum::http::StatusCode;
use protocol::registry::{ChildRegistered, Edit, PersonEdited};
use protocol::time::Hybrid;
use protocol::{Body, CitizenId, card};
use sqlx::PgPool;
use uuid::{Uuid, uuid};

use super::{BUDI, Browser, ELSEWHERE, MAWAR, MELATI, SITI};
use crate::harness::{TestHub, enrol};
use crate::journal::{Node, child, day};

const NUR: Uuid = uuid!("00000000-0000-7000-8000-0000000000d0");
const GUEST: Uuid = uuid!("00000000-0000-7000-8000-0000000000d1");

#[sqlx::test(migrations = "../migrations")]
async fn a_childs_page_says_what_is_known_and_who_lives_with_it(db: PgPool) {
    let mut browser = Browser::signed_in(db).await;
    let words = browser.get(&format!("/anak/{SITI}")).await.words();
    assert!(
        words.contains("belum ditanyakan: pengingat tidak dikirim") && !words.contains("Serumah"),
        "{words}"
    );
    browser
        .sql(
            "update citizens set family_card_number = '9971019999990042', address = 'Kp. Sawah RT 02', \
             bpjs_status = 'aktif', consent_by = 'ibu', consents_reminders = true \
             where name in ('Siti Aminah', 'Budi Santoso')",
        )
        .await;
    let page = browser.get(&format!("/anak/{SITI}")).await;
    let words = page.words();
    for said in ["balita", "Kp. Sawah RT 02", "BPJS: aktif", "pengingat, kata ibu", "Serumah: Budi Santoso"] {
        assert!(words.contains(said), "{said:?} is missing in: {words}");
    }
    assert!(page.text.contains(&format!("/anak/{BUDI}")));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_guest_is_the_same_child_by_its_nik_or_by_somebodys_word_and_its_weighings_are_on_its_page(
    db: PgPool,
) {
    let mut browser = Browser::signed_in(db.clone()).await;
    let mut hub = TestHub::over(db.clone());
    let (mut home, mut away) = (Node::new(1, MAWAR), Node::new(2, MELATI));
    enrol(&db, &home, &[MAWAR]).await;
    enrol(&db, &away, &[MELATI]).await;
    let nur = ChildRegistered { nik: Some("9971015008250001".into()), ..child("Nur", day("2025-08-10")) };
    home.register(NUR, day("2026-08-10"), nur.clone());
    let registered = away.register(GUEST, day("2026-09-12"), ChildRegistered { nik: None, ..nur.clone() });
    let edited = |edit, ms| {
        Body::PersonEdited(PersonEdited { edit, bases: vec![registered], at: Hybrid { ms, count: 0 } })
    };
    away.write(away.header(GUEST, day("2026-09-12")), edited(Edit::Home(Some("Mawar 3".into())), 1));
    away.weigh(GUEST, 1, day("2026-09-12"), 7_900);
    hub.send(&home, home.sealed_whole()).await;
    hub.send(&away, away.sealed_whole()).await;
    let words = browser.get(&format!("/anak/{NUR}")).await.words();
    assert!(words.contains("mungkin orang yang sama") && !words.contains("7,90"), "{words}");
    let path = format!("/anak/{NUR}/tamu");
    assert_ne!(browser.post(&path, &[("other", &BUDI.to_string())]).await.status, StatusCode::SEE_OTHER);
    for _ in 0..2 {
        let done = browser.post(&path, &[("other", &GUEST.to_string())]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    }
    let words = browser.get(&format!("/anak/{NUR}")).await.words();
    for said in
        ["Pernah menjadi tamu di Melati", "12-09-2026 di Posyandu Melati", "7,90", "Semua kunjungan 1"]
    {
        assert!(words.contains(said), "{said:?} is missing in: {words}");
    }
    assert!(!words.contains("mungkin orang yang sama"), "{words}");
    let words = browser.get(&format!("/anak/{GUEST}")).await.words();
    assert!(words.contains("Warga Mawar 3: Nur") && words.contains("Tamu dari: Mawar 3"), "{words}");

    // Another NIK, and they are two; the same, and they are one, whatever anybody said.
    for (ms, nik, is_one) in [(2, "9971015008250002", false), (3, "9971015008250001", true)] {
        away.write(away.header(GUEST, day("2026-09-13")), edited(Edit::Nik(Some(nik.into())), ms));
        let last = away.frames.len() as u64;
        hub.send(&away, away.sealed(last, last)).await;
        let words = browser.get(&format!("/anak/{NUR}")).await.words();
        assert_eq!(words.contains("7,90"), is_one, "{words}");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn cards_bear_a_name_a_birth_date_and_a_number_a_phone_can_read(db: PgPool) {
    let mut browser = Browser::signed_in(db).await;
    assert!(
        browser.get(&format!("/posyandu/{MAWAR}")).await.text.contains(&format!("/posyandu/{MAWAR}/kartu"))
    );
    browser.sql("update citizens set status = 'pindah' where name = 'Rara'").await;
    let page = browser.get(&format!("/posyandu/{MAWAR}/kartu")).await;
    let words = page.words();
    let number = card::shown(&card::number(CitizenId(SITI)));
    for said in ["Siti Aminah 10-08-2025 ibu Rahma", number.as_str(), "Lembar 1 dari 1", "Budi Santoso"] {
        assert!(words.contains(said), "{said:?} is missing in: {words}");
    }
    assert!(!words.contains("Rara") && page.text.matches("aria-label=\"Kode QR\"").count() == 2);
    assert_eq!(browser.get(&format!("/posyandu/{ELSEWHERE}/kartu")).await.status, StatusCode::NOT_FOUND);
}
