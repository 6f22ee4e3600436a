//! Writes a child into the roster: asks little, warns gently, never blocks a person.

use askama::Template;
use axum::extract::{Form, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::{Datelike, NaiveDate};
use protocol::CitizenId;
use protocol::event::Body;
use protocol::registry::{ChildRegistered, Edit, Sex};
use serde::{Deserialize, Serialize};

use super::more::More;
use super::same::{Same, same};
use super::{Begin, Warning, codes, insists, odd_family_card};
use crate::app::Edge;
use crate::roster::fields::{self, Read};
use crate::roster::{Newcomer, nik, routes};
use crate::staff::{Act, Staff};
use crate::visits;
use crate::web::{Trouble, page};

/// What the half-filled page is kept under.
const DRAFT: &str = "child";

/// Everything the page asks, as typed. It is kept field by field until the child is saved.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct ChildForm {
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
    #[serde(flatten)]
    more: More,
    /// Minted with the page: a second tap registers the same child.
    child: String,
    event: String,
    /// The warnings she has seen and saves in spite of.
    seen: String,
}

#[derive(Template)]
#[template(path = "roster/register/child.html")]
struct ChildPage {
    form: ChildForm,
    today: NaiveDate,
    wrong: Vec<&'static str>,
    warnings: Vec<Warning>,
    seen: String,
}

impl ChildPage {
    fn years(&self) -> impl Iterator<Item = i32> {
        (self.today.year() - 5..=self.today.year()).rev()
    }

    fn may_be_known(&self) -> bool {
        self.warnings.iter().any(|warning| warning.same.is_some())
    }

    /// Whether something that may be left empty is filled in, or asked about.
    fn has_more(&self) -> bool {
        let form = &self.form;
        let typed = [&form.nik, &form.birth_kg, &form.weeks, &form.twin];
        typed.into_iter().any(|typed| !typed.is_empty()) || !form.more.is_empty()
    }

    fn is_month(&self, month: u32) -> bool {
        self.form.month == month.to_string()
    }

    fn is_year(&self, year: &i32) -> bool {
        self.form.year == year.to_string()
    }
}

pub(super) async fn ask(
    State(edge): State<Edge>,
    staff: Staff,
    Query(begin): Query<Begin>,
) -> Result<Response, Trouble> {
    staff.may(Act::RegisterPerson)?;
    let mut form: ChildForm = super::draft(&edge, staff.user.id, DRAFT)?;
    if let Some(name) = begin.name() {
        form.name = name;
    }
    form.mint();
    show(&edge, form, Vec::new(), Vec::new())
}

pub(super) async fn take(
    State(edge): State<Edge>,
    staff: Staff,
    Form(mut form): Form<ChildForm>,
) -> Result<Response, Trouble> {
    staff.may(Act::RegisterPerson)?;
    form.mint();
    let now = edge.clock.now();
    let (mut registered, mut edits) = match form.read(now.believable.then_some(now.today), now.today) {
        Ok(read) => read,
        Err(wrong) => {
            super::keep(&edge, staff.user.id, DRAFT, &form).await?;
            let page = show(&edge, form, wrong, Vec::new())?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    let child = form.child.parse().map_err(|_| Trouble::Unreadable)?;
    let of_mother = under_mothers_nik(&edge, &registered);
    if of_mother.is_some() {
        registered.nik = None;
    }
    let mut warnings = warnings(&edge, &staff, child, &registered);
    if let Some((mother, name)) = of_mother {
        edits.push(Edit::MotherId(Some(mother)));
        let say =
            format!("NIK itu milik ibunya, {name}. Anak ini dicatat di bawah NIK ibu, tanpa NIK sendiri.");
        warnings.push(Warning { code: "mother_nik", say, same: None });
    }
    warnings.extend(odd_family_card(&edits));
    if !insists(&warnings, &form.seen) {
        super::keep(&edge, staff.user.id, DRAFT, &form).await?;
        return show(&edge, form, Vec::new(), warnings);
    }
    let event = form.event.parse().map_err(|_| Trouble::Unreadable)?;
    let body = Body::ChildRegistered(registered);
    let child = super::register(&edge, &staff, (child, event), body, edits).await?;
    super::forget(&edge, staff.user.id, DRAFT).await?;
    visits::begin(&edge, &staff, child).await
}

/// The woman whose NIK was given for a newborn that has none yet.
fn under_mothers_nik(edge: &Edge, child: &ChildRegistered) -> Option<(CitizenId, String)> {
    let owner = edge.roster.with_nik(child.nik.as_deref()?)?;
    let is_mother = owner.is_adult && owner.sex == Sex::Female;
    is_mother.then_some((owner.id, owner.name))
}

fn show(
    edge: &Edge,
    form: ChildForm,
    wrong: Vec<&'static str>,
    warnings: Vec<Warning>,
) -> Result<Response, Trouble> {
    let seen = codes(&warnings);
    page(&ChildPage { form, today: edge.clock.now().at_least, wrong, warnings, seen })
}

/// Keeps what is typed so far.
pub(super) async fn keep_draft(
    State(edge): State<Edge>,
    staff: Staff,
    Form(form): Form<ChildForm>,
) -> Result<StatusCode, Trouble> {
    super::keep(&edge, staff.user.id, DRAFT, &form).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl ChildForm {
    fn mint(&mut self) {
        super::mint([&mut self.child, &mut self.event]);
    }

    /// Reads what was typed. What is missing is said all at once.
    fn read(
        &self,
        today: Option<NaiveDate>,
        on: NaiveDate,
    ) -> Result<(ChildRegistered, Vec<Edit>), Vec<&'static str>> {
        let mut wrong = Vec::new();
        let name = heard(&mut wrong, fields::name(&self.name));
        let sex = heard(&mut wrong, fields::sex(&self.sex));
        let born = fields::birth_date(&self.day, &self.month, &self.year, today);
        let birth_date = heard(&mut wrong, born);
        let mother = heard(&mut wrong, fields::mother(&self.mother));
        let birth_mass_g = heard(&mut wrong, fields::birth_mass(&self.birth_kg));
        let gestation_weeks = heard(&mut wrong, fields::weeks(&self.weeks));
        let birth_order = heard(&mut wrong, fields::birth_order(&self.twin));
        let edits = self.more.read(on.into(), &mut wrong);
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
        match all() {
            Some(child) if wrong.is_empty() => Ok((child, edits)),
            _ => Err(wrong),
        }
    }
}

/// Keeps what could be read, and notes what to say where it could not.
pub(super) fn heard<T>(wrong: &mut Vec<&'static str>, read: Read<T>) -> Option<T> {
    read.map_err(|say| wrong.push(say)).ok()
}

fn warnings(edge: &Edge, staff: &Staff, child: CitizenId, new: &ChildRegistered) -> Vec<Warning> {
    let born = new.birth_date.to_naive();
    let newcomer = Newcomer {
        id: Some(child),
        name: &new.name,
        mother: &new.mother,
        born,
        nik: new.nik.as_deref(),
        birth_order: new.birth_order,
    };
    let mut warnings = same(edge, staff, &newcomer).into_iter().map(Same::warning).collect::<Vec<_>>();
    let odd_nik = new.nik.as_deref().zip(born).and_then(|(digits, born)| nik::odd(digits, born, new.sex));
    warnings.extend(odd_nik.map(|say| Warning { code: "nik", say: say.into(), same: None }));
    warnings.extend((!edge.clock.now().believable).then(|| Warning {
        code: "clock",
        say: "Tanggal alat belum dicocokkan, jadi tanggal lahirnya tidak bisa diperiksa.".into(),
        same: None,
    }));
    warnings
}
