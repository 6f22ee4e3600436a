//! Correcting what is written down about a child, and choosing where two people corrected it differently.

use std::collections::{BTreeSet, HashMap};

use askama::Template;
use axum::Router;
use axum::extract::{Form, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use chrono::{NaiveDate, Utc};
use protocol::EventId;
use protocol::event::Bpjs;
use protocol::registry::{Edit, Field, Sex};
use protocol::versions::{Standing, fold};
use serde::Deserialize;
use sqlx::PgPool;
use uuid::Uuid;

use super::edits::{self, FIELDS, shown};
use super::{Citizen, cards, household, record, store};
use crate::app::Hub;
use crate::growth::{self, Correction};
use crate::staff::Staff;
use crate::web::{PageError, Shell, Web, page, words};
use crate::{feed, reports};

pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route("/perbaikan", get(list))
        .route("/anak/{child}/perbaiki", get(show).post(take))
        .route("/anak/{child}/tamu", post(join))
        .route("/posyandu/{posyandu}/kartu", get(cards::show))
}

#[derive(Template)]
#[template(path = "citizens/disputes.html")]
struct DisputesPage {
    shell: Shell,
    disputes: Vec<Dispute>,
}

/// A child of whom two people corrected the same field without seeing each other.
struct Dispute {
    id: Uuid,
    name: String,
    posyandu: String,
    fields: String,
}

#[derive(Template)]
#[template(path = "citizens/correct.html")]
struct CorrectPage {
    shell: Shell,
    child: Citizen,
    fields: Vec<FieldLine>,
    problem: Option<String>,
}

/// One field: what stands, what was corrected, and what to choose from.
struct FieldLine {
    word: &'static str,
    label: &'static str,
    stands: String,
    corrections: Vec<CorrectionLine>,
    is_disputed: bool,
    /// The versions shown here, with commas between.
    seen: String,
}

struct CorrectionLine {
    event: Uuid,
    value: String,
    by: String,
    on: NaiveDate,
    /// Nobody has built upon it yet.
    is_head: bool,
}

async fn list(State(hub): State<Hub>, staff: Staff) -> Result<Response, PageError> {
    let rows = store::disputed(&hub.db, staff.puskesmas).await?;
    let labels = |fields: &str| {
        let labels: Vec<_> = fields.split(',').filter_map(edits::field).map(label).collect();
        labels.join(", ")
    };
    let disputes = rows
        .into_iter()
        .map(|row| Dispute {
            id: row.id,
            name: row.name,
            posyandu: row.posyandu,
            fields: labels(&row.disputed_fields),
        })
        .collect();
    page(&DisputesPage { shell: Shell::of(&staff, "Perbaikan data"), disputes })
}

#[derive(Deserialize)]
struct JoinForm {
    /// The same person, as another posyandu wrote it down.
    other: Uuid,
}

/// Somebody says that a guest and a person at home are one. Only those two that look alike can be joined.
async fn join(
    State(hub): State<Hub>,
    staff: Staff,
    Path(id): Path<Uuid>,
    Form(form): Form<JoinForm>,
) -> Result<Response, PageError> {
    let child = of_puskesmas(&hub.db, &staff, id).await?;
    let alike = household::elsewhere(&hub.db, staff.puskesmas, &child).await?;
    let other = alike.iter().find(|other| other.id == form.other).ok_or(PageError::BadForm)?;
    let (guest, home) = if other.is_guest { (other.id, child.id) } else { (child.id, other.id) };
    let now = Utc::now();
    let mut tx = hub.db.begin().await?;
    growth::keep_everybody_away(&mut tx).await?;
    let before = growth::guests(&mut tx, &[guest, home]).await?;
    household::link(&mut tx, guest, home, staff.user).await?;
    let both = BTreeSet::from([guest, home]);
    let guests = growth::guests(&mut tx, &[guest, home]).await?;
    let months = growth::follow_guests(&mut tx, &both, (&before, &guests), now.date_naive()).await?;
    feed::tell_guests(&mut tx, &before, &guests).await?;
    reports::mark(&mut tx, &months).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("/anak/{id}")).into_response())
}

async fn show(State(hub): State<Hub>, staff: Staff, Path(child): Path<Uuid>) -> Result<Response, PageError> {
    let child = of_puskesmas(&hub.db, &staff, child).await?;
    draw(&hub.db, &staff, child, None).await
}

