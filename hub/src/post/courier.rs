//! The road on foot: a packet from a node's page is handed in here, and its receipt is carried back.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use askama::Template;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Multipart, Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use bytes::Bytes;
use protocol::courier::{self, MAX_PACKET, PacketError, Way};
use protocol::letter::{Down, Up};
use protocol::{Ack, Gap, NodeId, batch};
use sqlx::PgPool;
use uuid::Uuid;

use super::Counter;
use crate::staff::Staff;
use crate::web::{PageError, Shell, Web, page};

/// Receipts kept until they are fetched; an older one is made again by handing the same packet in again.
const RECEIPTS: usize = 100;

/// The receipts of this process, newest last; cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Receipts(Arc<Mutex<VecDeque<Receipt>>>);

#[derive(Debug, Clone)]
struct Receipt {
    id: Uuid,
    puskesmas: Uuid,
    label: String,
    batches: usize,
    /// Batches of it that no ack covers.
    waiting: usize,
    /// False if the packet had been cut off on its way.
    complete: bool,
    packet: Bytes,
}

pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route("/kurir", get(ask).post(take).layer(DefaultBodyLimit::max(MAX_PACKET)))
        .route("/kurir/{receipt}", get(taken))
        .route("/kurir/{receipt}/tanda-terima.spl", get(fetch))
}

#[derive(Template)]
#[template(path = "post/courier.html")]
struct CourierPage {
    shell: Shell,
    problem: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "post/taken.html")]
struct TakenPage {
    shell: Shell,
    receipt: Receipt,
}

async fn ask(staff: Staff) -> Result<Response, PageError> {
    again(&staff, None)
}

fn again(staff: &Staff, problem: Option<&'static str>) -> Result<Response, PageError> {
    page(&CourierPage { shell: Shell::of(staff, "Titipan dari posyandu"), problem })
}

async fn take(State(web): State<Web>, staff: Staff, mut form: Multipart) -> Result<Response, PageError> {
    let Some(bytes) = file_of(&mut form).await else {
        return again(&staff, Some("Berkasnya belum dipilih atau tidak sampai utuh. Pilih sekali lagi."));
    };
    let packet = match courier::read(Way::Up, &bytes) {
        Ok(packet) => packet,
        Err(error) => return again(&staff, Some(wrong_file(error))),
    };
    let Some(label) = label_of(&web.hub.db, staff.puskesmas, packet.node).await? else {
        return again(
            &staff,
            Some(
                "Berkas ini dari alat yang tidak terdaftar di Puskesmas ini. Simpan berkasnya, lalu hubungi pengelola Simpul.",
            ),
        );
    };
    let batches =
        packet.letters.iter().filter(|letter| matches!(Up::read(letter), Some(Up::Batch(_)))).count();
    let sent = packet.letters.clone();
    let answers = match deliver(&web.counter, packet.node, packet.letters).await {
        Some(answers) => answers,
        None => {
            return again(
                &staff,
                Some(
                    "Puskesmas sedang tidak bisa menerima. Berkasnya tetap berlaku; coba lagi sebentar lagi.",
                ),
            );
        }
    };
    if batches > 0 && !answers.iter().any(|letter| matches!(Down::read(letter), Some(Down::Ack(_)))) {
        return again(
            &staff,
            Some(
                "Isi berkas ini tidak bisa dibuktikan dari alat itu, jadi belum diterima. Simpan berkasnya, lalu hubungi pengelola Simpul.",
            ),
        );
    }
    let receipt = Receipt {
        id: Uuid::new_v4(),
        puskesmas: staff.puskesmas,
        label,
        batches,
        waiting: sent.iter().filter(|letter| !is_covered(letter, &answers)).count(),
        complete: packet.complete,
        packet: courier::write(Way::Down, packet.node, &answers).into(),
    };
    let id = web.receipts.keep(receipt);
    Ok(Redirect::to(&format!("/kurir/{id}")).into_response())
}

/// Whether an ack says that everything in this letter is committed. What is no batch needs none.
fn is_covered(letter: &[u8], answers: &[Vec<u8>]) -> bool {
    let Some(Up::Batch(sealed)) = Up::read(letter) else { return true };
    let Ok(header) = batch::peek(sealed) else { return false };
    let last = header.first + u64::from(header.count) - 1;
    answers.iter().filter_map(|letter| told(letter)).any(|ack| {
        let misses = |gap: &Gap| gap.first <= last && header.first <= gap.last;
        let reaches = ack.watermark >= last || ack.gaps.iter().any(|gap| gap.last < header.first);
        ack.incarnation == header.incarnation && reaches && !ack.gaps.iter().any(misses)
    })
}

/// The ack in a letter of our own.
fn told(letter: &[u8]) -> Option<Ack> {
    let Some(Down::Ack(bytes)) = Down::read(letter) else { return None };
    Ack::peek(bytes).ok()
}

async fn deliver(counter: &Counter, node: NodeId, letters: Vec<Vec<u8>>) -> Option<Vec<Vec<u8>>> {
    let answers = counter.deliver(node, letters).await.ok()?;
    Some(answers.iter().map(|letter| letter.to_vec()).collect())
}

async fn taken(State(web): State<Web>, staff: Staff, Path(id): Path<Uuid>) -> Result<Response, PageError> {
    let receipt = web.receipts.find(id, staff.puskesmas).ok_or(PageError::NotFound)?;
    page(&TakenPage { shell: Shell::of(&staff, "Titipan diterima"), receipt })
}

async fn fetch(State(web): State<Web>, staff: Staff, Path(id): Path<Uuid>) -> Result<Response, PageError> {
    let receipt = web.receipts.find(id, staff.puskesmas).ok_or(PageError::NotFound)?;
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"simpul-tanda-terima.spl\""),
    ];
    Ok((headers, receipt.packet).into_response())
}

/// The file of the form; `None` if there is none or it did not arrive whole.
async fn file_of(form: &mut Multipart) -> Option<Bytes> {
    while let Ok(Some(field)) = form.next_field().await {
        if field.name() == Some("berkas") {
            return field.bytes().await.ok().filter(|bytes| !bytes.is_empty());
        }
    }
    None
}

const fn wrong_file(error: PacketError) -> &'static str {
    match error {
        PacketError::NotAPacket => {
            "Ini bukan berkas titipan Simpul. Pilih berkas yang namanya diawali simpul-kurir."
        }
        PacketError::OtherWay => {
            "Ini tanda terima untuk alat, bukan titipan dari alat. Unggah berkas ini di halaman alatnya."
        }
        PacketError::TooLarge => "Berkas ini terlalu besar untuk titipan Simpul. Pilih berkas yang lain.",
    }
}

/// The label of a node that serves a posyandu of this Puskesmas.
async fn label_of(db: &PgPool, puskesmas: Uuid, node: NodeId) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!(
        r#"
        select label
        from nodes
        where id = $1
            and exists (
                select
                from node_posyandu
                join posyandu on posyandu.id = node_posyandu.posyandu_id
                where node_posyandu.node_id = nodes.id and posyandu.puskesmas_id = $2
            )
        "#,
        node.0,
        puskesmas
    )
    .fetch_optional(db)
    .await
}

impl Receipts {
    fn keep(&self, receipt: Receipt) -> Uuid {
        let id = receipt.id;
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_back(receipt);
        if kept.len() > RECEIPTS {
            kept.pop_front();
        }
        id
    }

    fn find(&self, id: Uuid, puskesmas: Uuid) -> Option<Receipt> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|receipt| receipt.id == id && receipt.puskesmas == puskesmas).cloned()
    }
}
