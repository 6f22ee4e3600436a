//! The units instruments write behind their numbers, each with its exact size.
use core::fmt;

macro_rules! units {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $size:expr, [$($written:literal)*];)*) => {
        /// A unit as the instrument writes it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Unit { $($(#[$doc])* $variant,)* }

        impl Unit {
            /// Every unit known.
            pub const ALL: &[Unit] = &[$(Unit::$variant,)*];

            /// Its short name in logs and files: `kg`, `lb`, `pcs`.
            pub const fn name(self) -> &'static str {
                match self { $(Unit::$variant => $name,)* }
            }

            /// The unit an instrument means by this text, in capitals or not.
            ///
            /// ```
            /// assert_eq!(scales::Unit::from_text(b"KG"), Some(scales::Unit::Kilogram));
            /// assert_eq!(scales::Unit::from_text(b"furlong"), None);
            /// ```
            pub fn from_text(text: &[u8]) -> Option<Self> {
                $($(if text.eq_ignore_ascii_case($written) { return Some(Unit::$variant) })*)*
                None
            }

            const fn size(self) -> Size {
                match self { $(Unit::$variant => $size,)* }
            }
        }
    };
}

/// What one unit is: nanograms, nanometres, or something that is neither.
#[derive(Clone, Copy)]
enum Size {
    Nanograms(i64),
    Nanometres(i64),
    Other,
}
use Size::{Nanograms, Nanometres, Other};

units! {
    /// A thousandth of a gram.
    Milligram = "mg", Nanograms(1_000_000), [b"mg"];
    /// Gram.
    Gram = "g", Nanograms(1_000_000_000), [b"g"];
    /// Kilogram.
    Kilogram = "kg", Nanograms(1_000_000_000_000), [b"kg" b"kgs"];
    /// A thousand kilograms.
    Tonne = "t", Nanograms(1_000_000_000_000_000), [b"t"];
    /// Avoirdupois pound, 0.45359237 kg.
    Pound = "lb", Nanograms(453_592_370_000), [b"lb" b"lbs"];
    /// Avoirdupois ounce, a sixteenth of a pound.
    Ounce = "oz", Nanograms(28_349_523_125), [b"oz"];
    /// Grain, 0.06479891 g.
    Grain = "gn", Nanograms(64_798_910), [b"gn"];
    /// Chinese market pound, half a kilogram.
    Jin = "jin", Nanograms(500_000_000_000), [b"jin"];
    /// A count of equal parts.
    Pieces = "pcs", Other, [b"pc" b"pcs"];
    /// A share of a reference weight.
    Percent = "%", Other, [b"%"];
    /// Millimetre.
    Millimetre = "mm", Nanometres(1_000_000), [b"mm"];
    /// Inch, 25.4 mm.
    Inch = "in", Nanometres(25_400_000), [b"in"];
    /// Millimetre of mercury.
    MillimetreOfMercury = "mmHg", Other, [];
    /// Kilopascal, 7.5 mmHg.
    Kilopascal = "kPa", Other, [];
    /// Kilogram of a substance in a litre of blood.
    KilogramPerLitre = "kg/L", Other, [];
    /// Mole of a substance in a litre of blood.
    MolePerLitre = "mol/L", Other, [];
}

impl Unit {
    /// Its size in nanograms, when it is a unit of mass.
    pub const fn nanograms(self) -> Option<i64> {
        match self.size() {
            Nanograms(size) => Some(size),
            Nanometres(_) | Other => None,
        }
    }

    /// Its size in nanometres, when it is a unit of length.
    pub const fn nanometres(self) -> Option<i64> {
        match self.size() {
            Nanometres(size) => Some(size),
            Nanograms(_) | Other => None,
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}
