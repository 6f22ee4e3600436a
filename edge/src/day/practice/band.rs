//! The band on top of every page of practice.

use axum::body::{Body, to_bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::web::Trouble;

/// No page of ours is longer.
const LONGEST_PAGE: usize = 8 << 20;

const BAND: &str = "<body>\n<div class=\"practice\" role=\"region\" aria-label=\"Latihan\"><span>▣ LATIHAN, tidak dihitung</span>\
<form method=\"post\" action=\"/practice/put\"><button>Taruh di alat</button></form>\
<form method=\"post\" action=\"/practice/lift\"><button>Angkat</button></form>\
<form method=\"post\" action=\"/practice/end\"><button>Selesai latihan</button></form></div>";

/// Puts the band on whatever is a page.
pub(super) async fn over(answer: Response) -> Response {
    let is_page = answer
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if !is_page {
        return answer;
    }
    let (mut parts, body) = answer.into_parts();
    let Ok(bytes) = to_bytes(body, LONGEST_PAGE).await else { return Trouble::Broken.into_response() };
    let Ok(text) = std::str::from_utf8(&bytes) else { return Trouble::Broken.into_response() };
    let text = text.replacen("<body>", BAND, 1).replacen("<title>", "<title>LATIHAN · ", 1);
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(text))
}
