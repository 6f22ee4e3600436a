//! How wrong an instrument may be, and what a check has still to show. Pure rules.
//!
//! Scales of accuracy class III: half a division up to 500 divisions, one up to 2,000, one and a half above; in service
//! twice that. The corners of a pan may differ by one division. A board may be wrong by two millimetres.

use std::collections::BTreeMap;

use protocol::check::{InstrumentKind, Load, Spot, Verdict};

/// How far a board may be from the rod, in tenths of a millimetre.
const BOARD: u32 = 20;
/// Readings of the first mass or rod, each put there anew.
pub(in crate::instruments) const REPEATS: usize = 3;
/// Corners of a pan.
const CORNERS: u8 = 4;

/// What a check asks for next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::instruments) enum Step {
    /// Nothing on the pan.
    Empty,
    /// The mass in the middle, or the rod against the board's foot; this is the how-manieth time, from 1.
    Centre(usize),
    /// The same mass in a corner.
    Corner(u8),
    /// Enough is known; more masses may follow.
    Done,
}

/// How far a reading of something known may be from it: grams, or tenths of a millimetre.
pub(in crate::instruments) fn allowed(kind: InstrumentKind, division: u32, nominal: u32) -> u32 {
    match kind {
        InstrumentKind::LengthBoard => BOARD,
        // nothing known can be put on them
        InstrumentKind::BloodPressureMeter | InstrumentKind::GlucoseMeter => 0,
        InstrumentKind::InfantScale | InstrumentKind::StandingScale => {
            let divisions = nominal / division.max(1);
            let rest = !nominal.is_multiple_of(division.max(1));
            // twice the half divisions allowed when it leaves the verification
            match divisions + u32::from(rest) {
                0..=500 => division,
                501..=2_000 => division * 2,
                _ => division * 3,
            }
        }
    }
}

/// How far the corners may differ; `None` for an instrument without.
pub(in crate::instruments) const fn spread_allowed(kind: InstrumentKind, division: u32) -> Option<u32> {
    match kind {
        InstrumentKind::LengthBoard | InstrumentKind::BloodPressureMeter | InstrumentKind::GlucoseMeter => {
            None
        }
        InstrumentKind::InfantScale | InstrumentKind::StandingScale => Some(division),
    }
}

/// What the loads of a check say of the instrument.
pub(in crate::instruments) fn judge(loads: &[Load], spread_limit: Option<u32>) -> Verdict {
    if loads.iter().any(|load| load.error().unsigned_abs() > u64::from(load.limit)) {
        return Verdict::Off;
    }
    let mut corners: BTreeMap<u32, (i32, i32)> = BTreeMap::new();
    for load in loads.iter().filter(|load| matches!(load.spot, Spot::Corner(_))) {
        let (low, high) = corners.entry(load.nominal).or_insert((load.value, load.value));
        (*low, *high) = ((*low).min(load.value), (*high).max(load.value));
    }
    let is_uneven = |(low, high): &(i32, i32)| spread_limit.is_some_and(|limit| high.abs_diff(*low) > limit);
    if corners.values().any(is_uneven) { Verdict::Uneven } else { Verdict::Good }
}

/// What comes next in a check. A mass that was not lifted in between is one reading, however often it is taken down; an
/// instrument that only tells what it held `shows_nothing` when it is empty, and tells each load anew.
pub(in crate::instruments) fn next(kind: InstrumentKind, shows_nothing: bool, loads: &[Load]) -> Step {
    let is_board = kind == InstrumentKind::LengthBoard;
    let is_anew = is_board || shows_nothing;
    let first = first_known(loads);
    let is_of_first = |load: &Load, spot: Spot| Some(load.nominal) == first && load.spot == spot;
    let (mut middle, mut is_lifted) = (0, is_anew);
    for load in loads {
        if load.nominal == 0 {
            is_lifted = true;
        } else if is_lifted && is_of_first(load, Spot::Centre) {
            middle += 1;
            is_lifted = is_anew;
        }
    }
    if middle < REPEATS {
        return if is_lifted { Step::Centre(middle + 1) } else { Step::Empty };
    }
    let is_missing = |corner: &u8| !loads.iter().any(|load| is_of_first(load, Spot::Corner(*corner)));
    let missing = (1..=CORNERS).find(is_missing);
    match missing {
        Some(corner) if !is_board => Step::Corner(corner),
        _ => Step::Done,
    }
}

