//! What a glucose meter says about a record besides its number (characteristic 0x2A34).
use crate::Error;
use crate::packet::Fields;

const CARBOHYDRATE: u8 = 0x01;
const MEAL: u8 = 0x02;
const EXTENDED: u8 = 0x80;

/// How far from a meal blood was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Meal {
    /// Before it.
    Before,
    /// After it.
    After,
    /// Nothing eaten for hours.
    Fasting,
    /// Whenever it was.
    Casual,
    /// Before sleep.
    Bedtime,
}

/// What is said about one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct GlucoseContext {
    /// The number of the record it is about.
    pub sequence: u16,
    /// How far from a meal it was, if the meter was told.
    pub meal: Option<Meal>,
}

impl GlucoseContext {
    /// Reads the value of the characteristic.
    ///
    /// # Errors
    /// [`Error::Truncated`] for a packet that ends too early.
    ///
    /// ```
    /// use scales::{GlucoseContext, Meal};
    /// let said = GlucoseContext::read(&[0x02, 7, 0, 3]).unwrap();
    /// assert_eq!((said.sequence, said.meal), (7, Some(Meal::Fasting)));
    /// let said = GlucoseContext::read(&[0x83, 7, 0, 0, 1, 0x0c, 0x80, 2]).unwrap(); // after something eaten
    /// assert_eq!(said.meal, Some(Meal::After));
    /// assert_eq!(GlucoseContext::read(&[0, 7, 0]).unwrap().meal, None);
    /// assert!(GlucoseContext::read(&[2, 7, 0]).is_err());
    /// ```
    pub fn read(packet: &[u8]) -> Result<Self, Error> {
        let mut fields = Fields::of(packet);
        let flags = fields.byte()?;
        let has = |flag: u8| flags & flag != 0;
        let sequence = fields.word()?;
        fields.optional(has(EXTENDED), Fields::byte)?;
        fields.optional(has(CARBOHYDRATE), Fields::bytes::<3>)?;
        let meal = match fields.optional(has(MEAL), Fields::byte)? {
            Some(1) => Some(Meal::Before),
            Some(2) => Some(Meal::After),
            Some(3) => Some(Meal::Fasting),
            Some(4) => Some(Meal::Casual),
            Some(5) => Some(Meal::Bedtime),
            _ => None,
        };
        Ok(Self { sequence, meal })
    }
}
