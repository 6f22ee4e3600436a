//! What every page has in common: headers, look, and being readable by everybody.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use sqlx::PgPool;

use super::{BUDI, Browser, MAWAR, SITI};

#[sqlx::test(migrations = "../migrations")]
async fn every_page_with_people_needs_a_sign_in(db: PgPool) {
    let mut browser = Browser::at_seeded(db).await;
    let mut answers = String::new();
    for path in [
        "/".to_owned(),
        "/langsung".to_owned(),
        "/anak?angka=S".to_owned(),
        format!("/anak/{SITI}"),
        format!("/posyandu/{MAWAR}"),
        format!("/posyandu/{MAWAR}/langsung"),
        format!("/posyandu/{MAWAR}/anak?angka=S"),
    ] {
        let page = browser.get(&path).await;
        answers.push_str(&format!("{} {path} -> {}\n", page.status.as_u16(), page.header("location")));
    }
    insta::assert_snapshot!(answers, @r"
    303 / -> /masuk?lanjut=/
    303 /langsung -> /masuk?lanjut=/langsung
    303 /anak?angka=S -> /masuk?lanjut=/anak%3Fangka%3DS
    303 /anak/00000000-0000-7000-8000-000000000051 -> /masuk?lanjut=/anak/00000000-0000-7000-8000-000000000051
    303 /posyandu/00000000-0000-7000-8000-0000000000a1 -> /masuk?lanjut=/posyandu/00000000-0000-7000-8000-0000000000a1
    303 /posyandu/00000000-0000-7000-8000-0000000000a1/langsung -> /masuk?lanjut=/posyandu/00000000-0000-7000-8000-0000000000a1/langsung
    303 /posyandu/00000000-0000-7000-8000-0000000000a1/anak?angka=S -> /masuk?lanjut=/posyandu/00000000-0000-7000-8000-0000000000a1/anak%3Fangka%3DS
    ");
}

#[sqlx::test(migrations = "../migrations")]
async fn every_answer_carries_the_same_strict_headers(db: PgPool) {
    let mut browser = Browser::signed_in(db).await;
    let page = browser.get("/").await;
    let mut lines: Vec<String> =
        page.headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
    lines.retain(|line| !line.starts_with("content-length"));
    lines.sort();
    insta::assert_snapshot!(lines.join("\n"), @r"
    cache-control: no-store
    content-security-policy: default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'
    content-type: text/html; charset=utf-8
    cross-origin-opener-policy: same-origin
    cross-origin-resource-policy: same-origin
    permissions-policy: camera=(), microphone=(), geolocation=()
    referrer-policy: same-origin
    strict-transport-security: max-age=31536000
    vary: accept-encoding
    x-content-type-options: nosniff
    ");
    let missing = browser.get("/tidak/ada").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    assert_eq!(missing.header("content-security-policy"), page.header("content-security-policy"));
    assert_eq!(missing.header("cache-control"), "no-store");
}

#[sqlx::test(migrations = "../migrations")]
async fn style_and_script_are_kept_by_the_browser_for_ever(db: PgPool) {
    let mut browser = Browser::at_seeded(db).await;
    let page = browser.get("/masuk").await;
    let names: Vec<&str> =
        page.text.split("/aset/").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(names.len(), 3);
    for name in names {
        let asset = browser.get(&format!("/aset/{name}")).await;
        assert_eq!(
            (asset.status, asset.header("cache-control")),
            (StatusCode::OK, "public, max-age=31536000, immutable")
        );
        let known = Request::get(format!("/aset/{name}")).header("if-none-match", asset.header("etag"));
        let again = browser.ask(known.body(Body::empty()).unwrap()).await;
        assert_eq!((again.status, again.text.as_str()), (StatusCode::NOT_MODIFIED, ""));
    }
    assert_eq!(browser.get("/aset/0000.css").await.status, StatusCode::NOT_FOUND);
}

#[sqlx::test(migrations = "../migrations")]
async fn pages_can_be_read_without_eyes_script_or_colour(db: PgPool) {
    let mut browser = Browser::signed_in(db).await;
    let link = browser.invite().await;
    let mut pages = vec![];
    for path in [
        "/?bulan=2026-11".to_owned(),
        format!("/posyandu/{MAWAR}?bulan=2026-11"),
        format!("/posyandu/{MAWAR}/anak?bulan=2026-11&angka=S"),
        format!("/anak/{BUDI}"),
        link,
        "/tidak/ada".to_owned(),
    ] {
        let page = browser.get(&path).await;
        pages.push((path, page.text));
    }
    browser.cookie = None;
    pages.push(("/masuk".into(), browser.get("/masuk").await.text));
    for (path, text) in pages {
        assert!(text.starts_with("<!doctype html>\n<html lang=\"id\">"), "{path}");
        assert_eq!(text.matches("<h1").count(), 1, "{path}: one heading of the page");
        assert_eq!(text.matches("<main").count(), 1, "{path}");
        for tag in tags(&text, "th") {
            assert!(tag.contains("scope=\""), "{path}: {tag}");
        }
        for tag in tags(&text, "input").chain(tags(&text, "select")) {
            let id = tag.split("id=\"").nth(1).map(|rest| rest.split('"').next().unwrap());
            let labelled = id.is_some_and(|id| text.contains(&format!("<label for=\"{id}\"")));
            assert!(labelled || tag.contains("type=\"hidden\""), "{path}: {tag}");
        }
        assert_eq!(text.matches("<table").count(), text.matches("<caption").count(), "{path}");
        for inline in [" style=", "<style", " onclick=", "javascript:"] {
            assert!(!text.contains(inline), "{path}: {inline}");
        }
        for script in tags(&text, "script") {
            assert!(script.contains("src=\"/aset/") && script.contains("defer"), "{path}: {script}");
        }
    }
}

fn tags<'a>(text: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let open = [format!("<{name} "), format!("<{name}>")];
    text.match_indices('<')
        .filter(move |(at, _)| open.iter().any(|open| text[*at..].starts_with(open)))
        .map(|(at, _)| &text[at..at + text[at..].find('>').unwrap()])
}

#[sqlx::test(migrations = "../migrations")]
async fn the_hub_says_whether_it_is_well(db: PgPool) {
    let mut browser = Browser::at_seeded(db).await;
    let page = browser.get("/health").await;
    assert_eq!((page.status, page.text.as_str()), (StatusCode::OK, "ok\n"));
    browser.hub.db.close().await;
    assert_eq!(browser.get("/health").await.status, StatusCode::SERVICE_UNAVAILABLE);
    let page = browser.get("/masuk").await;
    assert_eq!(page.status, StatusCode::OK, "a page that needs no record is still shown");
}
