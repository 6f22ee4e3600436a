//! The mothers of the demo: whoever is called to the scale is put on it, with her own weight.

use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader, Lines, Stdin};

use crate::harness::page::{attribute, plain};
use crate::harness::{Kader, World};
use crate::population::{Child, Coming};

const LOOK_EVERY: Duration = Duration::from_millis(700);

/// Puts children on instruments as the node's own list calls them, and does what is typed.
pub struct Autopilot<'a> {
    world: &'a World,
    kader: Kader,
}

/// Who is called where.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Call {
    address: String,
    text: String,
}

impl<'a> Autopilot<'a> {
    /// Takes a place at the door, where the list can be seen.
    pub async fn new(world: &'a World) -> anyhow::Result<Self> {
        Ok(Self { world, kader: world.kader(1).await? })
    }

    /// Goes on until its task is dropped.
    pub async fn run(&self) -> anyhow::Result<()> {
        let mut typed = BufReader::new(tokio::io::stdin()).lines();
        let mut listening = true;
        let mut there: Option<Call> = None;
        loop {
            tokio::select! {
                line = next(&mut typed), if listening => match line {
                    Some(line) => self.obey(line.trim()),
                    None => listening = false,
                },
                () = tokio::time::sleep(LOOK_EVERY) => {
                    let called = self.called().await;
                    if called != there {
                        self.change(called.as_ref());
                        there = called;
                    }
                }
            }
        }
    }

    /// The first on the list who is called to the scale or to the board.
    async fn called(&self) -> Option<Call> {
        let list = self.kader.page("/waiting").await.ok()?;
        let rows = list.split("<a class=\"person\"").skip(1).filter_map(|row| {
            let address = attribute(row, "href")?;
            let text = plain(&format!("<a {}", row.split("</a>").next()?));
            Some(Call { address, text })
        });
        rows.into_iter().find(|call| call.address.ends_with("/weight") || call.address.ends_with("/length"))
    }

    fn change(&self, called: Option<&Call>) {
        for id in ["timbangan-a", "timbangan-b", "papan"] {
            self.tell(self.world.table.take_off(id));
        }
        let Some(call) = called else { return };
        let Some((child, coming)) = self.village_child(&call.text) else { return };
        let stands = child.stands(self.world.village.day);
        let (id, value, calm_s) = match (call.address.ends_with("/weight"), stands) {
            (true, false) => ("timbangan-a", coming.mass_g, 6.0),
            (true, true) => ("timbangan-b", coming.mass_g, 4.0),
            (false, _) => ("papan", coming.length_tenth_mm, 3.0),
        };
        self.tell(self.world.table.put_on(id, value, calm_s));
    }

    /// The child a row of the list speaks of: by name, and where two bear one, by mother.
    fn village_child(&self, text: &str) -> Option<(&Child, &Coming)> {
        let village = &self.world.village;
        let coming = village.coming.iter().find(|coming| {
            let child = &village.children[coming.child];
            text.contains(&child.name) && text.contains(&format!("Ibu {}", child.mother))
        })?;
        Some((&village.children[coming.child], coming))
    }

    fn obey(&self, line: &str) {
        let (word, figure) = line.split_once(' ').unwrap_or((line, ""));
        match (word, thousandths(figure)) {
            ("putus", _) => self.world.link.cut(),
            ("sambung", _) => self.world.link.restore(),
            ("timbang", Some(grams)) => self.tell(self.world.table.put_on("timbangan-a", grams, 5.0)),
            ("ukur", Some(milli_cm)) => self.tell(self.world.table.put_on("papan", milli_cm / 10, 3.0)),
            ("angkat", _) => self.change(None),
            ("", _) => {}
            _ => eprintln!("putus, sambung, timbang 8,45, ukur 71,3, angkat"),
        }
    }

    fn tell(&self, done: anyhow::Result<()>) {
        if let Err(err) = done {
            eprintln!("{err:#}");
        }
    }
}

async fn next(typed: &mut Lines<BufReader<Stdin>>) -> Option<String> {
    typed.next_line().await.ok().flatten()
}

/// `8,45` as 8450.
fn thousandths(figure: &str) -> Option<u32> {
    let figure: f64 = figure.trim().replace(',', ".").parse().ok()?;
    (0.0..1000.0).contains(&figure).then_some((figure * 1000.0).round() as u32)
}
