//! Months that lie behind a node, as a file it imports.

use std::path::{Path, PathBuf};

use chrono::{Days, Months, NaiveDate};
use serde_json::{Value, json};
use uuid::Uuid;

/// Children and what was taken of each, the newest last.
pub(super) struct Past {
    pub(super) children: Vec<Uuid>,
    /// The days of each child's visits.
    pub(super) visits: Vec<NaiveDate>,
    /// Whether at the last visit nobody measured.
    pub(super) last_only_weighed: bool,
}

impl Past {
    /// One visit a month up to last month.
    pub(super) fn months(children: usize, months: u32, today: NaiveDate) -> Self {
        let visits = (1..=months).rev().map(|ago| today - Months::new(ago)).collect();
        Self { children: some(children), visits, last_only_weighed: false }
    }

    /// Five events of each child since last month: three visits, and once nobody measured.
    pub(super) fn month(children: usize, today: NaiveDate) -> Self {
        let visits = [28, 14, 2].map(|ago| today - Days::new(ago)).to_vec();
        Self { children: some(children), visits, last_only_weighed: true }
    }

    /// Events, registrations among them.
    pub(super) fn events(&self) -> usize {
        self.children.len() * (1 + 2 * self.visits.len() - usize::from(self.last_only_weighed))
    }

    /// Writes the file into a folder.
    pub(super) fn write(&self, folder: &Path, today: NaiveDate) -> anyhow::Result<PathBuf> {
        let born = today - Months::new(26);
        let children = self.children.iter().enumerate().map(|(nth, id)| {
            json!({ "id": id, "name": format!("Anak {nth}"), "birth_date": born.to_string(), "sex": "p",
                    "mother": format!("Ibu {}", nth / 2), "kia_book": true, "visits": self.visits() })
        });
        let file = folder.join("past.json");
        std::fs::write(&file, serde_json::to_vec(&json!({ "children": children.collect::<Vec<_>>() }))?)?;
        Ok(file)
    }

    fn visits(&self) -> Vec<Value> {
        let measured = self.visits.len() - usize::from(self.last_only_weighed);
        let visit = |(nth, on): (usize, &NaiveDate)| {
            json!({ "id": Uuid::now_v7(), "observed_on": on.to_string(), "mass_g": 5_000 + 300 * nth,
                    "length_tenth_mm": (nth < measured).then_some(5_600 + 130 * nth), "posture": "l",
                    "entry": "typed" })
        };
        self.visits.iter().enumerate().map(visit).collect()
    }
}

fn some(count: usize) -> Vec<Uuid> {
    (0..count).map(|_| Uuid::now_v7()).collect()
}
