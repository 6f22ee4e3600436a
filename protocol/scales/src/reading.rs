//! What one good frame says: what was measured, whether it stood still, and whether it is there now.
use crate::{Decimal, Error, ErrorReading, Meal, Quantity, Stamp, Unit};

/// What a frame turned out to be.
pub type Outcome = Result<Reading, ErrorReading>;

/// One measurement from an instrument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reading {
    /// What was measured, digit for digit.
    pub measured: Measured,
    /// Who named the unit.
    pub unit_from: UnitFrom,
    /// The instrument's own word on stability; `None` when the dialect has no flag.
    pub stable: Option<bool>,
    /// Whether a tare was taken off, when the frame says so.
    pub side: Option<Side>,
    /// Whether the load is on the instrument at this moment.
    pub presence: Presence,
    /// Other values the frame carries.
    pub extras: Extras,
}

/// What a frame is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Measured {
    /// One number with its unit: a load, a length, the glucose in blood.
    Quantity(Quantity),
    /// A blood pressure, which takes three numbers.
    BloodPressure(BloodPressure),
    /// A number whose unit is told elsewhere.
    Number(Decimal),
}

/// The pressures of one heartbeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BloodPressure {
    /// Millimetres of mercury or kilopascals.
    pub unit: Unit,
    /// The highest.
    pub systolic: Decimal,
    /// The lowest.
    pub diastolic: Decimal,
    /// The mean over the beat, when the instrument works it out.
    pub mean: Option<Decimal>,
}

impl BloodPressure {
    /// One of its pressures in whole millimetres of mercury; `None` if it is in no unit of pressure.
    ///
    /// ```
    /// use scales::{BloodPressure, Decimal, Unit};
    /// let (systolic, diastolic) = (Decimal { digits: 16, decimals: 0 }, Decimal { digits: 107, decimals: 1 });
    /// let told = BloodPressure { unit: Unit::Kilopascal, systolic, diastolic, mean: None };
    /// assert_eq!([systolic, diastolic].map(|one| told.mm_hg(one)), [Some(120), Some(80)]);
    /// ```
    pub fn mm_hg(&self, pressure: Decimal) -> Option<i64> {
        match self.unit {
            Unit::MillimetreOfMercury => pressure.whole(),
            Unit::Kilopascal => pressure.times(7_500_617, 1_000_000),
            _ => None,
        }
    }
}

/// Who named the unit of a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnitFrom {
    /// The frame itself.
    Frame,
    /// The profile of the port, because the dialect sends none.
    Profile,
}

/// Which weight is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// All that is on the pan.
    Gross,
    /// What is left when the tare is taken off.
    Net,
}

/// How a number relates to what lies on the instrument now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Presence {
    /// Measured at this moment.
    Live,
    /// Sent once after the instrument held it; the load may be gone.
    Held,
    /// The load was taken off and the last value is repeated.
    Removed,
    /// From an instrument whose single frames are sometimes wrong; [`Agreement`](crate::Agreement) makes it live.
    Unconfirmed,
    /// A service view of the instrument, in which the place of the point is not certain.
    Service,
}

/// What is odd about a frame whose number still holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// The status byte lost the bit that is always set: the port hears seven bits of eight.
    LampBit7Clear,
    /// Header and status byte disagree about stability; the worse of the two was taken.
    LampDisagrees,
}

impl Warning {
    /// The fixed word used in logs and files.
    pub const fn word(self) -> &'static str {
        match self {
            Warning::LampBit7Clear => "lamp_bit7_clear",
            Warning::LampDisagrees => "lamp_disagrees",
        }
    }
}

/// What a frame says beside its number. Fields are added as dialects bring them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Extras {
    /// The tare the instrument takes off.
    pub tare: Option<Quantity>,
    /// A weight kept in the instrument's memory; never a load.
    pub memory: Option<Quantity>,
    /// A body height sent along.
    pub height: Option<Quantity>,
    /// The body mass index as the instrument worked it out; never used in place of our own.
    pub bmi: Option<Decimal>,
    /// How still the load was, on a scale of the maker's own; no verdict.
    pub stability_index: Option<u8>,
    /// What is odd about a frame that can be read all the same.
    pub warning: Option<Warning>,
    /// Electrical impedance of the body, ohms.
    pub impedance: Option<Decimal>,
    /// Heartbeats in a minute.
    pub pulse: Option<Decimal>,
    /// When, by the instrument's own clock.
    pub time: Option<Stamp>,
    /// Minutes to add to that clock, where a meter corrects its records instead of rewriting them.
    pub time_offset_min: Option<i16>,
    /// The number under which the instrument knows its user.
    pub user: Option<u8>,
    /// The number of this record in the instrument's memory.
    pub sequence: Option<u16>,
    /// The instrument has a clock, and nobody has set it.
    pub clock_unset: bool,
    /// What the instrument noted about the measurement, bit by bit as its profile says.
    pub status: Option<u16>,
    /// It was no blood but the liquid a meter is tried with.
    pub is_control: bool,
    /// More about this record is said next, at a place of its own.
    pub context_follows: bool,
    /// How far from a meal blood was taken, as somebody told the meter.
    pub meal: Option<Meal>,
}

impl Reading {
    /// A live reading that says nothing more than what was measured and whether it stood still.
    pub fn new(measured: impl Into<Measured>, stable: Option<bool>) -> Self {
        Self {
            measured: measured.into(),
            unit_from: UnitFrom::Frame,
            stable,
            side: None,
            presence: Presence::Live,
            extras: Extras::default(),
        }
    }

    /// The same for dialects without a unit: it comes from the profile and must be a mass.
    pub(crate) fn in_profile_unit(value: Decimal, unit: Unit, stable: Option<bool>) -> Outcome {
        if unit.nanograms().is_none() {
            return Err(Error::UnknownUnit.into());
        }
        Ok(Self { unit_from: UnitFrom::Profile, ..Self::new(Quantity::new(value, unit)?, stable) })
    }

    /// The one quantity measured; `None` for a blood pressure and for a bare number.
    pub const fn quantity(&self) -> Option<Quantity> {
        match self.measured {
            Measured::Quantity(quantity) => Some(quantity),
            Measured::BloodPressure(_) | Measured::Number(_) => None,
        }
    }

    /// The mass in grams, rounded; `None` if this is none.
    pub fn grams(&self) -> Option<i64> {
        self.quantity()?.grams()
    }

    /// The length in tenths of a millimetre, rounded; `None` if this is none.
    pub fn tenth_mm(&self) -> Option<i64> {
        self.quantity()?.tenth_mm()
    }

    /// The instrument's own word on stability; `None` when it has none.
    pub const fn stable(&self) -> Option<bool> {
        self.stable
    }

    /// Whether this was measured at this moment: not held, not repeated after removal, not in doubt.
    pub fn is_live(&self) -> bool {
        self.presence == Presence::Live
    }

    /// Whether this is a mass lying on the pan at this moment.
    pub fn is_live_load(&self) -> bool {
        self.is_live() && self.grams().is_some()
    }
}

impl From<Quantity> for Measured {
    fn from(quantity: Quantity) -> Self {
        Measured::Quantity(quantity)
    }
}

impl From<BloodPressure> for Measured {
    fn from(pressure: BloodPressure) -> Self {
        Measured::BloodPressure(pressure)
    }
}

impl From<Decimal> for Measured {
    fn from(number: Decimal) -> Self {
        Measured::Number(number)
    }
}
