//! When a page cannot be shown: what happened, what is safe, what to do, in kind words.

use std::any::Any;

use askama::Template;
use axum::body::Body;
use axum::http::{HeaderValue, Response as HttpResponse, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use tower_http::csrf::ProtectionError;

use super::Shell;

/// Why a page is not shown, one variant for each way of answering.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// Nobody is signed in; the reader is sent to the sign-in page and comes back to `back` afterwards.
    #[error("not signed in")]
    SignIn {
        /// Where the reader wanted to go: a path of this hub.
        back: String,
        /// Whether there was a session that has ended.
        ended: bool,
    },
    /// The reader came by a link from elsewhere, so the browser held the session back: ask once more from here.
    #[error("came by a link from elsewhere")]
    FromElsewhere {
        /// The page to ask for again: a path of this hub.
        again: String,
    },
    /// There is no such page, or it belongs to another Puskesmas; the two are not told apart.
    #[error("not found")]
    NotFound,
    /// A one-time link that was used, has run out or never was.
    #[error("one-time link is not valid")]
    SpentLink,
    /// A form that did not come from one of the hub's own pages.
    #[error("form from elsewhere")]
    ForeignForm,
    /// A form with fields missing or beyond measure.
    #[error("form not understood")]
    BadForm,
    /// Too many people sign in at this moment.
    #[error("too busy")]
    Busy,
    /// Something failed on our side.
    #[error("page failed")]
    Broken(#[source] anyhow::Error),
}

impl From<anyhow::Error> for PageError {
    fn from(error: anyhow::Error) -> Self {
        Self::Broken(error)
    }
}

impl From<sqlx::Error> for PageError {
    fn from(error: sqlx::Error) -> Self {
        Self::Broken(error.into())
    }
}

impl From<askama::Error> for PageError {
    fn from(error: askama::Error) -> Self {
        Self::Broken(error.into())
    }
}

/// The words of an error page.
#[derive(Template)]
#[template(path = "web/error.html")]
struct ErrorPage {
    shell: Shell,
    what: &'static str,
    safe: &'static str,
    todo: &'static str,
    /// Where to go from here, and the words on the way.
    way: (String, &'static str),
    /// Whether the way is taken by itself.
    at_once: bool,
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        match self {
            Self::SignIn { back, ended } => sign_in(&back, ended),
            Self::FromElsewhere { again } => words(
                StatusCode::OK,
                ("Sebentar, halaman sedang dibuka.", "", "Kalau tidak terbuka sendiri, tekan tombol ini."),
                (again, "Buka halaman"),
                true,
            ),
            Self::NotFound => words(
                StatusCode::NOT_FOUND,
                (
                    "Halaman ini tidak ada.",
                    "Tidak ada yang rusak atau hilang.",
                    "Mungkin alamatnya salah ketik, atau halaman ini milik Puskesmas lain.",
                ),
                home(),
                false,
            ),
            Self::SpentLink => words(
                StatusCode::GONE,
                (
                    "Tautan ini sudah tidak berlaku.",
                    "Akun Anda aman. Satu tautan hanya untuk satu kali, paling lama 24 jam.",
                    "Sudah pernah membuat kata sandi? Langsung masuk saja. Kalau belum, minta tautan baru kepada pengelola Simpul di Puskesmas.",
                ),
                ("/masuk".into(), "Masuk"),
                false,
            ),
            Self::ForeignForm => words(
                StatusCode::FORBIDDEN,
                (
                    "Permintaan ini tidak datang dari halaman Simpul.",
                    "Tidak ada yang berubah.",
                    "Buka lagi halaman Simpul, lalu ulangi dari sana.",
                ),
                home(),
                false,
            ),
            Self::BadForm => words(
                StatusCode::UNPROCESSABLE_ENTITY,
                ("Isian tadi tidak terbaca.", "Tidak ada yang berubah.", "Kembali, lalu isi sekali lagi."),
                home(),
                false,
            ),
            Self::Busy => words(
                StatusCode::SERVICE_UNAVAILABLE,
                (
                    "Sedang banyak yang masuk bersamaan.",
                    "Tidak ada yang hilang.",
                    "Tunggu sebentar, lalu coba lagi.",
                ),
                ("/masuk".into(), "Coba lagi"),
                false,
            ),
            Self::Broken(error) => {
                tracing::error!("page failed: {error:#}");
                broken()
            }
        }
    }
}

/// Answers a form from elsewhere; shaped for the layer that finds it.
pub(super) fn foreign_form(_: ProtectionError) -> HttpResponse<Body> {
    PageError::ForeignForm.into_response()
}

/// Answers when a page panicked. Words only: the cause is in the log, never on the screen.
pub(super) fn panicked(cause: Box<dyn Any + Send>) -> Response {
    let said =
        cause.downcast_ref::<&str>().copied().or_else(|| cause.downcast_ref::<String>().map(String::as_str));
    tracing::error!(said, "page panicked");
    broken()
}

fn broken() -> Response {
    words(
        StatusCode::INTERNAL_SERVER_ERROR,
        (
            "Halaman ini gagal dibuka.",
            "Catatan penimbangan aman, tidak ada yang hilang.",
            "Coba lagi sebentar lagi. Kalau tetap begini, beri tahu pengelola Simpul dan sebutkan jamnya.",
        ),
        home(),
        false,
    )
}

fn home() -> (String, &'static str) {
    ("/".into(), "Ke halaman utama")
}

fn sign_in(back: &str, ended: bool) -> Response {
    let ended = if ended { "&habis=1" } else { "" };
    match askama::filters::urlencode(back) {
        Ok(back) => Redirect::to(&format!("/masuk?lanjut={back}{ended}")).into_response(),
        Err(never) => match never {},
    }
}

fn words(
    status: StatusCode,
    (what, safe, todo): (&'static str, &'static str, &'static str),
    way: (String, &'static str),
    at_once: bool,
) -> Response {
    let page = ErrorPage { shell: Shell::open(what), what, safe, todo, way, at_once };
    match page.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!("error page failed: {error:#}");
            let plain = HeaderValue::from_static("text/plain; charset=utf-8");
            (status, [(header::CONTENT_TYPE, plain)], what).into_response()
        }
    }
}
