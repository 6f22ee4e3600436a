//! The questions themselves, each with a number that may be stored for good.

use core::fmt;

use crate::Index;

macro_rules! concerns {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $word:literal, $ask:literal;)+) => {
        /// One reason to ask before keeping.
        ///
        /// The numbers are stored in events: append, never renumber.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Concern {
            $($(#[$doc])* $variant = $code,)+
        }

        impl Concern {
            /// Every concern, by number.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The number stored in events.
            pub const fn as_code(self) -> u8 {
                self as u8
            }

            /// The concern of a stored number; `None` for one this version does not know.
            pub const fn from_code(code: u8) -> Option<Self> {
                match code {
                    $($code => Some(Self::$variant),)+
                    _ => None,
                }
            }

            /// The machine word.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// The question put to the kader, in Bahasa Indonesia.
            pub const fn ask(self) -> &'static str {
                match self {
                    $(Self::$variant => $ask,)+
                }
            }
        }
    };
}

concerns! {
    /// Much lighter than last time.
    WeightLoss = 0, "weight_loss", "Beratnya turun banyak dari yang terakhir. Timbang sekali lagi?";
    /// Gained faster than children do.
    WeightGain = 1, "weight_gain", "Beratnya naik cepat sekali. Timbang sekali lagi?";
    /// Shorter than last time.
    LengthLoss = 2, "length_loss", "Hasilnya lebih pendek dari yang terakhir. Ukur sekali lagi?";
    /// Grew faster than children do.
    LengthGain = 3, "length_gain", "Tingginya naik cepat sekali. Ukur sekali lagi?";
    /// A smaller head than last time.
    HeadLoss = 4, "head_loss", "Lingkar kepalanya lebih kecil dari yang terakhir. Ukur sekali lagi?";
    /// So far from the last visit that another child may be on the scale.
    OtherChild = 5, "band", "Beratnya jauh berbeda dari kunjungan terakhir. Benar anak ini yang ditimbang?";
    /// Weight-for-age beyond WHO's flag.
    WazFlag = 6, "waz", "Beratnya tidak biasa untuk umurnya. Timbang lagi, lalu cocokkan tanggal lahirnya?";
    /// Length-for-age beyond WHO's flag.
    LhazFlag = 7, "lhaz", "Tingginya tidak biasa untuk umurnya. Ukur lagi, lalu cocokkan tanggal lahirnya?";
    /// Weight-for-length beyond WHO's flag.
    WhzFlag = 8, "whz", "Berat dan tingginya tidak cocok satu sama lain. Periksa keduanya sekali lagi?";
    /// BMI-for-age beyond WHO's flag.
    BazFlag = 9, "baz", "Berat dibanding tingginya tidak biasa untuk umurnya. Periksa keduanya sekali lagi?";
    /// Head-for-age beyond WHO's flag.
    HczFlag = 10, "hcz", "Lingkar kepalanya tidak biasa untuk umurnya. Ukur sekali lagi?";
    /// Arm-for-age beyond WHO's flag.
    AczFlag = 11, "acz", "LiLA-nya tidak biasa untuk umurnya. Ukur sekali lagi?";
    /// Past 19 years: no longer a child of these tables.
    AgeOutOfRange = 12, "age", "Umurnya di luar tabel pertumbuhan anak. Cocokkan tanggal lahirnya?";
    /// Measured before being born.
    BeforeBirth = 13, "before_birth", "Tanggalnya sebelum anak ini lahir. Cocokkan tanggal lahir dan tanggal hari ini?";
    /// Dated after today.
    InFuture = 14, "in_future", "Tanggalnya belum tiba. Cocokkan tanggal kunjungannya?";
    /// The node does not know what day it is.
    ClockUnset = 15, "clock_unset", "Jam alat belum diatur. Tanggal hari ini sudah benar?";
    /// No child of this age weighs that.
    WeightCannotBe = 16, "weight", "Berat seperti ini tidak mungkin untuk anak seumur ini. Timbang sekali lagi?";
    /// No child of this age is that long.
    LengthCannotBe = 17, "length", "Tinggi seperti ini tidak mungkin untuk anak seumur ini. Ukur sekali lagi?";
    /// No head of this age is that large or small.
    HeadCannotBe = 18, "head", "Lingkar kepala seperti ini tidak mungkin. Ukur sekali lagi?";
    /// No arm of this age is that thick or thin.
    ArmCannotBe = 19, "arm", "LiLA seperti ini tidak mungkin. Ukur sekali lagi?";
    /// Measured standing before 9 months.
    StandingTooYoung = 20, "standing", "Anak di bawah 9 bulan diukur berbaring. Tadi benar diukur berdiri?";
    /// A twin has come as well. Whoever knows the roster asks this; [`check`](super::check) does not.
    Twin = 21, "twin", "Anak kembar. Benar anak ini yang diukur?";
    /// Nothing earlier to compare a length with. Asked by whoever can have it measured again.
    FirstLength = 22, "first_length", "Ini ukuran pertamanya. Ukur sekali lagi supaya yakin?";
    /// Two measurements of one visit lie too far apart. Asked by whoever holds both.
    RepeatsDiffer = 23, "repeat_difference", "Dua hasilnya berbeda jauh. Ukur sekali lagi?";
}

impl Concern {
    pub(super) const fn of_flag(index: Index) -> Self {
        match index {
            Index::Waz => Self::WazFlag,
            Index::Lhaz => Self::LhazFlag,
            Index::Whz => Self::WhzFlag,
            Index::Baz => Self::BazFlag,
            Index::Hcz => Self::HczFlag,
            Index::Acz => Self::AczFlag,
        }
    }
}

/// A set of concerns.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Concerns(u32);

impl Concerns {
    /// Whether there is nothing to ask.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many questions there are.
    pub const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Whether this is one of them.
    pub const fn contains(self, concern: Concern) -> bool {
        self.0 & (1 << concern.as_code()) != 0
    }

    /// Adds one.
    pub const fn insert(&mut self, concern: Concern) {
        self.0 |= 1 << concern.as_code();
    }

    /// All of both.
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those here that are not in `other`: what is new since it was last asked.
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// In the order of their numbers.
    pub fn iter(self) -> impl Iterator<Item = Concern> {
        Concern::ALL.iter().copied().filter(move |&concern| self.contains(concern))
    }
}

impl FromIterator<Concern> for Concerns {
    fn from_iter<I: IntoIterator<Item = Concern>>(concerns: I) -> Self {
        concerns.into_iter().map(|concern| (true, concern)).collect()
    }
}

/// Collects the concerns whose condition holds.
impl FromIterator<(bool, Concern)> for Concerns {
    fn from_iter<I: IntoIterator<Item = (bool, Concern)>>(concerns: I) -> Self {
        let mut set = Self::default();
        for (holds, concern) in concerns {
            if holds {
                set.insert(concern);
            }
        }
        set
    }
}

impl fmt::Debug for Concerns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
