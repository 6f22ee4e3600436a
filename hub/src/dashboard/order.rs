//! The columns of the table of posyandu, and the ways to order its rows.

use std::cmp::Ordering;

use super::figures::Share;
use super::store::PosyanduMonth;
use crate::reports::Figure;

/// How rows are ordered; every way but the name puts what needs looking at on top.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Name,
    Participation,
    Success,
    Bgm,
    TwoT,
    Heard,
}

impl Order {
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Name => "nama",
            Self::Participation => "ds",
            Self::Success => "nd",
            Self::Bgm => "bgm",
            Self::TwoT => "2t",
            Self::Heard => "terdengar",
        }
    }

    pub(super) fn from_code(code: Option<&str>) -> Self {
        [Self::Participation, Self::Success, Self::Bgm, Self::TwoT, Self::Heard]
            .into_iter()
            .find(|order| Some(order.code()) == code)
            .unwrap_or(Self::Name)
    }

    /// Which way the column runs, as `aria-sort` says it.
    pub(super) const fn aria(self) -> &'static str {
        match self {
            Self::Bgm | Self::TwoT => "descending",
            Self::Name | Self::Participation | Self::Success | Self::Heard => "ascending",
        }
    }

    pub(super) fn compare(self, a: &PosyanduMonth, b: &PosyanduMonth) -> Ordering {
        match self {
            Self::Name => Ordering::Equal,
            Self::Participation => lowest(Share::Participation, a).cmp(&lowest(Share::Participation, b)),
            Self::Success => lowest(Share::Success, a).cmp(&lowest(Share::Success, b)),
            Self::Bgm => count(Figure::Bgm, b).cmp(&count(Figure::Bgm, a)),
            Self::TwoT => count(Figure::TwoT, b).cmp(&count(Figure::TwoT, a)),
            Self::Heard => a.last_heard_at.cmp(&b.last_heard_at),
        }
    }
}

/// A share of nothing goes last.
fn lowest(share: Share, row: &PosyanduMonth) -> i64 {
    row.figures.and_then(|figures| share.permille(&figures)).unwrap_or(i64::MAX)
}

fn count(figure: Figure, row: &PosyanduMonth) -> i64 {
    row.figures.map_or(-1, |figures| *figures.of(&figure))
}

/// A column of the table of posyandu.
pub(super) struct Column {
    pub(super) name: &'static str,
    /// What the name stands for, where it is a letter.
    pub(super) long: &'static str,
    /// How rows can be ordered by it.
    pub(super) order: Option<Order>,
    /// Whether it holds words rather than figures.
    pub(super) words: bool,
}

impl Column {
    const fn count(figure: Figure, order: Option<Order>) -> Self {
        Self { name: figure.code(), long: figure.label(), order, words: false }
    }

    const fn share(share: Share, order: Option<Order>) -> Self {
        Self { name: share.name(), long: share.label(), order, words: false }
    }

    const fn text(name: &'static str, order: Order) -> Self {
        Self { name, long: "", order: Some(order), words: true }
    }
}

pub(super) const COLUMNS: [Column; 15] = [
    Column::text("Posyandu", Order::Name),
    Column::count(Figure::S, None),
    Column::count(Figure::K, None),
    Column::count(Figure::D, None),
    Column::count(Figure::N, None),
    Column::count(Figure::T, None),
    Column::count(Figure::O, None),
    Column::count(Figure::B, None),
    Column::share(Share::Participation, Some(Order::Participation)),
    Column::share(Share::Success, Some(Order::Success)),
    Column::share(Share::SuccessOfAll, None),
    Column::share(Share::Coverage, None),
    Column::count(Figure::Bgm, Some(Order::Bgm)),
    Column::count(Figure::TwoT, Some(Order::TwoT)),
    Column::text("Terakhir terdengar", Order::Heard),
];

/// Puts Mawar 2 before Mawar 10.
pub(super) fn natural(name: &str) -> (&str, u64, &str) {
    let text = name.trim_end_matches(|c: char| c.is_ascii_digit());
    (text, name[text.len()..].parse().unwrap_or(0), name)
}

#[cfg(test)]
mod tests {
    use super::natural;

    #[test]
    fn numbered_names_follow_their_numbers() {
        let mut names = ["Mawar 10", "Mawar 2", "Anggrek", "Mawar"];
        names.sort_by(|a, b| natural(a).cmp(&natural(b)));
        assert_eq!(names, ["Anggrek", "Mawar", "Mawar 2", "Mawar 10"]);
    }
}
