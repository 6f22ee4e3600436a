//! The page at the scale and at the board: one child, one number, one button.

pub(super) mod live;
pub(super) mod save;

use askama::Template;
use axum::response::Response;
use growth::plausibility::{Concern, Concerns};
use protocol::VisitId;
use protocol::growth::{Clothing, Posture, Taken};
use serde::Deserialize;
use uuid::Uuid;

use super::case::{Case, Who};
use super::routes::next_step;
use crate::app::Edge;
use crate::config::InstrumentKind;
use crate::scales::{About, Quantity};
use crate::web::{Trouble, page, words};
use live::{Looker, View};
use save::{Entered, Said, SaveForm, Unclear, pending_event};

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
    Live { about: About, view: View, others: Vec<About> },
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
    let chosen = choose(edge, case, step.quantity, how.on.as_deref());
    let Some(about) = chosen.filter(|_| !wants_to_type(case, step, how)) else {
        return Ok(Entry::Typed { instrument: !edge.instruments.list(step.quantity).is_empty() });
    };
    edge.instruments.claim(&about.id, case.ticket.visit, case.kept(step.quantity));
    let live = edge.instruments.watch(&about.id).ok_or(Trouble::Nowhere)?;
    let view = Looker::new(case, &about).view(&live.borrow(), &edge.store);
    let others =
        edge.instruments.list(step.quantity).into_iter().filter(|other| other.id != about.id).collect();
    Ok(Entry::Live { about, view, others })
}

fn wants_to_type(case: &Case, step: &Step, how: &How) -> bool {
    match how.how.as_deref() {
        Some("typed") => true,
        Some(_) => false,
        None => !step.typed.is_empty() && super::part_of(&case.ticket.draft, step.quantity).locked.is_none(),
    }
}

/// The instrument for this child: the one named, the one it already has, else a free one that suits its age.
pub(super) fn choose(edge: &Edge, case: &Case, quantity: Quantity, named: Option<&str>) -> Option<About> {
    let list = edge.instruments.list(quantity);
    let named = named.and_then(|named| list.iter().find(|about| about.id == named).cloned());
    named.or_else(|| edge.instruments.claimed(case.ticket.visit, quantity)).or_else(|| {
        let suits = |about: &About| match about.kind {
            InstrumentKind::InfantScale => case.posture() == Posture::Lying,
            InstrumentKind::StandingScale => case.posture() == Posture::Standing,
            InstrumentKind::LengthBoard => true,
        };
        list.into_iter().min_by_key(|about| (!suits(about), edge.instruments.is_claimed(&about.id)))
    })
}

fn saved(case: &Case, quantity: Quantity) -> Entry {
    let (text, typed) = match quantity {
        Quantity::Weight => {
            let seen = case.this().and_then(|record| record.weighed.as_ref());
            seen.map(|seen| (taken(quantity, seen.value.mass_g), seen.instrument.is_none()))
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
        Taken::Value(mass_g) => format!("{} tersimpan di alat", words::kg(mass_g)),
        Taken::Not(why) => format!("tercatat tidak ditimbang: {}", words::not_taken(why)),
    })
}

/// A value with its unit, or why there is none.
pub(super) fn taken(quantity: Quantity, taken: Taken<u32>) -> String {
    match (taken, quantity) {
        (Taken::Value(value), Quantity::Weight) => words::kg(value).to_string(),
        (Taken::Value(value), Quantity::Length) => words::cm(value).to_string(),
        (Taken::Not(why), _) => words::not_taken(why).into(),
    }
}

#[derive(Template)]
#[template(path = "visits/station/question.html")]
struct QuestionPage<'a> {
    who: Who,
    step: Step,
    value: String,
    typed: bool,
    last: Option<(String, String)>,
    asks: Vec<&'static str>,
    clock_unset: bool,
    insisted: String,
    form: &'a SaveForm,
}

/// Asks before something unlikely is kept. What was read stays on the node meanwhile.
pub(super) fn question(
    case: &Case,
    quantity: Quantity,
    entered: &Entered,
    concerns: Concerns,
    form: &SaveForm,
) -> Result<Response, Trouble> {
    let codes: Vec<String> = concerns.iter().map(|concern| concern.as_code().to_string()).collect();
    let (value, typed) = match &entered.said {
        Said::Read(locked) => (taken(quantity, Taken::Value(locked.value)), false),
        Said::Typed(value) => (taken(quantity, Taken::Value(*value)), true),
        Said::Not(why) => (words::not_taken(*why).into(), true),
    };
    page(&QuestionPage {
        who: case.who(),
        step: Step { posture: entered.posture, ..Step::of(case, quantity, None) },
        value,
        typed,
        last: case.last(quantity),
        asks: concerns.iter().map(Concern::ask).collect(),
        clock_unset: concerns.contains(Concern::ClockUnset),
        insisted: codes.join(","),
        form,
    })
}
