//! What a kader or the midwife measures of a pregnant woman: each figure its own record.

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use protocol::CitizenId;
use protocol::measured::What;

use super::course::Course;
use super::shown::ASKED;
use crate::app::Edge;
use crate::measuring::{Asking, Typed, Visitor};
use crate::staff::{Act, Staff};
use crate::web::Trouble;

/// The name of this half-filled page.
const PAGE: &str = "mother";

/// What is asked for, and the questions after it; after birth neither womb nor unborn child, and no questions.
fn asking(visitor: &Visitor) -> Asking {
    let is_pregnant = Course::current(visitor.facts()).is_some();
    let of_child = |what: &What| matches!(what, What::Fundus | What::FetalHeart);
    let of = format!("/people/{}/pregnancy", visitor.person.id);
    Asking {
        draft: PAGE,
        keeps: format!("{of}/draft/{PAGE}"),
        whats: ASKED.into_iter().filter(|what| is_pregnant || !of_child(what)).collect(),
        next: if is_pregnant { format!("{of}/questions") } else { of.clone() },
        of,
    }
}

pub(super) async fn ask(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
) -> Result<Response, Trouble> {
    staff.may(Act::RecordMeasurement)?;
    let visitor = Visitor::load(&edge, &staff, id)?;
    asking(&visitor).show(&edge, &visitor)
}

/// Keeps what is typed so far on any page of this slice.
pub(super) async fn keep_draft(
    State(edge): State<Edge>,
    staff: Staff,
    Path((id, name)): Path<(CitizenId, String)>,
    Form(typed): Form<Typed>,
) -> Result<StatusCode, Trouble> {
    let act = match name.as_str() {
        PAGE | "questions" | "nifas" => Act::RecordMeasurement,
        "begin" => Act::RegisterPerson,
        "exam" => Act::RecordAnc,
        _ => return Err(Trouble::Unreadable),
    };
    staff.may(act)?;
    Visitor::load(&edge, &staff, id)?;
    typed.keep(&edge, &name, id).await?;
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
    asking(&visitor).take(&edge, &staff, &visitor, typed).await
}