#[derive(Deserialize)]
struct CorrectForm {
    field: String,
    /// A new value, typed.
    #[serde(default)]
    value: String,
    /// The correction whose value is chosen instead.
    choose: Option<Uuid>,
    /// The versions the page showed, with commas between: what came since is not settled by what was not seen.
    #[serde(default)]
    seen: String,
}

async fn take(
    State(hub): State<Hub>,
    staff: Staff,
    Path(id): Path<Uuid>,
    Form(form): Form<CorrectForm>,
) -> Result<Response, PageError> {
    let child = of_puskesmas(&hub.db, &staff, id).await?;
    let field = edits::field(&form.field).ok_or(PageError::BadForm)?;
    let corrections = growth::corrections(&mut *hub.db.acquire().await?, child.id).await?;
    let chosen = corrections.iter().find(|correction| Some(correction.version.event.0) == form.choose);
    if form.choose.is_some() && chosen.is_none() {
        return Err(PageError::BadForm);
    }
    let edit = match chosen {
        Some(correction) if correction.version.edit.field() == field => correction.version.edit.clone(),
        Some(_) => return Err(PageError::BadForm),
        None => match read(field, form.value.trim()) {
            Some(edit) => edit,
            None => {
                let problem = "Isian itu belum terbaca. Periksa, lalu simpan lagi.".to_owned();
                return draw(&hub.db, &staff, child, Some(problem)).await;
            }
        },
    };
    let bases = shown_bases(&form.seen, &child, &corrections).ok_or(PageError::BadForm)?;
    match record::edit(&hub.db, &staff, &child, edit, bases, Utc::now()).await? {
        Ok(()) => Ok(Redirect::to(&format!("/anak/{id}/perbaiki")).into_response()),
        Err(problem) => draw(&hub.db, &staff, child, Some(problem)).await,
    }
}

/// The versions a form says its page showed; `None` if any of them is not this child's.
fn shown_bases(seen: &str, child: &Citizen, corrections: &[Correction]) -> Option<Vec<EventId>> {
    let is_known = |event: &EventId| {
        event.0 == child.event_id || corrections.iter().any(|correction| correction.version.event == *event)
    };
    let bases: Option<Vec<EventId>> = seen.split(',').map(|id| id.parse().ok().filter(is_known)).collect();
    bases.filter(|bases| !bases.is_empty())
}

async fn of_puskesmas(db: &PgPool, staff: &Staff, child: Uuid) -> Result<Citizen, PageError> {
    store::of_puskesmas(db, staff.puskesmas, child).await?.ok_or(PageError::NotFound)
}

async fn draw(
    db: &PgPool,
    staff: &Staff,
    child: Citizen,
    problem: Option<String>,
) -> Result<Response, PageError> {
    let corrections = growth::corrections(&mut *db.acquire().await?, child.id).await?;
    let authors: Vec<Uuid> = corrections.iter().map(|correction| correction.author).collect();
    let names = store::names(db, &authors).await?;
    let standings = fold(corrections.iter().map(|correction| correction.version.clone()));
    let line = |field| line(&child, field, standings.get(&field), &corrections, &names);
    let fields = FIELDS.into_iter().map(line).collect();
    let shell = Shell::of(staff, format!("Perbaiki data {}", child.name));
    page(&CorrectPage { shell, child, fields, problem })
}

fn line(
    child: &Citizen,
    field: Field,
    standing: Option<&Standing>,
    corrections: &[Correction],
    names: &HashMap<Uuid, String>,
) -> FieldLine {
    // The versions this page shows: all that nobody has built upon, or the registration.
    let seen: Vec<EventId> = match standing {
        Some(standing) => standing.heads().iter().map(|head| head.event).collect(),
        None => vec![EventId(child.event_id)],
    };
    let of_field = corrections.iter().filter(|correction| correction.version.edit.field() == field);
    FieldLine {
        word: edits::word(field),
        label: label(field),
        stands: child.shown(field),
        corrections: of_field
            .map(|correction| CorrectionLine {
                event: correction.version.event.0,
                value: shown(&correction.version.edit),
                by: names.get(&correction.author).cloned().unwrap_or_else(|| "kader".into()),
                on: correction.on,
                is_head: seen.contains(&correction.version.event),
            })
            .collect(),
        is_disputed: standing.is_some_and(Standing::is_disputed),
        seen: seen.iter().map(ToString::to_string).collect::<Vec<_>>().join(","),
    }
}

