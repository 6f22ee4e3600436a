//! *Yang mana?*: asked where somebody may mean one of twins.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use protocol::CitizenId;

use super::photo;
use crate::app::Edge;
use crate::roster::{Listed, of_child};
use crate::staff::Staff;
use crate::web::{Trouble, page, words};

#[derive(Template)]
#[template(path = "roster/person/which.html")]
struct WhichPage {
    mother: String,
    /// Each with whether there is a photograph of it.
    twins: Vec<(Listed, bool)>,
}

impl WhichPage {
    fn about(&self, twin: &Listed) -> String {
        let order = twin.birth_order.map(|order| format!("kembar ke-{order}, ")).unwrap_or_default();
        format!("{order}{}", words::sex(twin.sex))
    }
}

pub(super) async fn ask(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
) -> Result<Response, Trouble> {
    let child = of_child(&edge, &staff, id)?;
    let mut twins = edge.roster.twins(staff.posyandu.id, id);
    if twins.is_empty() {
        return Ok(Redirect::to(&format!("/people/{id}")).into_response());
    }
    twins.extend(edge.roster.one(staff.posyandu.id, id));
    twins.sort_by_key(|twin| twin.birth_order);
    let mut seen = Vec::with_capacity(twins.len());
    for twin in twins {
        let has_photo = match edge.store.child(twin.id)? {
            Some(person) => photo::has(&edge, &person).await?,
            None => false,
        };
        seen.push((twin, has_photo));
    }
    page(&WhichPage { mother: child.registered.mother, twins: seen })
}
