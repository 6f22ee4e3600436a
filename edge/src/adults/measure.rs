//! The page on which an adult's figures are typed.

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use protocol::CitizenId;

use super::meaning::ASKED;
use crate::app::Edge;
use crate::measuring::{Asking, Typed, Visitor};
use crate::staff::{Act, Staff};
use crate::web::Trouble;

/// The name of this half-filled page.
const PAGE: &str = "adult";

fn asking(id: CitizenId) -> Asking {
    let of = format!("/people/{id}/adult");
    Asking { draft: PAGE, keeps: format!("{of}/draft"), next: of.clone(), of, whats: ASKED.to_vec() }
}

pub(super) async fn ask(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
) -> Result<Response, Trouble> {
    staff.may(Act::RecordMeasurement)?;
    asking(id).show(&edge, &Visitor::load(&edge, &staff, id)?)
}

pub(super) async fn keep_draft(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
    Form(typed): Form<Typed>,
) -> Result<StatusCode, Trouble> {
    staff.may(Act::RecordMeasurement)?;
    Visitor::load(&edge, &staff, id)?;
    typed.keep(&edge, PAGE, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn take(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
    Form(typed): Form<Typed>,
) -> Result<Response, Trouble> {
    staff.may(Act::RecordMeasurement)?;
    let visitor = Visitor::load(&edge, &staff, id)?;
    asking(id).take(&edge, &staff, &visitor, typed).await
}
