//! Believes an instrument whose single frames are sometimes wrong only when three in a row agree.
//!
//! # Why
//! A Beurer scale was heard to say 14.95 kg, the weight of a healthy toddler, in the moment before it said 107.1 kg.
use crate::{Outcome, Presence, Reading};

/// Three readings agree when the largest is no more than this above the smallest, milligrams.
const WITHIN_MG: i64 = 300_000;

/// Listens to everything an instrument says and makes [`Presence::Unconfirmed`] readings live once they agree.
///
/// ```
/// use scales::{Agreement, Dialect, Presence, Profile, decode};
/// let (profile, mut agreement) = (Profile::new(Dialect::BleBeurerSbf70), Agreement::default());
/// let mut heard = |steps: u8| agreement.hear(decode(profile, &[0xe7, 0x58, 1, 1, steps])).unwrap();
/// assert_eq!(heard(0x2b).presence, Presence::Unconfirmed);
/// assert_eq!(heard(0x2c).presence, Presence::Unconfirmed);
/// assert!(heard(0x2b).is_live_load()); // 14.95, 15.00, 14.95 kg
/// ```
#[derive(Debug, Clone, Default)]
pub struct Agreement {
    /// The two readings before, the older first.
    before: [Option<i64>; 2],
}

impl Agreement {
    /// Gives back what was heard, live if it agrees with the two before it. An error ends the row; whatever else
    /// needs no agreement passes unchanged.
    pub fn hear(&mut self, outcome: Outcome) -> Outcome {
        let Ok(reading) = outcome else {
            *self = Self::default();
            return outcome;
        };
        let mass = reading.quantity().and_then(|quantity| quantity.milligrams());
        let (Presence::Unconfirmed, Some(now)) = (reading.presence, mass) else { return outcome };
        let agreed = match self.before {
            [Some(first), Some(second)] => {
                first.max(second).max(now) - first.min(second).min(now) <= WITHIN_MG
            }
            _ => false,
        };
        self.before = [self.before[1], Some(now)];
        Ok(if agreed { Reading { presence: Presence::Live, ..reading } } else { reading })
    }
}
