//! What a phone takes along of a child: enough to find it, to measure it and to see at once that a number is odd.

use growth::kms::kbm_g;
use growth::{Month, completed_months};
use serde::Serialize;

use crate::app::Edge;
use crate::scales::Quantity;
use crate::store::{Child, StoreError, VisitRecord};
use crate::visits::case::Who;
use crate::visits::{growing, station};
use crate::web::words;

/// Earlier visits a phone shows.
const VISITS: usize = 3;

/// A child as a phone carries it: words to show, nothing to compute with. No NIK.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Known {
    id: String,
    name: String,
    /// `♀ 1 th 3 bln · Ibu Rahma`.
    about: String,
    /// Where it lives, as one finds it.
    address: Option<String>,
    /// `03-02-2025`.
    born: String,
    /// `lying` or `standing`, as its age asks.
    posture: &'static str,
    /// The last visits, newest first: `10-01-2026: 8,60 kg, 72,8 cm`.
    before: Vec<String>,
    /// What it should weigh at least this month.
    needed: Option<String>,
    /// What the Puskesmas asks to be done.
    tasks: Vec<String>,
}

impl Known {
    /// What is known of a child now.
    pub(crate) fn of(edge: &Edge, child: &Child) -> Result<Self, StoreError> {
        let records = edge.store.visits_of(child.id)?;
        let who = Who::now(edge, child);
        let about = [
            format!("{} {}", who.sex_sign, who.age).trim().to_owned(),
            format!("Ibu {}", who.mother),
            who.twin.unwrap_or_default(),
        ];
        let born = child.registered.birth_date.to_naive();
        let standing = born.is_some_and(|born| {
            let proposed = growing::proposed_posture(born, edge.clock.now().at_least);
            proposed == protocol::growth::Posture::Standing
        });
        Ok(Self {
            id: child.id.to_string(),
            name: who.name,
            about: about.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · "),
            address: child.registered.address.clone(),
            born: born.map(|born| words::date(born).to_string()).unwrap_or_default(),
            posture: if standing { "standing" } else { "lying" },
            before: records.iter().rev().filter_map(line).take(VISITS).collect(),
            needed: needed(edge, child, &records),
            tasks: edge.store.tasks_of(child.id)?.into_iter().map(|task| task.text).collect(),
        })
    }
}

pub(super) fn line(record: &VisitRecord) -> Option<String> {
    let day = words::date(record.observed_on.to_naive()?);
    let weight = record.weighed.as_ref().map(|seen| station::taken(Quantity::Weight, seen.value.mass_g));
    let length =
        record.length.as_ref().map(|seen| station::taken(Quantity::Length, seen.value.length_tenth_mm));
    let figures: Vec<String> = weight.into_iter().chain(length).collect();
    Some(format!("{day}: {}", figures.join(", ")))
}

/// The least weight that counts as *naik*, where the child was weighed last month and the date is known.
fn needed(edge: &Edge, child: &Child, records: &[VisitRecord]) -> Option<String> {
    let now = edge.clock.now();
    let today = now.believable.then_some(now.today)?;
    let grower = growing::grower(&child.registered)?;
    let month = Month::of(today);
    let last =
        records.iter().rev().find(|record| !record.clock_unset && record.report_month.0 == month.0 - 1)?;
    let last_g = last.weighed.as_ref()?.value.mass_g.value()?;
    let gain_g = kbm_g(grower.sex, completed_months(grower.birth_date, today))?;
    let least = words::kg(last_g + u32::from(gain_g));
    Some(format!("Naik kalau paling sedikit {least} (perlu {gain_g} g)"))
}
