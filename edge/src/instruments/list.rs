//! *Alat ukur*: every instrument of this posyandu, and what is plugged in or heard besides.

use std::collections::HashSet;

use askama::Template;
use axum::extract::{Form, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use uuid::Uuid;

use super::workshop::{Unusable, Which};
use super::{Technician, said};
use crate::app::Edge;
use crate::scales::Around;
use crate::staff::Staff;
use crate::web::{Shell, Trouble, page};

#[derive(Template)]
#[template(path = "instruments/list.html")]
struct ListPage {
    shell: Shell,
    rows: Vec<Row>,
    /// Those that cannot be used.
    unusable: Vec<Unusable>,
    ports: Vec<Port>,
    /// Two devices bear one name.
    twins: bool,
    may_change: bool,
    /// What advertises near the node; nothing for whoever may not take it in.
    air: Option<AirPart>,
}

/// An instrument.
struct Row {
    id: String,
    name: String,
    kind: &'static str,
    label: String,
    mark: &'static str,
    class: &'static str,
    state: String,
    fitness: (&'static str, &'static str, String),
}

/// A socket with something in it that nobody has taken in.
struct Port {
    name: String,
    listening: bool,
}

pub(super) async fn show(State(edge): State<Edge>, staff: Staff) -> Result<Response, Trouble> {
    let profiles = edge.workshop.kept.all();
    let now = edge.clock.now();
    let today = now.believable.then(|| now.today.into());
    let mut rows = Vec::new();
    for (about, _) in edge.instruments.all() {
        let Some(live) = edge.instruments.watch(&about.id) else { continue };
        let live = live.borrow().clone();
        let fitness = edge.workshop.fitness(edge.workshop.checks_of(&about)?.last(), today);
        let (mark, class, state) = said::state(&live, &about);
        let profile = profiles.iter().find(|profile| profile.id == about.id);
        let fitness = match about.vital() {
            None => said::fitness(fitness),
            Some(_) => edge.workshop.calibration(profile, today),
        };
        let label = profile.map(|profile| profile.label.clone()).unwrap_or_default();
        rows.push(Row {
            kind: said::kind(about.kind),
            id: about.id,
            name: about.name,
            label,
            mark,
            class,
            state,
            fitness,
        });
    }
    let workshop = edge.workshop.clone();
    let looked = tokio::task::spawn_blocking(move || workshop.free_ports()).await;
    let (free, twins) = looked.map_err(|_| Trouble::Broken)?;
    let listening: HashSet<String> = edge.workshop.trials.names().into_iter().collect();
    let ports = free.into_iter().map(|name| Port { listening: listening.contains(&name), name }).collect();
    page(&ListPage {
        shell: Shell::of(&edge, &staff),
        rows,
        unusable: edge.workshop.unusable(),
        ports,
        twins,
        may_change: Technician::is(&staff),
        air: Technician::is(&staff).then(|| AirPart::of(&edge)),
    })
}

#[derive(Deserialize)]
pub(super) struct UnreadForm {
    row: Uuid,
}

/// Forgets an instrument whose profile cannot be read. What was measured with it stays.
pub(super) async fn forget_unread(
    State(edge): State<Edge>,
    _: Technician,
    Form(form): Form<UnreadForm>,
) -> Result<Response, Trouble> {
    edge.workshop.kept.forget_unread(form.row).await?;
    Ok(Redirect::to("/instruments").into_response())
}

/// The part of the page that changes with what is heard in the air.
#[derive(Template)]
#[template(path = "instruments/air.html")]
struct AirPart {
    around: Around,
    listening: HashSet<String>,
}

impl AirPart {
    fn of(edge: &Edge) -> Self {
        let listening = edge.workshop.trials.names().into_iter().collect();
        Self { around: edge.workshop.around(), listening }
    }
}

/// The changing part alone.
pub(super) async fn air(State(edge): State<Edge>, _: Technician) -> Result<Response, Trouble> {
    page(&AirPart::of(&edge))
}

/// Switches Bluetooth on.
pub(super) async fn power_on(State(edge): State<Edge>, _: Technician) -> Response {
    if let Err(err) = edge.workshop.air.power_on().await {
        tracing::warn!("Bluetooth cannot be switched on: {err:#}");
    }
    Redirect::to("/instruments").into_response()
}
