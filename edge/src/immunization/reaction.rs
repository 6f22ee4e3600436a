//! *Keluhan sesudahnya* (KIPI): what was seen after a vaccine, and what to do now.

use askama::Template;
use axum::extract::{Form, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use protocol::CitizenId;
use protocol::event::Body;
use protocol::immunization::Immunization;
use serde::Deserialize;
use uuid::Uuid;

use super::case::Case;
use crate::app::Edge;
use crate::staff::{Act, Staff};
use crate::visits::Who;
use crate::web::{Trouble, page};

/// Longer than anybody tells.
const LONGEST: usize = 200;

#[derive(Template)]
#[template(path = "immunization/reaction.html")]
struct ReactionPage {
    who: Who,
    child: CitizenId,
    form: ReactionForm,
    wrong: bool,
    /// What was just saved: `ringan` or `berat`.
    saved: Option<String>,
}

/// What the page asks, as typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ReactionForm {
    what: String,
    serious: String,
    event: String,
}

#[derive(Deserialize)]
pub(super) struct Before {
    #[serde(default)]
    saved: Option<String>,
}

pub(super) async fn ask(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
    Query(before): Query<Before>,
) -> Result<Response, Trouble> {
    let case = Case::load(&edge, &staff, id).await?;
    let form = ReactionForm { event: Uuid::now_v7().to_string(), ..ReactionForm::default() };
    page(&ReactionPage { who: case.who(&edge), child: id, form, wrong: false, saved: before.saved })
}

/// Anybody at the table may write down what a mother tells.
pub(super) async fn take(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
    Form(form): Form<ReactionForm>,
) -> Result<Response, Trouble> {
    staff.may(Act::RecordMeasurement)?;
    let case = Case::load(&edge, &staff, id).await?;
    let what = form.what.trim();
    if what.is_empty() || what.chars().count() > LONGEST || form.serious.is_empty() {
        let drawn = ReactionPage { who: case.who(&edge), child: id, form, wrong: true, saved: None };
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&drawn)?).into_response());
    }
    let serious = form.serious == "ya";
    // Whatever was given last: nobody remembers more, and the Puskesmas sees the doses.
    let last = case.history.doses.iter().map(|record| record.on).max();
    let of_last = case.history.doses.iter().filter(|record| Some(record.on) == last);
    let antigens = of_last.map(|record| record.dose.antigen.clone()).collect();
    let reaction = Immunization::Reaction { antigens, what: what.into(), serious };
    let event = form.event.parse().map_err(|_| Trouble::Unreadable)?;
    edge.store.record(vec![case.event(&staff, event, Body::Immunization(reaction))]).await?;
    let how = if serious { "berat" } else { "ringan" };
    Ok(Redirect::to(&format!("/people/{id}/immunization/reaction?saved={how}")).into_response())
}
