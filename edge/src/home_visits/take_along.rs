//! *Bawa daftar*: whom to visit, and what a phone needs to know of those that were chosen.

use std::collections::HashSet;

use axum::Json;
use axum::extract::State;
use protocol::{CitizenId, UserId};
use serde::{Deserialize, Serialize};

use crate::app::Edge;
use crate::https;
use crate::roster;
use crate::staff::{Act, Staff};
use crate::visits::home::known::Known;
use crate::web::{Trouble, words};

/// Weeks after which a child is no longer expected every month.
const EXPECTED_WEEKS: i64 = 26;

/// More than anybody visits between two posyandu; a lost phone should know few.
const AT_MOST: usize = 40;

/// Days a phone keeps what it took along.
const KEPT_DAYS: u8 = 3;

/// Days more that a certificate must last, for those who come back late.
const MARGIN_DAYS: u8 = 4;

/// Everybody who might be visited, those who should be first.
#[derive(Debug, Serialize)]
pub(super) struct Offer {
    posyandu: String,
    at_most: usize,
    children: Vec<Offered>,
}

#[derive(Debug, Serialize)]
struct Offered {
    id: CitizenId,
    name: String,
    mother: String,
    /// Why she should be visited: *belum datang*, a task.
    why: Vec<String>,
}

/// Children of the posyandu: who is missing today, then who has a task, then all others, each by name.
pub(super) async fn list(State(edge): State<Edge>, staff: Staff) -> Result<Json<Offer>, Trouble> {
    staff.may(Act::ReadPerson)?;
    let now = edge.clock.now();
    let today = now.believable.then_some(now.today);
    let came = edge.store.tickets_on(staff.posyandu.id, now.today.into())?;
    let came: HashSet<CitizenId> = came.iter().map(|ticket| ticket.citizen).collect();
    let tasks = edge.store.tasks()?;
    let offered = |listed: roster::Listed| {
        let recent = |on| {
            let seen = listed.last_seen;
            seen != Some(on)
                && seen.is_none_or(|seen| (on - seen).num_weeks() < EXPECTED_WEEKS)
                && growth::completed_months(listed.birth_date, on) < 60
        };
        let is_missing = !came.contains(&listed.id) && today.is_none_or(recent);
        let tasks = tasks.iter().filter(|task| task.citizen == listed.id).map(|task| task.text.clone());
        let why = is_missing.then(|| "belum datang".to_owned()).into_iter().chain(tasks).collect();
        (!is_missing, Offered { id: listed.id, name: listed.name, mother: listed.mother, why })
    };
    let mut children: Vec<(bool, Offered)> =
        edge.roster.all(staff.posyandu.id).into_iter().map(offered).collect();
    children.sort_by_key(|(here, child)| (*here, child.why.is_empty()));
    Ok(Json(Offer {
        posyandu: staff.posyandu.name,
        at_most: AT_MOST,
        children: children.into_iter().map(|(_, child)| child).collect(),
    }))
}

/// Who is taken along.
#[derive(Debug, Deserialize)]
pub(super) struct Chosen {
    children: Vec<CitizenId>,
}

/// What a phone gets.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Taking {
    /// The children.
    Along(TakenAlong),
    /// Nobody, and why, in words.
    Nobody {
        /// The words.
        refused: &'static str,
    },
}

/// What the phone keeps.
#[derive(Debug, Serialize)]
pub(super) struct TakenAlong {
    posyandu: String,
    kader: String,
    /// Whose visits they will be.
    by: UserId,
    /// The day the list is of, as a page says it.
    day: String,
    /// Days after which the phone forgets it, unless something of it was not handed over.
    kept_days: u8,
    children: Vec<Known>,
}

/// Gives the chosen children. Whoever has left meanwhile, or is of another posyandu, is left out.
pub(super) async fn take(
    State(edge): State<Edge>,
    staff: Staff,
    Json(chosen): Json<Chosen>,
) -> Result<Json<Taking>, Trouble> {
    staff.may(Act::ReadPerson)?;
    // a page that no longer opens over TLS hands nothing over
    if https::closes_within(&edge, i64::from(KEPT_DAYS + MARGIN_DAYS))? {
        let refused = "Sertifikat alat ini segera habis masanya, jadi HP mungkin tidak bisa menyerahkan kunjungannya. \
                       Catat di buku, lalu ketik di alat sesudah pulang; Puskesmas mengirim yang baru.";
        return Ok(Json(Taking::Nobody { refused }));
    }
    let mut children = Vec::new();
    for &id in chosen.children.iter().take(AT_MOST) {
        let child = edge.store.child(id)?;
        let here = child.filter(|child| child.posyandu == staff.posyandu.id && child.left.is_none());
        if let Some(child) = here {
            children.push(Known::of(&edge, &child)?);
            staff.saw(&edge, id, "dibawa untuk kunjungan rumah");
        }
    }
    Ok(Json(Taking::Along(TakenAlong {
        by: staff.user.id,
        posyandu: staff.posyandu.name,
        kader: staff.user.name,
        day: words::weekday_date(edge.clock.now().today),
        kept_days: KEPT_DAYS,
        children,
    })))
}
