//! The page at the scale and at the board: one child, one number, one button.

pub(super) mod carry;
mod fit;
pub(super) mod live;
mod question;
mod repeat;
pub(super) mod save;

use askama::Template;
use axum::response::Response;
use protocol::VisitId;
use protocol::growth::{Clothing, Posture, Taken, Weighed};
use serde::Deserialize;
use uuid::Uuid;

use super::case::{Case, Who};
use super::draft::Carrying;
use super::routes::next_step;
use crate::app::Edge;
use crate::scales::{About, Quantity};
use crate::web::{Trouble, page, words};
use live::{Looker, View};
use save::{Unclear, pending_event};

pub(super) use question::{ask, question};

/// How the kader wants to enter the value.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct How {
    /// `typed` or `live`; the page decides if left out.
    pub(super) how: Option<String>,
    /// The instrument she chose.
    pub(super) on: Option<String>,
}

/// Where the page of a station is.
pub(super) fn address(visit: VisitId, quantity: Quantity) -> String {
    format!("/visits/{visit}/{}", quantity.word())
}

#[derive(Template)]
#[template(path = "visits/station/page.html")]
struct StationPage {
    who: Who,
    step: Step,
    entry: Entry,
    /// The last value and its day.
    last: Option<(String, String)>,
    /// What the station before has just saved.
    saved: Option<String>,
    unclear: Option<&'static str>,
}

/// Which station this is and what its form carries.
struct Step {
    visit: VisitId,
    quantity: Quantity,
    event: Uuid,
    posture: Posture,
    oedema: bool,
    clothed: bool,
    typed: String,
}

/// What the middle of the page is.
enum Entry {
    /// The number that moves.
    Live {
        about: About,
        view: Box<View>,
        others: Vec<About>,
        /// What its last check found, where that is worth knowing.
        caution: Option<&'static str>,
        /// Another scale would suit this child better.
        unfit: Option<String>,
        /// The steps of a child in somebody's arms.
        steps: Option<Vec<carry::Step>>,
        /// There is a scale somebody can stand on with the child.
        can_carry: bool,
    },
    /// Both steps of a child in somebody's arms: its weight and the scale's division, or why there is none.
    Carried { weight: Result<(String, u32), &'static str>, steps: Vec<carry::Step>, shown: String },
    /// A field for digits; `instrument` if there is one to go back to.
    Typed { instrument: bool },
    /// Already saved.
    Saved { text: String, typed: bool, next: String },
}

impl Step {
    fn of(case: &Case, quantity: Quantity, typed: Option<&str>) -> Self {
        let draft = &case.ticket.draft;
        Self {
            visit: case.ticket.visit,
            quantity,
            event: pending_event(&case.ticket, quantity).0,
            posture: case.posture(),
            oedema: draft.oedema,
            clothed: draft.clothing == Some(Clothing::Clothed),
            typed: typed.unwrap_or(&super::part_of(draft, quantity).typed).to_owned(),
        }
    }

    fn is_weight(&self) -> bool {
        self.quantity == Quantity::Weight
    }

    fn is_standing(&self) -> bool {
        self.posture == Posture::Standing
    }

    /// The heading: what is done here.
    fn task(&self) -> &'static str {
        match (self.quantity, self.posture) {
            (Quantity::Weight, _) => "Timbang",
            (Quantity::Length, Posture::Lying) => "Ukur panjang",
            (Quantity::Length, Posture::Standing) => "Ukur tinggi",
        }
    }

    fn unit(&self) -> &'static str {
        self.quantity.unit()
    }
}

/// Shows the station. Opening it takes a free instrument for this visit, as putting the child down would.
pub(super) fn show(
    edge: &Edge,
    case: &Case,
    quantity: Quantity,
    how: &How,
    unclear: Option<(Unclear, Option<&str>)>,
) -> Result<Response, Trouble> {
    let step = Step::of(case, quantity, unclear.and_then(|(_, typed)| typed));
    let entry = entry(edge, case, &step, how)?;
    let unclear = unclear.map(|(unclear, _)| unclear.0);
    let saved = (quantity == Quantity::Length).then(|| saved_weight(case)).flatten();
    page(&StationPage { who: case.who(), step, entry, last: case.last(quantity), saved, unclear })
}

