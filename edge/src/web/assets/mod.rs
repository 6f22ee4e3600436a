//! The one style sheet, the one script and the icon, compiled in and named by what they contain.

use std::sync::LazyLock;

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use sha2::{Digest, Sha256};

/// Something the browser may keep for a year, because its name changes whenever it does.
struct Asset {
    path: String,
    kind: &'static str,
    text: &'static str,
}

static CSS: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("simpul", "css", "text/css; charset=utf-8", include_str!("app.css")));
static JS: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("simpul", "js", "text/javascript; charset=utf-8", include_str!("app.js")));
static ICON: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("simpul", "svg", "image/svg+xml", include_str!("icon.svg")));

impl Asset {
    fn new(stem: &str, ending: &str, kind: &'static str, text: &'static str) -> Self {
        let digest = Sha256::digest(text.as_bytes());
        let mark: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        Self { path: format!("/assets/{stem}.{mark}.{ending}"), kind, text }
    }

    fn answer(&self) -> impl IntoResponse + use<> {
        let headers = [
            (header::CONTENT_TYPE, self.kind),
            (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        ];
        (headers, self.text)
    }
}

/// Where the style sheet is, e.g. `/assets/simpul.0a1b2c3d4e5f.css`.
pub fn css() -> &'static str {
    &CSS.path
}

/// Where the script is.
pub fn js() -> &'static str {
    &JS.path
}

/// Where the icon is.
pub fn icon() -> &'static str {
    &ICON.path
}

/// Serves the three files under their present names; an old name is simply not found.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    [&CSS, &JS, &ICON]
        .into_iter()
        .fold(Router::new(), |router, asset| router.route(&asset.path, get(async move || asset.answer())))
}
