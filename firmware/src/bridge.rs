//! The bridge itself: from what a chip counts to what is said ten times a second.

use protocol::bridge::{Flags, Kind, Message};
use scales::settle::{Rule, Sample, Settings as SettleSettings, State};

use crate::calibration::{Calibration, Line, Point};
use crate::command::{Answer, Command, Refusal};
use crate::filter::Filter;
use crate::motion::Motion;
use crate::sensor::{Fault, Sensor};
use crate::settings::{Mode, Settings};

/// Longer than this without a conversion and the counts are old. A converter at its slowest needs 100 ms.
const STALE_MS: u64 = 500;
/// A zero is taken only within this share of the capacity around the calibrated one, in parts of a hundred.
const ZERO_RANGE_PCT: i64 = 4;
/// How much of the way an empty pan pulls the zero after it, ten times a second: one part in this many.
const TRACKING: i32 = 32;

/// One sensor and everything known about it.
#[derive(Debug)]
pub struct Bridge<S> {
    sensor: S,
    settings: Settings,
    firmware: u32,
    sequence: u16,
    filter: Filter,
    motion: Motion,
    rule: Rule,
    /// What is wrong until the next good conversion.
    fault: Option<Fault>,
    counts: Option<i32>,
    /// When counts last came.
    fresh_ms: u64,
    began_ms: Option<u64>,
    /// The counts of an empty pan, once it was seen.
    zero_counts: Option<i32>,
    tare: i32,
    now: Now,
}

/// The present point.
#[derive(Debug, Clone, Copy, Default)]
struct Now {
    counts: Option<i32>,
    temperature_centi: Option<i16>,
    /// Above zero, nothing tared.
    gross: Option<i32>,
    still: bool,
}

impl<S: Sensor> Bridge<S> {
    /// A bridge that has just been switched on. `firmware` names this program in every frame.
    pub fn new(sensor: S, settings: Settings, firmware: u32) -> Self {
        Self {
            sensor,
            settings,
            firmware,
            sequence: 0,
            filter: Filter::default(),
            motion: Motion::default(),
            rule: Rule::new(settle_settings(&settings), 0),
            fault: None,
            counts: None,
            fresh_ms: 0,
            began_ms: None,
            zero_counts: None,
            tare: 0,
            now: Now::default(),
        }
    }

    /// What it remembers, to be written where it survives.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Takes what the chip has ready; to be called at least once a millisecond.
    pub fn poll(&mut self) {
        match self.sensor.poll() {
            Ok(None) => {}
            Ok(Some(counts)) => {
                self.fault = None;
                self.filter.push(counts);
            }
            Err(fault) => self.stumble(fault),
        }
    }

    fn stumble(&mut self, fault: Fault) {
        // One disturbed exchange is what the median is for.
        if fault != Fault::Garbled {
            self.fault = Some(fault);
            self.filter.clear();
            self.motion.clear();
        }
        // Nobody knows what lay on the pan when the wire was put back.
        if fault == Fault::Disconnected {
            self.zero_counts = None;
            self.tare = 0;
        }
    }

    /// What is to be said now; to be called ten times a second, `now_ms` on any clock that runs forward.
    pub fn report(&mut self, now_ms: u64, temperature_centi: Option<i16>) -> Message {
        let began_ms = *self.began_ms.get_or_insert(now_ms);
        if let Some(counts) = self.filter.take() {
            self.counts = Some(counts);
            self.fresh_ms = now_ms;
        }
        let counts = self.counts.map(|raw| self.settings.calibration.compensated(raw, temperature_centi));
        let line = self.settings.calibration.line();
        let stale = now_ms.saturating_sub(self.fresh_ms) > STALE_MS || counts.is_none();
        let warm = now_ms.saturating_sub(began_ms) >= u64::from(self.settings.warm_up_s) * 1_000;
        self.now = Now {
            counts: counts.filter(|_| !stale && self.fault.is_none()),
            temperature_centi,
            ..Now::default()
        };
        self.look(line, warm);
        let flags = Flags {
            stable: self.now.still,
            saturated: matches!(self.fault, Some(Fault::Above | Fault::Below)),
            disconnected: self.fault == Some(Fault::Disconnected),
            not_ready: !warm || self.zero_counts.is_none() || self.fault == Some(Fault::NoHome),
            uncalibrated: line.is_none(),
            stale: stale && self.fault.is_none(),
        };
        let value = self.now.gross.map(|gross| gross.saturating_sub(self.tare)).filter(|_| !flags.withheld());
        self.settle(now_ms, value);
        self.sequence = self.sequence.wrapping_add(1);
        Message {
            kind: self.settings.kind,
            sequence: self.sequence,
            device: self.settings.device,
            raw: self.raw(),
            value,
            flags,
            temperature_centi,
            firmware: self.firmware,
        }
    }

    /// Counts as they came; at the end of the range, that end.
    fn raw(&self) -> i32 {
        match self.fault {
            Some(Fault::Above) => i32::MAX,
            Some(Fault::Below) => i32::MIN,
            _ => self.counts.unwrap_or(0),
        }
    }

