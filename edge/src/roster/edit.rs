//! *Perbaiki data anak*: one field at a time, in sight of what stands there now.
//!
//! # Why
//! Another phone or the Puskesmas may correct the same field meanwhile. The form carries which values she saw; if
//! somebody wrote another one without seeing hers, both stay known and a person chooses, instead of the later tap winning.

use askama::Template;
use axum::extract::{Form, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{Datelike, NaiveDate};
use protocol::event::{Body, Bpjs};
use protocol::registry::{Edit, Field, PersonEdited, Sex};
use protocol::time::Hybrid;
use protocol::{CitizenId, EventId};
use serde::Deserialize;
use uuid::Uuid;

use super::person::photo;
use super::register::more::{bpjs, consent};
use super::values::{ADULT_FIELDS, FIELDS, by_word, current, named, shown};
use super::{fields, nik, of_child};
use crate::app::Edge;
use crate::staff::{Act, Staff};
use crate::store::{Child, Recorded};
use crate::visits::Who;
use crate::web::{Trouble, page, words};

/// No child has more values of one field that nobody has settled.
const MOST_BASES: usize = 64;

#[derive(Template)]
#[template(path = "roster/edit.html")]
struct EditPage {
    who: Who,
    child: CitizenId,
    is_adult: bool,
    rows: Vec<Row>,
    saved: bool,
    is_elsewhere: bool,
    has_left: bool,
}

/// A field with what stands there.
struct Row {
    word: &'static str,
    label: &'static str,
    value: String,
    is_disputed: bool,
}

#[derive(Deserialize)]
pub(super) struct Before {
    #[serde(default)]
    saved: Option<String>,
}

pub(super) async fn list(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
    Query(before): Query<Before>,
) -> Result<Response, Trouble> {
    let child = of_child(&edge, &staff, id)?;
    staff.saw(&edge, id, "data diri");
    let row = |field| {
        let (word, label) = named(field);
        let is_disputed = child.fields.get(&field).is_some_and(|standing| standing.is_disputed());
        Row { word, label, value: shown(&current(&child, field)), is_disputed }
    };
    page(&EditPage {
        who: Who::now(&edge, &child),
        child: id,
        rows: if child.is_adult {
            ADULT_FIELDS.into_iter().map(row).collect()
        } else {
            FIELDS.into_iter().map(row).collect()
        },
        is_adult: child.is_adult,
        saved: before.saved.is_some(),
        is_elsewhere: child.is_elsewhere,
        has_left: child.left.is_some(),
    })
}

/// What the page of a field sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct FieldForm {
    value: String,
    day: String,
    month: String,
    year: String,
    /// What is agreed to.
    photo: String,
    reminders: String,
    /// Minted with the page: a second tap is the same correction.
    event: String,
    /// The versions she sees, with commas.
    bases: String,
    /// She was asked about something odd and insists.
    seen: String,
}

#[derive(Template)]
#[template(path = "roster/field.html")]
struct FieldPage {
    who: Who,
    child: CitizenId,
    word: &'static str,
    label: &'static str,
    form: FieldForm,
    is_adult: bool,
    this_year: i32,
    /// What others wrote who did not see each other, where a person has to choose.
    disputed: Vec<String>,
    wrong: Option<&'static str>,
    warning: Option<String>,
}

impl FieldPage {
    fn years(&self) -> impl Iterator<Item = i32> {
        let oldest = if self.is_adult {
            self.this_year - 110
        } else {
            self.form.year.parse().unwrap_or(self.this_year).min(self.this_year - 6)
        };
        (oldest..=self.this_year).rev()
    }

    fn is_month(&self, month: &u32) -> bool {
        self.form.month == month.to_string()
    }

    fn is_year(&self, year: &i32) -> bool {
        self.form.year == year.to_string()
    }
}

