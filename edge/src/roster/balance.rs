//! Who lived in the area in a month: there before, came, went, there now.
//!
//! # Why
//! S is not counted anew each month from whoever is in a list: it follows from what was recorded of each child, so that last
//! month's number, the comings and the goings always come to this month's. A correction (a birth date, a leaving that
//! was said late) changes the months it belongs to; what was reported before keeps its version where it was reported.

use chrono::NaiveDate;
use protocol::Month;
use protocol::registry::Leaving;

/// Months from which a child is under five no more.
const FIVE_YEARS_MONTHS: i32 = 60;

/// Whoever is written down younger than this was born here, and did not move in.
const NEWBORN_MONTHS: i32 = 2;

/// What a month did to a child's place in the area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flow {
    /// There before, and still there.
    Stays,
    /// Came by birth.
    Born,
    /// Came from elsewhere, or came back.
    MovedIn,
    /// Went, because it turned five.
    TurnedFive,
    /// Went elsewhere.
    MovedOut,
    /// Died.
    Died,
}

/// The sum that has to come out: `now = before + born + moved_in − turned_five − moved_out − died`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Balance {
    /// Under-fives at the end of the month before.
    pub before: u32,
    /// Born in this month.
    pub born: u32,
    /// Moved in, or came back.
    pub moved_in: u32,
    /// Turned five.
    pub turned_five: u32,
    /// Moved away.
    pub moved_out: u32,
    /// Died.
    pub died: u32,
    /// Under-fives at the end of this month: its S.
    pub now: u32,
}

/// One child's time in the area.
#[derive(Debug, Clone, Copy)]
pub struct Life<'a> {
    /// Its birth date.
    pub born: NaiveDate,
    /// The day it was written down.
    pub since: NaiveDate,
    /// Its leavings and comings back, in the order they were recorded.
    pub moves: &'a [(NaiveDate, Leaving)],
}

impl Balance {
    /// Sums what a month did to each child.
    pub fn of(flows: impl IntoIterator<Item = Flow>) -> Self {
        let mut balance = Self::default();
        for flow in flows {
            let is_there_before = !matches!(flow, Flow::Born | Flow::MovedIn);
            let is_there_now = matches!(flow, Flow::Stays | Flow::Born | Flow::MovedIn);
            balance.before += u32::from(is_there_before);
            balance.now += u32::from(is_there_now);
            match flow {
                Flow::Stays => {}
                Flow::Born => balance.born += 1,
                Flow::MovedIn => balance.moved_in += 1,
                Flow::TurnedFive => balance.turned_five += 1,
                Flow::MovedOut => balance.moved_out += 1,
                Flow::Died => balance.died += 1,
            }
        }
        balance
    }
}

impl Life<'_> {
    /// What a month did; `None` for a child that was there neither before nor after.
    pub fn in_month(&self, month: Month) -> Option<Flow> {
        let (before, last) = (Month(month.0 - 1).last_day()?, month.last_day()?);
        match (self.is_there(before), self.is_there(last)) {
            (true, true) => Some(Flow::Stays),
            (false, true) => Some(self.came(before)),
            (true, false) => Some(self.went(last)),
            (false, false) => None,
        }
    }

    /// Whether it is one of the area's under-fives at the end of a day.
    pub fn is_there(&self, day: NaiveDate) -> bool {
        let has_come = self.entered() <= day && !self.is_no_child_of_ours();
        let has_gone = self.last_move(day).is_some_and(is_gone);
        has_come && !has_gone && growth::completed_months(self.born, day) < FIVE_YEARS_MONTHS
    }

    fn entered(&self) -> NaiveDate {
        self.since.max(self.born)
    }

    /// Written down by mistake, or a second time: it never was one more.
    fn is_no_child_of_ours(&self) -> bool {
        self.moves.last().is_some_and(|(_, leaving)| matches!(leaving, Leaving::Mistake | Leaving::Double))
    }

    /// The last word on a day; of two of one day, the one recorded later.
    fn last_move(&self, day: NaiveDate) -> Option<Leaving> {
        let until = self.moves.iter().enumerate().filter(|(_, (on, _))| *on <= day);
        until.max_by_key(|(at, (on, _))| (*on, *at)).map(|(_, (_, leaving))| *leaving)
    }

    fn came(&self, before: NaiveDate) -> Flow {
        let is_new = self.entered() > before;
        let is_newborn = growth::completed_months(self.born, self.entered()) < NEWBORN_MONTHS;
        if is_new && is_newborn { Flow::Born } else { Flow::MovedIn }
    }

    fn went(&self, last: NaiveDate) -> Flow {
        match self.last_move(last).filter(|leaving| is_gone(*leaving)) {
            Some(Leaving::Died) => Flow::Died,
            Some(Leaving::Graduated) | None => Flow::TurnedFive,
            Some(_) => Flow::MovedOut,
        }
    }
}