    /// Works out the present value, and lets an empty pan move the zero.
    fn look(&mut self, line: Option<Line>, warm: bool) {
        let Some(counts) = self.now.counts else { return };
        let Some(line) = line else {
            // Without a scale of its own stillness is judged as a hundredth of a per cent of the converter's range.
            self.now.still = self.motion.still(counts, 1 << 10);
            return;
        };
        let division = i32::from(self.settings.division);
        let value = line.value(counts, self.zero_counts.unwrap_or(line.zero_counts()));
        self.now.still = self.motion.still(value, self.still_within(division));
        if self.settings.kind == Kind::Length {
            self.zero_counts.get_or_insert(line.zero_counts());
        } else if warm && self.now.still {
            self.track(line, counts, value, division);
        }
        let gross = line.value(counts, self.zero_counts.unwrap_or(line.zero_counts()));
        self.now.gross = Some(self.settings.calibration.spanned(gross, self.now.temperature_centi));
    }

    /// A lying child breathes; who stands, and a slider, must keep to one step.
    fn still_within(&self, division: i32) -> i32 {
        match self.settings.kind {
            Kind::Mass => division.saturating_mul(2),
            Kind::Length => division,
        }
    }

    fn track(&mut self, line: Line, counts: i32, value: i32, division: i32) {
        match self.zero_counts {
            None if self.may_be_zero(line, counts) => self.zero_counts = Some(counts),
            Some(zero) if value.abs() <= division && self.tare == 0 && self.may_be_zero(line, counts) => {
                self.zero_counts = Some(zero + (counts - zero) / TRACKING);
            }
            _ => {}
        }
    }

    /// Whether these counts are near enough to the calibrated zero to be an empty pan.
    fn may_be_zero(&self, line: Line, counts: i32) -> bool {
        let off = i64::from(line.value(counts, line.zero_counts())).abs();
        off * 100 <= i64::from(self.settings.capacity_g) * ZERO_RANGE_PCT
    }

    /// Lets the settle rule see what is said.
    fn settle(&mut self, now_ms: u64, value: Option<i32>) {
        match value {
            Some(value) => {
                self.rule.sample(Sample { at_ms: now_ms, value, stable: Some(self.now.still) });
            }
            None => self.rule.error(now_ms),
        }
    }

    /// Whether a terminal may believe the value without a rule of its own: empty and still, or come to rest.
    pub fn settled(&self) -> bool {
        match self.rule.state() {
            State::Settled(_) => true,
            State::Empty => self.now.still,
            State::Resting { .. } | State::Moving { .. } => false,
        }
    }

    /// Does what was typed.
    ///
    /// # Errors
    /// Why not, in words for whoever typed it.
    pub fn obey(&mut self, command: Command) -> Result<Answer, Refusal> {
        match command {
            Command::Tare => self.tare_now()?,
            Command::Zero => self.zero_now()?,
            Command::Calibrate(value) => return self.calibrate(value),
            Command::Drift(drift) => self.settings.calibration.drift = drift,
            Command::Mode(mode) => self.settings.mode = mode,
            Command::Id(Some(device)) => self.settings.device = device,
            Command::WarmUp(seconds) => self.settings.warm_up_s = seconds,
            Command::Division(division) => {
                self.settings.division = division;
                self.rule = Rule::new(settle_settings(&self.settings), 0);
            }
            Command::Id(None) => {
                return Ok(Answer::Identity { device: self.settings.device, firmware: self.firmware });
            }
            Command::Save => return Ok(Answer::Saved),
        }
        Ok(Answer::Done)
    }

    fn tare_now(&mut self) -> Result<(), Refusal> {
        let gross = self.now.gross.filter(|_| self.zero_counts.is_some()).ok_or(Refusal::NoValue)?;
        self.tare = if self.now.still { gross } else { return Err(Refusal::Moving) };
        Ok(())
    }

    fn zero_now(&mut self) -> Result<(), Refusal> {
        let line = self.settings.calibration.line().ok_or(Refusal::Uncalibrated)?;
        let counts = self.now.counts.ok_or(Refusal::NoValue)?;
        if !self.now.still {
            return Err(Refusal::Moving);
        }
        if self.settings.kind == Kind::Mass && !self.may_be_zero(line, counts) {
            return Err(Refusal::Loaded);
        }
        (self.zero_counts, self.tare) = (Some(counts), 0);
        Ok(())
    }

    fn calibrate(&mut self, value: i32) -> Result<Answer, Refusal> {
        let counts = self.now.counts.ok_or(Refusal::NoValue)?;
        if !self.now.still {
            return Err(Refusal::Moving);
        }
        // Drift is reckoned from the temperature of the newer point, so the older is carried along to it.
        let calibration = self.settings.calibration;
        let carried = |counts| {
            Calibration { at_centi: self.now.temperature_centi, ..calibration }
                .compensated(counts, calibration.at_centi)
        };
        let points = calibration
            .points
            .map(|point| point.map(|point| Point { counts: carried(point.counts), ..point }));
        let raw = self.counts.unwrap_or(counts);
        let calibration = Calibration { points, ..calibration }
            .with(Point { counts: raw, value }, self.now.temperature_centi);
        self.settings.calibration = calibration;
        (self.zero_counts, self.tare) = (calibration.line().map(|line| line.zero_counts()), 0);
        self.motion.clear();
        Ok(if calibration.line().is_some() { Answer::Done } else { Answer::AnotherPoint })
    }

    /// How it speaks now.
    pub fn mode(&self) -> Mode {
        self.settings.mode
    }
}

/// The numbers of the settle rule for what hangs on this bridge.
fn settle_settings(settings: &Settings) -> SettleSettings {
    let division = i32::from(settings.division);
    match (settings.kind, settings.division) {
        (Kind::Length, _) => SettleSettings::length_board(division),
        // A step scale counts in fifties or hundreds.
        (Kind::Mass, 50..) => SettleSettings::standing(division),
        (Kind::Mass, _) => SettleSettings::infant(division),
    }
}
