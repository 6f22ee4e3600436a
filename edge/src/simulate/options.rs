//! What a simulated instrument is, from the command line.

use std::path::PathBuf;

use ::scales::simulate::{Flaws, Make};
use ::scales::{Dialect, Measures};
use clap::{Args, Subcommand};

use super::order;
use crate::config::InstrumentKind;

/// The instruments there are.
#[derive(Debug, Subcommand)]
pub enum Simulated {
    /// A scale: `naik 8400`, `turun`, `gendong 52000 8400`, `sendiri`, `mati`, `selesai`.
    Scale(Scale),
    /// A length or height board: `ukur 71,2`, `mati`, `selesai`.
    Board(Board),
}

/// A scale.
#[derive(Debug, Args)]
pub struct Scale {
    #[command(flatten)]
    pub(super) any: Any,
    /// The dialect it speaks, as settings name it.
    #[arg(long, default_value = "ad_std", value_parser = of_scales)]
    pub(super) dialect: Dialect,
    /// Its step in grams; 10, or 50 where one stands.
    #[arg(long)]
    division: Option<u32>,
    /// One stands on it; otherwise one lies or sits.
    #[arg(long)]
    pub(super) standing: bool,
    /// A child of so many grams comes to it, five seconds after the start.
    #[arg(long, value_parser = order::grams)]
    pub(super) child: Option<u32>,
    /// And is carried by somebody of so many grams, until `sendiri`.
    #[arg(long, requires = "child", value_parser = order::grams)]
    pub(super) carer: Option<u32>,
    /// It lies: so many grams too much, or too little.
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    offset: i64,
}

/// A board.
#[derive(Debug, Args)]
pub struct Board {
    #[command(flatten)]
    pub(super) any: Any,
    /// The dialect it speaks, as settings name it.
    #[arg(long, default_value = "digimatic13", value_parser = of_boards)]
    pub(super) dialect: Dialect,
    /// Its step in tenths of a millimetre.
    #[arg(long, default_value_t = 10)]
    division: u32,
    /// It comes down on a child of so many centimetres, five seconds after the start.
    #[arg(long, value_parser = order::tenth_mm)]
    pub(super) child: Option<u32>,
    /// It lies: so many tenths of a millimetre too much, or too little.
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    offset: i64,
}

/// What both have.
#[derive(Debug, Args)]
pub(super) struct Any {
    /// The device file it makes, a link; in the machine's folder for passing files if left out.
    #[arg(long)]
    pub(super) link: Option<PathBuf>,
    /// Chooses how a child wriggles and what noise does; printed, so that a bad day can be had again.
    #[arg(long)]
    pub(super) seed: Option<u64>,
    /// Seconds for which a child is restless.
    #[arg(long, default_value_t = 4.0, value_parser = seconds)]
    pub(super) calm: f64,
    /// How many times faster than the world children live: the pace of the node's own `[clock]`.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=60))]
    pub(super) pace: u32,
    /// The share of frames, 0 to 1, in which the line changes a byte.
    #[arg(long, default_value_t = 0.0, value_parser = share)]
    noise: f64,
    /// After so many frames, ten a second, its power goes in the midst of the next.
    #[arg(long)]
    die_after: Option<u64>,
}

impl Simulated {
    pub(super) fn any(&self) -> &Any {
        match self {
            Self::Scale(scale) => &scale.any,
            Self::Board(board) => &board.any,
        }
    }

    pub(super) fn kind(&self) -> InstrumentKind {
        match self {
            Self::Scale(Scale { standing: true, .. }) => InstrumentKind::StandingScale,
            Self::Scale(_) => InstrumentKind::InfantScale,
            Self::Board(_) => InstrumentKind::LengthBoard,
        }
    }

    pub(super) fn make(&self) -> Make {
        match self {
            Self::Scale(scale) => {
                let usual = if scale.standing { 50 } else { 10 };
                Make { dialect: scale.dialect, division: scale.division.unwrap_or(usual).max(1) }
            }
            Self::Board(board) => Make { dialect: board.dialect, division: board.division.max(1) },
        }
    }

    pub(super) fn flaws(&self) -> Flaws {
        let Any { noise, die_after, .. } = *self.any();
        let offset = match self {
            Self::Scale(scale) => scale.offset,
            Self::Board(board) => board.offset,
        };
        Flaws { offset, noise, die_after }
    }
}

fn of_scales(name: &str) -> Result<Dialect, String> {
    of(Measures::Mass, name)
}

fn of_boards(name: &str) -> Result<Dialect, String> {
    of(Measures::Length, name)
}

fn of(measures: Measures, name: &str) -> Result<Dialect, String> {
    let mut fitting = Dialect::ALL.iter().copied().filter(|dialect| dialect.measures() == measures);
    fitting.clone().find(|dialect| dialect.name() == name).ok_or_else(|| {
        let names: Vec<_> = fitting.by_ref().map(Dialect::name).collect();
        format!("there are {}", names.join(", "))
    })
}

fn seconds(text: &str) -> Result<f64, String> {
    within(text, 0.5..=600.0)
}

fn share(text: &str) -> Result<f64, String> {
    within(text, 0.0..=1.0)
}

fn within(text: &str, range: std::ops::RangeInclusive<f64>) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| format!("a number from {} to {}", range.start(), range.end()))
}
