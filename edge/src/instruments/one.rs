//! One instrument: how it is, and what may be done with it.

use askama::Template;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use protocol::{Body, CitizenId, LocalDate};
use serde::Deserialize;

use super::check::standing::{self, Check, Fitness};
use super::new::name::wrong_name;
use super::ports::KnownBy;
use super::profile::Profile;
use super::{Technician, meter, said};
use crate::app::Edge;
use crate::scales::{About, Heard, Quantity};
use crate::staff::Staff;
use crate::web::{Trouble, page, words};

#[derive(Template)]
#[template(path = "instruments/one.html")]
struct OnePage {
    about: About,
    kind: &'static str,
    label: String,
    mark: &'static str,
    class: &'static str,
    state: String,
    dialect: &'static str,
    division: String,
    /// The stable name of its port, or its address; empty for one of the settings file.
    device: String,
    by_socket: bool,
    from_settings: bool,
    heard: Heard,
    may_change: bool,
    wrong: Option<&'static str>,
    fitness: (&'static str, &'static str, String),
    /// Newest first.
    checks: Vec<CheckRow>,
    drift: Option<String>,
    /// What cannot be relied on since the last good check, newest first.
    doubtful: Vec<Doubtful>,
}

/// One check in the table.
struct CheckRow {
    day: String,
    error: String,
    verdict: &'static str,
    is_good: bool,
}

/// Something measured with an instrument that was found out of limits.
struct Doubtful {
    child: CitizenId,
    name: String,
    what: String,
}

/// Checks and doubtful values shown; older ones stay in the journal.
const SHOWN: usize = 12;
const DOUBTFUL_AT_MOST: usize = 100;

pub(super) async fn show(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    draw(&edge, &staff, &id, None)
}

fn draw(edge: &Edge, staff: &Staff, id: &str, wrong: Option<&'static str>) -> Result<Response, Trouble> {
    let about = about(edge, id)?;
    let Some(quantity) = about.quantity() else { return meter::draw(edge, staff, about, wrong) };
    let live = edge.instruments.watch(id).ok_or(Trouble::Nowhere)?.borrow().clone();
    let (mark, class, state) = said::state(&live, &about);
    let profile = edge.workshop.kept.one(id);
    let now = edge.clock.now();
    let checks = edge.workshop.checks_of(&about)?;
    let fitness = edge.workshop.fitness(checks.last(), now.believable.then(|| now.today.into()));
    page(&OnePage {
        doubtful: if fitness == Fitness::Wrong { doubtful(edge, &about, &checks)? } else { Vec::new() },
        fitness: said::fitness(fitness),
        drift: standing::drift(&checks).map(said::drift),
        checks: checks.iter().rev().take(SHOWN).map(CheckRow::of).collect(),
        kind: said::kind(about.kind),
        label: profile.as_ref().map(|profile| profile.label.clone()).unwrap_or_default(),
        mark,
        class,
        state,
        dialect: said::dialect(about.dialect),
        division: said::division(quantity, about.division),
        device: profile.as_ref().map(|profile| profile.device().to_owned()).unwrap_or_default(),
        by_socket: profile
            .as_ref()
            .and_then(Profile::cable)
            .is_some_and(|cable| cable.known_by == KnownBy::Socket),
        from_settings: profile.is_none(),
        heard: edge.instruments.heard(id).unwrap_or_default(),
        may_change: profile.is_some() && Technician::is(staff),
        wrong,
        about,
    })
}

impl CheckRow {
    fn of(check: &Check) -> Self {
        let day = check.day.and_then(LocalDate::to_naive).map(|day| words::date(day).to_string());
        let error = check.error().map(|error| said::difference(check.quantity, error));
        Self {
            day: day.unwrap_or_else(|| "tanggal belum tentu".into()),
            error: error.unwrap_or_default(),
            verdict: said::verdict(check.checked.verdict),
            is_good: check.is_good(),
        }
    }
}

/// What was measured with an instrument since its last good check.
fn doubtful(edge: &Edge, about: &About, checks: &[Check]) -> Result<Vec<Doubtful>, Trouble> {
    let after = checks.iter().rfind(|check| check.is_good()).map_or(0, |check| check.sequence);
    let names = edge.workshop.names(&about.id, &about.name);
    let mut rows = Vec::new();
    for event in edge.store.measured_with(&names, after)?.iter().rev().take(DOUBTFUL_AT_MOST) {
        let Some(citizen) = event.header.citizen else { continue };
        let Some(child) = edge.store.child(citizen)? else { continue };
        let (quantity, value) = match &event.body {
            Body::Weighed(weighed) => (Quantity::Weight, weighed.mass_g.value()),
            Body::LengthTaken(length) => (Quantity::Length, length.length_tenth_mm.value()),
            _ => continue,
        };
        let Some(value) = value else { continue };
        let day = event.header.observed_on.to_naive().map(words::date);
        let day = day.map(|day| day.to_string()).unwrap_or_default();
        let what = format!("{} · {day}", said::value(quantity, value.into()));
        rows.push(Doubtful { child: citizen, name: child.registered.name, what });
    }
    Ok(rows)
}

/// An instrument by its short name.
pub(super) fn about(edge: &Edge, id: &str) -> Result<About, Trouble> {
    let mut all = edge.instruments.all().into_iter();
    all.find(|(about, _)| about.id == id).map(|(about, _)| about).ok_or(Trouble::Nowhere)
}

#[derive(Deserialize)]
pub(super) struct NameForm {
    name: String,
    #[serde(default)]
    label: String,
}

pub(super) async fn rename(
    State(edge): State<Edge>,
    Technician(staff): Technician,
    Path(id): Path<String>,
    Form(form): Form<NameForm>,
) -> Result<Response, Trouble> {
    edge.workshop.kept.one(&id).ok_or(Trouble::Nowhere)?;
    let (name, label) = (form.name.trim().to_owned(), form.label.trim().to_owned());
    if let Some(wrong) = wrong_name(&edge, Some(&id), &name, &label) {
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, draw(&edge, &staff, &id, Some(wrong))?).into_response());
    }
    edge.workshop.rename(&id, name, label).await?;
    Ok(Redirect::to(&format!("/instruments/{id}")).into_response())
}

pub(super) async fn retire(
    State(edge): State<Edge>,
    _: Technician,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    edge.workshop.kept.one(&id).ok_or(Trouble::Nowhere)?;
    edge.workshop.retire(&id).await?;
    Ok(Redirect::to("/instruments").into_response())
}
