//! *Serahkan*: what a phone brought becomes events, each visit wholly or not at all, each with an answer of its own.

use axum::Json;
use axum::extract::State;
use chrono::{Days, NaiveDate};
use protocol::bundle::User;
use protocol::time::ClockSource;
use protocol::{CitizenId, EventId, LocalDate, Stamp, UserId, VisitId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::app::Edge;
use crate::roster::leave;
use crate::staff::{self, Act, Staff};
use crate::store::{Child, Recorded, StoreError};
use crate::visits::home::{Brought, Found, Judged, Kept, Measured, judge, kept};
use crate::web::{Trouble, words};

/// An older day than this is a phone with a wrong date.
const OLDEST: Days = Days::new(60);

/// How far a phone's clock may be off.
const A_DAY: Days = Days::new(1);

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
    note: Option<SentNote>,
    /// Who took the child along, and so wrote this.
    by: Option<UserId>,
    /// Who says that it is to stand under her own name instead.
    in_place: Option<UserId>,
}

#[derive(Debug, Deserialize)]
struct SentNote {
    event: Uuid,
    text: String,
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
        /// Under whose name it then stands, where that is not whoever wrote it.
        in_place: Option<UserId>,
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
) -> Result<Json<Answers>, Trouble> {
    staff.may(Act::RecordMeasurement)?;
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
    Ok(Json(Answers { visits }))
}

async fn one(edge: &Edge, staff: &Staff, sent: Sent) -> Result<Outcome, StoreError> {
    // what is kept stays so, whatever has become of the child since
    let brought = brought(edge, &sent);
    if let Some(known) = outcome(kept(edge, sent.child, &brought)?) {
        return Ok(known);
    }
    let posyandu = &staff.posyandu.name;
    let Some(child) = edge.store.child(sent.child)?.filter(|child| child.posyandu == staff.posyandu.id)
    else {
        return Ok(refused(&format!(
            "Anak ini tidak ada di daftar Posyandu {posyandu}. Kunjungannya tetap di HP ini: tunjukkan ke bidan."
        )));
    };
    if !edge.clock.now().believable {
        let why = "Cocokkan tanggal alat dulu, lalu serahkan lagi. Kunjungan ini tetap di HP.";
        return Ok(Outcome::Later { why: why.to_owned() });
    }
    if let Some(why) = obstacle(edge, &child, &brought) {
        return Ok(refused(&why));
    }
    let writer = writer(edge, &sent)?;
    let in_place = writer.is_none().then_some(staff.user.id);
    let signs = Staff { user: writer.unwrap_or_else(|| staff.user.clone()), ..staff.clone() };
    let Judged { events, mut asks, weight, length } = match judge(edge, &signs, &child, &brought)? {
        Found::Unclear(why) => return Ok(refused(why)),
        Found::Clear(judged) => judged,
    };
    if in_place != sent.in_place.filter(|_| in_place.is_some()) {
        let name = &staff.user.name;
        asks.push(format!(
            "Alat ini tidak mengenal kader yang mencatat kunjungan ini. Simpan atas nama {name}?"
        ));
    }
    if !asks.is_empty() {
        return Ok(Outcome::Asks { asks, weight, length, in_place });
    }
    staff.saw(edge, child.id, "kunjungan rumah diserahkan");
    let recorded = edge.store.record(events).await?;
    if recorded.iter().all(|event| matches!(event, Recorded::New { .. })) {
        return Ok(Outcome::Taken);
    }
    // another page of the phone was quicker
    Ok(outcome(kept(edge, sent.child, &brought)?).unwrap_or(Outcome::Taken))
}

/// The answer where something of a visit is here already.
fn outcome(kept: Kept) -> Option<Outcome> {
    match kept {
        Kept::Nothing => None,
        Kept::All => Some(Outcome::Taken),
        Kept::Other(stands) => Some(refused(&format!(
            "Kunjungan ini sudah ada di alat dengan angka lain: {stands}. Betulkan di alat, lalu serahkan lagi."
        ))),
    }
}

/// Who wrote a visit down, as far as she is known here and may record.
fn writer(edge: &Edge, sent: &Sent) -> Result<Option<User>, StoreError> {
    let Some(by) = sent.by else { return Ok(None) };
    Ok(staff::user(edge, by)?.filter(|user| Act::RecordMeasurement.is_for(user.role)))
}

fn brought(edge: &Edge, sent: &Sent) -> Brought {
    let part = |part: &SentPart| Measured {
        event: EventId(part.event),
        typed: part.typed.clone(),
        not: part.not.clone(),
        insisted: part.insisted.clone(),
    };
    let note = sent.note.as_ref().map(|note| (EventId(note.event), note.text.trim().to_owned()));
    let stamp = edge.clock.now().stamp;
    Brought {
        visit: sent.id,
        on: sent.on,
        written: Stamp { wall_ms: sent.at_ms, source: ClockSource::Phone, ..stamp },
        weight: sent.weight.as_ref().map(part),
        length: sent.length.as_ref().map(part),
        posture: sent.posture.clone(),
        oedema: sent.oedema,
        clothed: sent.clothed,
        remark: note.filter(|(_, text)| !text.is_empty()),
    }
}

/// What keeps a visit from being taken that has nothing to do with its figures.
fn obstacle(edge: &Edge, child: &Child, brought: &Brought) -> Option<String> {
    let on = brought.on;
    if let Some(left) = child.left {
        let why = leave::said(left);
        return Some(format!(
            "Anak ini sudah keluar dari daftar: {why}. Kembalikan dulu di halaman anaknya, lalu serahkan lagi."
        ));
    }
    let now = edge.clock.now();
    let mend = "Betulkan tanggalnya, lalu serahkan lagi.";
    if on > now.today {
        return Some(format!("Tanggalnya belum tiba: di alat hari ini {}. {mend}", words::date(now.today)));
    }
    if !is_written_then(brought, now.today) {
        return Some(
            "Tanggal dan jam HP ini tidak cocok. Cocokkan dulu, buka kunjungan ini, simpan, lalu serahkan lagi."
                .into(),
        );
    }
    if now.today.checked_sub_days(OLDEST).is_some_and(|oldest| on < oldest) {
        return Some(format!("Tanggalnya sudah terlalu lama: {}. {mend}", words::date(on)));
    }
    let born = child.registered.birth_date.to_naive();
    born.filter(|&born| on < born)
        .map(|born| format!("Tanggalnya lebih awal dari tanggal lahirnya ({}). {mend}", words::date(born)))
}

/// Whether a phone's clock can have shown what it did. A visit may be written down days later, never before it was made;
/// a day more or less is the phone's.
fn is_written_then(brought: &Brought, today: NaiveDate) -> bool {
    let written = brought.written.local_date().and_then(LocalDate::to_naive);
    written.is_some_and(|written| written >= brought.on - A_DAY && written <= today + A_DAY)
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
