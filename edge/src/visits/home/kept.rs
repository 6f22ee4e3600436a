//! Whether a visit that is handed over is here already, and as what.

use protocol::growth::{Clothing, LengthTaken, Weighed};
use protocol::service::Noted;
use protocol::{Body, CitizenId, Event, EventId};

use super::{Brought, Measured, known, save};
use crate::app::Edge;
use crate::scales::Quantity;
use crate::store::{Fact, StoreError, VisitRecord};
use crate::visits::growing;

/// What is here of a visit that is handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kept {
    /// Nothing.
    Nothing,
    /// All of it: as it was first written down, or as it stands since somebody corrected it.
    All,
    /// Something else under the same ids; what stands, in words.
    Other(String),
}

/// What is here of a visit, by whichever node it came.
pub(crate) fn kept(edge: &Edge, citizen: CitizenId, brought: &Brought) -> Result<Kept, StoreError> {
    let store = &edge.store;
    let stands = store.own_visits_of(citizen)?.into_iter().find(|record| record.visit == brought.visit);
    let mut facts = store.all_facts_of(citizen)?;
    facts.retain(|fact| growing::is_of(fact, brought.visit));
    let mut written = Vec::new();
    for id in ids(brought) {
        written.extend(store.event(id)?);
    }
    if stands.is_none() && facts.is_empty() && written.is_empty() {
        return Ok(Kept::Nothing);
    }
    let is_all = written.iter().all(|event| is_of(event, citizen, brought))
        && is_its_day(brought, stands.as_ref(), &written)
        && has_weight(brought, stands.as_ref(), &written)
        && has_length(brought, stands.as_ref(), &written)
        && has_remark(brought, &facts);
    Ok(if is_all { Kept::All } else { Kept::Other(said(stands.as_ref(), &facts)) })
}

fn ids(brought: &Brought) -> impl Iterator<Item = EventId> {
    let parts = [&brought.weight, &brought.length].into_iter().flatten();
    parts.map(|part| part.event).chain(brought.remark.iter().map(|(id, _)| *id))
}

fn is_of(event: &Event, citizen: CitizenId, brought: &Brought) -> bool {
    let header = &event.header;
    header.citizen == Some(citizen) && header.visit.is_some_and(|visit| visit.id == brought.visit)
}

fn is_its_day(brought: &Brought, stands: Option<&VisitRecord>, written: &[Event]) -> bool {
    let stands = stands.map(|record| record.observed_on);
    let mut days = stands.into_iter().chain(written.iter().map(|event| event.header.observed_on));
    days.any(|day| day == brought.on.into())
}

fn has_weight(brought: &Brought, stands: Option<&VisitRecord>, written: &[Event]) -> bool {
    let stands = stands.and_then(|record| record.weighed.as_ref()).map(|seen| &seen.value);
    let Some(part) = &brought.weight else { return stands.is_none() };
    let written = written.iter().filter_map(|event| match &event.body {
        Body::Weighed(weighed) => Some(weighed),
        _ => None,
    });
    stands.into_iter().chain(written).any(|weighed| is_weight(brought, part, weighed))
}

fn is_weight(brought: &Brought, part: &Measured, weighed: &Weighed) -> bool {
    is_value(Quantity::Weight, part, weighed.mass_g)
        && weighed.oedema == brought.oedema
        && (weighed.clothing == Clothing::Clothed) == brought.clothed
}

fn has_length(brought: &Brought, stands: Option<&VisitRecord>, written: &[Event]) -> bool {
    let stands = stands.and_then(|record| record.length.as_ref()).map(|seen| &seen.value);
    let Some(part) = &brought.length else { return stands.is_none() };
    let written = written.iter().filter_map(|event| match &event.body {
        Body::LengthTaken(length) => Some(length),
        _ => None,
    });
    stands.into_iter().chain(written).any(|length| is_length(brought, part, length))
}

fn is_length(brought: &Brought, part: &Measured, length: &LengthTaken) -> bool {
    let posture = brought.posture.as_deref().and_then(save::posture);
    is_value(Quantity::Length, part, length.length_tenth_mm)
        && posture.is_none_or(|posture| posture == length.posture)
}

/// Whether what was typed, or the reason for typing nothing, is this value.
fn is_value(quantity: Quantity, part: &Measured, value: protocol::growth::Taken<u32>) -> bool {
    use protocol::growth::Taken;
    match (&part.not, &part.typed) {
        (Some(why), _) => save::reason(why).map(Taken::Not) == Some(value),
        (None, Some(text)) => save::typed(quantity, text).is_ok_and(|typed| Taken::Value(typed) == value),
        (None, None) => false,
    }
}

fn has_remark(brought: &Brought, facts: &[Fact]) -> bool {
    match &brought.remark {
        Some((_, text)) => remarks(facts).any(|(_, remark)| remark == text),
        None => remarks(facts).all(|(has_fallen, _)| has_fallen),
    }
}

/// The remarks of a visit, and whether they count no longer.
fn remarks(facts: &[Fact]) -> impl Iterator<Item = (bool, &String)> {
    facts.iter().filter_map(|fact| match fact.body() {
        Body::Noted(Noted::Remark(text)) => Some((fact.fallen.is_some(), text)),
        _ => None,
    })
}

/// `10-01-2026: 8,60 kg, 72,8 cm, catatan “…”`, as far as it stands.
fn said(stands: Option<&VisitRecord>, facts: &[Fact]) -> String {
    let remark = remarks(facts).find(|(has_fallen, _)| !has_fallen);
    let remark = remark.map(|(_, text)| format!("catatan “{text}”"));
    let parts: Vec<String> = stands.and_then(known::line).into_iter().chain(remark).collect();
    if parts.is_empty() { "tanpa angka".into() } else { parts.join(", ") }
}
