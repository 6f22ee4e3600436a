//! The history as `simpul-edge import` reads it.

use growth::Posture;
use serde_json::{Value, json};

use super::{Child, PastVisit, Village};

impl Village {
    /// How many events the history becomes: one for each child, weight and length.
    pub fn events(&self) -> u64 {
        let of_visit = |visit: &PastVisit| 1 + u64::from(visit.length_tenth_mm.is_some());
        self.children.iter().map(|child| 1 + child.visits.iter().map(of_visit).sum::<u64>()).sum()
    }

    /// Everything before today, as an import file.
    pub fn history(&self) -> Value {
        json!({ "children": self.children.iter().map(child).collect::<Vec<_>>() })
    }
}

fn child(child: &Child) -> Value {
    json!({
        "id": child.id,
        "name": child.name,
        "nik": child.nik,
        "birth_date": child.birth_date.to_string(),
        "sex": child.sex.code().to_string(),
        "mother": child.mother,
        "gestation_weeks": child.gestation_weeks,
        "birth_mass_g": child.birth_mass_g,
        "birth_order": child.birth_order,
        "kia_book": child.kia_book,
        "visits": child.visits.iter().map(visit).collect::<Vec<_>>(),
    })
}

fn visit(visit: &PastVisit) -> Value {
    json!({
        "id": visit.id,
        "observed_on": visit.on.to_string(),
        "mass_g": visit.mass_g,
        "length_tenth_mm": visit.length_tenth_mm,
        "posture": match visit.posture { Posture::Lying => "l", Posture::Standing => "h" },
        "entry": if visit.late { "late" } else { "typed" },
    })
}
