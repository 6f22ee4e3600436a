//! The board of tickets: who is at which step, and who is being called by whom.
//!
//! # Why
//! Three to five phones look at it at once. It is read anew every few seconds, and a call is written into the ticket in
//! one transaction: two phones cannot call one person without the second being told.

use askama::Template;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use protocol::VisitId;
use serde::Deserialize;

use super::missing::{self, Missed};
use super::people::Line;
use super::session;
use super::steps::{Kind, Step};
use crate::app::Edge;
use crate::clock::Now;
use crate::staff::{self, Act, Staff};
use crate::store::{Child, Meeting, StoreError, Ticket};
use crate::web::{Shell, Trouble, page, words};

#[derive(Template)]
#[template(path = "day/board.html")]
struct BoardPage {
    shell: Shell,
    meeting: Option<Meeting>,
    month: String,
    live: BoardPart,
    missed: Vec<Missed>,
    missed_count: usize,
    /// Who was weighed elsewhere this month, and where.
    away: Vec<(Line, String)>,
}

/// What other phones change.
#[derive(Template)]
#[template(path = "day/board_live.html")]
struct BoardPart {
    columns: Vec<Column>,
    done: usize,
}

/// Everybody who waits for one step.
struct Column {
    step: Step,
    rows: Vec<Row>,
}

struct Row {
    visit: VisitId,
    number: u16,
    line: Line,
    /// `dipanggil Ani`.
    called: Option<String>,
}

/// The page.
pub(super) async fn show(State(edge): State<Edge>, staff: Staff) -> Result<Response, Trouble> {
    let now = edge.clock.now();
    let tickets = of_today(&edge, &staff, &now)?;
    let month = session::report_month(&edge, staff.posyandu.id, now.today);
    let (missed, missed_count) = match now.believable {
        true => missing::list(&edge, &staff, &tickets, month)?,
        false => (Vec::new(), 0),
    };
    let away = match now.believable {
        true => missing::away(&edge, &staff, &tickets, month),
        false => Vec::new(),
    };
    page(&BoardPage {
        shell: Shell::of(&edge, &staff),
        meeting: session::today(&edge, staff.posyandu.id, now.today)?,
        month: words::month_year(month),
        live: part(&edge, &tickets, &now)?,
        missed,
        missed_count,
        away,
    })
}

/// The part that moves.
pub(super) async fn live(State(edge): State<Edge>, staff: Staff) -> Result<Response, Trouble> {
    let now = edge.clock.now();
    page(&part(&edge, &of_today(&edge, &staff, &now)?, &now)?)
}

/// Today's tickets; while the date is not known, those of this power-up.
fn of_today(edge: &Edge, staff: &Staff, now: &Now) -> Result<Vec<Ticket>, StoreError> {
    let mut tickets = edge.store.tickets_on(staff.posyandu.id, now.today.into())?;
    tickets.retain(|ticket| now.believable || ticket.boot == now.stamp.boot);
    Ok(tickets)
}

fn part(edge: &Edge, tickets: &[Ticket], now: &Now) -> Result<BoardPart, StoreError> {
    let order = Step::order(edge)?;
    let users = staff::users(edge)?;
    let next = |ticket: &Ticket| order.iter().copied().find(|step| !step.is_done(ticket));
    let row = |ticket: &Ticket| {
        let called = ticket.board.held(now);
        let by = called.and_then(|called| users.iter().find(|user| user.id == called.by));
        Some(Row {
            visit: ticket.visit,
            number: ticket.number,
            line: Line::of(edge, &*edge.store.card(ticket.citizen)?),
            called: by.map(|user| user.name.clone()),
        })
    };
    let column = |&step: &Step| {
        let here = tickets.iter().filter(|ticket| next(ticket) == Some(step));
        Column { step, rows: here.filter_map(row).collect() }
    };
    let done = tickets.iter().filter(|ticket| next(ticket).is_none()).count();
    Ok(BoardPart { columns: order.iter().map(column).collect(), done })
}

#[derive(Template)]
#[template(path = "day/ticket.html")]
struct TicketPage {
    shell: Shell,
    ticket: Ticket,
    line: Line,
    child: bool,
    steps: Vec<StepLine>,
    /// The step that is next.
    next: Option<Step>,
    /// Somebody else has called it: her name, and how many minutes ago.
    taken: Option<(String, u64)>,
}

struct StepLine {
    step: Step,
    is_done: bool,
    page: String,
}