/// Whoever is away for a while still lives here.
const fn is_gone(leaving: Leaving) -> bool {
    !matches!(leaving, Leaving::Back | Leaving::Away)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn flow(born: &str, since: &str, moves: &[(&str, Leaving)], month: &str) -> Option<Flow> {
        let moves: Vec<(NaiveDate, Leaving)> =
            moves.iter().map(|(on, leaving)| (day(on), *leaving)).collect();
        let life = Life { born: day(born), since: day(since), moves: &moves };
        life.in_month(Month::of(day(&format!("{month}-01"))))
    }

    #[test]
    fn each_coming_and_going_is_counted_in_its_month_and_by_its_name() {
        use Flow::*;
        for (born, since, moves, month, expected) in [
            ("2026-10-20", "2026-11-10", &[][..], "2026-10", None),
            ("2026-10-20", "2026-11-10", &[], "2026-11", Some(Born)),
            ("2026-10-20", "2026-11-10", &[], "2026-12", Some(Stays)),
            ("2026-08-20", "2026-11-10", &[], "2026-11", Some(MovedIn)),
            // turned five on the last day of a month, and on the first of the next
            ("2021-11-30", "2022-01-01", &[], "2026-11", Some(TurnedFive)),
            ("2021-12-01", "2022-01-01", &[], "2026-11", Some(Stays)),
            ("2021-12-01", "2022-01-01", &[], "2026-12", Some(TurnedFive)),
            ("2025-01-05", "2025-02-01", &[("2026-11-30", Leaving::Moved)], "2026-11", Some(MovedOut)),
            ("2025-01-05", "2025-02-01", &[("2026-11-30", Leaving::Died)], "2026-11", Some(Died)),
            ("2025-01-05", "2025-02-01", &[("2026-11-30", Leaving::Away)], "2026-11", Some(Stays)),
            ("2025-01-05", "2025-02-01", &[("2026-11-30", Leaving::Double)], "2026-10", None),
            ("2025-01-05", "2025-02-01", &[("2026-11-30", Leaving::Mistake)], "2026-12", None),
            ("2025-01-05", "2026-11-02", &[("2026-11-20", Leaving::Moved)], "2026-11", None),
        ] {
            assert_eq!(flow(born, since, moves, month), expected, "{born} {since} {moves:?} {month}");
        }
        let back = [("2026-09-01", Leaving::Moved), ("2026-11-03", Leaving::Back)];
        assert_eq!(flow("2025-01-05", "2025-02-01", &back, "2026-10"), None);
        assert_eq!(flow("2025-01-05", "2025-02-01", &back, "2026-11"), Some(MovedIn));
        let said_late = [("2026-11-03", Leaving::Back), ("2026-09-01", Leaving::Moved)];
        assert_eq!(flow("2025-01-05", "2025-02-01", &said_late, "2026-11"), Some(MovedIn), "days decide");
    }

    fn leavings() -> impl Strategy<Value = Vec<(NaiveDate, Leaving)>> {
        let leaving = prop::sample::select(vec![
            Leaving::Moved,
            Leaving::Died,
            Leaving::Mistake,
            Leaving::Back,
            Leaving::Graduated,
            Leaving::Double,
            Leaving::Away,
        ]);
        prop::collection::vec((days(), leaving), 0..4)
    }

    fn days() -> impl Strategy<Value = NaiveDate> {
        (0..2_600i64).prop_map(|days| day("2020-01-01") + chrono::Duration::days(days))
    }

    proptest! {
        #[test]
        fn whatever_is_recorded_the_sum_comes_out_and_the_next_month_begins_where_this_one_ends(
            lives in prop::collection::vec((days(), days(), leavings()), 0..30),
            month in 0..84i32,
        ) {
            let month = Month(Month::of(day("2020-01-01")).0 + month);
            let balance = |month| {
                let flow = |(born, since, moves): &(NaiveDate, NaiveDate, Vec<(NaiveDate, Leaving)>)| {
                    Life { born: *born, since: *since, moves }.in_month(month)
                };
                Balance::of(lives.iter().filter_map(flow))
            };
            let this = balance(month);
            let (came, went) = (this.born + this.moved_in, this.turned_five + this.moved_out + this.died);
            prop_assert_eq!(this.before + came, this.now + went);
            prop_assert_eq!(this.now, balance(Month(month.0 + 1)).before);
        }
    }
}
