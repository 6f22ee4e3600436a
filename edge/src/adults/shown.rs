//! How an adult stands: the words first, what to do, what is owed this year, and the last visits.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Form, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use care::adult::{Checked, Due, Referral, due};
use chrono::NaiveDate;
use protocol::growth::Taken;
use protocol::measured::{Measure, What};
use protocol::{CitizenId, VisitId};

use super::daily::{self, List};
use super::meaning;
use crate::app::Edge;
use crate::measuring::slip::{self, Slip};
use crate::measuring::{Line, Seen, Top, Visitor, say, today_open};
use crate::staff::{Act, Staff};
use crate::web::{Trouble, page, words};

/// Visits in the table.
const ROWS: usize = 6;

#[derive(Template)]
#[template(path = "adults/page.html")]
struct AdultPage {
    top: Top,
    id: CitizenId,
    /// The day the figures are of.
    day: Option<String>,
    is_today: bool,
    lines: Vec<Line>,
    referral: Option<Referral>,
    is_referred: bool,
    advice: Vec<&'static str>,
    owed: Vec<Owed>,
    rows: Vec<Row>,
    can_measure: bool,
    /// Today's visit, while it is open.
    open: Option<VisitId>,
}

/// A yearly check.
struct Owed {
    what: &'static str,
    when: String,
    is_due: bool,
    /// The page that does it, where that is one of its own.
    door: Option<&'static str>,
}

/// A visit in the table.
struct Row {
    day: String,
    figures: [String; 4],
}

pub(super) async fn show(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
) -> Result<Response, Trouble> {
    staff.may(Act::ReadPerson)?;
    let visitor = Visitor::load(&edge, &staff, id)?;
    if is_small(&visitor) {
        return Ok(Redirect::to(&format!("/children/{id}")).into_response());
    }
    let lines = meaning::lines(&visitor);
    let day = last_day(&visitor);
    let referral = slip::referral(&lines);
    page(&AdultPage {
        top: visitor.top("/"),
        id,
        day: day.map(words::weekday_date),
        is_today: day.is_some() && day == visitor.today(),
        referral,
        is_referred: slip::is_kept_today(&visitor),
        advice: meaning::advice(&lines, referral),
        lines,
        owed: owed(&visitor),
        rows: rows(&visitor),
        can_measure: staff.can(Act::RecordMeasurement),
        open: today_open(&edge, &staff, &visitor)?,
    })
}

pub(super) async fn slip(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
) -> Result<Response, Trouble> {
    let visitor = Visitor::load(&edge, &staff, id)?;
    slip::show(&edge, &staff, &visitor, slip_of(&visitor))
}

pub(super) async fn refer(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
    Form(typed): Form<crate::measuring::Typed>,
) -> Result<Response, Trouble> {
    let visitor = Visitor::load(&edge, &staff, id)?;
    slip::take(&edge, &staff, &visitor, slip_of(&visitor), typed).await
}

fn slip_of(visitor: &Visitor) -> Slip {
    let day = last_day(visitor);
    let seen = meaning::ASKED.iter().filter_map(|&what| visitor.last(what));
    let figures = seen.filter(|seen| Some(seen.on) == day).map(|seen| say(&seen.measure)).collect();
    Slip { of: format!("/people/{}/adult", visitor.person.id), lines: meaning::lines(visitor), figures }
}

/// A child under five has a page of its own.
fn is_small(visitor: &Visitor) -> bool {
    visitor.years().is_some_and(|years| years < 5)
}

fn last_day(visitor: &Visitor) -> Option<NaiveDate> {
    meaning::ASKED.iter().filter_map(|&what| visitor.last(what)).map(|seen| seen.on).max()
}

fn owed(visitor: &Visitor) -> Vec<Owed> {
    let (Some(today), Some(years)) = (visitor.today(), visitor.years()) else { return Vec::new() };
    let at_risk = meaning::is_at_risk(visitor);
    let owed = |&checked: &Checked| {
        let (what, last, door) = match checked {
            Checked::Pressure => ("Tensi", day_of(visitor, What::Pressure), None),
            Checked::Glucose => ("Gula darah", day_of(visitor, What::Glucose), None),
            Checked::Cholesterol => ("Kolesterol", day_of(visitor, What::Cholesterol), None),
            Checked::DailyLife => {
                (List::Adl.title(), daily::last(visitor, List::Adl), Some(List::Adl.word()))
            }
            Checked::Skilas => {
                (List::Skilas.title(), daily::last(visitor, List::Skilas), Some(List::Skilas.word()))
            }
        };
        let (when, is_due) = match due(last, today) {
            Due::Never => ("belum pernah".to_owned(), true),
            Due::Since(day) => (format!("sudah waktunya sejak {}", words::date(day)), true),
            Due::On(day) => (format!("lagi {}", words::date(day)), false),
        };
        Owed { what, when, is_due, door }
    };
    Checked::ALL.iter().filter(|checked| checked.is_owed(years, at_risk)).map(owed).collect()
}

fn day_of(visitor: &Visitor, what: What) -> Option<NaiveDate> {
    visitor.last(what).map(|seen| seen.on)
}

fn rows(visitor: &Visitor) -> Vec<Row> {
    let columns = [What::Pressure, What::Glucose, What::Cholesterol, What::Mass];
    let mut days: BTreeMap<NaiveDate, [String; 4]> = BTreeMap::new();
    for (column, what) in columns.into_iter().enumerate() {
        for Seen { on, measure, .. } in visitor.seen(what) {
            days.entry(on).or_default()[column] = figure(&measure);
        }
    }
    let row = |(day, figures): (NaiveDate, [String; 4])| Row { day: words::date(day).to_string(), figures };
    days.into_iter().rev().take(ROWS).map(row).collect()
}

/// The figure alone, for a table.
fn figure(measure: &Measure) -> String {
    match *measure {
        Measure::Pressure(Taken::Value(pressure)) => format!("{}/{}", pressure.systolic, pressure.diastolic),
        Measure::Glucose(Taken::Value(glucose)) => {
            format!("{}{}", glucose.mg_dl, if glucose.fasting { " P" } else { "" })
        }
        Measure::Cholesterol(Taken::Value(mg_dl)) => mg_dl.to_string(),
        Measure::Mass(Taken::Value(mass_g)) => words::kg_figure(mass_g).to_string(),
        _ => String::new(),
    }
}
