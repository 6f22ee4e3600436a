//! The addresses of a visit, from the ticket to the result.

use axum::Router;
use axum::extract::{Form, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use growth::plausibility::Concerns;
use protocol::growth::Clothing;
use protocol::{CitizenId, VisitId};
use serde::Deserialize;

use super::case::Case;
use super::station::save::{self, After, SaveForm, Unclear};
use super::station::{self, carry, live};
use super::{came, charts, child, correct, result};
use crate::app::Edge;
use crate::day;
use crate::roster;
use crate::scales::Quantity;
use crate::staff::{Act, Staff};
use crate::store::{Ticket, whole};
use crate::web::{Pages, Trouble, clock};

/// The pages of this slice.
pub fn routes() -> Router<Pages> {
    Router::new()
        .route("/visits", post(open))
        .route("/visits/{visit}/weight", get(weigh).post(save_weight))
        .route("/visits/{visit}/length", get(measure).post(save_length))
        .route("/visits/{visit}/live", get(listen))
        .route("/visits/{visit}/draft", post(keep_draft))
        .route("/visits/{visit}/claim", post(take_over))
        .route("/visits/{visit}/leave", post(leave))
        .route("/visits/{visit}/again", post(again))
        .route("/visits/{visit}/other", post(other))
        .route("/visits/{visit}/carry", post(turn))
        .route("/visits/{visit}/close", post(close))
        .route("/visits/{visit}/correct", get(correct::ask).post(correct::take))
        .route("/visits/{visit}/result", get(result::show))
        .route("/visits/{visit}/arm-only", post(arm_only))
        .route("/children/{child}", get(child::show))
        .route("/children/{child}/charts", get(charts::show))
}

#[derive(Deserialize)]
struct OpenForm {
    citizen: CitizenId,
    /// She was asked for the date and goes on without.
    #[serde(default)]
    later: Option<String>,
    /// She was told that the child has been here today, and it comes again.
    #[serde(default)]
    again: Option<String>,
}

async fn open(
    State(edge): State<Edge>,
    staff: Staff,
    Form(form): Form<OpenForm>,
) -> Result<Response, Trouble> {
    staff.may(Act::MarkAttendance)?;
    if !edge.clock.now().believable && form.later.is_none() {
        return clock::ask_before(&edge, form.citizen);
    }
    match form.again {
        Some(_) => begin_again(&edge, &staff, form.citizen).await,
        None => begin(&edge, &staff, form.citizen).await,
    }
}

/// Opens a visit for a child that has come, and leads to its first page. One that has been here today and is done is
/// asked about: a tap on an old page opens no second visit.
pub(crate) async fn begin(edge: &Edge, staff: &Staff, citizen: CitizenId) -> Result<Response, Trouble> {
    match came::done_today(edge, staff, citizen)? {
        Some(ticket) => came::ask(edge, staff, &ticket),
        None => begin_again(edge, staff, citizen).await,
    }
}

async fn begin_again(edge: &Edge, staff: &Staff, citizen: CitizenId) -> Result<Response, Trouble> {
    let child = roster::of_child(edge, staff, citizen)?;
    if child.left.is_some() {
        return Ok(Redirect::to(&format!("/children/{citizen}")).into_response());
    }
    let ticket = edge.store.next_ticket(staff.posyandu.id, edge.clock.now(), citizen).await?;
    Ok(Redirect::to(&day::first_page(&child, &ticket)).into_response())
}

/// The page a ticket leads to.
pub(crate) fn next_step(ticket: &Ticket) -> String {
    let step = match (ticket.weighed, ticket.measured) {
        (false, _) => "weight",
        (true, false) => "length",
        (true, true) => "result",
    };
    format!("/visits/{}/{step}", ticket.visit)
}

async fn weigh(
    State(edge): State<Edge>,
    staff: Staff,
    Path(visit): Path<VisitId>,
    Query(how): Query<station::How>,
) -> Result<Response, Trouble> {
    let case = Case::of_today(&edge, &staff, visit)?;
    station_of(&edge, &case, Quantity::Weight, &how)
}

async fn measure(
    State(edge): State<Edge>,
    staff: Staff,
    Path(visit): Path<VisitId>,
    Query(how): Query<station::How>,
) -> Result<Response, Trouble> {
    let case = Case::of_today(&edge, &staff, visit)?;
    station_of(&edge, &case, Quantity::Length, &how)
}

/// A child's station; whoever is no child is served on a page of her own.
fn station_of(edge: &Edge, case: &Case, quantity: Quantity, how: &station::How) -> Result<Response, Trouble> {
    match day::Kind::of(&case.child) {
        day::Kind::Balita => station::show(edge, case, quantity, how, None),
        _ => Ok(Redirect::to(&day::first_page(&case.child, &case.ticket)).into_response()),
    }
}

async fn save_weight(
    State(edge): State<Edge>,
    staff: Staff,
    Path(visit): Path<VisitId>,
    Form(form): Form<SaveForm>,
) -> Result<Response, Trouble> {
    save_one(&edge, &staff, visit, Quantity::Weight, form).await
}

async fn save_length(
    State(edge): State<Edge>,
    staff: Staff,
    Path(visit): Path<VisitId>,
    Form(form): Form<SaveForm>,
) -> Result<Response, Trouble> {
    save_one(&edge, &staff, visit, Quantity::Length, form).await
}

async fn save_one(
    edge: &Edge,
    staff: &Staff,
    visit: VisitId,
    quantity: Quantity,
    form: SaveForm,
) -> Result<Response, Trouble> {
    staff.may(Act::RecordMeasurement)?;
    let case = Case::of_today(edge, staff, visit)?;
    let meant = form.event.is_none_or(|event| event == save::pending_event(&case.ticket, quantity).0);
    if case.done(quantity) || !meant {
        // A second tap on the same page has nothing left to do; an older page must not undo a newer save.
        let page = if meant { next_step(&case.ticket) } else { station::address(visit, quantity) };
        return Ok(Redirect::to(&page).into_response());
    }
    if let (Some(_), Some(reading)) = (&case.ticket.draft.carrying, form.reading)
        && quantity == Quantity::Weight
    {
        return match carry::take(edge, &case, &form, reading).await? {
            Ok(()) => Ok(Redirect::to(&station::address(visit, quantity)).into_response()),
            Err(unclear) => ask_again(edge, &case, quantity, &form, unclear),
        };
    }
    let entered = match save::Entered::read(edge, &case, quantity, &form) {
        Ok(entered) => entered,
        Err(unclear) => return ask_again(edge, &case, quantity, &form, unclear),
    };
    let concerns = entered.concerns(&case, quantity);
    let asked = concerns.without(save::insisted(&form.insisted)).without(entered.answered(&case, quantity));
    if !asked.is_empty() {
        return station::question(&case, quantity, &entered, concerns, &form);
    }
    let after = if form.repeat.is_some() { After::Again } else { After::Done };
    let ticket = entered.record(edge, staff, &case, quantity, concerns, after).await?;
    Ok(Redirect::to(&next_step(&ticket)).into_response())
}

#[derive(Deserialize)]
struct Why {
    not: String,
}

/// *LiLA saja*: neither weight nor length can be taken, for one reason; the tape round the arm can.
async fn arm_only(
    State(edge): State<Edge>,
    staff: Staff,
    Path(visit): Path<VisitId>,
    Form(Why { not }): Form<Why>,
) -> Result<Response, Trouble> {
    for quantity in [Quantity::Weight, Quantity::Length] {
        let case = Case::of_today(&edge, &staff, visit)?;
        if case.done(quantity) {
            continue;
        }
        let form = SaveForm { not: Some(not.clone()), ..SaveForm::default() };
        let entered = save::Entered::read(&edge, &case, quantity, &form).map_err(|_| Trouble::Unreadable)?;
        entered.record(&edge, &staff, &case, quantity, Concerns::default(), After::Done).await?;
    }
    Ok(Redirect::to(&format!("/visits/{visit}/care")).into_response())
}

/// The page again, with what is unclear and nothing lost.
fn ask_again(
    edge: &Edge,
    case: &Case,
    quantity: Quantity,
    form: &SaveForm,
    unclear: Unclear,
) -> Result<Response, Trouble> {
    let how = station::How { how: form.typed.is_some().then(|| "typed".into()), on: None };
    let page = station::show(edge, case, quantity, &how, Some((unclear, form.typed.as_deref())))?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

#[derive(Deserialize)]
struct Which {
    what: Quantity,
    /// The instrument looked at, where there are several.
    #[serde(default)]
    on: Option<String>,
}

async fn listen(
    State(edge): State<Edge>,
    staff: Staff,
    Path(visit): Path<VisitId>,
    Query(which): Query<Which>,
) -> Result<Response, Trouble> {
    let case = Case::of_today(&edge, &staff, visit)?;
    let about = station::choose(&edge, &case, which.what, which.on.as_deref()).ok_or(Trouble::Nowhere)?;
    edge.instruments.claim(&about.id, visit, case.kept(which.what));
    let live = edge.instruments.watch(&about.id).ok_or(Trouble::Nowhere)?;
    Ok(live::stream(&edge, live::Looker::new(&case, which.what, &about), live).into_response())
}

#[derive(Deserialize)]
struct Field {
    field: String,
    value: String,
}

/// Keeps one field of a half-filled page. Fields of a form no page of ours has are refused.
async fn keep_draft(
    State(edge): State<Edge>,
    staff: Staff,
    Path(visit): Path<VisitId>,
    Form(Field { field, value }): Form<Field>,
) -> Result<StatusCode, Trouble> {
    staff.may(Act::RecordMeasurement)?;
    Case::of_today(&edge, &staff, visit)?;
    let known = ["weight", "length", "posture", "oedema", "clothed"].contains(&field.as_str());
    let of_care = field.starts_with("care-") && field.len() <= 64;
    if !(known || of_care) || value.len() > 64 {
        return Err(Trouble::Unreadable);
    }
    let change = move |ticket: &mut Ticket| match field.as_str() {
        "weight" => ticket.draft.weight.typed = value,
        "length" => ticket.draft.length.typed = value,
        "posture" => ticket.draft.posture = save::posture(&value),
        "oedema" => ticket.draft.oedema = !value.is_empty(),
        field if of_care => ticket.draft.care.type_in(field.trim_start_matches("care-"), value),
        _ => ticket.draft.clothing = (!value.is_empty()).then_some(Clothing::Clothed),
    };
    edge.store.change_ticket(visit, change).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
struct On {
    on: String,
}

/// Takes an instrument from the visit it waits for: only ever because somebody tapped it so.
async fn take_over(
    State(edge): State<Edge>,
    staff: Staff,
    Path(visit): Path<VisitId>,
    Query(On { on }): Query<On>,
    Form(which): Form<Which>,
) -> Result<Response, Trouble> {
    staff.may(Act::RecordMeasurement)?;
    let case = Case::of_today(&edge, &staff, visit)?;
    // one that a check forbids is not to be had by its name either
    if edge.instruments.list(which.what).iter().any(|about| about.id == on) {
        edge.instruments.take_over(&on, visit, case.kept(which.what));
    }
    Ok(Redirect::to(&station::address(visit, which.what)).into_response())
}

/// The page was left. An empty instrument is free again; one with a child on it stays with its visit.
async fn leave(
    State(edge): State<Edge>,
    staff: Staff,
    Path(visit): Path<VisitId>,
    Form(which): Form<Which>,
) -> Result<StatusCode, Trouble> {
    Case::of_today(&edge, &staff, visit)?;
    edge.instruments.leave(visit, which.what);
    Ok(StatusCode::NO_CONTENT)
}

/// *Ulangi*: what was read or typed is put aside. What was already saved stays, until a newer event replaces it.
async fn again(
    State(edge): State<Edge>,
    staff: Staff,
    Path(visit): Path<VisitId>,
    Form(which): Form<Which>,
) -> Result<Response, Trouble> {
    staff.may(Act::RecordMeasurement)?;
    Case::of_today(&edge, &staff, visit)?;
    let put_aside = whole(async move {
        edge.store.change_ticket(visit, move |ticket| save::put_aside(ticket, which.what)).await?;
        edge.instruments.discard(visit, which.what);
        Ok(())
    });
    put_aside.await?;
    Ok(Redirect::to(&station::address(visit, which.what)).into_response())
}

/// *Bukan, anak lain*: what settled was somebody else, and waits on the instrument for a name.
async fn other(
    State(edge): State<Edge>,
    staff: Staff,
    Path(visit): Path<VisitId>,
    Form(which): Form<Which>,
) -> Result<Response, Trouble> {
    staff.may(Act::RecordMeasurement)?;
    Case::of_today(&edge, &staff, visit)?;
    // offered to everybody only once it is nobody's any more
    let given_up = whole(async move {
        edge.store.change_ticket(visit, move |ticket| save::empty(ticket, which.what)).await?;
        edge.instruments.disown(visit, which.what);
        Ok(())
    });
    given_up.await?;
    Ok(Redirect::to("/").into_response())
}

#[derive(Deserialize)]
struct Step {
    turn: carry::Turn,
}

/// *Gendong*, one of its steps again, or the child by itself after all.
async fn turn(
    State(edge): State<Edge>,
    staff: Staff,
    Path(visit): Path<VisitId>,
    Form(step): Form<Step>,
) -> Result<Response, Trouble> {
    staff.may(Act::RecordMeasurement)?;
    let case = Case::of_today(&edge, &staff, visit)?;
    if case.ticket.weighed {
        return Ok(Redirect::to(&station::address(visit, Quantity::Weight)).into_response());
    }
    Ok(carry::turn(&edge, visit, step.turn).await?)
}

async fn close(
    State(edge): State<Edge>,
    staff: Staff,
    Path(visit): Path<VisitId>,
) -> Result<Response, Trouble> {
    staff.may(Act::MarkAttendance)?;
    Case::load(&edge, &staff, visit)?;
    edge.store.change_ticket(visit, |ticket| ticket.closed = true).await?;
    Ok(Redirect::to("/").into_response())
}
