//! What a person reads when something did not work: what happened, what is safe, what to do.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use axum::{Router, middleware};

use super::{assets, guard};
use crate::staff::Act;
use crate::store::StoreError;

/// Everything that can keep a page from being shown. A variant for each thing a kader can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// The card is full: the save was refused as a whole.
    #[error("the card is full")]
    Full,
    /// The store stopped after a failed write.
    #[error("the store stopped")]
    Stopped,
    /// A stored value cannot be read.
    #[error("a stored value is damaged")]
    Damaged,
    /// The store's file cannot be read: nothing is shown and nothing taken.
    #[error("the store's file is damaged")]
    Card,
    /// There is no such page, child or ticket.
    #[error("no such page")]
    Nowhere,
    /// The visit was of another day.
    #[error("a visit of another day")]
    Over,
    /// The form was sent by another site's page.
    #[error("sent by another site")]
    Elsewhere,
    /// The form lacks something no page of ours leaves out.
    #[error("a form that no page of ours sends")]
    Unreadable,
    /// It is for somebody in another role to do.
    #[error("not hers to do")]
    NotYourPart(Act),
    /// A mistake of ours.
    #[error("a mistake in the program")]
    Broken,
}

/// The words for a trouble.
struct Words {
    status: StatusCode,
    what: &'static str,
    safe: &'static str,
    todo: &'static str,
}

impl Trouble {
    const fn words(self) -> Words {
        let (status, what, safe, todo) = match self {
            Trouble::Full => (
                StatusCode::INSUFFICIENT_STORAGE,
                "Penyimpanan alat penuh.",
                "Semua yang sudah tersimpan tetap aman. Yang baru saja belum tersimpan.",
                "Catat dulu di buku, lalu hubungi Puskesmas. Data anak tetap bisa dilihat.",
            ),
            Trouble::Stopped => (
                StatusCode::SERVICE_UNAVAILABLE,
                "Alat sedang memeriksa penyimpanannya.",
                "Yang sudah tersimpan tetap aman. Yang baru saja belum tersimpan.",
                "Tunggu sebentar, lalu simpan lagi. Kalau tetap begini, catat di buku dan hubungi Puskesmas.",
            ),
            Trouble::Damaged => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "Satu catatan tidak bisa dibaca.",
                "Catatan lain tetap aman.",
                "Lanjutkan dengan anak lain, dan beri tahu Puskesmas.",
            ),
            Trouble::Card => (
                StatusCode::SERVICE_UNAVAILABLE,
                "Kartu penyimpanan alat ini rusak.",
                "Yang sudah diterima Puskesmas tetap aman di sana. Yang baru saja belum tersimpan.",
                "Catat di buku dulu, dan hubungi Puskesmas hari ini. Kartunya jangan dihapus: yang belum terkirim \
                 masih bisa dibaca petugas.",
            ),
            Trouble::Nowhere => (
                StatusCode::NOT_FOUND,
                "Halaman ini tidak ada.",
                "Tidak ada data yang hilang.",
                "Kembali ke daftar hari ini.",
            ),
            Trouble::Over => (
                StatusCode::GONE,
                "Kunjungan ini sudah lewat harinya.",
                "Yang tersimpan hari itu tetap aman.",
                "Cari anaknya di daftar hari ini, lalu ketuk Datang.",
            ),
            Trouble::Elsewhere => (
                StatusCode::FORBIDDEN,
                "Permintaan ini bukan dari halaman Simpul.",
                "Tidak ada yang diubah.",
                "Buka daftar hari ini, lalu ulangi dari sana.",
            ),
            Trouble::Unreadable => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "Isian tadi tidak terbaca.",
                "Tidak ada yang diubah.",
                "Kembali, lalu isi sekali lagi.",
            ),
            Trouble::NotYourPart(act) => {
                let (what, todo) = act.refusal();
                (StatusCode::FORBIDDEN, what, "Tidak ada yang diubah.", todo)
            }
            Trouble::Broken => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "Ada yang salah di alat ini.",
                "Yang sudah tersimpan tetap aman.",
                "Kembali ke daftar hari ini dan coba lagi.",
            ),
        };
        Words { status, what, safe, todo }
    }
}

impl From<StoreError> for Trouble {
    fn from(err: StoreError) -> Self {
        match err {
            StoreError::Full => Self::Full,
            StoreError::Stopped => Self::Stopped,
            StoreError::Damaged => Self::Damaged,
            StoreError::Broken => Self::Card,
        }
    }
}

/// All a node shows whose card is damaged.
pub fn standstill() -> Router {
    Router::new()
        .merge(assets::routes())
        .fallback(async || Trouble::Card)
        .layer(middleware::map_response(guard::headers))
}

#[derive(Template)]
#[template(path = "web/trouble.html")]
struct TroublePage {
    what: &'static str,
    safe: &'static str,
    todo: &'static str,
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let Words { status, what, safe, todo } = self.words();
        if status.is_server_error() {
            tracing::error!("a page was refused: {self}");
        }
        let text = TroublePage { what, safe, todo }.render();
        (status, Html(text.unwrap_or_else(|_| format!("{what} {safe} {todo}")))).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_card_refuses_in_plain_words_and_says_what_is_safe() {
        let words = Trouble::from(StoreError::Full).words();
        assert_eq!(words.status, StatusCode::INSUFFICIENT_STORAGE);
        assert!(words.safe.contains("tetap aman") && words.safe.contains("belum tersimpan"));
        assert!(Trouble::from(StoreError::Stopped).words().todo.contains("simpan lagi"));
        assert!(Trouble::from(StoreError::Broken).words().safe.contains("belum tersimpan"));
    }
}
