//! The page that closes a day.

use std::collections::HashSet;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use care::f1::{Figure, Figures, Form, Group, Sex, Share};
use protocol::{LocalDate, Month, VisitId};
use serde::Deserialize;
use uuid::Uuid;

use super::list::label;
use super::moves::{self, Move};
use super::services::{self, Services};
use super::{asked, code, count};
use crate::app::Edge;
use crate::day;
use crate::staff::{Act, Staff};
use crate::store::{Meeting, Ticket};
use crate::web::{Shell, Trouble, page, words};

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    pub(super) bulan: Option<i32>,
}

#[derive(Template)]
#[template(path = "closing/page.html")]
struct ClosingPage {
    shell: Shell,
    month: Month,
    month_name: String,
    before: i32,
    /// Set where an earlier month is looked at: then nothing is closed.
    is_past: bool,
    day: protocol::closing::Closing,
    /// Those who have come and of whom nothing was recorded.
    unrecorded: usize,
    /// Visits that were not ended.
    open: usize,
    /// Events of this node that the hub has not answered for.
    waiting: u64,
    totals: Vec<Number>,
    shares: Vec<(&'static str, String)>,
    guests: u32,
    /// Why there are as many under-fives as there are.
    moves: Vec<Move>,
    /// The rows of the form: `L 0–5`, and its numbers.
    f1: Vec<(String, Vec<Number>)>,
    services: Services,
    svg: String,
    groups: Vec<String>,
    changed: Option<Changed>,
    closing: Option<Closing>,
    closed_on: Option<String>,
}

/// A number and the door to the list behind it.
struct Number {
    code: &'static str,
    label: &'static str,
    count: u32,
    door: String,
}

/// What the button closes.
struct Closing {
    event: Uuid,
    opening: Uuid,
    session: Uuid,
    /// An earlier day that nobody closed.
    of_day: Option<String>,
}

/// What stands differently since the meeting was closed.
struct Changed {
    rows: Vec<Difference>,
}

struct Difference {
    what: String,
    then: u32,
    now: u32,
    door: String,
}

/// The page.
pub(super) async fn show(
    State(edge): State<Edge>,
    staff: Staff,
    Query(Asked { bulan }): Query<Asked>,
) -> Result<Response, Trouble> {
    let now = edge.clock.now();
    let (posyandu, today) = (staff.posyandu.id, LocalDate::from(now.today));
    let present = day::report_month(&edge, posyandu, now.today);
    let month = asked(bulan, present);
    let safety = edge.store.safety();
    let running = (!now.believable).then_some(now.stamp.boot);
    let recorded = edge.store.recorded_on(posyandu, today, running)?;
    let visits: HashSet<VisitId> =
        recorded.events.iter().filter_map(|event| event.header.visit).map(|visit| visit.id).collect();
    let total_of_day = recorded.closing(&edge.store, posyandu, today);
    let mut tickets = edge.store.tickets_on(posyandu, today)?;
    tickets.retain(|ticket| now.believable || ticket.boot == now.stamp.boot);
    let unrecorded = |ticket: &&Ticket| {
        !visits.contains(&ticket.visit) && ticket.board == day::Progress::default() && !ticket.closed
    };
    let signed = total_of_day.sign(&edge.node_key);
    let form = count::form(&count::month(&edge, posyandu, month));
    let meetings = edge.store.meetings(posyandu)?;
    let closed = meetings.iter().rfind(|meeting| meeting.month == month && meeting.closed.is_some());
    page(&ClosingPage {
        shell: Shell::of(&edge, &staff),
        month_name: words::month_year(month),
        before: month.0 - 1,
        is_past: month != present,
        unrecorded: tickets.iter().filter(unrecorded).count(),
        open: tickets.iter().filter(|ticket| !ticket.closed).count(),
        waiting: safety.on_device.saturating_sub(safety.received),
        services: services::of(&edge, posyandu, month),
        svg: code::drawn(&signed)?,
        groups: code::groups(&signed),
        changed: closed
            .map(|meeting| Changed::since(meeting, &form, month))
            .filter(|changed| !changed.rows.is_empty()),
        closing: closing(&edge, &staff, month == present)?,
        closed_on: closed.and_then(|meeting| meeting.on?.to_naive()).map(words::weekday_date),
        totals: Figure::FORM
            .into_iter()
            .chain([Figure::Absent])
            .map(|it| number(&form.total(), month, it, None))
            .collect(),
        shares: Share::ALL.map(|it| (it.name(), words::percent(it.permille(&form.total())))).into(),
        moves: moves::lines(&edge.roster.balance(posyandu, month), month),
        guests: form.guests().of(Figure::D),
        f1: f1(&form, month),
        month,
        day: total_of_day,
    })
}

/// What can be closed now: the meeting of today, else an earlier one, else today's work that nobody opened.
fn closing(edge: &Edge, staff: &Staff, is_present: bool) -> Result<Option<Closing>, Trouble> {
    let now = edge.clock.now();
    if !is_present || !now.believable || !staff.can(Act::CloseDay) {
        return Ok(None);
    }
    let held = day::today(edge, staff.posyandu.id, now.today)?;
    let (event, opening) = (Uuid::now_v7(), Uuid::now_v7());
    let closing = |session: Uuid, of_day| Some(Closing { event, opening, session, of_day });
    match held {
        Some(held) if held.closed.is_none() => Ok(closing(held.session.0, None)),
        Some(_) => Ok(None),
        None => Ok(match day::unclosed(edge, staff.posyandu.id, now.today)? {
            Some(meeting) => {
                let day = meeting.on.and_then(LocalDate::to_naive).map(words::weekday_date);
                closing(meeting.session.0, day)
            }
            None => closing(Uuid::now_v7(), None),
        }),
    }
}

impl Changed {
    fn since(meeting: &Meeting, form: &Form, month: Month) -> Self {
        let closed = meeting.closed.iter().flat_map(|closed| &closed.rows);
        let mut rows = Vec::new();
        for row in closed {
            let sex = if row.sex == protocol::registry::Sex::Male { Sex::Male } else { Sex::Female };
            let Some(group) = Group::ALL.into_iter().find(|group| group.from == row.from_month) else {
                continue;
            };
            let (then, now) = (count::counts(&row.figures), form.cell(sex, group));
            for figure in Figure::FORM.into_iter().filter(|&figure| then.of(figure) != now.of(figure)) {
                rows.push(Difference {
                    what: format!("{} {} {}–{} bln", figure.code(), sex.code(), group.from, group.to),
                    then: then.of(figure),
                    now: now.of(figure),
                    door: door(month, figure, Some((sex, group))),
                });
            }
        }
        Self { rows }
    }
}

/// Where a number leads.
fn door(month: Month, figure: Figure, cell: Option<(Sex, Group)>) -> String {
    let cell = cell.map(|(sex, group)| format!("&sex={}&from={}", sex.code(), group.from));
    format!("/closing/list?bulan={}&figure={}{}", month.0, figure.code(), cell.unwrap_or_default())
}

fn number(figures: &Figures, month: Month, figure: Figure, cell: Option<(Sex, Group)>) -> Number {
    Number {
        code: figure.code(),
        label: label(figure),
        count: figures.of(figure),
        door: door(month, figure, cell),
    }
}

fn f1(form: &Form, month: Month) -> Vec<(String, Vec<Number>)> {
    let cells = Sex::ALL.into_iter().flat_map(|sex| Group::ALL.map(|group| (sex, group)));
    let row = |(sex, group): (Sex, Group)| {
        let figures = form.cell(sex, group);
        let numbers = Figure::FORM.map(|figure| number(&figures, month, figure, Some((sex, group))));
        (format!("{} {}–{}", sex.code(), group.from, group.to), numbers.into())
    };
    cells.map(row).collect()
}
