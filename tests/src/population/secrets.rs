//! What nobody on the way may read of the village: names, NIK, weights, in every form they could be written in.

use std::collections::HashMap;

use protocol::growth::{Clothing, Taken, Weighed};
use protocol::registry::{ChildRegistered, Sex};

use super::{Child, Village};
use crate::demo::truth;

/// Shorter than this, noise would look like a secret now and then.
const SHORTEST: usize = 8;

/// Everything that must not be seen.
#[derive(Debug)]
pub struct Secrets {
    /// What it is, and how it would be written.
    needles: Vec<(String, Vec<u8>)>,
    by_beginning: HashMap<[u8; SHORTEST], Vec<usize>>,
}

impl Secrets {
    /// The secrets of a village: of everyone on the roster, of every visit there was, of everyone who comes today.
    pub fn of(village: &Village) -> Self {
        let mut secrets = Self { needles: Vec::new(), by_beginning: HashMap::new() };
        for child in &village.children {
            secrets.add_person(child);
            for visit in &child.visits {
                secrets.add_visit(visit.mass_g, visit.length_tenth_mm);
            }
        }
        for coming in &village.coming {
            secrets.add_visit(coming.mass_g, Some(coming.length_tenth_mm));
        }
        secrets
    }

    /// How many forms are looked for.
    pub fn count(&self) -> usize {
        self.needles.len()
    }

    /// What of it stands in `bytes`.
    pub fn found_in(&self, bytes: &[u8]) -> Vec<&str> {
        let mut found = Vec::new();
        for (at, window) in bytes.windows(SHORTEST).enumerate() {
            let Some(candidates) = window.first_chunk().and_then(|key| self.by_beginning.get(key)) else {
                continue;
            };
            let seen = candidates.iter().map(|&nth| &self.needles[nth]);
            found.extend(
                seen.filter(|(_, needle)| bytes[at..].starts_with(needle)).map(|(what, _)| what.as_str()),
            );
        }
        found
    }

    fn add(&mut self, what: &str, needle: impl Into<Vec<u8>>) {
        let needle = needle.into();
        let Some(&key) = needle.first_chunk() else {
            debug_assert!(false, "{what} is too short to be looked for");
            return;
        };
        self.by_beginning.entry(key).or_default().push(self.needles.len());
        self.needles.push((what.to_owned(), needle));
    }

    fn add_person(&mut self, child: &Child) {
        let name = format!("the name {}", child.name);
        self.add(&name, child.name.as_str());
        self.add(&name, child.name.to_uppercase());
        self.add(&name, child.name.to_lowercase());
        self.add(&name, utf16(&child.name));
        self.add(&format!("the mother of {}", child.name), format!("\"mother\":\"{}\"", child.mother));
        self.add(&format!("the entry of {}", child.name), written(&registered(child)));
        self.add(&format!("the id of {}", child.name), child.id.0.as_bytes().as_slice());
        self.add(&format!("the id of {}", child.name), child.id.to_string());
        if let Some(nik) = &child.nik {
            let what = format!("the NIK {nik}");
            self.add(&what, nik.as_str());
            self.add(&what, utf16(nik));
            if let Ok(number) = nik.parse::<u64>() {
                self.add(&what, number.to_le_bytes());
                self.add(&what, number.to_be_bytes());
                self.add(&what, written(&number));
            }
        }
    }

    fn add_visit(&mut self, mass_g: u32, length_tenth_mm: Option<u32>) {
        let kg = truth::kilograms(mass_g);
        let what = format!("the weight {kg} kg");
        let short = kg.trim_end_matches('0');
        for text in [
            format!("{kg} kg"),
            format!("\"{kg}\","),
            format!("{short} kg"),
            format!("\"weight_kg\":{short}"),
        ] {
            self.add_long(&what, &text);
            self.add_long(&what, &text.replace('.', ","));
        }
        for text in
            [format!("{mass_g} gram"), format!("\"mass_g\":{mass_g}"), format!("\"weight_g\":{mass_g}")]
        {
            self.add_long(&what, &text);
        }
        self.add(&what, u64::from(mass_g).to_le_bytes());
        self.add(&what, (f64::from(mass_g) / 1000.0).to_le_bytes());
        if let Some(length) = length_tenth_mm {
            self.add(&what, [mass_g.to_le_bytes(), length.to_le_bytes()].concat());
        }
        // As the event itself writes it: what it replaces (nothing), then the weighing; typed, or by instrument up to
        // its raw window.
        for clothing in [Clothing::Light, Clothing::Clothed] {
            let (mass_g, insisted) = (Taken::Value(mass_g), Vec::new());
            let weighed =
                Weighed { mass_g, oedema: false, clothing, repeat: 1, window: None, insisted, carried: None };
            let typed = [vec![0], written(&weighed)].concat();
            let mut by_instrument = typed[..typed.len() - 1].to_vec();
            by_instrument[typed.len() - 2] = 1;
            self.add(&what, typed);
            self.add(&what, by_instrument);
        }
    }

