//! Writes a child into the roster: asks little, warns gently, never blocks a person.

use askama::Template;
use axum::extract::{Form, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::{Datelike, NaiveDate};
use protocol::event::Body;
use protocol::registry::ChildRegistered;
use protocol::{CitizenId, EventId, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::fields::{self, Read};
use super::{Listed, nik};
use crate::app::Edge;
use crate::staff::{Act, Staff};
use crate::store::{Small, StoreError};
use crate::visits;
use crate::web::{Trouble, page, words};

/// Everything the page asks, as typed. It is kept field by field until the child is saved.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct EnrolForm {
    name: String,
    sex: String,
    day: String,
    month: String,
    year: String,
    mother: String,
    nik: String,
    kia: String,
    birth_kg: String,
    weeks: String,
    twin: String,
    /// Minted with the page: a second tap registers the same child.
    child: String,
    event: String,
    /// The warnings she has seen and saves in spite of.
    seen: String,
}

#[derive(Template)]
#[template(path = "roster/enrol.html")]
struct EnrolPage {
    form: EnrolForm,
    today: NaiveDate,
    wrong: Vec<&'static str>,
    warnings: Vec<Warning>,
    seen: String,
}

impl EnrolPage {
    fn years(&self) -> impl Iterator<Item = i32> {
        (self.today.year() - 5..=self.today.year()).rev()
    }

    fn may_be_known(&self) -> bool {
        self.warnings.iter().any(|warning| warning.same.is_some())
    }

    fn is_month(&self, month: u32) -> bool {
        self.form.month == month.to_string()
    }

    fn is_year(&self, year: &i32) -> bool {
        self.form.year == year.to_string()
    }
}

/// Something worth a second look that may still be right.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Warning {
    code: &'static str,
    say: String,
    /// The child it may already be.
    same: Option<CitizenId>,
}

#[derive(Deserialize)]
pub(super) struct Begin {
    #[serde(default)]
    name: String,
}

pub(super) async fn ask(
    State(edge): State<Edge>,
    staff: Staff,
    Query(begin): Query<Begin>,
) -> Result<Response, Trouble> {
    let mut form = draft(&edge, staff.user.id)?;
    if !begin.name.is_empty() && begin.name.bytes().any(|byte| byte.is_ascii_alphabetic()) {
        form.name = begin.name;
    }
    mint(&mut form);
    show(&edge, form, Vec::new(), Vec::new())
}

pub(super) async fn take(
    State(edge): State<Edge>,
    staff: Staff,
    Form(mut form): Form<EnrolForm>,
) -> Result<Response, Trouble> {
    staff.may(Act::RegisterPerson)?;
    mint(&mut form);
    let today = edge.clock.now().today;
    let registered = match form.read(edge.clock.now().believable.then_some(today)) {
        Ok(registered) => registered,
        Err(wrong) => {
            keep(&edge, staff.user.id, &form).await?;
            return Ok(
                (StatusCode::UNPROCESSABLE_ENTITY, show(&edge, form, wrong, Vec::new())?).into_response()
            );
        }
    };
    let child = form.child.parse().map_err(|_| Trouble::Unreadable)?;
    let warnings = warnings(&edge, &staff, child, &registered);
    if !warnings.iter().all(|warning| form.seen.split(',').any(|seen| seen == warning.code)) {
        keep(&edge, staff.user.id, &form).await?;
        return show(&edge, form, Vec::new(), warnings);
    }
    let event = form.event.parse().map_err(|_| Trouble::Unreadable)?;
    let child = register(&edge, &staff, child, event, registered).await?;
    edge.store.remove_small(Small::Sessions, key(staff.user.id)).await?;
    visits::begin(&edge, &staff, child).await
}

fn show(
    edge: &Edge,
    form: EnrolForm,
    wrong: Vec<&'static str>,
    warnings: Vec<Warning>,
) -> Result<Response, Trouble> {
    let seen = warnings.iter().map(|warning| warning.code).collect::<Vec<_>>().join(",");
    page(&EnrolPage { form, today: edge.clock.now().at_least, wrong, warnings, seen })
}

