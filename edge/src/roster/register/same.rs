//! Whoever may be there already, found while a form is being filled.

use askama::Template;
use axum::extract::{Form, State};
use axum::response::Response;
use protocol::CitizenId;
use serde::Deserialize;

use super::Warning;
use crate::app::Edge;
use crate::roster::{Alike, Listed, Newcomer, fields, nik};
use crate::staff::Staff;
use crate::web::{Trouble, page, words};

/// More than a handful helps nobody choose.
const AT_MOST: usize = 3;

/// Somebody who may be the same person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::roster) struct Same {
    pub(in crate::roster) id: CitizenId,
    pub(in crate::roster) is_adult: bool,
    pub(in crate::roster) say: String,
    alike: Alike,
}

impl Same {
    fn of(alike: Alike, other: &Listed) -> Self {
        let born = words::date(other.birth_date);
        let mother = if other.mother.is_empty() { String::new() } else { format!(", ibu {}", other.mother) };
        let why = match alike {
            Alike::Nik => " NIK-nya sama.",
            Alike::NameAndBirth => "",
            Alike::MotherAndBirth => " Ibunya sama, lahirnya berdekatan.",
        };
        let say = format!("Mungkin sudah terdaftar: {}{mother}, lahir {born}.{why}", other.name);
        Self { id: other.id, is_adult: other.is_adult, say, alike }
    }

    pub(super) fn warning(self) -> Warning {
        let code = match self.alike {
            Alike::Nik => "same_nik",
            Alike::NameAndBirth => "same_name",
            Alike::MotherAndBirth => "same_mother",
        };
        Warning { code, say: self.say.clone(), same: Some(self) }
    }
}

/// Those who are there already and look like somebody about to be written down, the surest first.
pub(in crate::roster) fn same(edge: &Edge, staff: &Staff, new: &Newcomer<'_>) -> Vec<Same> {
    let found = edge.roster.alike(staff.posyandu.id, new, AT_MOST);
    found.into_iter().map(|(alike, other)| Same::of(alike, &other)).collect()
}

/// What is typed so far.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    name: String,
    mother: String,
    day: String,
    month: String,
    year: String,
    nik: String,
    twin: String,
    child: String,
}

#[derive(Template)]
#[template(path = "roster/register/same.html")]
struct SameFragment {
    found: Vec<Same>,
}

/// The list under the form, while it is being filled.
pub(super) async fn look(
    State(edge): State<Edge>,
    staff: Staff,
    Form(typed): Form<Typed>,
) -> Result<Response, Trouble> {
    let born = fields::birth_date(&typed.day, &typed.month, &typed.year, None).ok();
    let digits = nik::digits(&typed.nik);
    let new = Newcomer {
        id: typed.child.parse().ok(),
        name: &typed.name,
        mother: &typed.mother,
        born: born.and_then(|born| born.to_naive()),
        nik: digits.as_deref(),
        birth_order: typed.twin.trim().parse().ok(),
    };
    page(&SameFragment { found: same(&edge, &staff, &new) })
}