const fn label(field: Field) -> &'static str {
    match field {
        Field::Name => "Nama",
        Field::Nik => "NIK",
        Field::BirthDate => "Tanggal lahir",
        Field::Sex => "Jenis kelamin",
        Field::Mother => "Nama ibu atau wali",
        Field::GestationWeeks => "Umur kehamilan saat lahir (minggu)",
        Field::BirthMass => "Berat lahir (gram)",
        Field::BirthOrder => "Anak kembar ke-",
        Field::KiaBook => "Buku KIA",
        Field::FamilyCard => "Nomor KK",
        Field::Address => "Alamat",
        Field::Phone => "Nomor HP",
        Field::Guardian => "Pengasuh, kalau bukan ibunya",
        Field::MotherId => "Ibunya di daftar",
        Field::Card => "Nomor kartu",
        Field::Consent => "Persetujuan",
        Field::Home => "Posyandu asal",
        Field::Bpjs => "BPJS",
        Field::BirthEstimated => "Tanggal lahir perkiraan",
    }
}

/// Reads what was typed for a field; an empty text means none where there may be none.
fn read(field: Field, text: &str) -> Option<Edit> {
    fn number<T: std::str::FromStr>(text: &str) -> Option<Option<T>> {
        if text.is_empty() || text == "-" { Some(None) } else { text.parse().ok().map(Some) }
    }
    let some = |text: &str| (!text.is_empty() && text != "-").then(|| text.to_owned());
    Some(match field {
        Field::Name => Edit::Name(text.to_owned()),
        Field::Mother => Edit::Mother(text.to_owned()),
        Field::Nik => Edit::Nik(some(text).map(|text| text.replace(' ', ""))),
        Field::FamilyCard => Edit::FamilyCard(some(text).map(|text| text.replace(' ', ""))),
        Field::Address => Edit::Address(some(text)),
        Field::Phone => Edit::Phone(some(text)),
        Field::Guardian => Edit::Guardian(some(text)),
        Field::Card => Edit::Card(some(text)),
        Field::Home => Edit::Home(some(text)),
        Field::Bpjs => Edit::Bpjs(match text.to_lowercase().as_str() {
            "" | "-" => None,
            "aktif" => Some(Bpjs::Active),
            "tidak aktif" => Some(Bpjs::Inactive),
            "bukan peserta" => Some(Bpjs::None),
            _ => return None,
        }),
        Field::BirthEstimated => match text.to_lowercase().as_str() {
            "perkiraan" | "ya" => Edit::BirthEstimated(true),
            "pasti" | "tidak" => Edit::BirthEstimated(false),
            _ => return None,
        },
        // who agreed and who is whose mother is asked at the posyandu
        Field::MotherId | Field::Consent => return None,
        Field::BirthDate => {
            let date = ["%d-%m-%Y", "%d/%m/%Y", "%Y-%m-%d"];
            Edit::BirthDate(date.iter().find_map(|form| NaiveDate::parse_from_str(text, form).ok())?.into())
        }
        Field::Sex => match text.to_lowercase().as_str() {
            "l" | "laki-laki" => Edit::Sex(Sex::Male),
            "p" | "perempuan" => Edit::Sex(Sex::Female),
            _ => return None,
        },
        Field::GestationWeeks => Edit::GestationWeeks(number(text)?),
        Field::BirthMass => Edit::BirthMass(number(text)?),
        Field::BirthOrder => Edit::BirthOrder(number(text)?),
        Field::KiaBook => match text.to_lowercase().as_str() {
            "punya" | "ya" => Edit::KiaBook(true),
            "belum punya" | "belum" | "tidak" => Edit::KiaBook(false),
            _ => return None,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type_is_read_and_nonsense_is_not() {
        assert_eq!(read(Field::BirthMass, "3100"), Some(Edit::BirthMass(Some(3_100))));
        assert_eq!(read(Field::BirthMass, ""), Some(Edit::BirthMass(None)));
        assert_eq!(read(Field::BirthMass, "tiga kilo"), None);
        assert_eq!(read(Field::BirthDate, "31-02-2025"), None);
        assert!(matches!(read(Field::BirthDate, "22-11-2025"), Some(Edit::BirthDate(_))));
        assert_eq!(read(Field::Sex, "L"), Some(Edit::Sex(Sex::Male)));
        assert_eq!(read(Field::KiaBook, "belum"), Some(Edit::KiaBook(false)));
    }
}
