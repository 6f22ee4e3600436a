//! *Pindah atau keluar*: a child leaves the list, after a question; its records stay, and it can come back.

use askama::Template;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{Datelike, NaiveDate};
use protocol::event::{Body, Entry};
use protocol::registry::{Leaving, PersonLeft};
use protocol::{CitizenId, EventId, LocalDate};
use serde::Deserialize;
use uuid::Uuid;

use super::fields::Read;
use super::{Listed, Newcomer, about_child, day, of_child, routes};
use crate::app::Edge;
use crate::staff::{Act, Staff};
use crate::store::{Child, NewEvent, Recorded};
use crate::visits::Who;
use crate::web::{Trouble, page, words};

/// More than a handful helps nobody choose.
const AT_MOST: usize = 4;

/// Months from which a child may have left because it turned five.
const FIVE_YEARS_MONTHS: i32 = 60;

#[derive(Template)]
#[template(path = "roster/leave.html")]
struct LeavePage {
    who: Who,
    child: CitizenId,
    event: String,
    form: LeaveForm,
    today: NaiveDate,
    wrong: Option<&'static str>,
    /// Who may be the same person, where it stands here twice.
    others: Vec<Listed>,
    may_graduate: bool,
}

impl LeavePage {
    fn years(&self) -> impl Iterator<Item = i32> {
        let this = self.today.year();
        (this - 5..=this).rev()
    }

    fn is(&self, why: &str) -> bool {
        self.form.why == why
    }

    fn other(&self, listed: &Listed) -> bool {
        self.form.other == listed.id.to_string()
    }

    fn about(&self, listed: &Listed) -> String {
        format!("lahir {}", words::date(listed.birth_date))
    }
}

pub(super) async fn ask(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
) -> Result<Response, Trouble> {
    staff.may(Act::CorrectPerson)?;
    let child = of_child(&edge, &staff, id)?;
    let form = LeaveForm { event: Uuid::now_v7().to_string(), ..LeaveForm::default() };
    show(&edge, &child, form, None)
}

fn show(
    edge: &Edge,
    child: &Child,
    form: LeaveForm,
    wrong: Option<&'static str>,
) -> Result<Response, Trouble> {
    let person = &child.registered;
    let born = person.birth_date.to_naive();
    let today = day(edge);
    let alike = Newcomer {
        id: Some(child.id),
        name: &person.name,
        mother: &person.mother,
        born,
        nik: person.nik.as_deref(),
        birth_order: person.birth_order,
    };
    let others = edge.roster.alike(child.posyandu, &alike, AT_MOST).into_iter().map(|(_, other)| other);
    page(&LeavePage {
        who: Who::now(edge, child),
        child: child.id,
        event: form.event.clone(),
        today,
        wrong,
        others: others.collect(),
        may_graduate: born.is_some_and(|born| growth::completed_months(born, today) >= FIVE_YEARS_MONTHS),
        form,
    })
}

/// What the page sends.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct LeaveForm {
    why: String,
    /// The day it was; today if left empty.
    day: String,
    month: String,
    year: String,
    /// The person who is the same one.
    other: String,
    /// Minted with the page: a second tap is the same leaving.
    event: String,
}

pub(super) async fn take(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
    Form(form): Form<LeaveForm>,
) -> Result<Response, Trouble> {
    staff.may(Act::CorrectPerson)?;
    let child = of_child(&edge, &staff, id)?;
    let id_of_event = form.event.parse().map_err(|_| Trouble::Unreadable)?;
    let now = edge.clock.now();
    let (left, on) = match form.read(id, now.believable.then_some(now.today)) {
        Ok(read) => read,
        Err(wrong) => {
            let page = show(&edge, &child, form, Some(wrong))?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    let leaving = left.leaving;
    let event = |event| {
        let about = about_child(&edge, &staff, id, event, Body::PersonLeft(left.clone()));
        match on {
            // said today of another day
            Some(on) if on != about.observed_on => {
                let report_month = on.month().unwrap_or(about.report_month);
                NewEvent { observed_on: on, report_month, entry: Entry::Late, ..about }
            }
            _ => about,
        }
    };
    let recorded = edge.store.record(vec![event(id_of_event)]).await?;
    // The same page tapped again with another answer says something new.
    let is_repeat = matches!(recorded[..], [Recorded::Known { .. }]);
    if is_repeat && edge.store.child(id)?.and_then(|child| child.left) != stands_as(leaving) {
        edge.store.record(vec![event(EventId(Uuid::now_v7()))]).await?;
    }
    Ok(Redirect::to(&format!("{}/{id}", if child.is_adult { "/people" } else { "/children" }))
        .into_response())
}

impl LeaveForm {
    /// What was said, and the day where one was given.
    fn read(&self, id: CitizenId, today: Option<NaiveDate>) -> Read<(PersonLeft, Option<LocalDate>)> {
        let leaving = match self.why.as_str() {
            "moved" => Leaving::Moved,
            "died" => Leaving::Died,
            "mistake" => Leaving::Mistake,
            "back" => Leaving::Back,
            "graduated" => Leaving::Graduated,
            "double" => Leaving::Double,
            "away" => Leaving::Away,
            _ => return Err("Pilih alasannya."),
        };
        let is_dated = [&self.day, &self.month, &self.year].iter().any(|typed| !typed.trim().is_empty());
        let on = if is_dated { Some(self.day(today)?) } else { None };
        let other: Option<CitizenId> = self.other.parse().ok().filter(|other| *other != id);
        let double_of = other.filter(|_| leaving == Leaving::Double);
        Ok((PersonLeft { leaving, double_of }, on))
    }

    fn day(&self, today: Option<NaiveDate>) -> Read<LocalDate> {
        let figure = |typed: &str| typed.trim().parse::<u32>().ok();
        let date = || {
            let year = i32::try_from(figure(&self.year)?).ok()?;
            NaiveDate::from_ymd_opt(year, figure(&self.month)?, figure(&self.day)?)
        };
        let day = date().filter(|day| day.year() > 1900).ok_or("Lengkapi tanggalnya: hari, bulan, tahun.")?;
        if today.is_some_and(|today| day > today) {
            return Err("Tanggalnya belum tiba. Cocokkan lagi.");
        }
        Ok(day.into())
    }
}

/// What a child's page says once this was recorded.
fn stands_as(leaving: Leaving) -> Option<Leaving> {
    (leaving != Leaving::Back).then_some(leaving)
}

/// Why a child is in no list any more, as said aloud.
pub(crate) const fn said(leaving: Leaving) -> &'static str {
    match leaving {
        Leaving::Moved => "pindah",
        Leaving::Died => "meninggal",
        Leaving::Mistake => "salah catat",
        Leaving::Back => "kembali",
        Leaving::Graduated => "lulus, sudah lima tahun",
        Leaving::Double => "ganda, tercatat dua kali",
        Leaving::Away => "pergi sementara",
    }
}
