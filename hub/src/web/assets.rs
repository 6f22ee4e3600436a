//! The hub's own style, script and sign, compiled in and named by their content.

use std::fmt::Write;
use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest, Sha256};

use super::{PageError, Web};

/// A file the pages ask for. Its name changes with its content, so a browser may keep it for ever.
struct Asset {
    name: String,
    etag: String,
    kind: &'static str,
    content: &'static str,
}

static STYLE: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("css", "text/css; charset=utf-8", include_str!("hub.css")));
static SCRIPT: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("js", "text/javascript; charset=utf-8", include_str!("hub.js")));
static SIGN: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("svg", "image/svg+xml; charset=utf-8", include_str!("sign.svg")));

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/aset/{name}", get(asset))
}

/// Name of the style sheet under `/aset/`.
pub(super) fn style() -> &'static str {
    &STYLE.name
}

/// Name of the script under `/aset/`.
pub(super) fn script() -> &'static str {
    &SCRIPT.name
}

/// Name of the small sign in the browser's tab, under `/aset/`.
pub(super) fn sign() -> &'static str {
    &SIGN.name
}

impl Asset {
    fn new(extension: &str, kind: &'static str, content: &'static str) -> Self {
        let hash = Sha256::digest(content).iter().take(8).fold(String::new(), |mut hex, byte| {
            // Writing to a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        Self { name: format!("{hash}.{extension}"), etag: format!("\"{hash}\""), kind, content }
    }
}

async fn asset(Path(name): Path<String>, asked: HeaderMap) -> Result<Response, PageError> {
    let asset = [&*STYLE, &*SCRIPT, &*SIGN]
        .into_iter()
        .find(|asset| asset.name == name)
        .ok_or(PageError::NotFound)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(asset.kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
        (header::ETAG, HeaderValue::from_str(&asset.etag).expect("hexadecimal in quotes")),
    ];
    let known = asked.get(header::IF_NONE_MATCH).is_some_and(|etag| etag == asset.etag.as_str());
    Ok(if known {
        (StatusCode::NOT_MODIFIED, headers).into_response()
    } else {
        (headers, asset.content).into_response()
    })
}
