//! The referral: why, where to, and a slip the mother takes along.
//!
//! # Why
//! The slip is read by strangers on the way: it bears the values and the reasons, and of the NIK its end only.

use askama::Template;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use care::child::To;
use growth::Index;
use protocol::service::Served;
use protocol::{Body, VisitId};
use uuid::Uuid;

use super::answer::Sent;
use super::routes::words as services;
use crate::app::Edge;
use crate::roster::search::tail;
use crate::staff::{Act, Staff};
use crate::store::{Fact, Ticket};
use crate::visits::found::{self, Findings};
use crate::visits::{Case, Who, referral_to, service_ids};
use crate::web::{Trouble, page, words};

/// The word under which the referral's event has its id.
pub(super) const WORD: &str = "referral";

/// Longer than anybody writes by hand in one line.
const LONGEST: usize = 160;

#[derive(Template)]
#[template(path = "care/referral.html")]
struct ReferralPage {
    who: Who,
    visit: VisitId,
    event: Option<Uuid>,
    to: String,
    /// What the rules found, the most urgent first.
    reasons: Vec<&'static str>,
    /// A reason of her own, as typed.
    more: String,
    urgent: bool,
    to_hospital: bool,
    /// The referral that stands.
    done: Option<Sheet>,
    may_record: bool,
    unclear: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "care/slip.html")]
struct SlipPage {
    visit: VisitId,
    posyandu: String,
    day: String,
    name: String,
    mother: String,
    born: String,
    age: String,
    sex: &'static str,
    nik_tail: Option<String>,
    /// What was measured, with its unit.
    values: Vec<(&'static str, String)>,
    by: String,
    sheet: Sheet,
}

impl ReferralPage {
    fn back(&self) -> String {
        format!("/visits/{}/result", self.visit)
    }
}

/// What a referral says.
struct Sheet {
    event: Uuid,
    to: String,
    reasons: Vec<String>,
    urgent: bool,
}

impl Sheet {
    fn of(fact: &Fact) -> Option<Self> {
        match fact.body() {
            Body::Served(Served::Referred { to, reasons, urgent }) => {
                Some(Self { event: fact.id().0, to: to.clone(), reasons: reasons.clone(), urgent: *urgent })
            }
            _ => None,
        }
    }

