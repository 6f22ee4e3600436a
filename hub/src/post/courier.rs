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
use protocol::batch::{self, BatchHeader};
use protocol::courier::{self, MAX_PACKET, PacketError, Way};
use protocol::letter::{Down, Up};
use protocol::{Ack, Gap};
use uuid::Uuid;

use super::store;
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
    let Some(label) = store::label_of(&web.hub.db, staff.puskesmas, packet.node).await? else {
        return again(
            &staff,
            Some(
                "Berkas ini dari alat yang tidak terdaftar di Puskesmas ini. Simpan berkasnya, lalu hubungi pengelola Simpul.",
            ),
        );
    };
    let batches: Vec<_> = packet.letters.iter().filter_map(|letter| batch_in(letter)).collect();
    let Ok(answers) = web.counter.deliver(packet.node, packet.letters).await else {
        return again(
            &staff,
            Some("Puskesmas sedang tidak bisa menerima. Berkasnya tetap berlaku; coba lagi sebentar lagi."),
        );
    };
    let acks: Vec<Ack> = answers.iter().filter_map(|letter| ack_in(letter)).collect();
    if !batches.is_empty() && acks.is_empty() {
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
        batches: batches.len(),
        waiting: batches.iter().filter(|batch| !is_covered(batch.as_ref(), &acks)).count(),
        complete: packet.complete,
        packet: courier::write(Way::Down, packet.node, &answers).into(),
    };
    let id = web.receipts.keep(receipt);
    Ok(Redirect::to(&format!("/kurir/{id}")).into_response())
}

/// What a batch says of itself; `None` within if it says nothing that can be read.
fn batch_in(letter: &[u8]) -> Option<Option<BatchHeader>> {
    let Some(Up::Batch(sealed)) = Up::read(letter) else { return None };
    Some(batch::peek(sealed).ok())
}

/// The ack in a letter of our own.
fn ack_in(letter: &[u8]) -> Option<Ack> {
    let Some(Down::Ack(bytes)) = Down::read(letter) else { return None };
    Ack::peek(bytes).ok()
}

/// Whether an ack says that everything in a batch is committed.
fn is_covered(batch: Option<&BatchHeader>, acks: &[Ack]) -> bool {
    let Some(header) = batch else { return false };
    let Some(last) = header.first.checked_add(u64::from(header.count) - 1) else { return false };
    acks.iter().any(|ack| {
        let misses = |gap: &Gap| gap.first <= last && header.first <= gap.last;
        let reaches = ack.watermark >= last || ack.gaps.iter().any(|gap| gap.last < header.first);
        ack.incarnation == header.incarnation && reaches && !ack.gaps.iter().any(misses)
    })
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

#[cfg(test)]
mod tests {
    use protocol::batch::{KeyId, Packing};
    use protocol::{Chain, NodeId, Standing};

    use super::*;

    const NODE: NodeId = NodeId(Uuid::from_u128(9));

    fn batch(first: u64, count: u32) -> BatchHeader {
        BatchHeader {
            version: 1,
            node: NODE,
            incarnation: 1,
            first,
            count,
            before: Chain::genesis(NODE, 1),
            after: Chain::genesis(NODE, 1),
            hub_key: KeyId([0; 8]),
            packing: Packing::Plain,
        }
    }

    fn ack(watermark: u64, gaps: &[(u64, u64)]) -> Ack {
        Ack {
            node: NODE,
            incarnation: 1,
            watermark,
            chain: Chain::genesis(NODE, 1),
            gaps: gaps.iter().map(|&(first, last)| Gap { first, last }).collect(),
            hub_epoch: [0; 16],
            quarantined: Vec::new(),
            quarantined_total: 0,
            retry_after_s: 0,
            standing: Standing::Current,
        }
    }

    #[test]
    fn a_batch_is_covered_when_all_of_it_is_committed_and_not_before() {
        let covered = |batch: BatchHeader, ack: Ack| is_covered(Some(&batch), &[ack]);
        assert!(covered(batch(5, 6), ack(10, &[])));
        assert!(!covered(batch(5, 7), ack(10, &[])), "its last event is above the watermark");
        assert!(covered(batch(21, 5), ack(10, &[(11, 20)])), "it lies after what is missing");
        assert!(!covered(batch(20, 5), ack(10, &[(11, 20)])), "its first event is missing");
        assert!(!covered(batch(5, 10), ack(10, &[(11, 20)])), "its end is missing");
        let other_life = Ack { incarnation: 2, ..ack(10, &[]) };
        assert!(!covered(batch(5, 6), other_life), "another card's word is none about this one");
    }

    #[test]
    fn what_says_nothing_of_itself_or_beyond_counting_is_covered_by_nothing() {
        assert!(!is_covered(None, &[ack(u64::MAX, &[])]));
        assert!(!is_covered(Some(&batch(u64::MAX, 2)), &[ack(u64::MAX, &[])]));
        assert_eq!(batch_in(&Up::Ask(b"?").write()), None, "a question needs no ack");
        assert_eq!(batch_in(&Up::Batch(b"torn").write()), Some(None));
    }
}
