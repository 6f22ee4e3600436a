//! The instrument, who is on it, and what the trainer is told of it.

use std::path::PathBuf;

use ::scales::simulate::{Guest, Instrument, Make, Manner};
use anyhow::Context;

use super::options::{Scale, Simulated};
use super::order::{Order, help};
use crate::config::InstrumentKind;
use crate::scales::Quantity;
use crate::web::words;

/// Until the child of the command line comes.
const COMES_AFTER_S: f64 = 5.0;
/// Between stepping off with the child and stepping on without it.
const HANDS_OVER_S: f64 = 2.0;

/// A simulated instrument in somebody's hands.
pub(super) struct Play {
    instrument: Instrument,
    make: Make,
    kind: InstrumentKind,
    link: PathBuf,
    seed: u64,
    calm_s: f64,
    child: Option<u32>,
    carer: Option<u32>,
}

impl Play {
    /// Switches it on; who the command line named is on the way.
    pub(super) fn begin(simulated: &Simulated) -> anyhow::Result<Self> {
        let (make, kind, any) = (simulated.make(), simulated.kind(), simulated.any());
        let seed = match any.seed {
            Some(seed) => seed,
            // Short enough to be written down.
            None => getrandom::u64().context("the machine gives no random number")? % 100_000,
        };
        let link = any.link.clone().unwrap_or_else(|| std::env::temp_dir().join(file_name(kind)));
        let instrument = Instrument::at(&link, make, any.pace, seed)?;
        instrument.spoil(simulated.flaws());
        let (child, carer) = match simulated {
            Simulated::Scale(Scale { child, carer, .. }) => (*child, *carer),
            Simulated::Board(board) => (board.child, None),
        };
        let play = Self { instrument, make, kind, link, seed, calm_s: any.calm, child, carer };
        if let Some(child) = child {
            let manner = if carer.is_some() { Manner::Standing } else { play.manner() };
            play.comes(child + carer.unwrap_or(0), manner, COMES_AFTER_S);
        }
        Ok(play)
    }

    pub(super) fn quantity(&self) -> Quantity {
        if self.kind == InstrumentKind::LengthBoard { Quantity::Length } else { Quantity::Weight }
    }

    /// What is on the screen first: where it is, how a node is told, what can be typed.
    pub(super) fn greeting(&self) -> String {
        let (name, kind) = match self.kind {
            InstrumentKind::StandingScale => ("Timbangan injak latihan", "standing_scale"),
            InstrumentKind::LengthBoard => ("Papan ukur latihan", "length_board"),
            _ => ("Timbangan latihan", "infant_scale"),
        };
        format!(
            "{name} menyala (benih acak {seed}). Supaya alat mengenalnya, tambahkan ini ke edge.toml, lalu nyalakan ulang alatnya:\n\n\
             [[instruments]]\nid = \"{id}\"\nname = \"{name}\"\npath = \"{path}\"\ndialect = \"{dialect}\"\n\
             kind = \"{kind}\"\ndivision = {division}\n\n\
             Buka dulu halaman anaknya di HP, baru ketik di sini:\n{help}\n",
            seed = self.seed,
            id = file_name(self.kind),
            path = self.link.display(),
            dialect = self.make.dialect,
            division = self.make.division,
            help = help(self.quantity()),
        )
    }

    /// Does it, and says what is to be seen now and what may follow.
    pub(super) fn obey(&mut self, order: Order) -> String {
        match order {
            Order::On(child) => {
                let Some(child) = child.or(self.child) else { return "Tulis beratnya: naik 8400.".into() };
                (self.child, self.carer) = (Some(child), None);
                let value = self.comes(child, self.manner(), 0.0);
                let figure = self.figure(value);
                format!("Anak {figure}. Bergerak dulu sekitar {} detik, lalu tenang.", self.calm_s)
            }
            Order::Off => {
                self.instrument.take_off();
                "Timbangan kosong. Anak berikutnya: naik 8400.".into()
            }
            Order::Carry { carer, child } => {
                (self.child, self.carer) = (Some(child), Some(carer));
                let value = self.comes(carer + child, Manner::Standing, 0.0);
                let figure = self.figure(value);
                format!("Ibu dan anak {figure}. Sesudah angkanya tenang, ketik: sendiri.")
            }
            Order::Alone => {
                let Some(carer) = self.carer else {
                    return "Belum ada ibu yang menggendong: gendong 52000 8400.".into();
                };
                let value = self.comes(carer, Manner::Standing, HANDS_OVER_S);
                let figure = self.figure(value);
                format!("Ibu turun, menyerahkan anak, lalu naik sendiri: {figure}. Sesudah itu: turun.")
            }
            Order::Power(false) => {
                self.instrument.die();
                "Dayanya mati di tengah angka. Nyalakan lagi: hidup.".into()
            }
            Order::Power(true) => {
                self.instrument.live();
                "Menyala lagi.".into()
            }
            Order::Cable(false) => {
                self.instrument.pull_cable();
                "Kabel dicabut. Pasang lagi: colok.".into()
            }
            Order::Cable(true) => match self.instrument.plug_cable() {
                Ok(()) => "Kabel terpasang.".into(),
                Err(err) => format!("Kabel tidak bisa dipasang: {err}"),
            },
            Order::Nothing | Order::End => String::new(),
        }
    }

    /// Somebody comes; gives the value at which the instrument will rest.
    fn comes(&self, value: u32, manner: Manner, after_s: f64) -> u32 {
        let value = (value + self.make.division / 2) / self.make.division * self.make.division;
        self.instrument.receive(Guest { value, manner, calm_s: self.calm_s, after_s });
        value
    }

    fn figure(&self, value: u32) -> String {
        match self.quantity() {
            Quantity::Weight => words::kg(value).to_string(),
            Quantity::Length => words::cm(value).to_string(),
        }
    }

    fn manner(&self) -> Manner {
        if self.kind == InstrumentKind::StandingScale { Manner::Standing } else { Manner::Lying }
    }
}

const fn file_name(kind: InstrumentKind) -> &'static str {
    match kind {
        InstrumentKind::StandingScale => "timbangan-injak-latihan",
        InstrumentKind::LengthBoard => "papan-latihan",
        _ => "timbangan-latihan",
    }
}