    /// The last one of a visit.
    fn here(case: &Case) -> Option<Self> {
        case.facts_here().rev().find_map(Self::of)
    }
}

pub(super) async fn show(
    State(edge): State<Edge>,
    staff: Staff,
    Path(visit): Path<VisitId>,
) -> Result<Response, Trouble> {
    let mut case = Case::load(&edge, &staff, visit)?;
    case.offer(&edge, &staff, services()).await?;
    draw(&edge, &staff, &case, None)
}

fn draw(
    edge: &Edge,
    staff: &Staff,
    case: &Case,
    asked: Option<(&Sent, &'static str)>,
) -> Result<Response, Trouble> {
    let found: Vec<_> = Findings::of(edge, case)?.map(|found| found.referral().collect()).unwrap_or_default();
    let typed = |field: &str| asked.and_then(|(sent, _)| sent.get(field).map(str::to_owned));
    let urgent = found.iter().any(|(_, to)| *to >= To::Today);
    page(&ReferralPage {
        who: case.who(),
        visit: case.ticket.visit,
        event: case.ticket.draft.care.events.get(WORD).map(|event| event.0),
        to: typed("to").map_or_else(|| referral_to(edge), Ok)?,
        reasons: found.iter().map(|(reason, _)| found::reason(*reason)).collect(),
        more: typed("more").unwrap_or_default(),
        urgent: asked.map_or(urgent, |(sent, _)| sent.get("urgent").is_some()),
        to_hospital: found.iter().any(|(_, to)| *to == To::Hospital),
        done: Sheet::here(case),
        may_record: staff.can(Act::RecordMeasurement),
        unclear: asked.map(|(_, why)| why),
    })
}

/// Keeps the referral and leads to its slip.
pub(super) async fn save(
    State(edge): State<Edge>,
    staff: Staff,
    Path(visit): Path<VisitId>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    staff.may(Act::RecordMeasurement)?;
    let sent = Sent(fields);
    let mut case = Case::of_today(&edge, &staff, visit)?;
    case.ticket = service_ids(&edge, &case.ticket, services()).await?;
    let id = *case.ticket.draft.care.events.get(WORD).ok_or(Trouble::Damaged)?;
    let is_meant = sent.get("event").is_none_or(|event| event == id.0.to_string());
    let slip = Redirect::to(&format!("/visits/{visit}/referral/slip")).into_response();
    if !is_meant || Sheet::here(&case).is_some() {
        return Ok(slip);
    }
    let line = |field: &str| sent.get(field).unwrap_or_default().trim().to_owned();
    let (to, more) = (line("to"), line("more"));
    let mut reasons: Vec<String> = Findings::of(&edge, &case)?
        .map(|found| found.referral().map(|(reason, _)| found::reason(reason).to_owned()).collect())
        .unwrap_or_default();
    reasons.extend((!more.is_empty()).then_some(more.clone()));
    let unclear = if to.is_empty() {
        Some("Tulis dirujuk ke mana.")
    } else if reasons.is_empty() {
        Some("Tulis alasannya, supaya petugas tahu yang diperiksa.")
    } else if to.chars().count() > LONGEST || more.chars().count() > LONGEST {
        Some("Tulisannya terlalu panjang. Singkatkan menjadi satu baris.")
    } else {
        None
    };
    if let Some(why) = unclear {
        let page = draw(&edge, &staff, &case, Some((&sent, why)))?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let urgent = sent.get("urgent").is_some();
    let event = case.event(&staff, id, Body::Served(Served::Referred { to, reasons, urgent }));
    edge.store.record_on_ticket(event, visit, |_: &mut Ticket| {}).await?;
    Ok(slip)
}

/// The slip, made for half a sheet (A5).
pub(super) async fn slip(
    State(edge): State<Edge>,
    staff: Staff,
    Path(visit): Path<VisitId>,
) -> Result<Response, Trouble> {
    staff.may(Act::PrintCard)?;
    let case = Case::load(&edge, &staff, visit)?;
    let Some(sheet) = Sheet::here(&case) else {
        return Ok(Redirect::to(&format!("/visits/{visit}/referral")).into_response());
    };
    staff.printed(&edge, case.ticket.citizen, "surat rujukan");
    let person = &case.child.registered;
    let on = case.ticket.day.to_naive();
    let born = case.born();
    let findings = Findings::of(&edge, &case)?;
    page(&SlipPage {
        visit,
        posyandu: staff.posyandu.name.clone(),
        day: on.map(|on| words::date(on).to_string()).unwrap_or_default(),
        name: person.name.clone(),
        mother: person.mother.clone(),
        born: born.map(|born| words::date(born).to_string()).unwrap_or_default(),
        age: born.zip(on).map(|(born, on)| words::age(born, on).to_string()).unwrap_or_default(),
        sex: words::sex(person.sex),
        nik_tail: person.nik.as_deref().map(tail),
        values: findings.as_ref().map(values).unwrap_or_default(),
        by: format!("{} {}", words::role(staff.user.role), staff.user.name),
        sheet,
    })
}

fn values(found: &Findings) -> Vec<(&'static str, String)> {
    let measures = &found.now.measures;
    let z = |index: Index| found.assessment.scores.get(index).ok().map(|z| growth::words::z(z).to_string());
    let measured = [
        ("Berat", measures.mass().map(|mass_g| words::kg(mass_g).to_string())),
        ("Panjang/tinggi", measures.length_tenth_mm.map(|length| words::cm(length).to_string())),
        ("LiLA", measures.arm_tenth_mm.map(|arm| found::tape(arm, found.assessment.categories.lila))),
        ("Lingkar kepala", measures.head_tenth_mm.map(|head| words::cm(head).to_string())),
        ("Kedua kaki bengkak", measures.oedema.then(|| "ya".into())),
        ("BB/U (z)", z(Index::Waz)),
        ("PB/U atau TB/U (z)", z(Index::Lhaz)),
        ("BB/PB atau BB/TB (z)", z(Index::Whz)),
        ("Status gizi", found.assessment.status.map(|status| status.label().into())),
        ("N/T", found.line.as_ref().map(|line| line.gain.code().to_string())),
    ];
    measured.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}
