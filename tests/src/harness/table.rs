//! The instruments of a posyandu on one table: an infant scale, a standing scale and a board, each on its own line.

use std::path::{Path, PathBuf};

use anyhow::Context;
use scales::Dialect;

use super::bridge::{Bridge, Build};
use super::{Instrument, Make, technician};

/// One instrument as the node's settings name it.
struct Place {
    id: &'static str,
    name: &'static str,
    kind: &'static str,
    make: Make,
    /// The bridge of ours that can be there instead.
    bridge: (Dialect, Build),
}

const PLACES: [Place; 3] = [
    Place {
        id: "timbangan-a",
        name: "Timbangan bayi A",
        kind: "infant_scale",
        make: Make { dialect: Dialect::AdStd, division: 10 },
        bridge: (Dialect::BridgeMass, Build::BabyScale),
    },
    Place {
        id: "timbangan-b",
        name: "Timbangan injak B",
        kind: "standing_scale",
        make: Make { dialect: Dialect::MtSics, division: 50 },
        bridge: (Dialect::BridgeMass, Build::Platform),
    },
    Place {
        id: "papan",
        name: "Papan ukur",
        kind: "length_board",
        make: Make { dialect: Dialect::Digimatic13, division: 10 },
        bridge: (Dialect::BridgeLength, Build::HeightBoard),
    },
];

/// What stands at a place.
#[derive(Debug)]
enum Device {
    /// An instrument somebody sells.
    Bought(Instrument),
    /// A bridge of ours.
    Bridge(Instrument<Bridge>),
}

/// The instruments, switched on.
#[derive(Debug)]
pub struct Table {
    dir: PathBuf,
    pace: u32,
    devices: Vec<Device>,
}

impl Table {
    /// Switches them on, each on a line named in `dir`.
    pub fn in_dir(dir: &Path, pace: u32, seed: u64) -> anyhow::Result<Self> {
        Self::laid(dir, pace, |nth, place| {
            let instrument = Instrument::at(&dir.join(place.id), place.make, pace, seed + nth)?;
            Ok(Device::Bought(instrument))
        })
    }

    /// The same with bridges of ours in all places, each calibrated before it comes to the table.
    pub fn of_bridges(dir: &Path, pace: u32, seed: u64) -> anyhow::Result<Self> {
        Self::laid(dir, pace, |nth, place| {
            let ((dialect, build), division) = (place.bridge, place.make.division);
            let (line, bridge) = (dir.join(place.id), Bridge::new(build, seed + nth));
            let bridge = Instrument::of(&line, Make { dialect, division }, bridge, pace, seed + nth)?;
            let label = u32::try_from(nth)? + 1;
            technician::calibrate(&bridge, build, &line, (label, division))
                .with_context(|| format!("cannot calibrate {}", place.id))?;
            bridge.pace(pace);
            Ok(Device::Bridge(bridge))
        })
    }

    fn laid(
        dir: &Path,
        pace: u32,
        device: impl Fn(u64, &Place) -> anyhow::Result<Device>,
    ) -> anyhow::Result<Self> {
        std::fs::create_dir_all(dir)?;
        let devices = (0..).zip(&PLACES).map(|(nth, place)| device(nth, place)).collect::<Result<_, _>>()?;
        Ok(Self { dir: dir.to_owned(), pace: pace.max(1), devices })
    }

    /// How many times faster than the world its children live.
    pub fn pace(&self) -> u32 {
        self.pace
    }

    /// The part of the node's settings that names them.
    pub fn settings(&self) -> String {
        let block = |(place, device): (&Place, &Device)| {
            let dialect = match device {
                Device::Bought(_) => place.make.dialect,
                Device::Bridge(_) => place.bridge.0,
            };
            format!(
                "[[instruments]]\nid = \"{}\"\nname = \"{}\"\npath = \"{}\"\ndialect = \"{}\"\nkind = \"{}\"\n\
                 division = {}\n\n",
                place.id,
                place.name,
                self.dir.join(place.id).display(),
                dialect.name(),
                place.kind,
                place.make.division
            )
        };
        PLACES.iter().zip(&self.devices).map(block).collect()
    }

    /// Puts a child on one of them.
    pub fn put_on(&self, id: &str, value: u32, calm_s: f64) -> anyhow::Result<()> {
        match self.device(id)? {
            Device::Bought(instrument) => instrument.put_on(value, calm_s),
            Device::Bridge(bridge) => bridge.put_on(value, calm_s),
        }
        Ok(())
    }

    /// Takes it off.
    pub fn take_off(&self, id: &str) -> anyhow::Result<()> {
        match self.device(id)? {
            Device::Bought(instrument) => instrument.take_off(),
            Device::Bridge(bridge) => bridge.take_off(),
        }
        Ok(())
    }

    /// One of them that is none of our bridges, for what else can happen to it.
    pub fn instrument(&self, id: &str) -> anyhow::Result<&Instrument> {
        match self.device(id)? {
            Device::Bought(instrument) => Ok(instrument),
            Device::Bridge(_) => anyhow::bail!("{id:?} is a bridge"),
        }
    }

    fn device(&self, id: &str) -> anyhow::Result<&Device> {
        let found = PLACES.iter().zip(&self.devices).find(|(place, _)| place.id == id);
        found.map(|(_, device)| device).with_context(|| format!("there is no instrument {id:?} on the table"))
    }
}
