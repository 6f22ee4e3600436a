//! The instruments of a posyandu on one table: an infant scale, a standing scale and a board, each on its own line.

use std::path::{Path, PathBuf};

use anyhow::Context;
use scales::Dialect;

use super::{Instrument, Make};

/// One instrument as the node's settings name it.
struct Place {
    id: &'static str,
    name: &'static str,
    kind: &'static str,
    make: Make,
}

const PLACES: [Place; 3] = [
    Place {
        id: "timbangan-a",
        name: "Timbangan bayi A",
        kind: "infant_scale",
        make: Make { dialect: Dialect::AdStd, division: 10 },
    },
    Place {
        id: "timbangan-b",
        name: "Timbangan injak B",
        kind: "standing_scale",
        make: Make { dialect: Dialect::MtSics, division: 50 },
    },
    Place {
        id: "papan",
        name: "Papan ukur",
        kind: "length_board",
        make: Make { dialect: Dialect::Digimatic13, division: 10 },
    },
];

/// The instruments, switched on.
#[derive(Debug)]
pub struct Table {
    dir: PathBuf,
    pace: u32,
    instruments: Vec<(&'static str, Instrument)>,
}

impl Table {
    /// Switches them on, each on a line named in `dir`.
    pub fn in_dir(dir: &Path, pace: u32, seed: u64) -> anyhow::Result<Self> {
        std::fs::create_dir_all(dir)?;
        let on = |(nth, place): (usize, &Place)| {
            let instrument = Instrument::at(&dir.join(place.id), place.make, pace, seed + nth as u64)?;
            Ok((place.id, instrument))
        };
        let instruments = PLACES.iter().enumerate().map(on).collect::<anyhow::Result<_>>()?;
        Ok(Self { dir: dir.to_owned(), pace: pace.max(1), instruments })
    }

    /// How many times faster than the world its children live.
    pub fn pace(&self) -> u32 {
        self.pace
    }

    /// The part of the node's settings that names them.
    pub fn settings(&self) -> String {
        let block = |place: &Place| {
            format!(
                "[[instruments]]\nid = \"{}\"\nname = \"{}\"\npath = \"{}\"\ndialect = \"{}\"\nkind = \"{}\"\n\
                 division = {}\n\n",
                place.id,
                place.name,
                self.dir.join(place.id).display(),
                place.make.dialect.name(),
                place.kind,
                place.make.division
            )
        };
        PLACES.iter().map(block).collect()
    }

    /// Puts a child on one of them.
    pub fn put_on(&self, id: &str, value: u32, calm_s: f64) -> anyhow::Result<()> {
        self.instrument(id).map(|instrument| instrument.put_on(value, calm_s))
    }

    /// Takes it off.
    pub fn take_off(&self, id: &str) -> anyhow::Result<()> {
        self.instrument(id).map(Instrument::take_off)
    }

    /// One of them, for what else can happen to it.
    pub fn instrument(&self, id: &str) -> anyhow::Result<&Instrument> {
        let found = self.instruments.iter().find(|(own, _)| *own == id);
        let (_, instrument) = found.with_context(|| format!("there is no instrument {id:?} on the table"))?;
        Ok(instrument)
    }
}
