//! The road that is walked: records in a file on a phone or a stick, and the receipt that comes back.

mod stick;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Form, Multipart, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;

use crate::app::Edge;
use crate::staff::{Act, Staff};
use crate::uplink::{Post, Receipt, WrongFile};
use crate::web::{Pages, Shell, Trouble, page, words};
use stick::{LONGEST_RECEIPT, Stick, plugged_in};

/// Room for a receipt and what a browser puts around it.
const LONGEST_UPLOAD: usize = LONGEST_RECEIPT + 64 * 1024;

/// The pages of this slice.
pub fn routes() -> Router<Pages> {
    Router::new()
        .route("/courier", get(show))
        .route("/courier/packet", get(packet))
        .route("/courier/usb", post(to_stick))
        .route("/courier/usb/receipt", post(from_stick))
        .route("/courier/receipt", post(upload).layer(DefaultBodyLimit::max(LONGEST_UPLOAD)))
}

#[derive(Template)]
#[template(path = "courier/page.html")]
struct CourierPage {
    shell: Shell,
    waiting: u64,
    sticks: Vec<Stick>,
    said: Option<Said>,
}

/// What came of what was just done.
struct Said {
    good: bool,
    text: String,
}

async fn show(State(edge): State<Edge>, staff: Staff) -> Result<Response, Trouble> {
    draw(&edge, &staff, None)
}

fn draw(edge: &Edge, staff: &Staff, said: Option<Said>) -> Result<Response, Trouble> {
    let safety = edge.store.safety();
    let sticks = plugged_in(&edge.config.courier);
    let waiting = safety.on_device.saturating_sub(safety.received);
    page(&CourierPage { shell: Shell::of(edge, staff), waiting, sticks, said })
}

fn post_of(edge: &Edge) -> Result<Arc<Post>, Trouble> {
    edge.uplink.post().cloned().ok_or(Trouble::Nowhere)
}

async fn packet(State(edge): State<Edge>, staff: Staff) -> Result<Response, Trouble> {
    staff.may(Act::Export)?;
    let (name, bytes) = packed(&edge).await?;
    staff.exported(&edge, "titipan untuk Puskesmas");
    let kind = (header::CONTENT_TYPE, "application/octet-stream".to_owned());
    let named = (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\""));
    Ok(([kind, named], bytes).into_response())
}

/// Closing and signing is computing: it keeps no page waiting.
async fn packed(edge: &Edge) -> Result<(String, Vec<u8>), Trouble> {
    let post = post_of(edge)?;
    let name = file_name(post.label(), edge);
    let greeting = post.set_out().await?;
    let packed =
        tokio::task::spawn_blocking(move || post.packet(greeting)).await.map_err(|_| Trouble::Broken)?;
    let bytes = packed.map_err(|error| {
        tracing::error!("a courier packet could not be made: {error:#}");
        Trouble::Broken
    })?;
    Ok((name, bytes))
}

/// `simpul-kurir-SIMPUL-001-2026-11-24.spl`; of the label what every file system takes.
fn file_name(label: &str, edge: &Edge) -> String {
    let label: String =
        label.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect();
    format!("simpul-kurir-{}-{}.spl", label.trim_matches('-'), edge.clock.now().today)
}

#[derive(Deserialize)]
struct StickForm {
    stick: String,
}

/// Only a stick that is plugged in is written to or read, whatever a form says.
fn chosen(edge: &Edge, form: &StickForm) -> Option<Stick> {
    plugged_in(&edge.config.courier).into_iter().find(|stick| stick.path.to_string_lossy() == form.stick)
}

