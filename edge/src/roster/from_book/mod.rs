//! Starting up: children and their last weights come in from the KIA book one by one, or from a table all at once, so
//! that the first meeting already knows who gained.

mod rows;
mod sheet;
mod upload;

use askama::Template;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Form, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use chrono::{Datelike, Months, NaiveDate};
use protocol::registry::Sex;
use protocol::{CitizenId, VisitId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::register::same::{Same, same};
use super::routes::month as month_name;
use super::{Newcomer, day, fields, nik};
use crate::app::Edge;
use crate::import::{ChildHistory, EntryWord, History, PastVisit, PostureLetter, SexLetter, derived};
use crate::staff::{Act, Staff};
use crate::web::{Pages, Trouble, page, words};

/// Rows of past weights on the page: enough to know N and T at the first meeting.
const ROWS: usize = 3;

/// Months back that a weight of the book may be from.
const MONTHS_BACK: u32 = 12;

/// Nobody under five weighs less or more, in grams.
const CHILD_G: std::ops::RangeInclusive<u32> = 500..=40_000;

/// Nor is shorter or longer, in tenths of a millimetre.
const CHILD_TENTH_MM: std::ops::RangeInclusive<u32> = 2_500..=13_000;

/// Months from which a child is measured standing.
const STANDING_MONTHS: i32 = 24;

/// The pages of this slice.
pub(super) fn routes() -> Router<Pages> {
    Router::new()
        .route("/people/from-book", get(ask).post(take))
        .route(
            "/people/import",
            get(upload::ask).post(upload::look).layer(DefaultBodyLimit::max(upload::LONGEST)),
        )
        .route("/people/import/take", post(upload::take))
        .route("/people/import/tabel.csv", get(upload::example))
}

/// What the page asks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct BookForm {
    name: String,
    sex: String,
    day: String,
    month: String,
    year: String,
    mother: String,
    nik: String,
    month1: String,
    kg1: String,
    cm1: String,
    month2: String,
    kg2: String,
    cm2: String,
    month3: String,
    kg3: String,
    cm3: String,
    /// Minted with the page: a second tap is the same child with the same visits.
    child: String,
    seen: String,
}

#[derive(Template)]
#[template(path = "roster/from_book/book.html")]
struct BookPage {
    form: BookForm,
    today: NaiveDate,
    /// The months a weight may be from, newest first: `2026-10` and *Oktober 2026*.
    months: Vec<(String, String)>,
    wrong: Vec<String>,
    same: Vec<Same>,
    saved: Option<String>,
}

impl BookPage {
    /// The rows of past weights: number, month, kilograms, centimetres.
    fn rows(&self) -> impl Iterator<Item = (usize, &str, &str, &str)> {
        (1..).zip(self.form.rows()).map(|(nth, (month, kg, cm))| (nth, month, kg, cm))
    }

    fn years(&self) -> impl Iterator<Item = i32> {
        let this = self.today.year();
        (this - 5..=this).rev()
    }

    fn is_month(&self, month: u32) -> bool {
        self.form.month == month.to_string()
    }

    fn is_year(&self, year: i32) -> bool {
        self.form.year == year.to_string()
    }
}

#[derive(Deserialize)]
pub(super) struct Before {
    #[serde(default)]
    saved: Option<String>,
}

async fn ask(
    State(edge): State<Edge>,
    staff: Staff,
    Query(before): Query<Before>,
) -> Result<Response, Trouble> {
    staff.may(Act::RegisterPerson)?;
    let today = day(&edge);
    let month = |back: u32| today.checked_sub_months(Months::new(back)).map(key).unwrap_or_default();
    let form = BookForm {
        child: Uuid::now_v7().to_string(),
        month1: month(1),
        month2: month(2),
        month3: month(3),
        ..BookForm::default()
    };
    show(&edge, form, Vec::new(), Vec::new(), before.saved)
}

fn show(
    edge: &Edge,
    form: BookForm,
    wrong: Vec<String>,
    same: Vec<Same>,
    saved: Option<String>,
) -> Result<Response, Trouble> {
    let today = day(edge);
    let named = |back| {
        let day = today.checked_sub_months(Months::new(back))?;
        Some((key(day), format!("{} {}", month_name(day.month()), day.year())))
    };
    let months = (0..=MONTHS_BACK).filter_map(named).collect();
    page(&BookPage { form, today, months, wrong, same, saved })
}

