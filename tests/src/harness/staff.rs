//! Who works at the Puskesmas that does not exist, with the PINs the demo prints.

use std::path::Path;

use anyhow::Context;
use serde_json::json;
use uuid::Uuid;

use super::HubPlace;

/// A Puskesmas, its posyandu and its people.
#[derive(Debug, Clone)]
pub struct Staff {
    /// The Puskesmas.
    pub puskesmas: &'static str,
    /// The posyandu.
    pub posyandu: Uuid,
    /// Who may sign in on the node.
    pub kader: Vec<Person>,
    /// Who looks at the hub: address and name.
    pub officer: (&'static str, &'static str),
}

/// Someone with a PIN.
#[derive(Debug, Clone, Copy)]
pub struct Person {
    /// Her name.
    pub name: &'static str,
    /// Her PIN on the node.
    pub pin: &'static str,
    role: &'static str,
}

/// The people of Posyandu Mawar 3, Puskesmas Cibadak.
pub fn of_mawar() -> Staff {
    let person = |name, pin, role| Person { name, pin, role };
    Staff {
        puskesmas: "Cibadak",
        posyandu: id(3),
        kader: vec![
            person("Ibu Wati", "240713", "kader"),
            person("Ibu Ratna", "518206", "kader"),
            person("Bidan Dewi", "907341", "bidan"),
        ],
        officer: ("dewi@cibadak.example", "Dewi Kartika"),
    }
}

impl Staff {
    /// Loads the reference data, as the hub's operators would.
    pub fn load(&self, hub: &HubPlace, dir: &Path) -> anyhow::Result<()> {
        let people: Vec<_> = self
            .kader
            .iter()
            .enumerate()
            .map(|(nth, person)| {
                json!({ "id": id(100 + nth as u128), "puskesmas_id": id(1), "name": person.name, "role": person.role,
                        "pin": person.pin, "posyandu": [self.posyandu] })
            })
            .collect();
        let reference = json!({
            "puskesmas": [{ "id": id(1), "name": self.puskesmas, "district": "Cibadak" }],
            "posyandu": [{ "id": self.posyandu, "puskesmas_id": id(1), "name": "Mawar 3", "village": "Sukamaju" }],
            "users": people,
        });
        let file = dir.join("reference.json");
        std::fs::write(&file, serde_json::to_vec_pretty(&reference)?)?;
        hub.tell(&["reference", "load", file.to_str().context("the path is plain text")?]).map(drop)
    }

    /// A link by which the officer sets her password, once.
    pub fn invite(&self, hub: &HubPlace) -> anyhow::Result<String> {
        let (email, name) = self.officer;
        let said = hub.tell(&[
            "staff",
            "invite",
            "--email",
            email,
            "--name",
            name,
            "--role",
            "petugas",
            "--puskesmas",
            self.puskesmas,
        ])?;
        let link = said.split_whitespace().find(|word| word.contains("/undangan/"));
        link.map(str::to_owned).with_context(|| format!("the hub gave no link: {said}"))
    }
}

/// Ids that are the same in every run, so that data made once fits again.
fn id(nth: u128) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + nth)
}
