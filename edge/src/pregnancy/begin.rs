//! A pregnancy is written down: how old it is, the ones before, what is known to be a risk.

use askama::Template;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use care::pregnancy::Known;
use chrono::{Days, NaiveDate};
use protocol::pregnancy::PregnancyBegan;
use protocol::{Body, CitizenId, LocalDate, PregnancyId};
use uuid::Uuid;

use super::course::Course;
use super::words;
use crate::app::Edge;
use crate::measuring::{self, Sheet, Top, Typed, Visitor, Wrong};
use crate::staff::{Act, Staff};
use crate::web::{Trouble, page};

/// No pregnancy that is still one began longer ago, in days.
const LONGEST: u64 = 45 * 7;

/// More pregnancies than anybody has had.
const MOST: u8 = 20;

#[derive(Template)]
#[template(path = "pregnancy/begin.html")]
struct BeginPage {
    top: Top,
    id: CitizenId,
    sheet: Uuid,
    typed: Typed,
    wrong: Vec<Wrong>,
    risks: Vec<(&'static str, &'static str)>,
    today: String,
}

impl BeginPage {
    fn wrong(&self, field: &str) -> Option<&'static str> {
        self.wrong.iter().find(|(name, _)| *name == field).map(|(_, say)| *say)
    }

    fn is_dose(&self, dose: u8) -> bool {
        self.typed.get("tetanus").parse() == Ok(dose)
    }
}

pub(super) async fn ask(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
) -> Result<Response, Trouble> {
    staff.may(Act::RegisterPerson)?;
    let visitor = Visitor::load(&edge, &staff, id)?;
    if let Some(elsewhere) = elsewhere(&visitor) {
        return elsewhere;
    }
    show(&visitor, Typed::kept(&edge, "begin", id)?, Vec::new())
}

pub(super) async fn take(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
    Form(mut typed): Form<Typed>,
) -> Result<Response, Trouble> {
    staff.may(Act::RegisterPerson)?;
    let visitor = Visitor::load(&edge, &staff, id)?;
    if let Some(elsewhere) = elsewhere(&visitor) {
        return elsewhere;
    }
    let number = typed.sheet();
    match read(&typed, &visitor, number) {
        Ok(began) => {
            let mut sheet = Sheet::outside(&visitor, &staff, number);
            sheet.put(0, Body::PregnancyBegan(began), None);
            measuring::keep(&edge, sheet).await?;
            Typed::forget(&edge, "begin", id).await?;
            Ok(Redirect::to(&format!("/people/{id}/pregnancy")).into_response())
        }
        Err(wrong) => {
            typed.keep(&edge, "begin", id).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, show(&visitor, typed, wrong)?).into_response())
        }
    }
}

/// She is in one already (a second tap, another phone), or cannot be.
fn elsewhere(visitor: &Visitor) -> Option<Result<Response, Trouble>> {
    if visitor.is_male() {
        return Some(Err(Trouble::Nowhere));
    }
    let is_known = Course::current(visitor.facts()).is_some();
    let page = format!("/people/{}/pregnancy", visitor.person.id);
    is_known.then(|| Ok(Redirect::to(&page).into_response()))
}

fn show(visitor: &Visitor, mut typed: Typed, wrong: Vec<Wrong>) -> Result<Response, Trouble> {
    let id = visitor.person.id;
    page(&BeginPage {
        top: visitor.top(format!("/people/{id}/pregnancy")),
        id,
        sheet: typed.sheet(),
        typed,
        wrong,
        risks: Known::ALL
            .iter()
            .filter(|risk| is_asked(**risk))
            .map(|&risk| (risk.code(), words::known(risk)))
            .collect(),
        today: visitor.today().map(|today| today.to_string()).unwrap_or_default(),
    })
}

/// What follows from figures is not asked for.
const fn is_asked(risk: Known) -> bool {
    !matches!(risk, Known::TooYoung | Known::TooOld | Known::Short | Known::ManyBirths)
}

fn read(typed: &Typed, visitor: &Visitor, number: Uuid) -> Result<PregnancyBegan, Vec<Wrong>> {
    let mut wrong = Vec::new();
    let last_period = day(typed, "hpht", "Tulis tanggalnya lengkap, atau kosongkan.", &mut wrong);
    let due = day(typed, "due", "Tulis tanggalnya lengkap, atau kosongkan.", &mut wrong);
    if let Some(today) = visitor.today() {
        let first = today.checked_sub_days(Days::new(LONGEST)).unwrap_or(today);
        if last_period.is_some_and(|day| day > today || day < first) {
            wrong.push(("hpht", "HPHT tidak boleh setelah hari ini atau lebih dari 45 minggu yang lalu."));
        }
        let last = today.checked_add_days(Days::new(280)).unwrap_or(today);
        let earliest = today.checked_sub_days(Days::new(35)).unwrap_or(today);
        if due.is_some_and(|day| day < earliest || day > last) {
            wrong.push(("due", "Perkiraan lahir paling lama 40 minggu dari sekarang."));
        }
    }
    let count = |name: &'static str, least: u8, say, wrong: &mut Vec<Wrong>| {
        let count = typed.get(name).parse().ok().filter(|count| (least..=MOST).contains(count));
        count.unwrap_or_else(|| {
            wrong.push((name, say));
            least
        })
    };
    let gravida = count("gravida", 1, "Tulis hamil yang ke berapa, misalnya 2.", &mut wrong);
    let para = count("para", 0, "Tulis berapa kali melahirkan, misalnya 1. Belum pernah: 0.", &mut wrong);
    let abortus = count("abortus", 0, "Tulis berapa kali keguguran. Belum pernah: 0.", &mut wrong);
    if wrong.is_empty() && u16::from(para) + u16::from(abortus) >= u16::from(gravida) {
        wrong.push(("gravida", "Hamil yang ke berapa harus lebih dari jumlah lahir dan keguguran."));
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let asked = Known::ALL.iter().filter(|risk| is_asked(**risk));
    Ok(PregnancyBegan {
        pregnancy: PregnancyId(number),
        last_period: last_period.map(LocalDate::from),
        due: due.map(LocalDate::from),
        gravida,
        para,
        abortus,
        tetanus: typed.get("tetanus").parse().ok().filter(|doses| *doses <= 5),
        risks: asked.filter(|risk| typed.has(risk.code())).map(|risk| risk.code().into()).collect(),
    })
}

/// A day as the field of a phone sends it; empty is none.
pub(super) fn day(
    typed: &Typed,
    name: &'static str,
    say: &'static str,
    wrong: &mut Vec<Wrong>,
) -> Option<NaiveDate> {
    let text = typed.get(name);
    let read = text.parse().or_else(|_| NaiveDate::parse_from_str(text, "%d-%m-%Y"));
    match (text.is_empty(), read) {
        (true, _) => None,
        (false, Ok(day)) => Some(day),
        (false, Err(_)) => {
            wrong.push((name, say));
            None
        }
    }
}
