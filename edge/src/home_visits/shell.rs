//! The page itself: over TLS the part that lives on the phone, otherwise the way to it or what it lacks.

use std::sync::LazyLock;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use sha2::{Digest, Sha256};

use crate::app::Edge;
use crate::https::{self, Door};
use crate::staff::Staff;
use crate::web::{Line, Pages, Shell, Trouble, assets, page};

/// What runs on the phone: how it keeps things, what it does, what a person sees.
const SCRIPTS: [(&str, &str); 3] = [
    ("kept", include_str!("assets/kept.js")),
    ("road", include_str!("assets/road.js")),
    ("pages", include_str!("assets/pages.js")),
];

/// Named by what they contain, like the other assets.
static NAMED: LazyLock<Vec<(String, &str)>> = LazyLock::new(|| {
    let named = |(stem, text): &(&str, &'static str)| (format!("/rumah/{stem}.{}.js", mark(text)), *text);
    SCRIPTS.iter().map(named).collect()
});

fn mark(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

/// The scripts under their present names.
pub(super) fn scripts() -> Router<Pages> {
    NAMED.iter().fold(Router::new(), |router, (path, text)| {
        let headers =
            [(header::CONTENT_TYPE, SCRIPT), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")];
        router.route(path, get(async move || (headers, *text)))
    })
}

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// The page a phone keeps. Nobody's name is on it, so it needs no sign-in; what it asks the node for does.
#[derive(Template)]
#[template(path = "home_visits/phone.html")]
struct PhonePage<'a> {
    scripts: Vec<&'a str>,
}

impl PhonePage<'_> {
    fn new() -> Self {
        Self { scripts: NAMED.iter().map(|(path, _)| path.as_str()).collect() }
    }
}

#[derive(Template)]
#[template(path = "home_visits/plain.html")]
struct PlainPage {
    shell: Shell,
    door: Door,
}

pub(super) async fn show(
    State(edge): State<Edge>,
    line: Line,
    staff: Result<Staff, crate::staff::NotYet>,
) -> Result<Response, Trouble> {
    if line == Line::Secure {
        return page(&PhonePage::new());
    }
    match staff {
        Ok(staff) => page(&PlainPage { shell: Shell::of(&edge, &staff), door: https::door(&edge)? }),
        Err(not_yet) => Ok(not_yet.into_response()),
    }
}

/// The program that answers while the node cannot. Its text names every file it keeps, so a new file makes a new program.
pub(super) async fn worker(line: Line) -> Response {
    if line == Line::Plain {
        return Trouble::Nowhere.into_response();
    }
    let mut kept = vec!["/rumah/", assets::css(), assets::icon(), "/rumah/app.webmanifest"];
    kept.extend(NAMED.iter().map(|(path, _)| path.as_str()));
    let page = PhonePage::new().render().unwrap_or_default();
    let list = serde_json::to_string(&kept).unwrap_or_default();
    let text = format!(
        "\"use strict\";\nconst KEPT = {list};\nconst NAME = \"rumah-{}\";\n{}",
        mark(&format!("{page}{list}")),
        include_str!("assets/worker.js")
    );
    ([(header::CONTENT_TYPE, SCRIPT)], text).into_response()
}

/// Lets the phone put the page beside its other programs, where it is found without an address.
pub(super) async fn manifest(line: Line) -> Response {
    if line == Line::Plain {
        return Redirect::to("/rumah/").into_response();
    }
    let text = serde_json::json!({
        "name": "Kunjungan rumah · Simpul",
        "short_name": "Kunjungan",
        "lang": "id",
        "start_url": "/rumah/",
        "scope": "/rumah/",
        "display": "standalone",
        "theme_color": "#0B6E6E",
        "background_color": "#f5f4ef",
        "icons": [{ "src": assets::icon(), "sizes": "any", "type": "image/svg+xml" }],
    });
    ([(header::CONTENT_TYPE, "application/manifest+json")], text.to_string()).into_response()
}
