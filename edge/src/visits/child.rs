//! A child's page: who, how it grows, and everything measured so far.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use growth::kms::{self, Rules};
use growth::{Visit, words::kg_figure};
use protocol::event::Entry;
use protocol::growth::Taken;
use protocol::service::Noted;
use protocol::{Body, CitizenId};
use uuid::Uuid;

use super::case::Who;
use super::growing;
use super::result::{Drawn, draw};
use super::routes::next_step;
use crate::app::Edge;
use crate::roster::tasks::Due;
use crate::roster::{self, leave, values};
use crate::staff::Staff;
use crate::store::{Child, Fact, VisitRecord};
use crate::web::{Trouble, page, words};

#[derive(Template)]
#[template(path = "visits/child.html")]
struct ChildPage {
    who: Who,
    child: CitizenId,
    born: String,
    drawn: Option<Drawn>,
    rows: Vec<Row>,
    has_photo: bool,
    no_book: bool,
    /// Where today's visit stands, if the child has come.
    today: Option<String>,
    premature: Option<u8>,
    /// What the Puskesmas asks to be done.
    due: Vec<Due>,
    /// Fields where a person has to choose between two corrections.
    disputed: Vec<&'static str>,
    left: Option<Left>,
    /// Exclusive breastfeeding as it was answered, month by month.
    milk: Vec<(String, bool)>,
}

/// A child that is in no list any more.
struct Left {
    why: &'static str,
    /// The id its coming back will have; `None` if another posyandu keeps it now.
    back: Option<Uuid>,
}

impl Left {
    fn of(child: &Child) -> Option<Self> {
        let back = (!child.is_elsewhere).then(Uuid::now_v7);
        Some(Self { why: leave::said(child.left?), back })
    }
}

/// One visit in the table, newest first.
struct Row {
    day: String,
    weight: String,
    length: String,
    gain: String,
    by_hand: bool,
    /// Where it was, if not here.
    away: Option<String>,
}

pub(super) async fn show(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
) -> Result<Response, Trouble> {
    let child = roster::of_child(&edge, &staff, id)?;
    if child.is_adult {
        return Ok(Redirect::to(&format!("/people/{id}")).into_response());
    }
    staff.saw(&edge, id, "halaman anak");
    let records = edge.store.visits_of(id)?;
    let now = edge.clock.now();
    let facts = edge.store.facts_of(id)?;
    let visits = growing::visits(&records, &facts);
    let grower = growing::grower(&child.registered);
    let away = |record: &VisitRecord| {
        let at = record.posyandu.filter(|at| *at != child.posyandu)?;
        Some(roster::place(&edge, at, record.as_guest.as_deref()))
    };
    let rows = rows(grower.as_ref(), &visits, &records, away);
    let tickets = edge.store.tickets_on(staff.posyandu.id, now.today.into())?;
    let on = now.believable.then_some(now.today);
    let disputed = child.fields.iter().filter(|(_, standing)| standing.is_disputed());
    let today = tickets.iter().rev().find(|ticket| ticket.citizen == id).map(next_step);
    page(&ChildPage {
        who: Who::of(&child, on),
        child: id,
        born: child
            .registered
            .birth_date
            .to_naive()
            .map(|born| words::date(born).to_string())
            .unwrap_or_default(),
        drawn: grower.filter(|_| now.believable).map(|grower| draw(&grower, &visits, now.today)),
        rows,
        today,
        has_photo: roster::has_photo(&edge, &child).await?,
        no_book: !child.registered.kia_book,
        premature: child.registered.gestation_weeks.filter(|&weeks| weeks < 37),
        due: edge.store.tasks_of(id)?.iter().map(|task| Due::of(task, on)).collect(),
        disputed: disputed.map(|(&field, _)| values::word(field)).collect(),
        left: Left::of(&child),
        milk: milk(&facts),
    })
}

/// What was answered to *ASI saja?*, the last answer of each month, oldest first.
fn milk(facts: &[Fact]) -> Vec<(String, bool)> {
    let mut months: BTreeMap<i32, bool> = BTreeMap::new();
    for fact in facts {
        if let Body::Noted(Noted::ExclusiveBreastfeeding(only)) = fact.body() {
            months.insert(fact.month.0, *only);
        }
    }
    months
        .into_iter()
        .map(|(month, only)| (words::month_name(growth::Month(month)).to_string(), only))
        .collect()
}

fn rows(
    child: Option<&growth::Child>,
    visits: &[Visit],
    records: &[VisitRecord],
    away: impl Fn(&VisitRecord) -> Option<String>,
) -> Vec<Row> {
    let weighings = visits.iter().filter_map(Visit::weighing);
    let lines: Vec<kms::Line> =
        child.map(|child| kms::months(child, weighings, Rules::default()).collect()).unwrap_or_default();
    let row = |record| Some(Row { away: away(record), ..row(record, &lines)? });
    records.iter().rev().filter_map(row).collect()
}

fn row(record: &VisitRecord, lines: &[kms::Line]) -> Option<Row> {
    let on = record.observed_on.to_naive()?;
    let weighed = record.weighed.as_ref();
    let length = record.length.as_ref();
    let line =
        lines.iter().find(|line| line.weighing.on == on && line.weighing.month.0 == record.report_month.0);
    let figure = |taken: Option<Taken<u32>>, show: fn(u32) -> String| match taken {
        Some(Taken::Value(value)) => show(value),
        Some(Taken::Not(why)) => words::not_taken(why).into(),
        None => "–".into(),
    };
    let entries = weighed.map(|seen| seen.entry).into_iter().chain(length.map(|seen| seen.entry));
    Some(Row {
        day: words::date(on).to_string(),
        weight: figure(weighed.map(|seen| seen.value.mass_g), |mass_g| kg_figure(mass_g).to_string()),
        length: figure(length.map(|seen| seen.value.length_tenth_mm), |tenth| {
            words::cm_figure(tenth).to_string()
        }),
        gain: line.map(|line| line.gain.code().to_string()).unwrap_or_default(),
        by_hand: entries.into_iter().any(|entry| entry != Entry::Instrument),
        away: None,
    })
}
