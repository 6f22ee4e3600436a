//! What staff see in a browser, asked through the real router over a real database.
#![expect(clippy::unwrap_used, reason = "a test whose ground is missing must stop")]

mod figures;
mod frame;
mod immunization;
mod life;
mod live;
mod people;
mod pin;
mod signing_in;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, Response, StatusCode, header};
use hub::config::Config;
use hub::staff::{Invitation, Role, invite};
use hub::{Hub, web};
use sqlx::PgPool;
use tower::ServiceExt;
use uuid::{Uuid, uuid};

const MAWAR: Uuid = uuid!("00000000-0000-7000-8000-0000000000a1");
const MELATI: Uuid = uuid!("00000000-0000-7000-8000-0000000000a2");
const ELSEWHERE: Uuid = uuid!("00000000-0000-7000-8000-0000000000e1");
const SITI: Uuid = uuid!("00000000-0000-7000-8000-000000000051");
const BUDI: Uuid = uuid!("00000000-0000-7000-8000-0000000000b1");
const STRANGER: Uuid = uuid!("00000000-0000-7000-8000-0000000000f9");
const NOVEMBER: i32 = 2026 * 12 + 10;
const PASSWORD: &str = "payung kuning naik becak";

/// A hub's pages and one browser in front of them.
struct Browser {
    app: Router,
    hub: Hub,
    cookie: Option<String>,
}

/// What came back.
struct Page {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Page {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The words a reader sees, tags taken out and white space evened.
    fn words(&self) -> String {
        let text: String = self
            .text
            .split('<')
            .map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text))
            .fold(String::new(), |text, piece| text + " " + piece);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

impl Browser {
    fn of(db: PgPool, settings: &str) -> Self {
        let config = Config::parse(settings, std::path::Path::new("")).unwrap();
        let hub = Hub::over(db, config);
        Self { app: web::router(hub.clone()), hub, cookie: None }
    }

    /// A browser at a hub with two posyandu of its own and one of another Puskesmas.
    async fn at_seeded(db: PgPool) -> Self {
        sqlx::raw_sql(include_str!("seed.sql")).execute(&db).await.unwrap();
        Self::of(db, "")
    }

    async fn invite(&self) -> String {
        let invitation = Invitation {
            email: "Dewi@contoh.id".into(),
            name: "Dewi Lestari".into(),
            role: Role::Bidan,
            puskesmas: "puskesmas cibadak".into(),
        };
        let url = invite(&self.hub.db, "https://simpul.contoh.id/", &invitation).await.unwrap();
        url.strip_prefix("https://simpul.contoh.id").unwrap().to_owned()
    }

    async fn signed_in(db: PgPool) -> Self {
        let mut browser = Self::at_seeded(db).await;
        let link = browser.invite().await;
        let done = browser.post(&link, &[("kata_sandi", PASSWORD), ("kata_sandi_lagi", PASSWORD)]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
        browser
    }

    async fn get(&mut self, path: &str) -> Page {
        self.ask(Request::get(path).body(Body::empty()).unwrap()).await
    }

    async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let request = form(path).header("sec-fetch-site", "same-origin");
        self.ask(request.body(body(fields)).unwrap()).await
    }

    async fn sign_in(&mut self, email: &str, password: &str) -> Page {
        self.post("/masuk", &[("email", email), ("kata_sandi", password), ("lanjut", "/anak?angka=N")]).await
    }

    async fn ask(&mut self, request: Request<Body>) -> Page {
        let response = self.send(request).await;
        let (parts, body) = response.into_parts();
        if let Some(cookie) = parts.headers.get(header::SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            self.cookie = (!pair.ends_with('=')).then(|| pair.to_owned());
        }
        let text = String::from_utf8(to_bytes(body, 10_000_000).await.unwrap().to_vec()).unwrap();
        Page { status: parts.status, headers: parts.headers, text }
    }

    async fn send(&self, mut request: Request<Body>) -> Response<Body> {
        if let Some(cookie) = &self.cookie {
            request.headers_mut().insert(header::COOKIE, cookie.parse().unwrap());
        }
        self.app.clone().oneshot(request).await.unwrap()
    }

    async fn sql(&self, statement: &'static str) {
        sqlx::raw_sql(statement).execute(&self.hub.db).await.unwrap();
    }
}

/// A form as it comes from anywhere; who sends it says where it came from.
fn form(path: &str) -> axum::http::request::Builder {
    Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::HOST, "simpul.contoh.id")
}

fn body(fields: &[(&str, &str)]) -> Body {
    let pairs: Vec<String> = fields
        .iter()
        .map(|(name, value)| {
            format!("{name}={}", value.replace('%', "%25").replace('&', "%26").replace(' ', "+"))
        })
        .collect();
    Body::from(pairs.join("&"))
}
