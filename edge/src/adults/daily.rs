//! How well an elderly person gets along, once a year: activities of daily life (*ADL*) and the short screening *SKILAS*.
//!
//! # Why
//! Which items are asked is the Puskesmas's to say (settings `adl_items` and `skilas_items`, an item a line). Without its
//! word a short list is asked, so that nobody is left out.

use askama::Template;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::NaiveDate;
use protocol::service::Noted;
use protocol::{Body, CitizenId};
use serde::Deserialize;
use uuid::Uuid;

use crate::app::Edge;
use crate::measuring::{self, Sheet, Top, Typed, Visitor};
use crate::staff::{Act, Staff};
use crate::store::StoreError;
use crate::web::{Trouble, page};

/// More items than any list has.
const MOST: usize = 40;

/// A list of items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum List {
    /// Each item: not, with help, alone.
    Adl,
    /// Each item: a difficulty, or none.
    Skilas,
}

impl List {
    pub(super) const fn word(self) -> &'static str {
        match self {
            List::Adl => "adl",
            List::Skilas => "skilas",
        }
    }

    pub(super) const fn title(self) -> &'static str {
        match self {
            List::Adl => "Kegiatan sehari-hari (ADL)",
            List::Skilas => "SKILAS",
        }
    }

    /// What records call it.
    const fn name(self) -> &'static str {
        match self {
            List::Adl => "ADL",
            List::Skilas => "SKILAS",
        }
    }

    /// The answers to an item, by their points from 0.
    const fn answers(self) -> &'static [&'static str] {
        match self {
            List::Adl => &["Tidak bisa", "Dibantu", "Sendiri"],
            List::Skilas => &["Ada kesulitan", "Tidak ada"],
        }
    }

    const fn setting(self) -> &'static str {
        match self {
            List::Adl => "adl_items",
            List::Skilas => "skilas_items",
        }
    }

    const fn short(self) -> &'static [&'static str] {
        match self {
            List::Adl => {
                &["Makan", "Mandi", "Berpakaian", "Ke kamar kecil", "Pindah dari tempat tidur", "Berjalan"]
            }
            List::Skilas => &[
                "Daya ingat",
                "Gerak dan jalan",
                "Nafsu makan dan berat badan",
                "Penglihatan",
                "Pendengaran",
                "Suasana hati",
            ],
        }
    }

    fn items(self, edge: &Edge) -> Result<Vec<String>, StoreError> {
        let told = edge.store.setting(self.setting())?.unwrap_or_default();
        let lines = told.lines().map(str::trim).filter(|line| !line.is_empty());
        let items: Vec<String> = lines.take(MOST).map(Into::into).collect();
        Ok(if items.is_empty() { self.short().iter().map(|&item| item.into()).collect() } else { items })
    }
}

#[derive(Template)]
#[template(path = "adults/daily.html")]
struct DailyPage {
    top: Top,
    id: CitizenId,
    list: List,
    sheet: Uuid,
    items: Vec<Item>,
    is_missing: bool,
    last: Option<String>,
}

struct Item {
    name: String,
    text: String,
    chosen: Option<usize>,
}

impl Item {
    fn is_chosen(&self, nth: &usize) -> bool {
        self.chosen.as_ref() == Some(nth)
    }
}

/// The day a list was last gone through.
pub(super) fn last(visitor: &Visitor, list: List) -> Option<NaiveDate> {
    let gone = visitor.facts().filter(
        |fact| matches!(fact.body(), Body::Noted(Noted::DailyLife { list: name, .. }) if name == list.name()),
    );
    gone.filter_map(|fact| fact.on?.to_naive()).max()
}

pub(super) async fn ask(
    State(edge): State<Edge>,
    staff: Staff,
    Path((id, list)): Path<(CitizenId, List)>,
) -> Result<Response, Trouble> {
    staff.may(Act::RecordMeasurement)?;
    let visitor = Visitor::load(&edge, &staff, id)?;
    show(&edge, &visitor, list, Typed::default(), false)
}

pub(super) async fn take(
    State(edge): State<Edge>,
    staff: Staff,
    Path((id, list)): Path<(CitizenId, List)>,
    Form(mut typed): Form<Typed>,
) -> Result<Response, Trouble> {
    staff.may(Act::RecordMeasurement)?;
    let visitor = Visitor::load(&edge, &staff, id)?;
    let items = items(&edge, list, &typed)?;
    let chosen: Option<Vec<usize>> = items.iter().map(|item| item.chosen).collect();
    let Some(chosen) = chosen else {
        let page = show(&edge, &visitor, list, typed, true)?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    let of = items.len() * (list.answers().len() - 1);
    let points = |points: usize| u8::try_from(points).map_err(|_| Trouble::Unreadable);
    let noted =
        Noted::DailyLife { list: list.name().into(), points: points(chosen.iter().sum())?, of: points(of)? };
    let ticket = measuring::today(&edge, &staff, &visitor).await?;
    let mut sheet = Sheet::new(&visitor, &staff, &ticket, typed.sheet());
    sheet.put(0, Body::Noted(noted), None);
    measuring::keep(&edge, sheet).await?;
    Ok(Redirect::to(&format!("/people/{id}/adult")).into_response())
}

fn items(edge: &Edge, list: List, typed: &Typed) -> Result<Vec<Item>, StoreError> {
    let item = |(nth, text): (usize, String)| {
        let name = format!("item{nth}");
        let chosen = typed.get(&name).parse().ok().filter(|&points| points < list.answers().len());
        Item { name, text, chosen }
    };
    Ok(list.items(edge)?.into_iter().enumerate().map(item).collect())
}

fn show(
    edge: &Edge,
    visitor: &Visitor,
    list: List,
    mut typed: Typed,
    is_missing: bool,
) -> Result<Response, Trouble> {
    let id = visitor.person.id;
    let said = |fact: &crate::store::Fact| match fact.body() {
        Body::Noted(Noted::DailyLife { list: name, points, of }) if name == list.name() => {
            Some(format!("terakhir {points} dari {of}"))
        }
        _ => None,
    };
    page(&DailyPage {
        top: visitor.top(format!("/people/{id}/adult")),
        id,
        list,
        sheet: typed.sheet(),
        items: items(edge, list, &typed)?,
        is_missing,
        last: visitor.facts().rev().find_map(said),
    })
}
