//! *Pindah atau keluar*: a child leaves the list, after a question; its records stay, and it can come back.

use askama::Template;
use axum::extract::{Form, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use protocol::event::Body;
use protocol::registry::{Leaving, PersonLeft};
use protocol::{CitizenId, EventId};
use serde::Deserialize;
use uuid::Uuid;

use super::{about_child, of_child};
use crate::app::Edge;
use crate::staff::{Act, Staff};
use crate::store::Recorded;
use crate::visits::Who;
use crate::web::{Trouble, page};

#[derive(Template)]
#[template(path = "roster/leave.html")]
struct LeavePage {
    who: Who,
    child: CitizenId,
    event: Uuid,
}

pub(super) async fn ask(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
) -> Result<Response, Trouble> {
    let child = of_child(&edge, &staff, id)?;
    page(&LeavePage { who: Who::now(&edge, &child), child: id, event: Uuid::now_v7() })
}

#[derive(Deserialize)]
pub(super) struct LeaveForm {
    why: String,
    /// Minted with the page: a second tap is the same leaving.
    event: Uuid,
}

pub(super) async fn take(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
    Form(form): Form<LeaveForm>,
) -> Result<Response, Trouble> {
    staff.may(Act::CorrectPerson)?;
    of_child(&edge, &staff, id)?;
    let leaving = match form.why.as_str() {
        "moved" => Leaving::Moved,
        "died" => Leaving::Died,
        "mistake" => Leaving::Mistake,
        "back" => Leaving::Back,
        "graduated" => Leaving::Graduated,
        "double" => Leaving::Double,
        "away" => Leaving::Away,
        _ => return Err(Trouble::Unreadable),
    };
    let left = Body::PersonLeft(PersonLeft { leaving });
    let event = about_child(&edge, &staff, id, form.event.into(), left.clone());
    let recorded = edge.store.record(vec![event]).await?;
    // The same page tapped again with another answer says something new.
    let is_repeat = matches!(recorded[..], [Recorded::Known { .. }]);
    if is_repeat && edge.store.child(id)?.and_then(|child| child.left) != stands_as(leaving) {
        let event = about_child(&edge, &staff, id, EventId(Uuid::now_v7()), left);
        edge.store.record(vec![event]).await?;
    }
    Ok(Redirect::to(&format!("/children/{id}")).into_response())
}

/// What a child's page says once this was recorded.
fn stands_as(leaving: Leaving) -> Option<Leaving> {
    (leaving != Leaving::Back).then_some(leaving)
}

/// Why a child is in no list any more, as said aloud.
pub(crate) const fn said(leaving: Leaving) -> &'static str {
    match leaving {
        Leaving::Moved => "pindah",
        Leaving::Died => "meninggal",
        Leaving::Mistake => "salah catat",
        Leaving::Back => "kembali",
        Leaving::Graduated => "lulus, sudah lima tahun",
        Leaving::Double => "tercatat dua kali",
        Leaving::Away => "pergi sementara",
    }
}