async fn take(
    State(edge): State<Edge>,
    staff: Staff,
    Form(form): Form<BookForm>,
) -> Result<Response, Trouble> {
    staff.may(Act::RegisterPerson)?;
    let now = edge.clock.now();
    let child = match form.read(now.believable.then_some(now.today), day(&edge)) {
        Ok(child) => child,
        Err(wrong) => {
            let page = show(&edge, form, wrong, Vec::new(), None)?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    if edge.store.child(child.id)?.is_none() && form.seen.is_empty() {
        let same = same(&edge, &staff, &newcomer(&child));
        if !same.is_empty() {
            return show(&edge, form, Vec::new(), same, None);
        }
    }
    let saved = format!("{}: {} timbangan", child.name, child.visits.len());
    let history = History { posyandu: Some(staff.posyandu.id), children: vec![child] };
    let stamp = now.stamp;
    history.record_into(&edge.store, staff.posyandu.id, staff.author(), stamp).await?;
    let saved: String = saved.bytes().map(|byte| format!("%{byte:02X}")).collect();
    Ok(Redirect::to(&format!("/people/from-book?saved={saved}")).into_response())
}

/// A child of the book as somebody who may be there already.
fn newcomer(child: &ChildHistory) -> Newcomer<'_> {
    Newcomer {
        id: Some(child.id),
        name: &child.name,
        mother: &child.mother,
        born: Some(child.birth_date),
        nik: child.nik.as_deref(),
        birth_order: child.birth_order,
    }
}

impl BookForm {
    fn rows(&self) -> [(&str, &str, &str); ROWS] {
        [
            (&self.month1, &self.kg1, &self.cm1),
            (&self.month2, &self.kg2, &self.cm2),
            (&self.month3, &self.kg3, &self.cm3),
        ]
    }

    /// The child with its visits; what cannot be read is said all at once.
    fn read(&self, today: Option<NaiveDate>, at_least: NaiveDate) -> Result<ChildHistory, Vec<String>> {
        let mut wrong: Vec<String> = Vec::new();
        let mut heard = |say: &'static str| wrong.push(say.into());
        let name = fields::name(&self.name).map_err(&mut heard).ok();
        let sex = fields::sex(&self.sex).map_err(&mut heard).ok();
        let born = fields::birth_date(&self.day, &self.month, &self.year, today).map_err(&mut heard).ok();
        let mother = fields::mother(&self.mother).map_err(&mut heard).ok();
        let id: Uuid = self.child.parse().unwrap_or_else(|_| Uuid::now_v7());
        let birth_date = born.and_then(|born| born.to_naive());
        let mut visits = Vec::new();
        for (nth, (month, kg, cm)) in (1..).zip(self.rows()) {
            match past(Past { child: id, day: day_in(month, at_least), kg, cm }, birth_date, at_least) {
                Ok(visit) => visits.extend(visit),
                Err(say) => wrong.push(format!("Baris {nth}: {say}")),
            }
        }
        visits.sort_by_key(|visit| visit.observed_on);
        let all = || {
            Some(ChildHistory {
                id: CitizenId(id),
                name: name?,
                nik: nik::digits(&self.nik),
                birth_date: birth_date?,
                sex: letter(sex?),
                mother: mother?,
                gestation_weeks: None,
                birth_mass_g: None,
                birth_order: None,
                kia_book: true,
                family_card: None,
                address: None,
                phone: None,
                visits,
            })
        };
        match all() {
            Some(child) if wrong.is_empty() => Ok(child),
            _ => Err(wrong),
        }
    }
}

const fn letter(sex: Sex) -> SexLetter {
    match sex {
        Sex::Male => SexLetter::L,
        Sex::Female => SexLetter::P,
    }
}

const fn letter_of(sex: SexLetter) -> &'static str {
    match sex {
        SexLetter::L => "laki-laki",
        SexLetter::P => "perempuan",
    }
}

/// A visit as a book or a table has it.
struct Past<'a> {
    child: Uuid,
    day: Option<NaiveDate>,
    kg: &'a str,
    cm: &'a str,
}

/// Reads a past visit; nothing where neither weight nor length is given.
fn past(
    typed: Past<'_>,
    born: Option<NaiveDate>,
    today: NaiveDate,
) -> Result<Option<PastVisit>, &'static str> {
    let (kg, cm) = (typed.kg.trim(), typed.cm.trim());
    if kg.is_empty() && cm.is_empty() {
        return Ok(None);
    }
    let day = typed.day.ok_or("pilih bulannya.")?;
    if day > today {
        return Err("bulannya belum tiba.");
    }
    let Some(born) = born else { return Ok(None) };
    if day < born {
        return Err("ditimbang sebelum lahir? Cocokkan tanggal lahir dan bulannya.");
    }
    let mass_g = read(kg, 1, &CHILD_G).ok_or("berat ditulis dalam kg, misalnya 8,4.")?;
    let length = read(cm, 10, &CHILD_TENTH_MM);
    let length_tenth_mm = length.ok_or("panjang atau tinggi ditulis dalam cm, misalnya 71,5.")?;
    let is_standing = growth::completed_months(born, day) >= STANDING_MONTHS;
    let posture = if is_standing { PostureLetter::H } else { PostureLetter::L };
    Ok(Some(PastVisit {
        id: VisitId(derived(typed.child, &format!("book {day}")).0),
        observed_on: day,
        mass_g,
        length_tenth_mm,
        posture: Some(posture),
        entry: EntryWord::FromBook,
    }))
}

/// A typed figure in thousandths, divided; `Some(None)` for nothing, `None` for what cannot be.
fn read(typed: &str, divisor: u32, range: &std::ops::RangeInclusive<u32>) -> Option<Option<u32>> {
    if typed.is_empty() {
        return Some(None);
    }
    let value = words::typed_milli(typed)? / divisor;
    range.contains(&value).then_some(Some(value))
}

fn key(day: NaiveDate) -> String {
    day.format("%Y-%m").to_string()
}

/// The day of a month that the book does not tell: a posyandu meets on about the same day every month, so it is today's,
/// or that month's last.
fn day_in(month: &str, today: NaiveDate) -> Option<NaiveDate> {
    let (year, month) = month.split_once('-')?;
    let (year, month) = (year.parse().ok()?, month.parse().ok()?);
    let first = NaiveDate::from_ymd_opt(year, month, 1)?;
    NaiveDate::from_ymd_opt(year, month, today.day())
        .or_else(|| first.checked_add_months(Months::new(1))?.pred_opt())
}
