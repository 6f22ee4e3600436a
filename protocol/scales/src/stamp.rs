//! Date and time by an instrument's own clock, which nobody may ever have set.
use core::fmt;

/// When an instrument says it measured. It is the instrument's word and never the time of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Stamp {
    /// Full year.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59.
    pub second: u8,
}

impl Stamp {
    /// Seven bytes as Bluetooth sends them; `None` for a clock that was not set (zeros) or cannot be so.
    pub(crate) fn from_bytes([low, high, month, day, hour, minute, second]: [u8; 7]) -> Option<Self> {
        let year = u16::from_le_bytes([low, high]);
        let told = year != 0 && (1..=12).contains(&month) && (1..=31).contains(&day);
        (told && hour < 24 && minute < 60 && second < 60).then_some(Self {
            year,
            month,
            day,
            hour,
            minute,
            second,
        })
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { year, month, day, hour, minute, second } = self;
        write!(out, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
    }
}
