//! What one good frame says: a number, whether it stood still, and whether it lies on the pan now.
use crate::{Decimal, Error, ErrorReading, Quantity, Unit};

/// What a frame turned out to be.
pub type Outcome = Result<Reading, ErrorReading>;

/// One number from an instrument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reading {
    /// The mass or length, digit for digit.
    pub quantity: Quantity,
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
    /// A service view of the instrument, in which the place of the point is not certain.
    Service,
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
}

impl Reading {
    /// A live reading that says nothing more than its number and stability.
    pub fn new(quantity: Quantity, stable: Option<bool>) -> Self {
        Self {
            quantity,
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

    /// The mass in grams, rounded; `None` if this is a length.
    pub fn grams(&self) -> Option<i64> {
        self.quantity.grams()
    }

    /// The length in tenths of a millimetre, rounded; `None` if this is a mass.
    pub fn tenth_mm(&self) -> Option<i64> {
        self.quantity.tenth_mm()
    }

    /// The instrument's own word on stability; `None` when it has none.
    pub const fn stable(&self) -> Option<bool> {
        self.stable
    }

    /// Whether this was measured at this moment: not held, not repeated after removal, no service view.
    pub fn is_live(&self) -> bool {
        self.presence == Presence::Live
    }

    /// Whether this is a mass lying on the pan at this moment.
    pub fn is_live_load(&self) -> bool {
        self.is_live() && self.quantity.unit().nanograms().is_some()
    }
}
