//! A meeting is closed with the figures as they stand.

use axum::extract::{Form, State};
use axum::response::{IntoResponse, Redirect, Response};
use protocol::session::{SessionClosed, SessionOpened};
use protocol::{Body, EventId, SessionId};
use serde::Deserialize;
use uuid::Uuid;

use super::count;
use crate::app::Edge;
use crate::day;
use crate::staff::{self, Act, Staff};
use crate::web::Trouble;

#[derive(Deserialize)]
pub(super) struct CloseForm {
    event: Uuid,
    /// The id an opening gets that nobody made.
    opening: Uuid,
    session: Uuid,
}

/// Closes the meeting of today, an earlier one, or a day's work that nobody opened: then both are written at once.
pub(super) async fn take(
    State(edge): State<Edge>,
    staff: Staff,
    Form(form): Form<CloseForm>,
) -> Result<Response, Trouble> {
    staff.may(Act::CloseDay)?;
    let now = edge.clock.now();
    if !now.believable {
        return Ok(Redirect::to("/clock").into_response());
    }
    let (posyandu, session) = (staff.posyandu.id, SessionId(form.session));
    let meetings = edge.store.meetings(posyandu)?;
    let meeting = meetings.into_iter().find(|meeting| meeting.session == session);
    let month = meeting.as_ref().map_or_else(|| day::report_month(&edge, posyandu, now.today), |it| it.month);
    let rows = count::rows(&count::form(&count::month(&edge, posyandu, month)));
    let said = |id, body| day::of_meeting(&staff, &now, EventId(id), month, body);
    let mut events = Vec::new();
    if meeting.is_none() {
        let (title, description) = (String::new(), String::new());
        let opened = SessionOpened { session, title, description, present: vec![staff.user.id] };
        events.push(said(form.opening, Body::SessionOpened(opened)));
    }
    events.push(said(form.event, Body::SessionClosed(SessionClosed { session, rows })));
    edge.store.record(events).await?;
    // The others ask for a PIN again; whoever closed sees that it worked.
    staff::lock_all(&edge, posyandu, Some(staff.session)).await?;
    staff.locked(&edge);
    Ok(Redirect::to("/closing").into_response())
}
