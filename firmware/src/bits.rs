//! Bits that an instrument clocks out by itself: one at each falling edge, the lowest first.

use embedded_hal::digital::InputPin;

use crate::sensor::{Clock, Fault};

/// How an instrument sends.
pub(crate) struct Pace {
    /// Bits in a packet.
    pub(crate) count: u32,
    /// The first comes within this, or not at all.
    pub(crate) begins_us: u64,
    /// Two of a packet are never this far apart, two packets always.
    pub(crate) gap_us: u64,
}

/// Waits for one packet.
///
/// # Errors
/// [`Fault::Disconnected`] when none comes, [`Fault::Garbled`] when it has another number of bits.
pub(crate) fn packet<Pin: InputPin, Data: InputPin>(
    clock_line: &mut Pin,
    data_line: &mut Data,
    clock: &impl Clock,
    pace: &Pace,
) -> Result<u64, Fault> {
    let mut packet = 0;
    for nth in 0..pace.count {
        let (patience_us, missing) = match nth {
            0 => (pace.begins_us, Fault::Disconnected),
            _ => (pace.gap_us, Fault::Garbled),
        };
        if !falls(clock_line, clock, patience_us)? {
            return Err(missing);
        }
        packet |= u64::from(data_line.is_high().map_err(|_| Fault::Disconnected)?) << nth;
    }
    if falls(clock_line, clock, pace.gap_us)? { Err(Fault::Garbled) } else { Ok(packet) }
}

/// Whether the line falls in time.
fn falls(line: &mut impl InputPin, clock: &impl Clock, patience_us: u64) -> Result<bool, Fault> {
    let began_us = clock.now_us();
    let mut was_high = false;
    while clock.now_us().saturating_sub(began_us) < patience_us {
        let high = line.is_high().map_err(|_| Fault::Disconnected)?;
        if was_high && !high {
            return Ok(true);
        }
        was_high = high;
    }
    Ok(false)
}
