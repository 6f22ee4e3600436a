//! Every pregnancy of the posyandu, those past their term on top.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use chrono::NaiveDate;
use protocol::{CitizenId, PosyanduId};

use super::course::Course;
use super::{meaning, settings, words};
use crate::app::Edge;
use crate::day;
use crate::measuring::Visitor;
use crate::staff::{Act, Staff};
use crate::store::StoreError;
use crate::web::{Trouble, page, words as said};

/// A pregnancy that is past its term and of whose outcome nobody has told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastTerm {
    /// The woman.
    pub citizen: CitizenId,
    /// Her name.
    pub name: String,
    /// The day birth was expected.
    pub due: NaiveDate,
}

#[derive(Template)]
#[template(path = "pregnancy/list.html")]
struct ListPage {
    rows: Vec<Row>,
    past: usize,
}

struct Row {
    id: CitizenId,
    name: String,
    about: String,
    marks: Vec<&'static str>,
    is_past: bool,
    due: Option<NaiveDate>,
}

pub(super) async fn show(State(edge): State<Edge>, staff: Staff) -> Result<Response, Trouble> {
    staff.may(Act::ReadPerson)?;
    let mut rows = Vec::new();
    let rules = settings::rules(&edge)?;
    for visitor in mothers(&edge, staff.posyandu.id)? {
        let Some(course) = Course::current(visitor.facts()) else { continue };
        let (progress, _) = course.visits(&rules);
        let dating = course.dating();
        let weeks = dating.zip(visitor.today()).and_then(|(dating, today)| words::weeks(dating, today));
        let due = dating.and_then(|dating| dating.due());
        let about = [
            Some(weeks.unwrap_or_else(|| "umur kehamilan belum diketahui".into())),
            Some(format!("K{}", progress.number)),
            due.map(|due| format!("HPL {}", said::date(due))),
        ];
        let is_past = meaning::is_past_term(&visitor, &course, &rules);
        let marks = [
            (is_past, "lewat waktu lahir"),
            (meaning::is_kek(&visitor, &course, &rules), "KEK"),
            (!meaning::risks(&visitor, &course).is_empty(), "berisiko"),
            (course.drafts().next().is_some(), "menunggu bidan"),
        ];
        rows.push(Row {
            id: visitor.person.id,
            name: visitor.person.registered.name.clone(),
            about: about.into_iter().flatten().collect::<Vec<_>>().join(" · "),
            marks: marks.into_iter().filter_map(|(is, word)| is.then_some(word)).collect(),
            is_past,
            due,
        });
    }
    rows.sort_by(|one, other| {
        let key = |row: &Row| (!row.is_past, row.due.is_none(), row.due);
        key(one).cmp(&key(other)).then_with(|| one.name.cmp(&other.name))
    });
    page(&ListPage { past: rows.iter().filter(|row| row.is_past).count(), rows })
}

/// The pregnancies of a posyandu that are past their term on a day and have no outcome, the longest first.
pub fn past_term(edge: &Edge, posyandu: PosyanduId, today: NaiveDate) -> Result<Vec<PastTerm>, StoreError> {
    let rules = settings::rules(edge)?;
    let mut past = Vec::new();
    for visitor in mothers(edge, posyandu)? {
        let Some(course) = Course::current(visitor.facts()) else { continue };
        let dating = course.dating().filter(|dating| dating.is_past_term(today, &rules));
        if let Some(due) = dating.and_then(|dating| dating.due()) {
            let (citizen, name) = (visitor.person.id, visitor.person.registered.name.clone());
            past.push(PastTerm { citizen, name, due });
        }
    }
    past.sort_by_key(|past| (past.due, past.citizen));
    Ok(past)
}

/// Everybody of whom a pregnancy was written down and who still lives here.
fn mothers(edge: &Edge, posyandu: PosyanduId) -> Result<Vec<Visitor>, StoreError> {
    let mut here = Vec::new();
    for id in edge.store.mothers()? {
        let person = edge.store.child(id)?;
        if let Some(person) = person.filter(|person| person.posyandu == posyandu && person.left.is_none()) {
            let now = edge.clock.now();
            let month = day::report_month(edge, posyandu, now.today);
            here.push(Visitor { person, all: edge.store.all_facts_of(id)?, now, month });
        }
    }
    Ok(here)
}
