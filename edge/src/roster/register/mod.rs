//! Writing people down: *siapa yang didaftarkan?*, a short form for each, and whoever may be there already.

mod adult;
mod child;
pub(super) mod more;
pub(super) mod same;

use askama::Template;
use axum::Router;
use axum::extract::Query;
use axum::response::Response;
use axum::routing::{get, post};
use protocol::registry::{Edit, PersonEdited};
use protocol::time::Hybrid;
use protocol::{Body, CitizenId, EventId, UserId};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{about_child, nik};
use crate::app::Edge;
use crate::import::derived;
use crate::staff::{Act, Staff};
use crate::store::{NewEvent, Small, StoreError};
use crate::web::{Pages, Trouble, page};

/// The pages of this slice.
pub(super) fn routes() -> Router<Pages> {
    Router::new()
        .route("/people/new", get(whom))
        .route("/people/same", post(same::look))
        .route("/children/new", get(child::ask).post(child::take))
        .route("/children/new/draft", post(child::keep_draft))
        .route("/people/new/{kind}", get(adult::ask).post(adult::take))
        .route("/people/new/{kind}/draft", post(adult::keep_draft))
}

#[derive(Template)]
#[template(path = "roster/register/whom.html")]
struct WhomPage {
    name: String,
}

#[derive(Deserialize)]
struct Begin {
    #[serde(default)]
    name: String,
}

impl Begin {
    /// The name that was searched for, if it is one and no number.
    fn name(self) -> Option<String> {
        self.name.chars().any(char::is_alphabetic).then_some(self.name)
    }
}

async fn whom(staff: Staff, Query(begin): Query<Begin>) -> Result<Response, Trouble> {
    staff.may(Act::RegisterPerson)?;
    page(&WhomPage { name: begin.name().unwrap_or_default() })
}

/// Something worth a second look that may still be right.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Warning {
    code: &'static str,
    say: String,
    /// The person it may already be.
    same: Option<same::Same>,
}

/// A family card whose number looks odd.
fn odd_family_card(edits: &[Edit]) -> Option<Warning> {
    let digits = edits.iter().find_map(|edit| match edit {
        Edit::FamilyCard(Some(digits)) => Some(digits),
        _ => None,
    })?;
    nik::odd_family_card(digits).map(|say| Warning { code: "family_card", say: say.into(), same: None })
}

/// Whether she has seen every warning, and insists.
fn insists(warnings: &[Warning], seen: &str) -> bool {
    warnings.iter().all(|warning| seen.split(',').any(|seen| seen == warning.code))
}

fn codes(warnings: &[Warning]) -> String {
    warnings.iter().map(|warning| warning.code).collect::<Vec<_>>().join(",")
}

fn mint(ids: [&mut String; 2]) {
    for id in ids {
        if Uuid::parse_str(id).is_err() {
            *id = Uuid::now_v7().to_string();
        }
    }
}

/// The events that write somebody down: the registration, and what else is known as edits of it. All ids follow from the
/// registration's: a second tap is the same events.
pub(super) fn written(
    edge: &Edge,
    staff: &Staff,
    (citizen, registration): (CitizenId, EventId),
    body: Body,
    edits: Vec<Edit>,
) -> Vec<NewEvent> {
    let event = |id, body| about_child(edge, staff, citizen, id, body);
    let edited = |edit: Edit| {
        let id = derived(registration.0, &format!("{:?}", edit.field()));
        let bases = vec![registration];
        event(id, Body::PersonEdited(PersonEdited { edit, bases, at: Hybrid::default() }))
    };
    let first = event(registration, body);
    std::iter::once(first).chain(edits.into_iter().map(edited)).collect()
}

/// Writes somebody down once. Two phones may hold the same half-filled page: whoever comes second with somebody else
/// writes down a person of her own.
async fn register(
    edge: &Edge,
    staff: &Staff,
    (citizen, registration): (CitizenId, EventId),
    body: Body,
    edits: Vec<Edit>,
) -> Result<CitizenId, StoreError> {
    let wanted = match &body {
        Body::ChildRegistered(child) => Some(child.into()),
        Body::AdultRegistered(adult) => Some(adult.into()),
        _ => None,
    };
    let ids = match edge.store.child(citizen)? {
        Some(known) if Some(&known.written) == wanted.as_ref() => return Ok(citizen),
        Some(_) => (CitizenId(Uuid::now_v7()), EventId(Uuid::now_v7())),
        None => (citizen, registration),
    };
    edge.store.record(written(edge, staff, ids, body, edits)).await?;
    Ok(ids.0)
}

/// What is typed so far, under the kader's name: a killed browser or another phone finds it again.
fn draft<T: Default + DeserializeOwned>(edge: &Edge, user: UserId, what: &str) -> Result<T, StoreError> {
    let row = edge.store.small(Small::Sessions, &key(user, what))?;
    Ok(row.and_then(|row| serde_json::from_slice(&row).ok()).unwrap_or_default())
}

async fn keep(edge: &Edge, user: UserId, what: &str, form: &impl Serialize) -> Result<(), StoreError> {
    let row = serde_json::to_vec(form).expect("a form is plain text");
    edge.store.put_small(Small::Sessions, key(user, what), row).await
}

async fn forget(edge: &Edge, user: UserId, what: &str) -> Result<(), StoreError> {
    edge.store.remove_small(Small::Sessions, key(user, what)).await
}

fn key(user: UserId, what: &str) -> Vec<u8> {
    [b"enrol/".as_slice(), what.as_bytes(), b"/", user.bytes()].concat()
}
