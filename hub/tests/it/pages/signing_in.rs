//! Links, passwords, sessions: who gets in, and who does not.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use sqlx::PgPool;

use super::{Browser, PASSWORD, form};

#[sqlx::test(migrations = "../migrations")]
async fn a_one_time_link_sets_a_password_once(db: PgPool) {
    let mut browser = Browser::at_seeded(db).await;
    let link = browser.invite().await;
    let page = browser.get(&link).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.words().contains("Halo Dewi Lestari"), "{}", page.text);

    for (password, again, said) in [
        ("pendek", "pendek", "minimal 12"),
        ("puskesmas2026!", "puskesmas2026!", "mudah ditebak"),
        ("lestari bunga melati", "lestari bunga melati", "Jangan memakai nama"),
        (PASSWORD, "payung kuning naik becek", "belum sama"),
    ] {
        let page = browser.post(&link, &[("kata_sandi", password), ("kata_sandi_lagi", again)]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.words().contains(said), "{said}: {}", page.words());
    }

    let done = browser.post(&link, &[("kata_sandi", PASSWORD), ("kata_sandi_lagi", PASSWORD)]).await;
    assert_eq!((done.status, done.header("location")), (StatusCode::SEE_OTHER, "/"));
    let cookie = done.header("set-cookie").to_owned();
    assert!(cookie.starts_with("__Host-simpul="), "{cookie}");
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict; Secure"), "{cookie}");
    assert_eq!(browser.get("/").await.status, StatusCode::OK);

    for again in [
        browser.get(&link).await,
        browser.post(&link, &[("kata_sandi", PASSWORD), ("kata_sandi_lagi", PASSWORD)]).await,
    ] {
        assert_eq!(again.status, StatusCode::GONE);
        assert!(again.words().contains("Tautan ini sudah tidak berlaku."));
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_link_runs_out_and_a_newer_one_ends_it_and_the_sessions_before_it(db: PgPool) {
    let mut browser = Browser::signed_in(db).await;
    let older = browser.invite().await;
    let newer = browser.invite().await;
    assert_eq!(browser.get(&older).await.status, StatusCode::GONE);

    let elsewhere = browser.cookie.clone();
    let other = "becak biru belok kiri";
    assert_eq!(
        browser.post(&newer, &[("kata_sandi", other), ("kata_sandi_lagi", other)]).await.status,
        StatusCode::SEE_OTHER
    );
    assert_ne!(browser.cookie, elsewhere);
    browser.cookie = elsewhere;
    assert_eq!(browser.get("/").await.status, StatusCode::SEE_OTHER);

    let late = browser.invite().await;
    browser.sql("update sign_in_links set expires_at = now() where used_at is null").await;
    assert_eq!(browser.get(&late).await.status, StatusCode::GONE);
}

#[sqlx::test(migrations = "../migrations")]
async fn only_hashes_are_kept_of_links_sessions_and_passwords(db: PgPool) {
    let mut browser = Browser::at_seeded(db).await;
    let link = browser.invite().await;
    browser.post(&link, &[("kata_sandi", PASSWORD), ("kata_sandi_lagi", PASSWORD)]).await;
    let kept: String = sqlx::query_scalar(
        "select concat(
            (select string_agg(sign_in_links::text, '') from sign_in_links),
            (select string_agg(user_sessions::text, '') from user_sessions),
            (select string_agg(users::text, '') from users)
        )",
    )
    .fetch_one(&browser.hub.db)
    .await
    .unwrap();
    let token = |text: &str| text.rsplit(['/', '=']).next().unwrap().to_owned();
    for secret in [token(&link), token(browser.cookie.as_deref().unwrap()), PASSWORD.to_owned()] {
        assert!(secret.len() > 20 && !kept.contains(&secret), "{secret} is kept in the clear");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn signing_in_needs_the_right_password_and_leads_where_one_wanted_to_go(db: PgPool) {
    let mut browser = Browser::signed_in(db).await;
    browser.cookie = None;

    let wrong = browser.sign_in("dewi@contoh.id", "payung merah naik becak").await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert!(wrong.words().contains("Email atau kata sandi belum cocok."));
    let nobody = browser.sign_in("tidak.ada@contoh.id", PASSWORD).await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
    assert_eq!(nobody.words(), wrong.words(), "an answer must not tell which accounts exist");
    assert!(browser.cookie.is_none());

    let right = browser.sign_in(" DEWI@contoh.id", PASSWORD).await;
    assert_eq!((right.status, right.header("location")), (StatusCode::SEE_OTHER, "/anak?angka=N"));
    assert_eq!(browser.get("/").await.status, StatusCode::OK);

    browser.sql("update users set is_active = false").await;
    assert_eq!(browser.get("/").await.status, StatusCode::SEE_OTHER);
    browser.cookie = None;
    assert_eq!(browser.sign_in("dewi@contoh.id", PASSWORD).await.status, StatusCode::UNAUTHORIZED);
}

#[sqlx::test(migrations = "../migrations")]
async fn signing_in_never_leads_away_from_the_hub(db: PgPool) {
    let mut browser = Browser::signed_in(db).await;
    for away in ["https://jahat.contoh", "//jahat.contoh", "/\\jahat.contoh", "jahat", ""] {
        let fields = [("email", "dewi@contoh.id"), ("kata_sandi", PASSWORD), ("lanjut", away)];
        assert_eq!(browser.post("/masuk", &fields).await.header("location"), "/", "{away}");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn guessing_is_slowed_even_for_the_right_password(db: PgPool) {
    let mut browser = Browser::signed_in(db).await;
    browser.cookie = None;
    for guess in 0..5 {
        let page = browser.sign_in("dewi@contoh.id", &format!("tebakan nomor {guess}")).await;
        assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    }
    let page = browser.sign_in("dewi@contoh.id", PASSWORD).await;
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
    assert!((1..=6).contains(&page.header("retry-after").parse::<u8>().unwrap()));
    assert!(page.words().contains("Terlalu banyak percobaan. Akun Anda aman. Tunggu "), "{}", page.words());
}

#[sqlx::test(migrations = "../migrations")]
async fn a_session_ends_when_revoked_left_alone_or_twelve_hours_old(db: PgPool) {
    let mut browser = Browser::signed_in(db).await;
    for (end, undo) in [
        ("update user_sessions set revoked_at = now()", "update user_sessions set revoked_at = null"),
        (
            "update user_sessions set last_seen_at = now() - interval '31 minutes'",
            "update user_sessions set last_seen_at = now()",
        ),
        (
            "update user_sessions set expires_at = now()",
            "update user_sessions set expires_at = now() + interval '1 hour'",
        ),
    ] {
        browser.sql(end).await;
        let page = browser.get("/posyandu/x?bulan=2026-11").await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{end}");
        assert_eq!(page.header("location"), "/masuk?lanjut=/posyandu/x%3Fbulan%3D2026-11&habis=1");
        browser.sql(undo).await;
        assert_eq!(browser.get("/").await.status, StatusCode::OK, "{undo}");
    }
    let ended = browser.get("/masuk?habis=1").await;
    assert_eq!(ended.header("location"), "/", "whoever is signed in needs no sign-in page");

    browser.sql("update user_sessions set last_seen_at = now() - interval '29 minutes'").await;
    assert_eq!(browser.get("/").await.status, StatusCode::OK);
    let quiet: bool =
        sqlx::query_scalar("select last_seen_at < now() - interval '1 minute' from user_sessions")
            .fetch_one(&browser.hub.db)
            .await
            .unwrap();
    assert!(!quiet, "using a page keeps the session alive");
}

#[sqlx::test(migrations = "../migrations")]
async fn signing_out_ends_the_session_on_the_server(db: PgPool) {
    let mut browser = Browser::signed_in(db).await;
    let cookie = browser.cookie.clone();
    let page = browser.post("/keluar", &[]).await;
    assert_eq!((page.status, page.header("location")), (StatusCode::SEE_OTHER, "/masuk"));
    assert_eq!(browser.cookie, None);
    browser.cookie = cookie;
    assert_eq!(browser.get("/").await.status, StatusCode::SEE_OTHER);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_form_from_elsewhere_changes_nothing(db: PgPool) {
    let mut browser = Browser::signed_in(db).await;
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://jahat.contoh"),
        ("origin", "null"),
    ] {
        let request = form("/keluar").header(name, value).body(Body::empty()).unwrap();
        let page = browser.ask(request).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{name}: {value}");
        assert!(page.words().contains("Tidak ada yang berubah."), "{}", page.words());
        assert_eq!(browser.get("/").await.status, StatusCode::OK);
    }
    let request = form("/keluar").header("origin", "https://simpul.contoh.id").body(Body::empty()).unwrap();
    assert_eq!(browser.ask(request).await.status, StatusCode::SEE_OTHER);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_link_in_a_message_is_asked_for_again_from_here(db: PgPool) {
    let mut browser = Browser::at_seeded(db).await;
    let request =
        Request::get("/?bulan=2026-11").header("sec-fetch-site", "cross-site").body(Body::empty()).unwrap();
    let page = browser.ask(request).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.text.contains(r#"<meta http-equiv="refresh" content="0; url=/?bulan=2026-11">"#),
        "{}",
        page.text
    );
    assert!(!page.text.contains("Mawar"));
}
