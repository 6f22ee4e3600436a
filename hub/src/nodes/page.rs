//! The appliances as staff see them: which are heard, which want looking at.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use chrono::{DateTime, NaiveDate, Utc};

use super::store::{self, NodeLine, OpenAlarm};
use crate::app::Hub;
use crate::intake::alarm::Alarm;
use crate::staff::Staff;
use crate::web::{PageError, Shell, Web, page, words};

/// A node that was not heard for so long is worth a telephone call: two posyandu days.
const LONG_SILENT_DAYS: i64 = 62;

pub(crate) fn routes() -> Router<Web> {
    Router::new().route("/alat", get(show)).route("/alat/peringatan/{alarm}", post(settle))
}

#[derive(Template)]
#[template(path = "nodes/page.html")]
struct NodesPage {
    shell: Shell,
    nodes: Vec<NodeLine>,
    now: DateTime<Utc>,
}

impl NodeLine {
    fn certificate_day(&self) -> Option<NaiveDate> {
        self.certificate_until.map(words::today)
    }

    /// One word and its meaning.
    fn state(&self, now: DateTime<Utc>) -> (&'static str, &'static str) {
        let silent = self.last_heard_at.is_none_or(|at| (now - at).num_days() > LONG_SILENT_DAYS);
        match () {
            () if self.revoked_at.is_some() => ("belum", "dicabut"),
            () if !self.alarms.is_empty() => ("perhatian", "perlu dilihat"),
            () if self.last_heard_at.is_none() => ("belum", "belum pernah terhubung"),
            () if silent => ("perhatian", "lama tidak terdengar"),
            () => ("baik", "terdengar"),
        }
    }
}

impl OpenAlarm {
    /// What happened, what is safe, what to do.
    fn words(&self) -> &'static str {
        match Alarm::of(&self.kind) {
            Some(Alarm::Fork | Alarm::Clone) => {
                "Ada dua riwayat dari alat ini: kartunya disalin, atau dipulihkan dari salinan lama. Semua catatan dari \
                 keduanya sudah disimpan. Cari tahu apakah ada kartu kedua, lalu pakai satu saja."
            }
            Some(Alarm::ReplacedAgain) => {
                "Kartu lama yang sudah diganti muncul lagi. Catatan yang belum sempat terkirim sudah diambil. Simpan \
                 kartu itu, jangan dipakai lagi."
            }
            Some(Alarm::Repaired) => {
                "Beberapa catatan yang pernah diterima ternyata tidak ada di Puskesmas, dan sudah diminta lagi dari alat. \
                 Beri tahu pengelola Simpul: basis datanya perlu diperiksa."
            }
            Some(Alarm::Unnamed) => {
                "Puskesmas menyimpan catatan yang tidak lagi disebut alat ini. Tidak ada yang dihapus. Beri tahu pengelola \
                 Simpul."
            }
            Some(Alarm::Unlike) => {
                "Alat ini dan Puskesmas menyimpan isi berbeda di nomor yang sama. Keduanya tersimpan. Beri tahu pengelola \
                 Simpul."
            }
            None => "Ada yang tidak biasa pada alat ini. Catatannya aman. Beri tahu pengelola Simpul.",
        }
    }
}

async fn show(State(hub): State<Hub>, staff: Staff) -> Result<Response, PageError> {
    let nodes = store::nodes_of(&hub.db, staff.puskesmas).await?;
    page(&NodesPage { shell: Shell::of(&staff, "Alat"), nodes, now: Utc::now() })
}

/// Somebody has looked at it; should it happen again, it is said again.
async fn settle(State(hub): State<Hub>, staff: Staff, Path(alarm): Path<i64>) -> Result<Response, PageError> {
    store::settle(&hub.db, staff.puskesmas, alarm).await?;
    Ok(Redirect::to("/alat").into_response())
}
