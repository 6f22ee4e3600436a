//! A browser: it keeps its cookie and reads what a page says.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use protocol::{CitizenId, VisitId};
use tower::ServiceExt;

use super::PATIENCE;

/// One browser.
#[derive(Clone)]
pub(crate) struct Phone {
    pub(crate) app: Router,
    pub(crate) cookie: Option<String>,
}

/// What a browser got.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) location: String,
    pub(crate) headers: axum::http::HeaderMap,
    pub(crate) text: String,
}

impl Phone {
    pub(crate) async fn get(&mut self, path: &str) -> Page {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// Looks at a page again and again until it says something.
    pub(crate) async fn until(&mut self, path: &str, text: &str) -> Page {
        let mut last = String::new();
        let looking = async {
            let mut beat = tokio::time::interval(Duration::from_millis(20));
            loop {
                beat.tick().await;
                let page = self.get(path).await;
                if page.text.contains(text) {
                    return page;
                }
                last = page.text;
            }
        };
        let seen = tokio::time::timeout(PATIENCE, looking).await;
        seen.unwrap_or_else(|_| panic!("{path} never says {text:?}:\n{last}"))
    }

    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body: Vec<String> =
            fields.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(body.join("&")));
        self.send(request.unwrap()).await
    }

    /// The answer before its body has come, for streams.
    pub(crate) async fn open(&self, path: &str) -> axum::response::Response {
        let mut request = Request::get(path).body(Body::empty()).unwrap();
        self.sign(&mut request);
        self.app.clone().oneshot(request).await.unwrap()
    }

    pub(crate) async fn send(&mut self, mut request: Request<Body>) -> Page {
        self.sign(&mut request);
        let answer = self.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = answer.into_parts();
        if let Some(cookie) = parts.headers.get(header::SET_COOKIE) {
            self.cookie = cookie.to_str().unwrap().split(';').next().map(str::to_owned);
        }
        let text = axum::body::to_bytes(body, 4 << 20).await.unwrap();
        let location = parts.headers.get(header::LOCATION).map(|at| at.to_str().unwrap().to_owned());
        Page {
            status: parts.status,
            location: location.unwrap_or_default(),
            headers: parts.headers,
            text: String::from_utf8(text.to_vec()).unwrap(),
        }
    }

    /// Sends a form with one file, as browsers do.
    pub(crate) async fn upload(&mut self, path: &str, name: &str, file: &[u8]) -> Page {
        let head = format!(
            "--grenze\r\ncontent-disposition: form-data; name=\"{name}\"; filename=\"x\"\r\ncontent-type: application/octet-stream\r\n\r\n"
        );
        let body = [head.as_bytes(), file, b"\r\n--grenze--\r\n"].concat();
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=grenze")
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(body));
        self.send(request.unwrap()).await
    }

    fn sign(&self, request: &mut Request<Body>) {
        if let Some(cookie) = &self.cookie {
            request.headers_mut().insert(header::COOKIE, cookie.parse().unwrap());
        }
    }

    /// Opens a visit and gives it with the page it leads to.
    pub(crate) async fn come(&mut self, child: CitizenId) -> VisitId {
        let page = self.post("/visits", &[("citizen", &child.to_string())]).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text);
        page.location.split('/').nth(2).unwrap().parse().unwrap()
    }

    /// Presses *Simpan* on a page as it stands.
    pub(crate) async fn save(&mut self, page: &Page, path: &str, more: &[(&str, &str)]) -> Page {
        let event = page.field("event");
        let reading = page.field("reading");
        let mut fields = vec![("event", event.as_str())];
        if !reading.is_empty() {
            fields.push(("reading", &reading));
        }
        fields.extend_from_slice(more);
        self.post(path, &fields).await
    }
}

impl Page {
    /// The value of a hidden field.
    pub(crate) fn field(&self, name: &str) -> String {
        let at = self.text.find(&format!("name=\"{name}\" value=\""));
        let rest = at.map(|at| &self.text[at + name.len() + 15..]);
        rest.and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned()
    }

    #[track_caller]
    pub(crate) fn says(&self, text: &str) -> &Self {
        assert!(self.text.contains(text), "the page does not say {text:?}:\n{}", self.text);
        self
    }

    #[track_caller]
    pub(crate) fn hides(&self, text: &str) -> &Self {
        assert!(!self.text.contains(text), "the page says {text:?}:\n{}", self.text);
        self
    }

    #[track_caller]
    pub(crate) fn leads_to(&self, path: &str) {
        assert_eq!((self.status, self.location.as_str()), (StatusCode::SEE_OTHER, path), "{}", self.text);
    }
}

fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}
