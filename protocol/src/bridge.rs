//! What our own scale bridge says ten times a second: one reading with everything that might speak against it.
//!
//! A frame lies between two zero bytes, so whoever joins in the middle, or hears noise, knows where the next begins.
//! Between them stands, by COBS, a message of [`MESSAGE_LEN`] bytes, little-endian:
//!
//! | at | bytes | field |
//! |---|---|---|
//! | 0 | 1 | version, 1 |
//! | 1 | 1 | kind: 1 mass, 2 length |
//! | 2 | 2 | sequence, one more each time, starting over after 65535 |
//! | 4 | 4 | device |
//! | 8 | 4 | raw counts, signed |
//! | 12 | 4 | grams or tenths of a millimetre, signed; -2147483648 for none |
//! | 16 | 1 | flags |
//! | 17 | 2 | temperature in hundredths of a degree Celsius, signed; -32768 where unknown |
//! | 19 | 4 | firmware |
//! | 23 | 2 | CRC-16 of all before it (polynomial 1021, from FFFF, as in CRC-16/IBM-3740) |
//!
//! # Why
//! The check finds every damage of up to sixteen bits in a row. Damage to one of the bytes COBS itself puts in moves
//! the message's zeros about; such a frame passes in one of 65,536 cases, and then only as one reading among many.
use crc::{CRC_16_IBM_3740, Crc};

/// Bytes of a message before COBS.
pub const MESSAGE_LEN: usize = 25;
/// Bytes of a frame: COBS adds one to so short a message, always; and two zeros.
pub const FRAME_LEN: usize = CODED_LEN + 2;

/// Stands between frames and nowhere else.
pub const DELIMITER: u8 = 0;

const CODED_LEN: usize = MESSAGE_LEN + 1;
const VERSION: u8 = 1;
const CHECK_AT: usize = MESSAGE_LEN - 2;
const NO_VALUE: i32 = i32::MIN;
const NO_TEMPERATURE: i16 = i16::MIN;
const CHECK: Crc<u16> = Crc::<u16>::new(&CRC_16_IBM_3740);

/// One reading of a bridge.
///
/// ```
/// use protocol::bridge::{self, Flags, Kind, Message};
/// let said = Message {
///     kind: Kind::Mass,
///     sequence: 7,
///     device: 0x5150_0001,
///     raw: 1_768_000,
///     value: Some(8_450),
///     flags: Flags { stable: true, ..Flags::default() },
///     temperature_centi: Some(2_750),
///     firmware: 0x00c0_ffee,
/// };
/// let frame = said.encode();
/// assert_eq!(bridge::decode(&frame), Ok(said));
///
/// let mut damaged = frame;
/// damaged[20] ^= 1;
/// assert!(bridge::decode(&damaged).is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message {
    /// What is measured.
    pub kind: Kind,
    /// One more each time; what is missing in between was lost on the way.
    pub sequence: u16,
    /// The board, by a number of its own.
    pub device: u32,
    /// What the converter or encoder counted, filtered.
    pub raw: i32,
    /// Grams or tenths of a millimetre; none exactly while a flag says that they would be wrong.
    pub value: Option<i32>,
    /// What is to be said of the value, or of its absence.
    pub flags: Flags,
    /// Hundredths of a degree Celsius on the board; `None` where nothing measures it.
    pub temperature_centi: Option<i16>,
    /// Names the program on the board.
    pub firmware: u32,
}

/// What a bridge measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A load, in grams.
    Mass,
    /// A length or height, in tenths of a millimetre.
    Length,
}

/// What is to be said of a reading. All but `stable` speak against it: see [`Flags::withheld`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flags {
    /// It has not moved for the last second.
    pub stable: bool,
    /// The converter is at its end; the sign of the raw counts says at which.
    pub saturated: bool,
    /// Sensor or converter do not answer.
    pub disconnected: bool,
    /// Still warming up, or without a zero since it was switched on.
    pub not_ready: bool,
    /// Never calibrated: there are counts and no value.
    pub uncalibrated: bool,
    /// No new conversion since the last frame; the raw counts are old.
    pub stale: bool,
}

/// Why bytes are no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BridgeError {
    /// It ends early.
    #[error("the frame is cut off")]
    Truncated,
    /// It is no frame of this kind.
    #[error("not a bridge frame")]
    Malformed,
    /// The check does not fit.
    #[error("the check does not fit the frame")]
    Check,
    /// A later bridge than this program.
    #[error("a bridge of version {0}")]
    Version(u8),
}

impl Flags {
    /// Whether any of them forbids a value.
    pub const fn withheld(self) -> bool {
        self.saturated || self.disconnected || self.not_ready || self.uncalibrated || self.stale
    }

    const fn bits(self) -> u8 {
        self.stable as u8
            | (self.saturated as u8) << 1
            | (self.disconnected as u8) << 2
            | (self.not_ready as u8) << 3
            | (self.uncalibrated as u8) << 4
            | (self.stale as u8) << 5
    }

