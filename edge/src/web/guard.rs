//! What every answer and every request must satisfy, whatever page it is for.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Trouble;

/// Nothing inline, nothing from elsewhere, no frames.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; \
                      connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

/// Refuses a change that another site's page asked this browser to make.
pub(super) async fn same_site(request: Request, next: Next) -> Response {
    if changes_something(request.method()) && !comes_from_here(request.headers()) {
        return Trouble::Elsewhere.into_response();
    }
    next.run(request).await
}

fn changes_something(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Browsers say where a request comes from by `Sec-Fetch-Site`, older ones by `Origin`. A client that sends neither
/// is not a browser, and carries no one's cookie by accident.
fn comes_from_here(headers: &HeaderMap) -> bool {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    match (headers.get("sec-fetch-site"), text(header::ORIGIN)) {
        (Some(site), _) => site == "same-origin" || site == "none",
        (None, Some(origin)) => {
            let host = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
            host.is_some() && host == text(header::HOST)
        }
        (None, None) => !headers.contains_key(header::ORIGIN),
    }
}

/// Says in our words what the framework refused in its own: an address or a form that cannot be read.
pub(super) async fn kindly(response: Response) -> Response {
    let plain = |headers: &HeaderMap| {
        headers.get(header::CONTENT_TYPE).is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"))
    };
    match response.status() {
        status if !status.is_client_error() || !plain(response.headers()) => response,
        StatusCode::PAYLOAD_TOO_LARGE
        | StatusCode::UNSUPPORTED_MEDIA_TYPE
        | StatusCode::UNPROCESSABLE_ENTITY => Trouble::Unreadable.into_response(),
        _ => Trouble::Nowhere.into_response(),
    }
}

/// Sets the headers of every answer. A page with people on it is never kept by the browser; what says otherwise
/// (the assets) says so itself.
pub(super) async fn headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    let mut set = |name: header::HeaderName, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    set(header::CONTENT_SECURITY_POLICY, POLICY);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "same-origin");
    set(header::X_FRAME_OPTIONS, "DENY");
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(headers: &[(&'static str, &'static str)]) -> bool {
        let pairs = headers
            .iter()
            .map(|&(name, value)| (header::HeaderName::from_static(name), HeaderValue::from_static(value)));
        comes_from_here(&pairs.collect())
    }

    #[test]
    fn another_site_cannot_make_this_browser_change_anything() {
        assert!(sent(&[("sec-fetch-site", "same-origin"), ("origin", "null")]));
        assert!(!sent(&[("sec-fetch-site", "cross-site")]));
        assert!(!sent(&[("sec-fetch-site", "same-site")]));
        assert!(sent(&[("origin", "http://simpul.local:8080"), ("host", "simpul.local:8080")]));
        assert!(!sent(&[("origin", "http://elsewhere.example"), ("host", "simpul.local")]));
        assert!(!sent(&[("origin", "null"), ("host", "simpul.local")]));
        assert!(sent(&[]));
    }
}