pub(super) async fn ask(
    State(edge): State<Edge>,
    staff: Staff,
    Path((id, word)): Path<(CitizenId, String)>,
) -> Result<Response, Trouble> {
    let child = of_child(&edge, &staff, id)?;
    let field = by_word(&word).ok_or(Trouble::Nowhere)?;
    let form = FieldForm {
        event: Uuid::now_v7().to_string(),
        bases: child.seen(field).iter().map(EventId::to_string).collect::<Vec<_>>().join(","),
        ..typed(&current(&child, field))
    };
    show(&edge, &child, field, form, None, None)
}

pub(super) async fn take(
    State(edge): State<Edge>,
    staff: Staff,
    Path((id, word)): Path<(CitizenId, String)>,
    Form(form): Form<FieldForm>,
) -> Result<Response, Trouble> {
    staff.may(Act::CorrectPerson)?;
    let child = of_child(&edge, &staff, id)?;
    let field = by_word(&word).ok_or(Trouble::Nowhere)?;
    let now = edge.clock.now();
    let edit = match form.read(field, now.believable.then_some(now.today), now.today) {
        Ok(edit) => edit,
        Err(wrong) => {
            let page = show(&edge, &child, field, form, Some(wrong), None)?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    if let Some(warning) = odd(&edge, &child, &edit).filter(|_| form.seen.is_empty()) {
        return show(&edge, &child, field, form, None, Some(warning));
    }
    let is_settled = child.fields.get(&field).is_none_or(|standing| standing.heads().len() == 1);
    if edit != current(&child, field) || !is_settled {
        let event = form.event.parse().map_err(|_| Trouble::Unreadable)?;
        let wanted = edit.clone();
        let edited = PersonEdited { edit, bases: form.bases()?, at: Hybrid::default() };
        let body = Body::PersonEdited(edited);
        let recorded = edge.store.correct(super::about_child(&edge, &staff, id, event, body.clone())).await?;
        // The same page saved again with another value says something new.
        if matches!(recorded, Recorded::Known { .. })
            && edge.store.child(id)?.is_some_and(|child| current(&child, field) != wanted)
        {
            let event = EventId(Uuid::now_v7());
            edge.store.correct(super::about_child(&edge, &staff, id, event, body)).await?;
        }
    }
    if field == Field::Consent {
        let child = of_child(&edge, &staff, id)?;
        photo::has(&edge, &child).await?;
    }
    Ok(Redirect::to(&format!("/children/{id}/edit?saved=ya")).into_response())
}

fn show(
    edge: &Edge,
    child: &Child,
    field: Field,
    form: FieldForm,
    wrong: Option<&'static str>,
    warning: Option<String>,
) -> Result<Response, Trouble> {
    let (word, label) = named(field);
    let standing = child.fields.get(&field).filter(|standing| standing.is_disputed());
    let whole = |edit: &Edit| match edit {
        Edit::Nik(Some(digits)) => digits.clone(),
        edit => shown(edit),
    };
    let disputed = standing.map(|standing| standing.heads().iter().map(|head| whole(&head.edit)).collect());
    page(&FieldPage {
        who: Who::now(edge, child),
        child: child.id,
        word,
        label,
        form,
        is_adult: child.is_adult,
        this_year: edge.clock.now().at_least.year(),
        disputed: disputed.unwrap_or_default(),
        wrong,
        warning,
    })
}

impl FieldForm {
    fn read(&self, field: Field, today: Option<NaiveDate>, on: NaiveDate) -> fields::Read<Edit> {
        let value = &self.value;
        Ok(match field {
            Field::Name => Edit::Name(fields::name(value)?),
            Field::Nik => Edit::Nik(nik::digits(value)),
            Field::BirthDate => {
                Edit::BirthDate(fields::birth_date(&self.day, &self.month, &self.year, today)?)
            }
            Field::Sex => Edit::Sex(fields::sex(value)?),
            Field::Mother => Edit::Mother(fields::mother(value)?),
            Field::GestationWeeks => Edit::GestationWeeks(fields::weeks(value)?),
            Field::BirthMass => Edit::BirthMass(fields::birth_mass(value)?),
            Field::BirthOrder => Edit::BirthOrder(fields::birth_order(value)?),
            Field::KiaBook => Edit::KiaBook(value == "ya"),
            Field::FamilyCard => Edit::FamilyCard(nik::digits(value)),
            Field::Address => Edit::Address(fields::text(value)?),
            Field::Phone => Edit::Phone(fields::text(value)?),
            Field::Guardian => Edit::Guardian(fields::text(value)?),
            Field::Card => Edit::Card(fields::text(value)?),
            Field::Home => Edit::Home(fields::text(value)?),
            Field::BirthEstimated => Edit::BirthEstimated(value == "ya"),
            Field::Bpjs => Edit::Bpjs(bpjs(value)?),
            Field::Consent => Edit::Consent(consent(value, &self.photo, &self.reminders, on.into())?),
            Field::MotherId => return Err("Ibunya terhubung lewat kelahiran atau NIK ibu."),
        })
    }

    fn bases(&self) -> Result<Vec<EventId>, Trouble> {
        let bases: Result<Vec<EventId>, _> = self.bases.split(',').map(str::parse).collect();
        bases.ok().filter(|bases| bases.len() <= MOST_BASES).ok_or(Trouble::Unreadable)
    }
}

/// What is worth a second look: a NIK that does not fit, or that somebody else has.
fn odd(edge: &Edge, child: &Child, edit: &Edit) -> Option<String> {
    let mut corrected = child.registered.clone();
    edit.apply(&mut corrected);
    if let Edit::FamilyCard(Some(digits)) = edit {
        return nik::odd_family_card(digits).map(Into::into);
    }
    let Edit::Nik(Some(digits)) = edit else { return None };
    let other = edge.roster.with_nik(digits).filter(|other| other.id != child.id);
    if let Some(other) = other {
        let mother = if other.mother.is_empty() { String::new() } else { format!(", ibu {}", other.mother) };
        return Some(format!("NIK ini sudah dipakai {}{mother}.", other.name));
    }
    nik::odd(digits, corrected.birth_date.to_naive()?, corrected.sex).map(Into::into)
}

/// A value as a form holds it.
fn typed(edit: &Edit) -> FieldForm {
    let value = |value: String| FieldForm { value, ..FieldForm::default() };
    match edit {
        Edit::Name(text) | Edit::Mother(text) => value(text.clone()),
        Edit::Nik(text)
        | Edit::FamilyCard(text)
        | Edit::Address(text)
        | Edit::Phone(text)
        | Edit::Guardian(text)
        | Edit::Card(text)
        | Edit::Home(text) => value(text.clone().unwrap_or_default()),
        Edit::MotherId(_) | Edit::Consent(None) | Edit::Bpjs(None) => FieldForm::default(),
        Edit::Bpjs(Some(status)) => value(
            match status {
                Bpjs::Active => "aktif",
                Bpjs::Inactive => "tidak",
                Bpjs::None => "bukan",
            }
            .into(),
        ),
        Edit::Consent(Some(consent)) => {
            let answer = |yes: bool| String::from(if yes { "ya" } else { "tidak" });
            let (photo, reminders) = (answer(consent.photo), answer(consent.reminders));
            FieldForm { photo, reminders, ..value(consent.by.clone()) }
        }
        Edit::BirthDate(date) => match date.to_naive() {
            Some(born) => FieldForm {
                day: born.day().to_string(),
                month: born.month().to_string(),
                year: born.year().to_string(),
                ..FieldForm::default()
            },
            None => FieldForm::default(),
        },
        Edit::Sex(sex) => value(if *sex == Sex::Male { "l" } else { "p" }.into()),
        Edit::GestationWeeks(figure) | Edit::BirthOrder(figure) => {
            value(figure.map(|figure| figure.to_string()).unwrap_or_default())
        }
        Edit::BirthMass(mass_g) => {
            value(mass_g.map(|mass_g| words::kg_figure(mass_g).to_string()).unwrap_or_default())
        }
        Edit::KiaBook(has) | Edit::BirthEstimated(has) => value(if *has { "ya" } else { "tidak" }.into()),
    }
}
