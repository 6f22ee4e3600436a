//! A child's vaccines: what is due today first, then every dose by age as in the KIA book.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use protocol::immunization::{Immunization, NotGiven};
use protocol::{Body, CitizenId, EventId, PosyanduId};
use serde::Deserialize;
use uuid::Uuid;

use super::case::Case;
use super::history::said;
use super::record::{REASONS, Typed};
use super::row::Row;
use crate::app::Edge;
use crate::clock::Now;
use crate::staff::{Act, Staff};
use crate::store::StoreError;
use crate::visits::Who;
use crate::web::{Trouble, page, words};

#[derive(Template)]
#[template(path = "immunization/show.html")]
struct ShowPage {
    who: Who,
    child: CitizenId,
    believable: bool,
    /// Why the newest catalogue is not followed.
    refused: Option<String>,
    saved: bool,
    wrong: Option<String>,
    /// She may write down doses.
    is_bidan: bool,
    /// She may say that the child is here.
    may_mark: bool,
    came: bool,
    /// The id the attendance will have.
    attendance: Uuid,
    offers: Vec<Offer>,
    next: Option<String>,
    ages: Vec<(String, Vec<Row>)>,
    others: Vec<Other>,
    reactions: Vec<Other>,
}

/// A dose that may be given today, with what was typed about it.
struct Offer {
    row: Row,
    give: EventId,
    refuse: EventId,
    is_ticked: bool,
    batch: String,
    reason: String,
}

/// Something recorded that the schedule has no line for.
struct Other {
    event: EventId,
    text: String,
}

#[derive(Deserialize)]
pub(super) struct Before {
    #[serde(default)]
    saved: Option<String>,
}

pub(super) async fn show(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
    Query(before): Query<Before>,
) -> Result<Response, Trouble> {
    let case = Case::load(&edge, &staff, id).await?;
    let mut drawn = made(&edge, &staff, &case, None, &Typed::default())?;
    drawn.saved = before.saved.is_some();
    page(&drawn)
}

/// The page again, with what was typed.
pub(super) fn draw(
    edge: &Edge,
    staff: &Staff,
    case: &Case,
    wrong: Option<String>,
    typed: &Typed,
) -> Result<Response, Trouble> {
    page(&made(edge, staff, case, wrong, typed)?)
}

fn made(
    edge: &Edge,
    staff: &Staff,
    case: &Case,
    wrong: Option<String>,
    typed: &Typed,
) -> Result<ShowPage, Trouble> {
    let rows = case.rows();
    let batches = batches(edge, staff.posyandu.id, &case.now)?;
    let offers = case.rows().into_iter().filter(|row| row.is_for_today);
    let offers = offers.map(|row| offer(row, &batches, typed)).collect();
    let coming = rows.iter().filter(|row| row.is_open() && !row.is_for_today);
    let next = coming.min_by_key(|row| row.due_on).map(|row| format!("{}: {}", row.name(), row.say));
    let others = others(case, &rows);
    let reactions = case.history.reactions.iter().map(|reaction| Other {
        event: reaction.event,
        text: format!(
            "{}: {}{}",
            words::date(reaction.on),
            reaction.what,
            if reaction.is_serious { " (berat)" } else { "" }
        ),
    });
    Ok(ShowPage {
        who: case.who(edge),
        child: case.child.id,
        believable: case.now.believable,
        refused: case.plan.refused.clone(),
        saved: false,
        wrong,
        is_bidan: staff.can(Act::RecordDose),
        may_mark: staff.can(Act::MarkAttendance),
        came: case.history.came,
        attendance: Uuid::now_v7(),
        offers,
        next,
        reactions: reactions.collect(),
        ages: by_age(rows),
        others,
    })
}

fn offer(row: Row, batches: &BTreeMap<String, String>, typed: &Typed) -> Offer {
    let name = row.name();
    let id = |field| typed.id(field, &name).unwrap_or_else(|_| EventId(Uuid::now_v7()));
    let batch = match typed.of("batch", &name) {
        "" => batches.get(&row.antigen).cloned().unwrap_or_default(),
        batch => batch.to_owned(),
    };
    Offer {
        give: id("id"),
        refuse: id("no"),
        is_ticked: !typed.of("give", &name).is_empty(),
        batch,
        reason: typed.of("not", &name).to_owned(),
        row,
    }
}

impl Offer {
    fn reasons(&self) -> impl Iterator<Item = (&'static str, &'static str, bool)> {
        REASONS.into_iter().map(|(code, reason): (_, NotGiven)| (code, said(reason), self.reason == code))
    }
}

/// The batch each vaccine was last given from today: a vial serves many children.
fn batches(edge: &Edge, posyandu: PosyanduId, now: &Now) -> Result<BTreeMap<String, String>, StoreError> {
    let running = (!now.believable).then_some(now.stamp.boot);
    let day = edge.store.recorded_on(posyandu, now.today.into(), running)?;
    let given = day.events.into_iter().filter_map(|event| match event.body {
        Body::Immunization(Immunization::Given(dose)) => Some((dose.antigen, dose.batch?)),
        _ => None,
    });
    Ok(given.collect())
}

/// Doses the schedule has no line for: of a vaccine that is not planned here, or a second record of one.
fn others(case: &Case, rows: &[Row]) -> Vec<Other> {
    let is_shown = |event: EventId| rows.iter().any(|row| row.event == Some(event));
    let hidden = case.history.doses.iter().filter(|record| !is_shown(record.fact.id()));
    let text = |record: &super::history::Record| {
        format!("{} {}, {}", record.dose.antigen, record.dose.number, words::date(record.on))
    };
    hidden.map(|record| Other { event: record.fact.id(), text: text(record) }).collect()
}

fn by_age(rows: Vec<Row>) -> Vec<(String, Vec<Row>)> {
    let mut ages: Vec<(String, Vec<Row>)> = Vec::new();
    for row in rows {
        match ages.iter_mut().find(|(age, _)| *age == row.age) {
            Some((_, rows)) => rows.push(row),
            None => ages.push((row.age.clone(), vec![row])),
        }
    }
    ages
}