    fn add_long(&mut self, what: &str, text: &str) {
        if text.len() >= SHORTEST {
            self.add(what, text);
        }
    }
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn written(value: &impl serde::Serialize) -> Vec<u8> {
    postcard::to_allocvec(value).expect("plain values can be written")
}

fn registered(child: &Child) -> ChildRegistered {
    ChildRegistered {
        name: child.name.clone(),
        nik: child.nik.clone(),
        birth_date: child.birth_date.into(),
        sex: match child.sex {
            growth::Sex::Male => Sex::Male,
            growth::Sex::Female => Sex::Female,
        },
        mother: child.mother.clone(),
        gestation_weeks: child.gestation_weeks,
        birth_mass_g: child.birth_mass_g,
        birth_order: child.birth_order,
        kia_book: child.kia_book,
    }
}

#[cfg(test)]
mod tests {
    use protocol::event::{Author, Entry, Event, Header, Place, Role};
    use protocol::time::ClockSource;
    use protocol::{Body, EventId, Frame, LocalDate, Month, NodeId, PosyanduId, Stamp, UserId};
    use uuid::Uuid;

    use super::*;
    use crate::chance::Chance;
    use crate::demo::today;
    use crate::population::village;

    /// An event as a node would write it, unsealed.
    fn frame(child: &Child, body: Body) -> Frame {
        let header = Header {
            id: EventId(Uuid::now_v7()),
            node: NodeId(Uuid::now_v7()),
            incarnation: 1,
            sequence: 7,
            author: Author { user: UserId(Uuid::nil()), role: Role::Kader },
            posyandu: PosyanduId(Uuid::nil()),
            citizen: Some(child.id),
            visit: None,
            observed_on: LocalDate::from(child.birth_date),
            recorded_at: Stamp {
                wall_ms: 1_795_485_600_000,
                offset_min: 420,
                source: ClockSource::Ntp,
                boot: [7; 16],
                monotonic_ns: 9,
            },
            report_month: Month::of(child.birth_date),
            place: Place::Posyandu,
            entry: Entry::Typed,
            instrument: None,
            replaces: None,
        };
        Frame::encode(&Event { header, body })
    }

    #[test]
    fn an_event_in_the_clear_gives_away_name_nik_and_weight() {
        let village = village(3, today(), 8).unwrap();
        let secrets = Secrets::of(&village);
        let child = village.children.iter().find(|child| child.nik.is_some()).unwrap();
        let entry = frame(child, Body::ChildRegistered(registered(child)));
        let found = secrets.found_in(entry.bytes()).join(", ");
        for what in ["the name", "the NIK", "the entry", "the id"] {
            assert!(found.contains(what), "{what} is not among {found:?}");
        }
        for coming in &village.coming {
            let weighed = Weighed {
                mass_g: Taken::Value(coming.mass_g),
                oedema: false,
                clothing: Clothing::Light,
                repeat: 1,
                window: None,
                insisted: Vec::new(),
                carried: None,
            };
            let found = secrets.found_in(frame(child, Body::Weighed(weighed)).bytes()).join(", ");
            assert!(found.contains("the weight"), "{} g is not seen: {found:?}", coming.mass_g);
        }
    }

    #[test]
    fn noise_gives_away_nothing() {
        let secrets = Secrets::of(&village(3, today(), 8).unwrap());
        let mut chance = Chance::new(5);
        let noise: Vec<u8> = (0..1 << 17).flat_map(|_| chance.draw().to_le_bytes()).collect();
        assert_eq!(secrets.found_in(&noise), [""; 0]);
    }
}
