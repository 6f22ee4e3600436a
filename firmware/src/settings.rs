//! What a bridge remembers without power, in one small page with a check.

use crc::{CRC_16_IBM_3740, Crc};
use protocol::bridge::Kind;

use crate::calibration::{Calibration, Drift, Point};

/// How it speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Bridge frames, for a node.
    Frames,
    /// A&D standard text, for a terminal or somebody else's program.
    Text,
}

/// Everything remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// The number on its label; 0 for none yet.
    pub device: u32,
    /// What hangs on it.
    pub kind: Kind,
    /// How it speaks.
    pub mode: Mode,
    /// Its step, in grams or tenths of a millimetre.
    pub division: u16,
    /// The most it can carry, in grams; a zero is only taken near the calibrated one. Not used for lengths.
    pub capacity_g: u32,
    /// After power-on nothing is said for so long.
    pub warm_up_s: u16,
    /// Counts to values.
    pub calibration: Calibration,
}

/// Bytes of the page.
pub const PAGE_LEN: usize = 48;
const VERSION: u8 = 1;
const CHECK: Crc<u16> = Crc::<u16>::new(&CRC_16_IBM_3740);
const CHECK_AT: usize = PAGE_LEN - 2;
/// Stands for a point or a temperature that is not there.
const NONE: i32 = i32::MIN;

impl Settings {
    /// A scale for babies, never calibrated: 20 kg in steps of 10 g, ten minutes to warm up.
    pub const INFANT_SCALE: Self = Self {
        device: 0,
        kind: Kind::Mass,
        mode: Mode::Frames,
        division: 10,
        capacity_g: 20_000,
        warm_up_s: 600,
        calibration: Calibration {
            points: [None, None],
            at_centi: None,
            drift: Drift { counts_per_degree: 0, span_ppm_per_degree: 0 },
        },
    };

    /// A height board, never calibrated: millimetres, nothing to warm up.
    pub const HEIGHT_BOARD: Self = Self { kind: Kind::Length, warm_up_s: 0, ..Self::INFANT_SCALE };

    /// The page.
    pub fn encode(&self) -> [u8; PAGE_LEN] {
        let [older, newer] = self.calibration.points;
        let drift = self.calibration.drift;
        let kind = match self.kind {
            Kind::Mass => 1,
            Kind::Length => 2,
        };
        let mode = match self.mode {
            Mode::Frames => 1,
            Mode::Text => 2,
        };
        let mut page = [0; PAGE_LEN];
        let mut at = 0;
        let mut put = |bytes: &[u8]| {
            page[at..at + bytes.len()].copy_from_slice(bytes);
            at += bytes.len();
        };
        put(&[VERSION, kind, mode]);
        put(&self.device.to_le_bytes());
        put(&self.division.to_le_bytes());
        put(&self.capacity_g.to_le_bytes());
        put(&self.warm_up_s.to_le_bytes());
        for point in [older, newer] {
            let Point { counts, value } = point.unwrap_or(Point { counts: NONE, value: NONE });
            put(&counts.to_le_bytes());
            put(&value.to_le_bytes());
        }
        put(&self.calibration.at_centi.map_or(NONE, i32::from).to_le_bytes());
        put(&drift.counts_per_degree.to_le_bytes());
        put(&drift.span_ppm_per_degree.to_le_bytes());
        let check = CHECK.checksum(&page[..CHECK_AT]);
        page[CHECK_AT..].copy_from_slice(&check.to_le_bytes());
        page
    }

    /// What a page says; `None` for a page never written, or written half.
    pub fn decode(page: &[u8; PAGE_LEN]) -> Option<Self> {
        let (body, check) = page.split_at(CHECK_AT);
        if CHECK.checksum(body).to_le_bytes() != check {
            return None;
        }
        let mut left = Left(body);
        let [version, kind, mode] = left.take()?;
        let kind = match kind {
            1 => Kind::Mass,
            2 => Kind::Length,
            _ => return None,
        };
        let mode = match mode {
            1 => Mode::Frames,
            2 => Mode::Text,
            _ => return None,
        };
        if version != VERSION {
            return None;
        }
        Some(Self {
            device: u32::from_le_bytes(left.take()?),
            kind,
            mode,
            division: u16::from_le_bytes(left.take()?),
            capacity_g: u32::from_le_bytes(left.take()?),
            warm_up_s: u16::from_le_bytes(left.take()?),
            calibration: Calibration {
                points: [left.point()?, left.point()?],
                at_centi: i16::try_from(left.number()?).ok(),
                drift: Drift { counts_per_degree: left.number()?, span_ppm_per_degree: left.number()? },
            },
        })
    }
}

/// What has not been read yet.
struct Left<'a>(&'a [u8]);

impl Left<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    fn number(&mut self) -> Option<i32> {
        self.take().map(i32::from_le_bytes)
    }

    fn point(&mut self) -> Option<Option<Point>> {
        let point = Point { counts: self.number()?, value: self.number()? };
        Some(Some(point).filter(|point| point.value != NONE))
    }
}
