//! The figures of a month as the F1 form names them, each with its words and its way in an address.

use std::iter::Sum;

use crate::reports::{Figure, FiguresRow};
use crate::web::words;

impl Figure {
    /// The counts of the form, in its order.
    pub(super) const FORM: [Self; 7] = [Self::S, Self::K, Self::D, Self::N, Self::T, Self::O, Self::B];

    /// The counts that ask for somebody to look.
    pub(super) const WARNINGS: [Self; 2] = [Self::Bgm, Self::TwoT];

    /// How it is written on the form and in addresses.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::S => "S",
            Self::K => "K",
            Self::D => "D",
            Self::N => "N",
            Self::T => "T",
            Self::O => "O",
            Self::B => "B",
            Self::Bgm => "BGM",
            Self::TwoT => "2T",
            Self::Absent => "K-D",
        }
    }

    /// What it counts.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::S => "semua balita",
            Self::K => "punya buku KIA",
            Self::D => "ditimbang bulan ini",
            Self::N => "naik",
            Self::T => "tidak naik",
            Self::O => "bulan lalu tidak ditimbang",
            Self::B => "baru pertama ditimbang",
            Self::Bgm => "di bawah garis merah",
            Self::TwoT => "dua kali tidak naik",
            Self::Absent => "belum ditimbang",
        }
    }

    /// The figure an address names; `None` for any other text.
    pub(super) fn from_code(code: &str) -> Option<Self> {
        Self::FORM
            .into_iter()
            .chain(Self::WARNINGS)
            .chain([Self::Absent])
            .find(|figure| figure.code() == code)
    }
}

/// A share the Puskesmas reports. N/D′ and N/D are both in use and are named apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Share {
    /// D/S.
    Participation,
    /// N/D′.
    Success,
    /// N/D, as older forms have it.
    SuccessOfAll,
    /// K/S.
    Coverage,
}

impl Share {
    /// All, in the order shown.
    pub(super) const ALL: [Self; 4] =
        [Self::Participation, Self::Success, Self::SuccessOfAll, Self::Coverage];

    /// How it is written.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Participation => "D/S",
            Self::Success => "N/D′",
            Self::SuccessOfAll => "N/D",
            Self::Coverage => "K/S",
        }
    }

    /// What it says.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Participation => "datang menimbang",
            Self::Success => "naik, dari yang bisa dinilai",
            Self::SuccessOfAll => "naik, dari semua yang ditimbang",
            Self::Coverage => "punya buku KIA",
        }
    }

    /// The share in thousandths; `None` of nothing.
    pub(super) fn permille(self, figures: &Figures) -> Option<i64> {
        let (part, whole) = self.parts(figures);
        words::permille(part, whole)
    }

    /// The share as people read it.
    pub(super) fn of(self, figures: &Figures) -> String {
        let (part, whole) = self.parts(figures);
        words::percent(&part, &whole).to_string()
    }

    const fn parts(self, figures: &Figures) -> (i64, i64) {
        match self {
            Self::Participation => (figures.d, figures.s),
            // D′: those who could be judged.
            Self::Success => (figures.n, figures.d - (figures.o + figures.b)),
            Self::SuccessOfAll => (figures.n, figures.d),
            Self::Coverage => (figures.k, figures.s),
        }
    }
}

/// The counts of a month, of one posyandu or of several together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Figures {
    s: i64,
    k: i64,
    d: i64,
    n: i64,
    t: i64,
    o: i64,
    b: i64,
    bgm: i64,
    two_t: i64,
}

impl Figures {
    /// The figures of a row; `None` while nothing was counted.
    pub(super) fn counted(row: &FiguresRow) -> Option<Self> {
        row.counted_at.map(|_| Self {
            s: row.s.into(),
            k: row.k.into(),
            d: row.d.into(),
            n: row.n.into(),
            t: row.t.into(),
            o: row.o.into(),
            b: row.b.into(),
            bgm: row.bgm.into(),
            two_t: row.two_t.into(),
        })
    }

    /// The figures of nine counts in the order of the form, BGM and 2T last; `None` for any other number of counts.
    pub(super) fn of_counts(counts: &[i32]) -> Option<Self> {
        let [s, k, d, n, t, o, b, bgm, two_t] = <[i32; 9]>::try_from(counts).ok()?.map(i64::from);
        Some(Self { s, k, d, n, t, o, b, bgm, two_t })
    }

    /// The count of `figure`. Those absent are not counted by themselves: at most all who own a book.
    pub(super) const fn of(&self, figure: &Figure) -> &i64 {
        match figure {
            Figure::S => &self.s,
            Figure::K | Figure::Absent => &self.k,
            Figure::D => &self.d,
            Figure::N => &self.n,
            Figure::T => &self.t,
            Figure::O => &self.o,
            Figure::B => &self.b,
            Figure::Bgm => &self.bgm,
            Figure::TwoT => &self.two_t,
        }
    }
}

impl Sum for Figures {
    fn sum<I: Iterator<Item = Self>>(figures: I) -> Self {
        figures.fold(Self::default(), |a, b| Self {
            s: a.s + b.s,
            k: a.k + b.k,
            d: a.d + b.d,
            n: a.n + b.n,
            t: a.t + b.t,
            o: a.o + b.o,
            b: a.b + b.b,
            bgm: a.bgm + b.bgm,
            two_t: a.two_t + b.two_t,
        })
    }
}