/// Keeps what is typed so far under the kader's name: a killed browser or another phone finds it again.
pub(super) async fn keep_draft(
    State(edge): State<Edge>,
    staff: Staff,
    Form(form): Form<EnrolForm>,
) -> Result<StatusCode, Trouble> {
    keep(&edge, staff.user.id, &form).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn mint(form: &mut EnrolForm) {
    for id in [&mut form.child, &mut form.event] {
        if Uuid::parse_str(id).is_err() {
            *id = Uuid::now_v7().to_string();
        }
    }
}

async fn register(
    edge: &Edge,
    staff: &Staff,
    child: CitizenId,
    id: EventId,
    registered: ChildRegistered,
) -> Result<CitizenId, StoreError> {
    // Two phones may hold the same half-filled page: whoever comes second writes down a child of its own.
    let known = edge.store.child(child)?;
    let (child, id) = match &known {
        Some(known) if known.written == (&registered).into() => return Ok(child),
        Some(_) => (CitizenId(Uuid::now_v7()), EventId(Uuid::now_v7())),
        None => (child, id),
    };
    let event = super::about_child(edge, staff, child, id, Body::ChildRegistered(registered));
    edge.store.record(vec![event]).await?;
    Ok(child)
}

impl EnrolForm {
    /// Reads what was typed. What is missing is said all at once.
    fn read(&self, today: Option<NaiveDate>) -> Result<ChildRegistered, Vec<&'static str>> {
        let mut wrong = Vec::new();
        let name = heard(&mut wrong, fields::name(&self.name));
        let sex = heard(&mut wrong, fields::sex(&self.sex));
        let born = fields::birth_date(&self.day, &self.month, &self.year, today);
        let birth_date = heard(&mut wrong, born);
        let mother = heard(&mut wrong, fields::mother(&self.mother));
        let birth_mass_g = heard(&mut wrong, fields::birth_mass(&self.birth_kg));
        let gestation_weeks = heard(&mut wrong, fields::weeks(&self.weeks));
        let birth_order = heard(&mut wrong, fields::birth_order(&self.twin));
        let all = || {
            Some(ChildRegistered {
                name: name?,
                nik: nik::digits(&self.nik),
                birth_date: birth_date?,
                sex: sex?,
                mother: mother?,
                gestation_weeks: gestation_weeks?,
                birth_mass_g: birth_mass_g?,
                birth_order: birth_order?,
                kia_book: self.kia == "ya",
            })
        };
        all().ok_or(wrong)
    }
}

fn heard<T>(wrong: &mut Vec<&'static str>, read: Read<T>) -> Option<T> {
    read.map_err(|say| wrong.push(say)).ok()
}

fn warnings(edge: &Edge, staff: &Staff, child: CitizenId, new: &ChildRegistered) -> Vec<Warning> {
    let born = new.birth_date.to_naive();
    let others = edge.roster.all(staff.posyandu.id);
    let twin_named = |other: &&Listed| {
        other.id != child
            && Some(other.birth_date) == born
            && other.name.to_lowercase() == new.name.to_lowercase()
    };
    let same = |code, other: &Listed| Warning {
        code,
        say: format!(
            "Mungkin sudah terdaftar: {}, ibu {}, lahir {}.",
            other.name,
            other.mother,
            words::date(other.birth_date)
        ),
        same: Some(other.id),
    };
    let by_name = others.iter().find(twin_named).map(|other| same("same_name", other));
    let by_nik =
        new.nik.as_deref().and_then(|nik| edge.roster.with_nik(nik)).filter(|other| other.id != child);
    let by_nik = by_nik.filter(|other| by_name.as_ref().is_none_or(|found| found.same != Some(other.id)));
    let odd_nik = new.nik.as_deref().zip(born).and_then(|(digits, born)| nik::odd(digits, born, new.sex));
    let odd_nik = odd_nik.map(|say| Warning { code: "nik", say: say.into(), same: None });
    let undated = (!edge.clock.now().believable).then(|| Warning {
        code: "clock",
        say: "Tanggal alat belum dicocokkan, jadi tanggal lahirnya tidak bisa diperiksa.".into(),
        same: None,
    });
    let by_nik = by_nik.map(|other| same("same_nik", &other));
    by_name.into_iter().chain(by_nik).chain(odd_nik).chain(undated).collect()
}

fn draft(edge: &Edge, user: UserId) -> Result<EnrolForm, StoreError> {
    let row = edge.store.small(Small::Sessions, &key(user))?;
    Ok(row.and_then(|row| postcard::from_bytes(&row).ok()).unwrap_or_default())
}

async fn keep(edge: &Edge, user: UserId, form: &EnrolForm) -> Result<(), StoreError> {
    let row = postcard::to_allocvec(form).expect("a form is plain text");
    edge.store.put_small(Small::Sessions, key(user), row).await
}

fn key(user: UserId) -> Vec<u8> {
    [b"enrol/".as_slice(), user.bytes()].concat()
}
