//! *Serahkan*: what a phone brought becomes events, each visit wholly or not at all, each with an answer of its own.

use axum::Json;
use axum::extract::State;
use chrono::{Days, NaiveDate};
use protocol::time::ClockSource;
use protocol::{CitizenId, EventId, Stamp, VisitId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::app::Edge;
use crate::roster::leave;
use crate::staff::Staff;
use crate::store::{Child, StoreError};
use crate::visits::home::{Brought, Found, Measured, is_kept, judge};
use crate::web::words;

/// An older day than this is a phone with a wrong date.
const OLDEST: Days = Days::new(60);

/// What a phone brought, oldest first. A visit that cannot be read holds up no other.
#[derive(Debug, Deserialize)]
pub(super) struct Bundle {
    visits: Vec<Value>,
}

/// A visit as the phone sends it.
#[derive(Debug, Deserialize)]
struct Sent {
    id: VisitId,
    child: CitizenId,
    on: NaiveDate,
    /// When it was written down: milliseconds since 1970 UTC by the phone's clock.
    at_ms: i64,
    weight: Option<SentPart>,
    length: Option<SentPart>,
    posture: Option<String>,
    #[serde(default)]
    oedema: bool,
    #[serde(default)]
    clothed: bool,
}

#[derive(Debug, Deserialize)]
struct SentPart {
    event: Uuid,
    typed: Option<String>,
    not: Option<String>,
    #[serde(default)]
    insisted: String,
}

/// What became of the visits, in their order.
#[derive(Debug, Serialize)]
pub(super) struct Answers {
    visits: Vec<Answer>,
}

#[derive(Debug, Serialize)]
struct Answer {
    id: Value,
    #[serde(flatten)]
    outcome: Outcome,
}

/// What became of a visit. Only what was taken may leave the phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
enum Outcome {
    /// It is durably in this node's journal, from now or from before.
    Taken,
    /// The kader is to answer first.
    Asks {
        /// The questions.
        asks: Vec<String>,
        /// What the weighing insists on if all is right.
        weight: String,
        /// What the length insists on.
        length: String,
    },
    /// Something must be put right first.
    Refused {
        /// What, in words.
        why: String,
    },
    /// This node cannot take anything just now.
    Later {
        /// Why, in words.
        why: String,
    },
}

/// Takes what can be taken. A repeat finds it taken already.
pub(super) async fn take(
    State(edge): State<Edge>,
    staff: Staff,
    Json(bundle): Json<Bundle>,
) -> Json<Answers> {
    let mut visits = Vec::with_capacity(bundle.visits.len());
    for sent in bundle.visits {
        let id = sent.get("id").cloned().unwrap_or_default();
        let outcome = match serde_json::from_value::<Sent>(sent) {
            Ok(sent) => one(&edge, &staff, sent).await.unwrap_or_else(later),
            Err(_) => {
                refused("Isian ini tidak terbaca. Buka, periksa isinya, lalu simpan dan serahkan lagi.")
            }
        };
        visits.push(Answer { id, outcome });
    }
    Json(Answers { visits })
}

async fn one(edge: &Edge, staff: &Staff, sent: Sent) -> Result<Outcome, StoreError> {
    // what is kept stays so, whatever has become of the child since
    if is_kept(edge, sent.child, sent.id)? {
        return Ok(Outcome::Taken);
    }
    let posyandu = &staff.posyandu.name;
    let Some(child) = edge.store.child(sent.child)?.filter(|child| child.posyandu == staff.posyandu.id)
    else {
        return Ok(refused(&format!(
            "Anak ini tidak ada di daftar Posyandu {posyandu}. Kunjungannya tetap di HP ini: tunjukkan ke bidan."
        )));
    };
    let brought = brought(edge, sent);
    if let Some(why) = obstacle(edge, &child, brought.on) {
        return Ok(refused(&why));
    }
    Ok(match judge(edge, staff, &child, &brought)? {
        Found::Unclear(why) => refused(why),
        Found::Asks { asks, weight, length } => Outcome::Asks { asks, weight, length },
        Found::Fit(events) if events.is_empty() => refused("Belum ada berat atau panjang di kunjungan ini."),
        Found::Fit(events) => {
            edge.store.record(events).await?;
            Outcome::Taken
        }
    })
}

fn brought(edge: &Edge, sent: Sent) -> Brought {
    let part = |part: SentPart| Measured {
        event: EventId(part.event),
        typed: part.typed,
        not: part.not,
        insisted: part.insisted,
    };
    let stamp = edge.clock.now().stamp;
    Brought {
        visit: sent.id,
        on: sent.on,
        written: Stamp { wall_ms: sent.at_ms, source: ClockSource::Phone, ..stamp },
        weight: sent.weight.map(part),
        length: sent.length.map(part),
        posture: sent.posture,
        oedema: sent.oedema,
        clothed: sent.clothed,
    }
}

/// What keeps a visit from being taken that has nothing to do with its figures.
fn obstacle(edge: &Edge, child: &Child, on: NaiveDate) -> Option<String> {
    if let Some(left) = child.left {
        let why = leave::said(left);
        return Some(format!(
            "Anak ini sudah keluar dari daftar: {why}. Kembalikan dulu di halaman anaknya, lalu serahkan lagi."
        ));
    }
    let now = edge.clock.now();
    let mend = "Betulkan tanggalnya, lalu serahkan lagi.";
    if now.believable && on > now.today {
        return Some(format!("Tanggalnya belum tiba: di alat hari ini {}. {mend}", words::date(now.today)));
    }
    let today = if now.believable { now.today } else { now.at_least };
    if today.checked_sub_days(OLDEST).is_some_and(|oldest| on < oldest) {
        return Some(format!("Tanggalnya sudah terlalu lama: {}. {mend}", words::date(on)));
    }
    let born = child.registered.birth_date.to_naive();
    born.filter(|&born| on < born)
        .map(|born| format!("Tanggalnya lebih awal dari tanggal lahirnya ({}). {mend}", words::date(born)))
}

fn refused(why: &str) -> Outcome {
    Outcome::Refused { why: why.to_owned() }
}

fn later(error: StoreError) -> Outcome {
    let why = match error {
        StoreError::Full => "Penyimpanan alat penuh. Kunjungan ini tetap di HP. Hubungi Puskesmas.",
        StoreError::Stopped => {
            "Alat sedang memeriksa penyimpanannya. Kunjungan ini tetap di HP. Tunggu sebentar, lalu serahkan lagi."
        }
        StoreError::Damaged | StoreError::Broken => {
            "Ada yang tidak terbaca di alat. Kunjungan ini tetap di HP. Beri tahu Puskesmas."
        }
    };
    Outcome::Later { why: why.to_owned() }
}
