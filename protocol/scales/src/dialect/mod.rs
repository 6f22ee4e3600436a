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
    Cas22 = cas22, "CAS comma text with device and lamps, 22 bytes, `ST,GS,1…,   1.234 kg`";
    Cas10 = cas10, "CAS bare number, 10 bytes, `   1.234`";
    CasSw2 = cas_sw2, "CAS SW-II, 15 bytes with a check";
    MtSics = mt_sics, "Mettler-Toledo MT-SICS answers, `S S     1.234 kg`";
    ToledoCont = toledo_cont, "Mettler-Toledo continuous output, 17 or 18 bytes";
    Toledo8217 = toledo_8217, "Toledo 8217 answers to `W`, seven bits and even parity";
    Sbi = sbi, "Sartorius SBI, 16 or 22 characters, `+    1.234 kg`";
    Ohaus = ohaus, "Ohaus lines, `   1.234 kg    G`, with `?` while moving";
    NciScp = nci_scp, "NCI and SCP answers of Adam, Brecknell and CAS, with status bytes";
    WeightQa = weight_qa, "grams with a digit of stillness, `+007.12/3 G S`";
    Kern = kern, "Kern and G&G lines, `-  29.182 g`";
    AdamF2 = adam_f2, "Adam lines, `       123.45 g`";
    Ricelake350 = ricelake_350, "Rice Lake 350-10 lines, `     1.234 kg Gross`";
    HealthometerEsc = healthometer_esc, "Health o meter records of fields behind ESC";
    DetectoCsv = detecto_csv, "Detecto solo records of time, date, BMI, height, weight";
    TanitaCsv = tanita_csv, "Tanita records of tag and value, one after each weighing";
    YaohuaEqRev = yaohua_eq_rev, "Yaohua continuous, low digit first, `=000.3000`";
    YaohuaEqFwd = yaohua_eq_fwd, "Yaohua continuous, high digit first, `=0003.000`";
    YaohuaWw = yaohua_ww, "Yaohua A12 lines, `ww001.234kg`";
    YaohuaA12e15 = yaohua_a12e15, "Yaohua A12(E) lines with a check, `WG001.234kg3A`";
    YaohuaStx12 = yaohua_stx12, "Yaohua A9/A26 continuous, 12 bytes with a check";
    BcdFf5 = bcd_ff5, "five bytes of packed digits behind FF";
    Digimatic13 = digimatic13, "Mitutoyo Digimatic, 13 nibbles, a length";
    Caliper24 = caliper24, "cheap digital calipers, 24 bits, a length";
    UsbHidPos = usb_hid_pos, "scales on USB, reports of six bytes";
    Sfloat = sfloat, "a medical number of two bytes (IEEE 11073 SFLOAT)";
    Float32 = float32, "a medical number of four bytes (IEEE 11073 FLOAT), kilograms";
    Ble2a9d = ble_2a9d, "Bluetooth weight measurement (2A9D)";
    Ble2a9c = ble_2a9c, "Bluetooth body composition measurement (2A9C)";
    Ble2a35 = ble_2a35, "Bluetooth blood pressure measurement (2A35)";
    Ble2a18 = ble_2a18, "Bluetooth glucose measurement (2A18)";
    BleXiaomiV1 = ble_xiaomi_v1, "Xiaomi scale, advertised, 10 bytes (181D)";
    BleXiaomiV2 = ble_xiaomi_v2, "Xiaomi body composition scale, advertised, 13 bytes (181B)";
    BleMgb = ble_mgb, "Swan, Icomon, YG and other scales, 8 bytes behind AC 02";
    BleVitafit = ble_vitafit, "Vitafit scales, frames from 5A to AA";
    BleRobiS9 = ble_robi_s9, "Robi S9, 20 bytes, grams in the A3 frame";
    BleKeepS3 = ble_keep_s3, "Keep S3, 13 bytes behind 03 53 57";
    BleBeurerSbf70 = ble_beurer_sbf70, "Beurer SBF70 and sisters, five bytes behind E7 58";
    BleOkok13 = ble_okok13, "OKOK scales without a name, advertised, 13 bytes";
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
    /// A blood pressure.
    BloodPressure,
    /// The glucose in blood.
    Glucose,
    /// A number whose unit is told elsewhere.
    Number,
}

/// All there is to know about a dialect; each file of this folder fills in one.
pub(crate) struct Rules {
    pub(crate) shape: Shape,
    pub(crate) measures: Measures,
    pub(crate) unit_from: UnitFrom,
    /// Reads one frame (a line comes without its end); the unit is the profile's.
    pub(crate) read: fn(&[u8], Unit) -> Outcome,
    /// Writes a value in the terms of [`encode`] as an instrument would; `None` when it does not fit.
    pub(crate) write: fn(i64, bool, &mut Pen<'_>) -> Option<()>,
}

/// How frames of a dialect arrive.
pub(crate) enum Shape {
    /// Lines of text. A line without end is cut off if it begins like one of `heads`; `mark` opens every record, if any.
    Line { heads: &'static [&'static [u8]], mark: &'static [u8] },
    /// Frames with rules of their own; `text` if a port may have left parity bits in them.
    Block { cut: fn(&[u8]) -> Cut, text: bool },
    /// Whole, each in a packet of its own.
    Packet,
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

    /// Whether each frame arrives whole, in a packet of Bluetooth or USB, instead of in a stream of bytes.
    ///
    /// ```
    /// use scales::Dialect;
    /// assert!(Dialect::Ble2a9d.comes_in_packets() && !Dialect::AdStd.comes_in_packets());
    /// ```
    pub const fn comes_in_packets(self) -> bool {
        matches!(self.rules().shape, Shape::Packet)
    }

    /// Whether its instruments never show what lies on them, but tell it once when they have [held](crate::Presence::Held)
    /// it.
    pub const fn only_tells(self) -> bool {
        matches!(
            self,
            Self::TanitaCsv
                | Self::Ricelake350
                | Self::DetectoCsv
                | Self::HealthometerEsc
                | Self::Ble2a9d
                | Self::Ble2a9c
                | Self::Ble2a35
                | Self::Ble2a18
                | Self::BleRobiS9
                | Self::Float32
        )
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

/// Writes the frame an instrument would send: `value` in grams, or where the dialect [measures](Dialect::measures)
/// something else in tenths of a millimetre, in mmHg (systolic), in mg/dL, or the bare number; kilograms where the
/// unit is the profile's. Gives the number of bytes written, or `None` when value or stability cannot be said in
/// this dialect or `out` is too short.
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
