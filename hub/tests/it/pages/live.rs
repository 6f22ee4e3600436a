//! Pages that bring themselves up to date.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use futures_util::StreamExt;
use hub::Changed;
use sqlx::PgPool;

use super::{Browser, MAWAR, MELATI, NOVEMBER};

#[sqlx::test(migrations = "../migrations")]
async fn a_live_page_is_told_of_a_change_until_its_session_ends(db: PgPool) {
    let browser = Browser::signed_in(db).await;
    let mut live = Live::of(&browser, &format!("/posyandu/{MAWAR}/langsung?bulan=2026-11")).await;
    let first = live.next().await;
    assert!(first.contains("event: part") && first.contains("id=\"live\""), "{first}");
    assert!(first.contains("data-figure=\"D\">") && first.contains(">2</a>"), "{first}");

    browser.sql("update monthly_figures set d = 777, n = 776 where s = 3").await;
    for (posyandu, report_month) in [(MELATI, NOVEMBER), (MAWAR, NOVEMBER - 1), (MAWAR, NOVEMBER)] {
        browser.hub.changed.send(Changed { posyandu, report_month }).unwrap();
    }
    let second = live.next().await;
    assert!(second.contains(">777</a>") && second.contains(">776</a>"), "{second}");

    browser.sql("update user_sessions set revoked_at = now()").await;
    browser.hub.changed.send(Changed { posyandu: MAWAR, report_month: NOVEMBER }).unwrap();
    assert_eq!(live.next().await, "event: ended\ndata: session\n\n", "browsers drop an event without data");
    assert!(live.is_over().await);
}

#[sqlx::test(migrations = "../migrations")]
async fn the_first_page_is_told_of_the_totals_and_the_posyandu_that_changed(db: PgPool) {
    let browser = Browser::signed_in(db).await;
    let mut live = Live::of(&browser, "/langsung?bulan=2026-11").await;
    assert!(live.next().await.contains("id=\"live\""));
    browser.sql("update monthly_figures set d = 4 where s = 3").await;
    browser.hub.changed.send(Changed { posyandu: MAWAR, report_month: NOVEMBER }).unwrap();
    let mut parts = live.next().await;
    while !parts.contains("<tr ") {
        parts.push_str(&live.next().await);
    }
    assert!(parts.contains("id=\"totals\"") && parts.contains(">1.008</a>"), "{parts}");
    assert!(parts.contains(&format!("<tr id=\"p{}\"", MAWAR.simple())), "{parts}");
    assert!(!parts.contains(&MELATI.to_string()), "{parts}");
}

/// A live page being read.
struct Live(axum::body::BodyDataStream);

impl Live {
    async fn of(browser: &Browser, path: &str) -> Self {
        let response = browser.send(Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
        Self(response.into_body().into_data_stream())
    }

    async fn next(&mut self) -> String {
        let piece = tokio::time::timeout(Duration::from_secs(10), self.0.next()).await.expect("nothing came");
        String::from_utf8(piece.unwrap().unwrap().to_vec()).unwrap()
    }

    async fn is_over(&mut self) -> bool {
        tokio::time::timeout(Duration::from_secs(10), self.0.next()).await.expect("still open").is_none()
    }
}
