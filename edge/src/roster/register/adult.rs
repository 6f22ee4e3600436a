//! Writes down a pregnant woman, an adult or an elderly person: the name, how old, and little else.

use askama::Template;
use axum::extract::{Form, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{Datelike, NaiveDate};
use protocol::event::Body;
use protocol::registry::{AdultRegistered, Edit, Sex};
use protocol::{CitizenId, LocalDate};
use serde::{Deserialize, Serialize};

use super::child::heard;
use super::more::More;
use super::same::{Same, same};
use super::{Begin, Warning, codes, insists, odd_family_card};
use crate::app::Edge;
use crate::roster::fields::{self, Read};
use crate::roster::{Newcomer, day, nik, routes};
use crate::staff::{Act, Staff};
use crate::web::{Trouble, page};

/// Who is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// A pregnant woman, or one who has just given birth.
    Pregnant,
    /// Anybody else who is no child.
    Adult,
}

impl Kind {
    /// Its word in addresses, under which the half-filled page is kept too.
    const fn word(self) -> &'static str {
        match self {
            Self::Pregnant => "pregnant",
            Self::Adult => "adult",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Pregnant => "Ibu hamil baru",
            Self::Adult => "Dewasa atau lansia baru",
        }
    }
}

/// Everything the page asks, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct AdultForm {
    name: String,
    sex: String,
    day: String,
    month: String,
    year: String,
    /// In years, where nobody knows the birth date.
    age: String,
    nik: String,
    #[serde(flatten)]
    more: More,
    /// Minted with the page: a second tap registers the same person.
    child: String,
    event: String,
    /// The warnings she has seen and saves in spite of.
    seen: String,
}

#[derive(Template)]
#[template(path = "roster/register/adult.html")]
struct AdultPage {
    kind: Kind,
    form: AdultForm,
    wrong: Vec<&'static str>,
    warnings: Vec<Warning>,
    seen: String,
}

impl AdultPage {
    fn is_month(&self, month: u32) -> bool {
        self.form.month == month.to_string()
    }
}

pub(super) async fn ask(
    State(edge): State<Edge>,
    staff: Staff,
    Path(kind): Path<Kind>,
    Query(begin): Query<Begin>,
) -> Result<Response, Trouble> {
    staff.may(Act::RegisterPerson)?;
    let mut form: AdultForm = super::draft(&edge, staff.user.id, kind.word())?;
    if let Some(name) = begin.name() {
        form.name = name;
    }
    form.mint();
    show(kind, form, Vec::new(), Vec::new())
}

pub(super) async fn take(
    State(edge): State<Edge>,
    staff: Staff,
    Path(kind): Path<Kind>,
    Form(mut form): Form<AdultForm>,
) -> Result<Response, Trouble> {
    staff.may(Act::RegisterPerson)?;
    form.mint();
    let now = edge.clock.now();
    let read = form.read(kind, now.believable.then_some(now.today), day(&edge));
    let (registered, edits) = match read {
        Ok(read) => read,
        Err(wrong) => {
            super::keep(&edge, staff.user.id, kind.word(), &form).await?;
            let page = show(kind, form, wrong, Vec::new())?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    let person = form.child.parse().map_err(|_| Trouble::Unreadable)?;
    let mut warnings = warnings(&edge, &staff, person, &registered);
    warnings.extend(odd_family_card(&edits));
    if !insists(&warnings, &form.seen) {
        super::keep(&edge, staff.user.id, kind.word(), &form).await?;
        return show(kind, form, Vec::new(), warnings);
    }
    let event = form.event.parse().map_err(|_| Trouble::Unreadable)?;
    let body = Body::AdultRegistered(registered);
    let person = super::register(&edge, &staff, (person, event), body, edits).await?;
    super::forget(&edge, staff.user.id, kind.word()).await?;
    Ok(Redirect::to(&format!("/people/{person}?new={}", kind.word())).into_response())
}

fn show(
    kind: Kind,
    form: AdultForm,
    wrong: Vec<&'static str>,
    warnings: Vec<Warning>,
) -> Result<Response, Trouble> {
    let seen = codes(&warnings);
    page(&AdultPage { kind, form, wrong, warnings, seen })
}

/// Keeps what is typed so far.
pub(super) async fn keep_draft(
    State(edge): State<Edge>,
    staff: Staff,
    Path(kind): Path<Kind>,
    Form(form): Form<AdultForm>,
) -> Result<StatusCode, Trouble> {
    super::keep(&edge, staff.user.id, kind.word(), &form).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl AdultForm {
    fn mint(&mut self) {
        super::mint([&mut self.child, &mut self.event]);
    }

    fn read(
        &self,
        kind: Kind,
        today: Option<NaiveDate>,
        at_least: NaiveDate,
    ) -> Result<(AdultRegistered, Vec<Edit>), Vec<&'static str>> {
        let mut wrong = Vec::new();
        let name = heard(&mut wrong, fields::adult(&self.name));
        let sex = match kind {
            Kind::Pregnant => Some(Sex::Female),
            Kind::Adult => heard(&mut wrong, fields::sex(&self.sex)),
        };
        let born = heard(&mut wrong, self.born(today, at_least));
        let edits = self.more.read(at_least.into(), &mut wrong);
        let all = || {
            let (birth_date, is_birth_estimated) = born?;
            Some(AdultRegistered {
                name: name?,
                nik: nik::digits(&self.nik),
                birth_date,
                is_birth_estimated,
                sex: sex?,
            })
        };
        match all() {
            Some(adult) if wrong.is_empty() => Ok((adult, edits)),
            _ => Err(wrong),
        }
    }

    /// The birth date, or the middle of the year the age leads to, and then it is an estimate.
    fn born(&self, today: Option<NaiveDate>, at_least: NaiveDate) -> Read<(LocalDate, bool)> {
        let is_dated = [&self.day, &self.month, &self.year].iter().any(|typed| !typed.trim().is_empty());
        if is_dated || self.age.trim().is_empty() {
            return Ok((fields::birth_date(&self.day, &self.month, &self.year, today)?, false));
        }
        let age = self.age.trim().parse::<i32>().ok().filter(|age| (5..=120).contains(age));
        let born = age.and_then(|age| NaiveDate::from_ymd_opt(at_least.year() - age, 7, 1));
        Ok((born.ok_or("Umur ditulis dalam tahun, misalnya 63.")?.into(), true))
    }
}

fn warnings(edge: &Edge, staff: &Staff, person: CitizenId, new: &AdultRegistered) -> Vec<Warning> {
    let born = new.birth_date.to_naive();
    let newcomer =
        Newcomer { id: Some(person), name: &new.name, born, nik: new.nik.as_deref(), ..Newcomer::default() };
    let mut warnings = same(edge, staff, &newcomer).into_iter().map(Same::warning).collect::<Vec<_>>();
    let known = born.filter(|_| !new.is_birth_estimated);
    let odd_nik = new.nik.as_deref().and_then(|digits| match known {
        Some(born) => nik::odd(digits, born, new.sex),
        None => nik::odd_length(digits),
    });
    warnings.extend(odd_nik.map(|say| Warning { code: "nik", say: say.into(), same: None }));
    warnings
}