/// The mass or length the check began with.
pub(in crate::instruments) fn first_known(loads: &[Load]) -> Option<u32> {
    loads.iter().map(|load| load.nominal).find(|&nominal| nominal > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use InstrumentKind::{InfantScale, LengthBoard, StandingScale};

    fn load(nominal: u32, spot: Spot, value: i32) -> Load {
        Load { nominal, spot, value, limit: allowed(InfantScale, 10, nominal) }
    }

    #[test]
    fn what_is_allowed_grows_with_the_load_in_steps_of_the_division() {
        let table = [
            (InfantScale, 10, 0, 10),
            (InfantScale, 10, 2_000, 10),
            (InfantScale, 10, 5_000, 10),
            (InfantScale, 10, 5_001, 20),
            (InfantScale, 10, 10_000, 20),
            (InfantScale, 10, 20_000, 20),
            (InfantScale, 5, 2_500, 5),
            (InfantScale, 5, 10_000, 10),
            (InfantScale, 5, 10_005, 15),
            (StandingScale, 100, 10_000, 100),
            (StandingScale, 100, 50_000, 100),
            (StandingScale, 100, 50_100, 200),
            (LengthBoard, 10, 6_000, 20),
            (LengthBoard, 1, 6_000, 20),
        ];
        for (kind, division, nominal, limit) in table {
            assert_eq!(allowed(kind, division, nominal), limit, "{kind:?} {division} {nominal}");
        }
    }

    #[test]
    fn a_reading_on_the_limit_is_right_and_one_division_further_is_not() {
        let table = [
            (0, 10, Verdict::Good),
            (0, 20, Verdict::Off),
            (5_000, 5_010, Verdict::Good),
            (5_000, 4_990, Verdict::Good),
            (5_000, 5_020, Verdict::Off),
            (5_000, 4_980, Verdict::Off),
            (10_000, 10_020, Verdict::Good),
            (10_000, 9_970, Verdict::Off),
        ];
        for (nominal, value, verdict) in table {
            assert_eq!(judge(&[load(nominal, Spot::Centre, value)], Some(10)), verdict, "{nominal} {value}");
        }
    }

    #[test]
    fn corners_may_differ_by_one_division() {
        let corners = |values: [i32; 4]| -> Vec<Load> {
            (1..).zip(values).map(|(corner, value)| load(5_000, Spot::Corner(corner), value)).collect()
        };
        assert_eq!(judge(&corners([5_000, 5_010, 5_000, 5_010]), Some(10)), Verdict::Good);
        assert_eq!(judge(&corners([4_990, 5_010, 5_000, 5_000]), Some(10)), Verdict::Uneven);
        assert_eq!(judge(&corners([4_990, 5_030, 5_000, 5_000]), Some(10)), Verdict::Off);
    }

    #[test]
    fn a_board_may_be_two_millimetres_wrong() {
        for (value, verdict) in [(6_020, Verdict::Good), (5_980, Verdict::Good), (6_021, Verdict::Off)] {
            let rod =
                Load { nominal: 6_000, spot: Spot::Centre, value, limit: allowed(LengthBoard, 10, 6_000) };
            assert_eq!(judge(&[rod], None), verdict, "{value}");
        }
    }

    #[test]
    fn a_scale_is_asked_for_the_middle_after_nothing_three_times_and_for_four_corners() {
        let mut loads = Vec::new();
        let mut steps = Vec::new();
        loop {
            let step = next(InfantScale, false, &loads);
            steps.push(step);
            loads.push(match step {
                Step::Empty => load(0, Spot::Centre, 0),
                Step::Centre(_) => load(5_000, Spot::Centre, 5_000),
                Step::Corner(corner) => load(5_000, Spot::Corner(corner), 5_000),
                Step::Done => break,
            });
        }
        let corners = [Step::Corner(1), Step::Corner(2), Step::Corner(3), Step::Corner(4)];
        let middle = [1, 2, 3].map(|nth| [Step::Empty, Step::Centre(nth)]);
        assert_eq!(steps[..6], middle.concat());
        assert_eq!(steps[6..10], corners);
    }

    #[test]
    fn a_mass_that_was_not_lifted_counts_once() {
        let (nothing, five) = (load(0, Spot::Centre, 0), load(5_000, Spot::Centre, 5_000));
        assert_eq!(next(InfantScale, false, &[nothing, five, five, five]), Step::Empty);
        assert_eq!(next(InfantScale, false, &[nothing, five, five, nothing]), Step::Centre(2));
    }

    #[test]
    fn a_board_is_asked_for_the_rod_three_times() {
        let rod = load(6_000, Spot::Centre, 6_000);
        assert_eq!(next(InfantScale, true, &[]), Step::Centre(1));
        assert_eq!(next(LengthBoard, false, &[]), Step::Centre(1));
        assert_eq!(next(LengthBoard, false, &[rod, rod]), Step::Centre(3));
        assert_eq!(next(LengthBoard, false, &[rod, rod, rod]), Step::Done);
    }
}
