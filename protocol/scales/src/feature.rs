//! What a Bluetooth scale says of itself before it weighs (characteristic 0x2A9E).
use crate::Error;

/// The abilities of a Bluetooth scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct WeightFeature {
    /// Its weights carry date and time.
    pub timed: bool,
    /// It knows its users apart.
    pub many_users: bool,
    /// It works out the body mass index.
    pub bmi: bool,
    /// The step of its weights, grams; `None` when it does not say.
    pub weight_step_g: Option<u16>,
    /// The step of its heights, millimetres; `None` when it does not say.
    pub height_step_mm: Option<u8>,
}

/// The coarsest step with which an infant may be weighed, grams.
const INFANT_STEP_G: u16 = 10;

impl WeightFeature {
    /// Reads the value of the characteristic.
    ///
    /// # Errors
    /// [`Error::Truncated`] for fewer than four bytes.
    pub fn read(packet: &[u8]) -> Result<Self, Error> {
        let flags = u32::from_le_bytes(*packet.first_chunk().ok_or(Error::Truncated)?);
        let weight_step_g = match flags >> 3 & 0b1111 {
            1 => Some(500),
            2 => Some(200),
            3 => Some(100),
            4 => Some(50),
            5 => Some(20),
            6 => Some(10),
            7 => Some(5),
            _ => None,
        };
        let height_step_mm = match flags >> 7 & 0b111 {
            1 => Some(10),
            2 => Some(5),
            3 => Some(1),
            _ => None,
        };
        let has = |bit: u32| flags & bit != 0;
        Ok(Self { timed: has(1), many_users: has(2), bmi: has(4), weight_step_g, height_step_mm })
    }

    /// Whether it is fine enough for infants: steps of 10 g or less. A scale that does not say is not.
    ///
    /// ```
    /// use scales::WeightFeature;
    /// let fine = |code: u8| WeightFeature::read(&[code << 3, 0, 0, 0]).unwrap().suits_infants();
    /// assert_eq!([0, 3, 5, 6, 7, 8].map(fine), [false, false, false, true, true, false]);
    /// ```
    pub fn suits_infants(&self) -> bool {
        self.weight_step_g.is_some_and(|step| step <= INFANT_STEP_G)
    }
}