fn entry(edge: &Edge, case: &Case, step: &Step, how: &How) -> Result<Entry, Trouble> {
    if case.done(step.quantity) {
        return Ok(saved(case, step.quantity));
    }
    let carrying = case.ticket.draft.carrying.as_ref().filter(|_| step.is_weight());
    if let Some(carrying) = carrying.filter(|carrying| carry::next(carrying).is_none())
        && how.how.as_deref() != Some("typed")
    {
        return Ok(carried(carrying));
    }
    let chosen = choose(edge, case, step.quantity, how.on.as_deref());
    let Some(about) = chosen.filter(|_| !wants_to_type(case, step, how)) else {
        return Ok(Entry::Typed { instrument: !edge.instruments.list(step.quantity).is_empty() });
    };
    edge.instruments.claim(&about.id, case.ticket.visit, case.kept(step.quantity));
    let live = edge.instruments.watch(&about.id).ok_or(Trouble::Nowhere)?;
    let view = Box::new(Looker::new(case, step.quantity, &about).view(&live.borrow(), &edge.store));
    let stands_on = carry::scales(edge).find(|other| other.id != about.id).map(|other| other.name);
    let fit = fit::of(about.kind, case.posture(), case.last_mass_g());
    let now = edge.clock.now();
    let suits = |other: &About| other.id != about.id && carry::allows(carrying, other);
    Ok(Entry::Live {
        view,
        caution: edge.workshop.caution(&about, now.believable.then_some(now.today)),
        others: edge.instruments.list(step.quantity).into_iter().filter(suits).collect(),
        unfit: fit.note(stands_on.as_deref()).filter(|_| carrying.is_none()),
        steps: carrying.map(carry::steps),
        can_carry: step.is_weight() && carrying.is_none() && carry::scales(edge).next().is_some(),
        about,
    })
}

fn carried(carrying: &Carrying) -> Entry {
    let weight = carry::between(carrying).map_err(carry::Doubt::say);
    let weight =
        weight.map(|(carried, _)| (words::kg_figure(carried.mass_g()).to_string(), carried.division_g));
    Entry::Carried { weight, steps: carry::steps(carrying), shown: carry::shown(carrying) }
}

fn wants_to_type(case: &Case, step: &Step, how: &How) -> bool {
    match how.how.as_deref() {
        Some("typed") => true,
        Some(_) => false,
        None => !step.typed.is_empty() && super::part_of(&case.ticket.draft, step.quantity).locked.is_none(),
    }
}

/// The instrument for this child: the one named, the one it already has, else a free one that suits it. In somebody's
/// arms it is weighed where somebody can stand.
pub(super) fn choose(edge: &Edge, case: &Case, quantity: Quantity, named: Option<&str>) -> Option<About> {
    let carrying = case.ticket.draft.carrying.as_ref().filter(|_| quantity == Quantity::Weight);
    let mut list = edge.instruments.list(quantity);
    list.retain(|about| carry::allows(carrying, about));
    let named = named.and_then(|named| list.iter().find(|about| about.id == named).cloned());
    let claimed = || edge.instruments.claimed(case.ticket.visit, quantity);
    named.or_else(|| claimed().filter(|about| list.contains(about))).or_else(|| {
        let fit = |about: &About| fit::of(about.kind, case.posture(), case.last_mass_g());
        let rank = |about: &About| (fit(about), edge.instruments.is_claimed(&about.id));
        list.iter().min_by_key(|about| rank(about)).cloned()
    })
}

fn saved(case: &Case, quantity: Quantity) -> Entry {
    let (text, typed) = match quantity {
        Quantity::Weight => {
            let seen = case.this().and_then(|record| record.weighed.as_ref());
            seen.map(|seen| (weight(&seen.value), seen.instrument.is_none()))
        }
        Quantity::Length => {
            let seen = case.this().and_then(|record| record.length.as_ref());
            seen.map(|seen| (taken(quantity, seen.value.length_tenth_mm), seen.instrument.is_none()))
        }
    }
    .unwrap_or_default();
    Entry::Saved { text, typed, next: next_step(&case.ticket) }
}

fn saved_weight(case: &Case) -> Option<String> {
    let weighed = case.this()?.weighed.as_ref()?;
    Some(match weighed.value.mass_g {
        Taken::Value(_) => format!("{} tersimpan di alat", weight(&weighed.value)),
        Taken::Not(why) => format!("tercatat tidak ditimbang: {}", words::not_taken(why)),
    })
}

/// A weight, and how coarse it is where the child was carried.
pub(super) fn weight(weighed: &Weighed) -> String {
    let text = taken(Quantity::Weight, weighed.mass_g);
    match weighed.carried {
        Some(carried) => format!("{text} (gendong, ketelitian {} g)", carried.division_g),
        None => text,
    }
}

/// A value with its unit, or why there is none.
pub(super) fn taken(quantity: Quantity, taken: Taken<u32>) -> String {
    match (taken, quantity) {
        (Taken::Value(value), Quantity::Weight) => words::kg(value).to_string(),
        (Taken::Value(value), Quantity::Length) => words::cm(value).to_string(),
        (Taken::Not(why), _) => words::not_taken(why).into(),
    }
}