async fn to_stick(
    State(edge): State<Edge>,
    staff: Staff,
    Form(form): Form<StickForm>,
) -> Result<Response, Trouble> {
    staff.may(Act::Export)?;
    let Some(stick) = chosen(&edge, &form) else { return draw(&edge, &staff, Some(gone())) };
    let (name, bytes) = packed(&edge).await?;
    staff.exported(&edge, "titipan untuk Puskesmas");
    let (on, file) = (stick.name.clone(), name.clone());
    let written = tokio::task::spawn_blocking(move || stick.write(&file, &bytes)).await;
    let said = match written.map_err(|_| Trouble::Broken)? {
        Ok(()) => {
            good(format!("Sudah tersimpan di {on}: {name}. USB boleh dicabut, lalu bawa ke Puskesmas."))
        }
        Err(error) => {
            tracing::warn!("a stick could not be written to: {error}");
            bad("USB itu tidak bisa ditulis. Catatan di alat tetap aman. Coba USB lain, atau simpan di HP.")
        }
    };
    draw(&edge, &staff, Some(said))
}

async fn from_stick(
    State(edge): State<Edge>,
    staff: Staff,
    Form(form): Form<StickForm>,
) -> Result<Response, Trouble> {
    let Some(stick) = chosen(&edge, &form) else { return draw(&edge, &staff, Some(gone())) };
    let node = edge.bundle.node;
    let found = tokio::task::spawn_blocking(move || stick.receipt(node)).await;
    let said = match found.map_err(|_| Trouble::Broken)? {
        Some(bytes) => taken(&edge, &bytes).await?,
        None => bad("Di USB itu belum ada balasan untuk alat ini. Minta berkas balasannya di Puskesmas."),
    };
    draw(&edge, &staff, Some(said))
}

async fn upload(State(edge): State<Edge>, staff: Staff, mut form: Multipart) -> Result<Response, Trouble> {
    let mut bytes = None;
    while let Some(field) = form.next_field().await.map_err(|_| Trouble::Unreadable)? {
        if field.name() == Some("receipt") {
            bytes = Some(field.bytes().await.map_err(|_| Trouble::Unreadable)?);
        }
    }
    let said = match bytes.filter(|bytes| !bytes.is_empty()) {
        Some(bytes) => taken(&edge, &bytes).await?,
        None => bad("Berkasnya belum dipilih. Pilih berkas balasan dari Puskesmas, lalu tekan Baca balasan."),
    };
    draw(&edge, &staff, Some(said))
}

async fn taken(edge: &Edge, bytes: &[u8]) -> Result<Said, Trouble> {
    Ok(match post_of(edge)?.take_receipt(bytes).await {
        Ok(receipt) if receipt.complete => good(brought(&receipt)),
        Ok(receipt) => bad(&format!(
            "{} Tetapi berkasnya terpotong: salin sekali lagi dari Puskesmas untuk sisanya.",
            brought(&receipt)
        )),
        Err(WrongFile::NotAPacket) => bad(
            "Berkas itu bukan balasan dari Puskesmas. Tidak ada yang berubah. Pilih berkas balasan yang namanya berakhir .spl.",
        ),
        Err(WrongFile::OtherWay) => bad(
            "Itu berkas yang dibawa ke Puskesmas, bukan balasannya. Tidak ada yang berubah. Pilih berkas balasan yang diberi Puskesmas.",
        ),
        Err(WrongFile::OtherNode) => {
            bad("Balasan itu untuk alat lain. Tidak ada yang berubah. Pilih balasan untuk alat ini.")
        }
        Err(WrongFile::Store(error)) => return Err(error.into()),
    })
}

fn brought(receipt: &Receipt) -> String {
    match receipt.received {
        0 => "Balasan sudah dibaca. Tidak ada catatan baru yang perlu ditandai.".into(),
        count => {
            format!("Balasan sudah dibaca. {} catatan sudah diterima Puskesmas.", words::thousands(count))
        }
    }
}

fn gone() -> Said {
    bad(
        "USB itu sudah tidak terbaca. Catatan di alat tetap aman. Colokkan lagi, tunggu sebentar, lalu ulangi.",
    )
}

fn good(text: String) -> Said {
    Said { good: true, text }
}

fn bad(text: &str) -> Said {
    Said { good: false, text: text.into() }
}
