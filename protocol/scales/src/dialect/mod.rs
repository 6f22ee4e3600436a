//! The list of dialects. A new one is a file in this folder and one line below.
use crate::cut::Cut;
use crate::pen::Pen;
use crate::{Outcome, Reading, Unit, UnitFrom};
use core::fmt;

macro_rules! dialects {
    ($($variant:ident = $module:ident, $about:literal;)*) => {
        $(mod $module;)*

        /// The language an instrument speaks. The profile of a port names it; nothing guesses it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Dialect { $(#[doc = $about] $variant,)* }

        impl Dialect {
            /// Every dialect known.
            pub const ALL: &[Dialect] = &[$(Dialect::$variant,)*];

            /// Its short name in settings: `ad_std`.
            pub const fn name(self) -> &'static str {
                match self { $(Dialect::$variant => stringify!($module),)* }
            }

            /// One line for people who must choose it from a list.
            pub const fn about(self) -> &'static str {
                match self { $(Dialect::$variant => $about,)* }
            }

            pub(crate) const fn rules(self) -> &'static Rules {
                match self { $(Dialect::$variant => &$module::RULES,)* }
            }
        }
    };
}

dialects! {
    AdStd = ad_std, "A&D standard text, `ST,+0001.234 kg`";
    StGs = st_gs, "comma text of T-Scale, Excell, Brecknell, Torrey, `ST,GS,   1.234kg`";
    MtSics = mt_sics, "Mettler-Toledo MT-SICS answers, `S S     1.234 kg`";
    ToledoCont = toledo_cont, "Mettler-Toledo continuous output, 17 or 18 bytes";
    TanitaCsv = tanita_csv, "Tanita records of tag and value, one after each weighing";
    YaohuaEqRev = yaohua_eq_rev, "Yaohua continuous, low digit first, `=000.3000`";
    YaohuaEqFwd = yaohua_eq_fwd, "Yaohua continuous, high digit first, `=0003.000`";
    YaohuaStx12 = yaohua_stx12, "Yaohua A9/A26 continuous, 12 bytes with a check";
    BcdFf5 = bcd_ff5, "five bytes of packed digits behind FF";
    Digimatic13 = digimatic13, "Mitutoyo Digimatic, 13 nibbles, a length";
    BridgeMass = bridge_mass, "our own bridge behind a scale, COBS frames with a check";
    BridgeLength = bridge_length, "our own bridge behind a height board, a length";
}

/// What an instrument of a dialect measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Measures {
    /// A load, read as a mass.
    Mass,
    /// A length or height.
    Length,
}

/// All there is to know about a dialect; each file of this folder fills in one.
pub(crate) struct Rules {
    pub(crate) shape: Shape,
    pub(crate) measures: Measures,
    pub(crate) unit_from: UnitFrom,
    /// Reads one frame (a line comes without its end); the unit is the profile's.
    pub(crate) read: fn(&[u8], Unit) -> Outcome,
    /// Writes grams or tenths of a millimetre as an instrument would; `None` when they do not fit.
    pub(crate) write: fn(i64, bool, &mut Pen<'_>) -> Option<()>,
}

/// How frames of a dialect lie in a stream.
pub(crate) enum Shape {
    /// Lines of text. A line without end is cut off if it begins like one of `heads`; `mark` opens every record, if any.
    Line { heads: &'static [&'static [u8]], mark: &'static [u8] },
    /// Frames with rules of their own; `text` if a port may have left parity bits in them.
    Block { cut: fn(&[u8]) -> Cut, text: bool },
}

impl Dialect {
    /// Finds a dialect by its short name.
    ///
    /// ```
    /// use scales::Dialect;
    /// assert_eq!(Dialect::from_name("bcd_ff5"), Some(Dialect::BcdFf5));
    /// assert_eq!(Dialect::from_name("BCD_FF5"), None);
    /// ```
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|dialect| dialect.name() == name)
    }

    /// What its instruments measure.
    pub const fn measures(self) -> Measures {
        self.rules().measures
    }

    /// Whether frames name their unit or the profile must.
    pub const fn unit_from(self) -> UnitFrom {
        self.rules().unit_from
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// Writes the frame an instrument would send: `value` in grams, or in tenths of a millimetre where the dialect
/// [measures](Dialect::measures) a length; kilograms where the unit is the profile's. Gives the number of bytes
/// written, or `None` when value or stability cannot be said in this dialect or `out` is too short.
///
/// ```
/// let mut out = [0; 32];
/// let length = scales::encode(scales::Dialect::AdStd, 12_340, true, &mut out).unwrap();
/// assert_eq!(&out[..length], b"ST,+0012.340 kg\r\n");
/// ```
pub fn encode(dialect: Dialect, value: i64, stable: bool, out: &mut [u8]) -> Option<usize> {
    let mut pen = Pen::new(out);
    (dialect.rules().write)(value, stable, &mut pen)?;
    Some(pen.written().len())
}

/// Where an outcome is a reading, changes it; an error stays as it is.
pub(crate) fn also(outcome: Outcome, change: impl FnOnce(&mut Reading)) -> Outcome {
    outcome.map(|mut reading| {
        change(&mut reading);
        reading
    })
}
