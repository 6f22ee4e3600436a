//! A child's vaccines on its card, and who has missed something.

use axum::http::StatusCode;
use sqlx::PgPool;

use super::{Browser, ELSEWHERE, MAWAR, SITI};

#[sqlx::test(migrations = "../migrations")]
async fn a_card_shows_every_dose_and_a_posyandu_who_has_missed_one_that_is_still_given(db: PgPool) {
    let mut browser = Browser::signed_in(db).await;
    hub::immunization::rebuild(&browser.hub.db).await.unwrap();
    // Today is whatever day it is: one dose was missed yesterday, one can be given no more, one is far off.
    for statement in [
        "delete from immunization_schedules where citizen_id <> '00000000-0000-7000-8000-000000000051'",
        "update immunization_schedules set missed_from = 'infinity', closed_from = null",
        "update immunization_schedules set missed_from = current_date - 2 where vaccine_type = 'MR' and dose = 1",
        "update immunization_schedules set missed_from = current_date - 9, closed_from = current_date - 2 \
         where vaccine_type = 'BCG'",
        "update immunization_schedules set missed_from = '9999-01-01' where missed_from = 'infinity'",
    ] {
        browser.sql(statement).await;
    }
    let card = browser.get(&format!("/anak/{SITI}")).await.words();
    for words in ["Imunisasi", "MR 1", "terlewat", "BCG 1", "tidak lagi", "PCV 3", "terjadwal"] {
        assert!(card.contains(words), "{words}: {card}");
    }
    let list = browser.get(&format!("/posyandu/{MAWAR}/imunisasi")).await.words();
    assert!(list.contains("Imunisasi terlewat 1") && list.contains("MR 1"), "{list}");
    assert!(!list.contains("BCG") && !list.contains("PCV"), "{list}");
    let other = browser.get(&format!("/posyandu/{ELSEWHERE}/imunisasi")).await;
    assert_eq!(other.status, StatusCode::NOT_FOUND);
}
