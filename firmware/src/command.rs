//! What may be typed on the serial line, and what is answered.

use core::fmt;

use crate::calibration::Drift;
use crate::settings::Mode;

/// One thing asked of a bridge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// `tare`: what lies there now counts as nothing.
    Tare,
    /// `zero`: nothing lies there now.
    Zero,
    /// `cal 5000`: exactly this lies there now, in grams; or the slider stands at so many tenths of a millimetre.
    Calibrate(i32),
    /// `drift 12 -3`: counts and millionths of the span that a degree more adds.
    Drift(Drift),
    /// `mode frames`, `mode text`.
    Mode(Mode),
    /// `id`, `id 12`: says who it is, or gives it the number on its label.
    Id(Option<u32>),
    /// `warmup 600`: seconds of silence after power-on.
    WarmUp(u16),
    /// `step 10`: the division, in grams or tenths of a millimetre.
    Division(u16),
    /// `save`: remembers all of this without power.
    Save,
}

/// What is answered when it was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Done.
    Done,
    /// One point is known; a second one, further up, is needed.
    AnotherPoint,
    /// Written, once the board has done so.
    Saved,
    /// Who it is.
    Identity {
        /// The number on its label.
        device: u32,
        /// Its program.
        firmware: u32,
    },
}

/// Why it was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No such command.
    #[error(
        "try: tare | zero | cal <g> | drift <counts> <ppm> | mode text|frames | id [n] | warmup <s> | step <g> | save"
    )]
    Unknown,
    /// The load does not lie still.
    #[error("it moves: wait until it is still")]
    Moving,
    /// There is nothing to go by.
    #[error("no reading: sensor, warm-up or zero missing")]
    NoValue,
    /// Something lies on the pan.
    #[error("not empty: take everything off first")]
    Loaded,
    /// There is no line to go by.
    #[error("not calibrated: `cal` with two known masses")]
    Uncalibrated,
    /// The board could not write it.
    #[error("not saved")]
    NotSaved,
}

impl fmt::Display for Answer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done => out.write_str("ok"),
            Self::AnotherPoint => out.write_str("ok, now a second known mass"),
            Self::Saved => out.write_str("saved"),
            Self::Identity { device, firmware } => write!(out, "id {device} firmware {firmware:08x}"),
        }
    }
}

impl Command {
    /// Reads one line; blanks around words do no harm.
    ///
    /// # Errors
    /// [`Refusal::Unknown`], which prints as the list of commands.
    pub fn read(line: &str) -> Result<Self, Refusal> {
        let mut words = line.split_ascii_whitespace();
        let said = [words.next(), words.next(), words.next()].map(Option::unwrap_or_default);
        if words.next().is_some() {
            return Err(Refusal::Unknown);
        }
        Ok(match said {
            ["tare", "", ""] => Self::Tare,
            ["zero", "", ""] => Self::Zero,
            ["cal", value, ""] => Self::Calibrate(number(value)?),
            ["drift", counts, ppm] => {
                Self::Drift(Drift { counts_per_degree: number(counts)?, span_ppm_per_degree: number(ppm)? })
            }
            ["mode", "frames", ""] => Self::Mode(Mode::Frames),
            ["mode", "text", ""] => Self::Mode(Mode::Text),
            ["id", "", ""] => Self::Id(None),
            ["id", device, ""] => Self::Id(Some(number(device)?)),
            ["warmup", seconds, ""] => Self::WarmUp(number(seconds)?),
            ["step", step, ""] => Self::Division(number(step).and_then(at_least_one)?),
            ["save", "", ""] => Self::Save,
            _ => return Err(Refusal::Unknown),
        })
    }
}

fn number<T: core::str::FromStr>(word: &str) -> Result<T, Refusal> {
    word.parse().map_err(|_| Refusal::Unknown)
}

fn at_least_one(step: u16) -> Result<u16, Refusal> {
    if step > 0 { Ok(step) } else { Err(Refusal::Unknown) }
}

/// The longest line that can be a command.
const LONGEST: usize = 48;

/// Collects typed bytes into lines.
#[derive(Debug, Clone)]
pub struct Line {
    typed: [u8; LONGEST],
    len: usize,
}

impl Default for Line {
    fn default() -> Self {
        Self { typed: [0; LONGEST], len: 0 }
    }
}

impl Line {
    /// Takes a byte; gives what was asked for when it ends a line. An empty line asks for nothing.
    pub fn push(&mut self, byte: u8) -> Option<Result<Command, Refusal>> {
        if !matches!(byte, b'\r' | b'\n') {
            // What is longer than any command is kept as too long, and refused at its end.
            if let Some(slot) = self.typed.get_mut(self.len) {
                *slot = byte;
            }
            self.len = self.len.saturating_add(1);
            return None;
        }
        let len = core::mem::take(&mut self.len);
        if len == 0 {
            return None;
        }
        let line = self.typed.get(..len).and_then(|typed| core::str::from_utf8(typed).ok());
        Some(line.ok_or(Refusal::Unknown).and_then(Command::read))
    }
}