/// One ticket: its steps, and the page of each.
pub(super) async fn ticket(
    State(edge): State<Edge>,
    staff: Staff,
    Path(visit): Path<VisitId>,
) -> Result<Response, Trouble> {
    let (ticket, child) = find(&edge, &staff, visit)?;
    draw(&edge, &staff, ticket, &child)
}

fn find(edge: &Edge, staff: &Staff, visit: VisitId) -> Result<(Ticket, Child), Trouble> {
    let ticket = edge.store.ticket(visit)?.filter(|ticket| ticket.posyandu == staff.posyandu.id);
    let ticket = ticket.ok_or(Trouble::Nowhere)?;
    let child = edge.store.child(ticket.citizen)?.ok_or(Trouble::Nowhere)?;
    Ok((ticket, child))
}

fn draw(edge: &Edge, staff: &Staff, ticket: Ticket, child: &Child) -> Result<Response, Trouble> {
    let now = edge.clock.now();
    let kind = Kind::of(child);
    let order = Step::order(edge)?;
    let held = ticket.board.held(&now).filter(|called| called.by != staff.user.id);
    let users = staff::users(edge)?;
    let taken = held.and_then(|called| {
        let by = users.into_iter().find(|user| user.id == called.by)?;
        Some((by.name, called.minutes_ago(&now)))
    });
    let steps = order.iter().map(|&step| StepLine {
        step,
        is_done: step.is_done(&ticket),
        page: step.page(kind, &ticket),
    });
    let card = edge.store.card(ticket.citizen).ok_or(Trouble::Nowhere)?;
    page(&TicketPage {
        shell: Shell::of(edge, staff),
        line: Line::of(edge, &card),
        child: kind == Kind::Balita,
        next: order.iter().copied().find(|step| !step.is_done(&ticket)),
        steps: steps.collect(),
        taken,
        ticket,
    })
}

#[derive(Deserialize)]
pub(super) struct CallForm {
    /// The step to go to; the next one if none is named.
    #[serde(default)]
    step: Option<String>,
    /// She was told that somebody else has called it.
    #[serde(default)]
    anyway: Option<String>,
}

/// Calls a ticket and leads to the page of its step; told first if somebody else has called it.
pub(super) async fn call(
    State(edge): State<Edge>,
    staff: Staff,
    Path(visit): Path<VisitId>,
    Form(form): Form<CallForm>,
) -> Result<Response, Trouble> {
    let (ticket, child) = find(&edge, &staff, visit)?;
    let now = edge.clock.now();
    let (by, insists) = (staff.user.id, form.anyway.is_some());
    let called = edge
        .store
        .change_ticket(visit, move |ticket| {
            ticket.board.call(by, insists, &now);
        })
        .await?;
    let called = called.ok_or(Trouble::Nowhere)?;
    if called.board.held(&edge.clock.now()).is_none_or(|held| held.by != by) {
        let page = draw(&edge, &staff, called, &child)?;
        return Ok((StatusCode::CONFLICT, page).into_response());
    }
    let wanted = form.step.as_deref().and_then(Step::from_word);
    let next = Step::order(&edge)?.into_iter().find(|step| !step.is_done(&ticket));
    let address = match wanted.or(next) {
        Some(step) => step.page(Kind::of(&child), &ticket),
        None => format!("/board/{visit}"),
    };
    Ok(Redirect::to(&address).into_response())
}

/// Gives a call back.
pub(super) async fn free(
    State(edge): State<Edge>,
    staff: Staff,
    Path(visit): Path<VisitId>,
) -> Result<Response, Trouble> {
    find(&edge, &staff, visit)?;
    let by = staff.user.id;
    edge.store.change_ticket(visit, move |ticket| ticket.board.free(by)).await?;
    Ok(Redirect::to("/board").into_response())
}

#[derive(Deserialize)]
pub(super) struct DoneForm {
    step: String,
}

/// A step is done; after the last one the visit is over.
pub(super) async fn done(
    State(edge): State<Edge>,
    staff: Staff,
    Path(visit): Path<VisitId>,
    Form(DoneForm { step }): Form<DoneForm>,
) -> Result<Response, Trouble> {
    staff.may(Act::MarkAttendance)?;
    find(&edge, &staff, visit)?;
    let step = Step::from_word(&step).ok_or(Trouble::Unreadable)?;
    let order = Step::order(&edge)?;
    let tick = move |ticket: &mut Ticket| {
        ticket.board.tick(step);
        ticket.closed |= order.iter().all(|step| step.is_done(ticket));
    };
    edge.store.change_ticket(visit, tick).await?;
    Ok(Redirect::to("/board").into_response())
}