    /// `None` for bits that mean nothing.
    const fn of_bits(bits: u8) -> Option<Self> {
        if bits >> 6 != 0 {
            return None;
        }
        Some(Self {
            stable: bits & 1 != 0,
            saturated: bits & 2 != 0,
            disconnected: bits & 4 != 0,
            not_ready: bits & 8 != 0,
            uncalibrated: bits & 16 != 0,
            stale: bits & 32 != 0,
        })
    }
}

impl Message {
    /// The frame, with its zeros on both sides. A value that its flags forbid is not written.
    pub fn encode(&self) -> [u8; FRAME_LEN] {
        let mut frame = [DELIMITER; FRAME_LEN];
        let room = frame.get_mut(1..FRAME_LEN - 1).unwrap_or_default();
        cobs::encode(&self.bytes(), room);
        frame
    }

    fn bytes(&self) -> [u8; MESSAGE_LEN] {
        let value = self.value.filter(|_| !self.flags.withheld()).unwrap_or(NO_VALUE);
        let [s0, s1] = self.sequence.to_le_bytes();
        let [d0, d1, d2, d3] = self.device.to_le_bytes();
        let [r0, r1, r2, r3] = self.raw.to_le_bytes();
        let [v0, v1, v2, v3] = value.to_le_bytes();
        let [t0, t1] = self.temperature_centi.unwrap_or(NO_TEMPERATURE).to_le_bytes();
        let [f0, f1, f2, f3] = self.firmware.to_le_bytes();
        let kind = match self.kind {
            Kind::Mass => 1,
            Kind::Length => 2,
        };
        let said = [
            VERSION,
            kind,
            s0,
            s1,
            d0,
            d1,
            d2,
            d3,
            r0,
            r1,
            r2,
            r3,
            v0,
            v1,
            v2,
            v3,
            self.flags.bits(),
            t0,
            t1,
            f0,
            f1,
            f2,
            f3,
        ];
        let mut bytes = [0; MESSAGE_LEN];
        let (body, check) = bytes.split_at_mut(CHECK_AT);
        body.copy_from_slice(&said);
        check.copy_from_slice(&CHECK.checksum(&said).to_le_bytes());
        bytes
    }
}

/// Reads what lies between two zeros; zeros around it do no harm.
///
/// # Errors
/// What is wrong with it, if it is not exactly one whole message.
pub fn decode(frame: &[u8]) -> Result<Message, BridgeError> {
    let coded = inside(frame);
    if coded.len() < CODED_LEN {
        return Err(BridgeError::Truncated);
    }
    let coded: &[u8; CODED_LEN] = coded.try_into().map_err(|_| BridgeError::Malformed)?;
    let mut bytes = [0; MESSAGE_LEN];
    match cobs::decode(coded, &mut bytes) {
        Ok(MESSAGE_LEN) => read(&bytes),
        _ => Err(BridgeError::Malformed),
    }
}

/// The bytes without the zeros around them.
fn inside(mut frame: &[u8]) -> &[u8] {
    while let [DELIMITER, rest @ ..] | [rest @ .., DELIMITER] = frame {
        frame = rest;
    }
    frame
}

fn read(bytes: &[u8; MESSAGE_LEN]) -> Result<Message, BridgeError> {
    let [
        version,
        kind,
        s0,
        s1,
        d0,
        d1,
        d2,
        d3,
        r0,
        r1,
        r2,
        r3,
        v0,
        v1,
        v2,
        v3,
        flags,
        t0,
        t1,
        f0,
        f1,
        f2,
        f3,
        c0,
        c1,
    ] = *bytes;
    let (body, _) = bytes.split_at(CHECK_AT);
    if CHECK.checksum(body) != u16::from_le_bytes([c0, c1]) {
        return Err(BridgeError::Check);
    }
    if version != VERSION {
        return Err(BridgeError::Version(version));
    }
    let kind = match kind {
        1 => Kind::Mass,
        2 => Kind::Length,
        _ => return Err(BridgeError::Malformed),
    };
    let flags = Flags::of_bits(flags).ok_or(BridgeError::Malformed)?;
    let value = Some(i32::from_le_bytes([v0, v1, v2, v3])).filter(|&value| value != NO_VALUE);
    // Whoever wrote a number beside a reason to have none is not to be believed in either.
    if value.is_some() == flags.withheld() {
        return Err(BridgeError::Malformed);
    }
    Ok(Message {
        kind,
        sequence: u16::from_le_bytes([s0, s1]),
        device: u32::from_le_bytes([d0, d1, d2, d3]),
        raw: i32::from_le_bytes([r0, r1, r2, r3]),
        value,
        flags,
        temperature_centi: Some(i16::from_le_bytes([t0, t1])).filter(|&centi| centi != NO_TEMPERATURE),
        firmware: u32::from_le_bytes([f0, f1, f2, f3]),
    })
}
