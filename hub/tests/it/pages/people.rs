//! What is known of a person besides growth, who lives with it, where it was a guest, and cards to print.

use axum::http::StatusCode;
use protocol::{CitizenId, card};
use sqlx::PgPool;
use uuid::{Uuid, uuid};

use super::{BUDI, Browser, ELSEWHERE, MAWAR, SITI};

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
async fn a_guest_of_the_same_nik_is_the_same_child_and_its_weighings_are_on_the_chart_at_home(db: PgPool) {
    let mut browser = Browser::signed_in(db).await;
    browser
        .sql(
            "update citizens set nik = '9971015008250001' where id = '00000000-0000-7000-8000-000000000051'; \
             insert into citizens (id, posyandu_id, name, nik, birth_date, gender, guardian_name, has_kia_book, \
                 event_id, registered_on, home_posyandu) \
             values ('00000000-0000-7000-8000-0000000000d1', '00000000-0000-7000-8000-0000000000a2', 'Siti A.', '9971015008250001', '2025-08-10', 'P', 'Rahma', true, \
                 gen_random_uuid(), '2026-09-12', 'Mawar 3'); \
             insert into child_growth_records (id, posyandu_id, citizen_id, node_id, incarnation, sequence, observed_on, \
                 report_month, place, recorder_id, weight_event_id, weight_g, weight_entry, age_days) \
             values (gen_random_uuid(), '00000000-0000-7000-8000-0000000000a2', '00000000-0000-7000-8000-0000000000d1', gen_random_uuid(), 1, 9, '2026-09-12', 2026 * 12 + 8, \
                 'posyandu', gen_random_uuid(), gen_random_uuid(), 7900, 'instrument', 398)",
        )
        .await;
    let words = browser.get(&format!("/anak/{SITI}")).await.words();
    for said in ["Pernah menjadi tamu di Melati", "sebagai tamu", "7,90", "Semua kunjungan 3"] {
        assert!(words.contains(said), "{said:?} is missing in: {words}");
    }
    let words = browser.get(&format!("/anak/{GUEST}")).await.words();
    assert!(words.contains("Warga Mawar 3: Siti Aminah") && words.contains("Tamu dari: Mawar 3"), "{words}");
    browser
        .sql(
            "update citizens set nik = null, name = 'siti aminah' \
             where id = '00000000-0000-7000-8000-0000000000d1'",
        )
        .await;
    let words = browser.get(&format!("/anak/{SITI}")).await.words();
    assert!(words.contains("mungkin orang yang sama") && !words.contains("7,90"), "{words}");
    let path = format!("/anak/{SITI}/tamu");
    assert_ne!(browser.post(&path, &[("other", &BUDI.to_string())]).await.status, StatusCode::SEE_OTHER);
    for _ in 0..2 {
        let done = browser.post(&path, &[("other", &GUEST.to_string())]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    }
    let words = browser.get(&format!("/anak/{SITI}")).await.words();
    assert!(words.contains("7,90") && !words.contains("mungkin orang yang sama"), "{words}");
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
