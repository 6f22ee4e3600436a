//! Whose number it is: claims, offers, and what must never cross.

use ::scales::{BloodPressure, Decimal, Error, Presence, Quantity as Amount, Reading, Unit};
use protocol::VisitId;
use uuid::Uuid;

use super::bench::Bench;
use super::live::{LockedFor, Phase, Upset};
use super::{About, Claim};
use crate::config::InstrumentKind;

const SITI: VisitId = VisitId(Uuid::from_u128(1));
const BUDI: VisitId = VisitId(Uuid::from_u128(2));

/// An instrument ten times a second.
struct Desk {
    bench: Bench,
    at_ms: u64,
    unit: Unit,
}

impl Desk {
    fn new(kind: InstrumentKind) -> Self {
        let about = About {
            id: "a".into(),
            name: "A".into(),
            kind,
            dialect: "ad_std",
            division: 10,
            wireless: false,
            device: "usb-a".into(),
        };
        let unit = if kind == InstrumentKind::LengthBoard { Unit::Millimetre } else { Unit::Gram };
        let mut desk = Self { bench: Bench::new(&about).unwrap(), at_ms: 0, unit };
        desk.bench.connect(true, 0);
        desk
    }

    fn scale() -> Self {
        let mut desk = Self::new(InstrumentKind::InfantScale);
        desk.lay(0, 2_000);
        desk
    }

    /// A scale that waits for stillness itself and says one number.
    fn told(&mut self, grams: i64) -> Option<LockedFor> {
        self.at_ms += 100;
        let amount = Amount::new(Decimal { digits: grams, decimals: 0 }, Unit::Gram).unwrap();
        let mut reading = Reading::new(amount, Some(true));
        reading.presence = Presence::Held;
        self.bench.hear(Ok(reading), self.at_ms)
    }

    /// Lets something lie there for a while; gives what settled for a visit meanwhile.
    fn lay(&mut self, value: i64, for_ms: u64) -> Vec<LockedFor> {
        let decimals = i8::from(self.unit == Unit::Millimetre);
        let amount = Amount::new(Decimal { digits: value, decimals }, self.unit).unwrap();
        let mut kept = Vec::new();
        for _ in 0..for_ms / 100 {
            self.at_ms += 100;
            kept.extend(self.bench.hear(Ok(Reading::new(amount, Some(true))), self.at_ms));
        }
        kept
    }
}

#[test]
fn what_settles_after_a_claim_is_that_visits_once() {
    let mut desk = Desk::scale();
    assert_eq!(desk.bench.claim(SITI, desk.at_ms), Claim::Claimed);
    let kept = desk.lay(8_450, 8_000);
    assert_eq!(kept.len(), 1);
    assert_eq!((kept[0].visit, kept[0].reading.value), (SITI, 8_450));
    assert_eq!(desk.bench.live().locked.as_ref(), kept.first());
    assert!(desk.bench.live().offer.is_none(), "her own number is not offered to her");
}

#[test]
fn a_claim_is_not_lost_to_another_visit_unless_it_is_taken() {
    let mut desk = Desk::scale();
    desk.bench.claim(SITI, desk.at_ms);
    assert_eq!(desk.bench.claim(BUDI, desk.at_ms), Claim::InUseBy(SITI));
    desk.bench.take_over(BUDI, desk.at_ms);
    assert_eq!(desk.lay(9_000, 8_000)[0].visit, BUDI);
}

#[test]
fn a_child_on_the_pan_before_the_claim_is_offered_and_not_taken() {
    for before_ms in [100, 300, 700, 3_000, 8_000] {
        let mut desk = Desk::scale();
        desk.lay(8_450, before_ms);
        desk.bench.claim(SITI, desk.at_ms);
        assert!(desk.lay(8_450, 8_000).is_empty(), "after {before_ms} ms on the pan");
        let offer = desk.bench.live().offer.expect("it is offered by name");
        assert_eq!(offer.value, 8_450);
        assert_eq!(desk.bench.adopt(BUDI, offer.reading), None, "not to a visit that has no claim");
        assert_eq!(desk.bench.adopt(SITI, offer.reading).unwrap().value, 8_450);
        assert!(desk.bench.live().offer.is_none());
    }
}

#[test]
fn an_offer_lapses_after_its_child_has_left() {
    let mut desk = Desk::scale();
    desk.lay(8_450, 8_000);
    desk.lay(0, 10_000);
    assert!(desk.bench.live().offer.is_some());
    desk.lay(0, 15_000);
    assert!(desk.bench.live().offer.is_none());
}

#[test]
fn a_mass_that_checks_the_scale_is_offered_to_no_child() {
    for before_ms in [1_000, 8_000] {
        let mut desk = Desk::scale();
        desk.lay(5_000, before_ms);
        desk.bench.mark_known();
        desk.lay(5_000, 8_000);
        assert!(desk.bench.live().offer.is_none(), "checked after {before_ms} ms");
        desk.lay(0, 2_000);
        desk.bench.claim(SITI, desk.at_ms);
        assert!(desk.bench.live().offer.is_none());
        assert_eq!(desk.lay(8_450, 8_000)[0].reading.value, 8_450);
    }
}

#[test]
fn a_mass_an_instrument_told_of_is_offered_to_no_child() {
    let mut desk = Desk::new(InstrumentKind::InfantScale);
    desk.told(5_000);
    assert_eq!(desk.bench.live().offer.unwrap().told_ms, Some(desk.at_ms));
    desk.bench.mark_known();
    desk.bench.claim(SITI, desk.at_ms);
    assert_eq!(desk.bench.live().offer, None);
    desk.told(8_450);
    assert_eq!(desk.bench.live().offer.unwrap().value, 8_450);
}

#[test]
fn the_next_child_does_not_replace_a_number_that_waits_to_be_saved() {
    let mut desk = Desk::scale();
    desk.bench.claim(SITI, desk.at_ms);
    desk.lay(8_450, 8_000);
    desk.lay(0, 2_000);
    assert!(desk.lay(9_700, 8_000).is_empty());
    let live = desk.bench.live();
    assert_eq!(live.locked.unwrap().reading.value, 8_450);
    desk.bench.release(SITI);
    desk.bench.claim(BUDI, desk.at_ms);
    assert_eq!(desk.bench.live().offer.unwrap().value, 9_700, "the second child waits for its own name");
}

#[test]
fn a_saved_number_is_never_offered_to_the_next_visit() {
    let mut desk = Desk::scale();
    desk.bench.claim(SITI, desk.at_ms);
    desk.lay(8_450, 8_000);
    desk.bench.release(SITI);
    desk.bench.claim(BUDI, desk.at_ms);
    assert!(desk.bench.live().offer.is_none());
    assert!(desk.lay(8_450, 8_000).is_empty(), "the same child still lies there");
    assert_eq!(desk.bench.live().phase, Phase::Resting);
    desk.lay(0, 1_000);
    assert_eq!(desk.lay(7_100, 8_000)[0].visit, BUDI);
}

#[test]
fn taking_over_leaves_a_settled_number_with_its_visit() {
    let mut desk = Desk::scale();
    desk.bench.claim(SITI, desk.at_ms);
    let reading = desk.lay(8_450, 8_000)[0].reading.reading;
    desk.bench.take_over(BUDI, desk.at_ms);
    assert!(desk.bench.live().offer.is_none());
    assert_eq!(desk.bench.adopt(BUDI, reading), None);
}

#[test]
fn leaving_the_page_keeps_a_child_that_is_being_weighed() {
    let mut desk = Desk::scale();
    desk.bench.claim(SITI, desk.at_ms);
    desk.lay(8_450, 2_000);
    desk.bench.leave(SITI);
    assert_eq!(desk.lay(8_450, 8_000)[0].visit, SITI);
    desk.bench.leave(SITI);
    assert_eq!(desk.bench.claimed_by(), None);
}

#[test]
fn noise_costs_one_line_not_the_measurement() {
    let mut desk = Desk::scale();
    desk.bench.claim(SITI, desk.at_ms);
    let mut kept = Vec::new();
    for _ in 0..10 {
        kept.extend(desk.lay(8_450, 700));
        desk.at_ms += 100;
        kept.extend(desk.bench.hear(Err(Error::Malformed.into()), desk.at_ms));
    }
    assert_eq!(kept.len(), 1);
    assert_eq!(desk.bench.live().upset, None);
}

#[test]
fn what_is_no_live_load_never_settles() {
    let number = Decimal { digits: 8_450, decimals: 0 };
    let weight = |presence| {
        let mut reading = Reading::new(Amount::new(number, Unit::Gram).unwrap(), Some(true));
        reading.presence = presence;
        reading
    };
    let unit = Unit::MillimetreOfMercury;
    let pressure = BloodPressure { unit, systolic: number, diastolic: number, mean: None };
    for reading in [
        weight(Presence::Held),
        weight(Presence::Removed),
        weight(Presence::Unconfirmed),
        weight(Presence::Service),
        Reading::new(Amount::new(number, Unit::Millimetre).unwrap(), Some(true)),
        Reading::new(number, Some(true)),
        Reading::new(pressure, Some(true)),
    ] {
        let mut desk = Desk::scale();
        desk.bench.claim(SITI, desk.at_ms);
        for _ in 0..200 {
            desk.at_ms += 100;
            assert_eq!(desk.bench.hear(Ok(reading), desk.at_ms), None, "{reading:?}");
        }
        assert_eq!((desk.bench.live().phase, desk.bench.live().value), (Phase::Empty, 0), "{reading:?}");
    }
}

#[test]
fn trouble_is_told_apart_and_forgotten_with_the_next_reading() {
    let mut desk = Desk::scale();
    for (error, upset) in [(Error::Overload, Upset::TooMuch), (Error::DeviceError, Upset::Unwell)] {
        desk.bench.hear(Err(error.into()), desk.at_ms);
        assert_eq!(desk.bench.live().upset, Some(upset));
        desk.lay(0, 100);
        assert_eq!(desk.bench.live().upset, None);
    }
    for _ in 0..50 {
        desk.at_ms += 100;
        desk.bench.hear(Err(Error::Malformed.into()), desk.at_ms);
    }
    assert_eq!(desk.bench.live().upset, Some(Upset::Unreadable), "nothing but noise: a wrong setting");
    desk.bench.miss(desk.at_ms + 6_000);
    assert_eq!(desk.bench.live().upset, Some(Upset::Silent));
}

#[test]
fn a_board_follows_its_slider_and_counts_for_the_visit_that_moved_it() {
    let mut desk = Desk::new(InstrumentKind::LengthBoard);
    desk.lay(6_000, 3_000);
    desk.bench.claim(SITI, desk.at_ms);
    let first = desk.lay(7_350, 4_000);
    assert_eq!(first[0].reading.value, 7_350);
    let closer = desk.lay(7_320, 4_000);
    assert_eq!(closer[0].reading.value, 7_320, "pushed closer to the heels");
    assert!(desk.lay(8_800, 4_000).is_empty(), "another child before the first is saved");
    assert_eq!(desk.bench.live().locked.unwrap().reading.value, 7_320);
}

#[test]
fn a_board_left_where_the_last_child_was_is_offered_and_the_next_movement_counts() {
    let mut desk = Desk::new(InstrumentKind::LengthBoard);
    desk.lay(6_000, 3_000);
    desk.lay(7_350, 4_000);
    desk.bench.claim(BUDI, desk.at_ms);
    assert_eq!(desk.bench.live().offer.unwrap().value, 7_350);
    assert_eq!(desk.lay(8_100, 4_000)[0].visit, BUDI);
}

#[test]
fn a_page_that_is_opened_again_keeps_its_number_while_the_next_child_lies_down() {
    let mut desk = Desk::scale();
    desk.bench.claim(SITI, desk.at_ms);
    let kept = desk.lay(8_950, 8_000).pop().unwrap().reading;
    desk.bench.leave(SITI);
    desk.bench.claim(SITI, desk.at_ms);
    desk.bench.restore(SITI, Some(kept.clone()));
    desk.lay(0, 2_000);
    assert!(desk.lay(7_100, 8_000).is_empty(), "the next child's weight is not hers");
    assert_eq!(desk.bench.live().locked.unwrap().reading, kept);
    assert_eq!(desk.bench.adopt(SITI, kept.reading), Some(kept));
}

#[test]
fn what_settled_for_the_wrong_child_waits_for_the_right_one() {
    let mut desk = Desk::scale();
    desk.bench.claim(SITI, desk.at_ms);
    let reading = desk.lay(8_450, 8_000).pop().unwrap().reading.reading;
    desk.bench.disown(BUDI);
    assert!(desk.bench.live().locked.is_some(), "only whose it was can disown it");
    desk.bench.disown(SITI);
    assert_eq!(desk.bench.claim(BUDI, desk.at_ms), Claim::Claimed);
    assert!(desk.lay(8_450, 2_000).is_empty(), "offered, not taken");
    assert_eq!(desk.bench.live().offer.unwrap().reading, reading);
    assert_eq!(desk.bench.adopt(SITI, reading), None);
    assert_eq!(desk.bench.adopt(BUDI, reading).unwrap().value, 8_450);
}

#[test]
fn nobody_is_weighed_without_a_rise_from_zero_and_a_return_to_it() {
    for returned_ms in [0, 100, 200] {
        let mut desk = Desk::scale();
        desk.bench.claim(SITI, desk.at_ms);
        desk.lay(8_450, 8_000);
        desk.bench.release(SITI);
        desk.lay(0, returned_ms);
        desk.bench.claim(BUDI, desk.at_ms);
        assert!(desk.lay(8_450, 8_000).is_empty(), "zero for {returned_ms} ms is a child that wriggles");
    }
    let mut desk = Desk::new(InstrumentKind::InfantScale);
    desk.bench.claim(SITI, desk.at_ms);
    assert!(desk.lay(8_450, 10_000).is_empty(), "nobody saw it rise");
}

#[test]
fn an_infant_scale_gives_no_number_beyond_what_it_is_made_for() {
    let mut desk = Desk::scale();
    desk.bench.claim(SITI, desk.at_ms);
    assert!(desk.lay(20_010, 8_000).is_empty());
    assert_eq!(desk.bench.live().upset, Some(Upset::TooMuch));
    desk.lay(0, 1_000);
    assert_eq!(desk.lay(20_000, 8_000).len(), 1);
    let mut stands = Desk::new(InstrumentKind::StandingScale);
    stands.lay(0, 2_000);
    stands.bench.claim(SITI, stands.at_ms);
    assert_eq!(stands.lay(20_010, 8_000).len(), 1);
}

#[test]
fn a_number_told_once_is_offered_to_the_visit_that_waits_and_to_no_other() {
    let mut desk = Desk::new(InstrumentKind::InfantScale);
    desk.bench.claim(SITI, desk.at_ms);
    assert_eq!(desk.told(8_450), None, "one frame alone never decides");
    let live = desk.bench.live();
    let offer = live.offer.expect("it is offered by name");
    assert_eq!((offer.value, live.value), (8_450, 0), "nobody saw it on the pan");
    desk.bench.connect(false, desk.at_ms);
    assert_eq!(desk.bench.live().offer, Some(offer), "it may sleep once it has said its number");
    desk.bench.leave(SITI);
    desk.bench.claim(BUDI, desk.at_ms);
    assert_eq!(desk.bench.live().offer, None);
    assert_eq!(desk.bench.adopt(BUDI, offer.reading), None);
    desk.bench.leave(BUDI);
    desk.bench.claim(SITI, desk.at_ms);
    assert_eq!(desk.bench.live().offer, Some(offer), "she opens her page again");
    assert_eq!(desk.bench.adopt(SITI, offer.reading).unwrap().value, 8_450);
    assert_eq!(desk.bench.live().offer, None);
}

#[test]
fn a_number_told_before_anybody_asked_is_offered_to_who_comes_and_lapses() {
    let mut desk = Desk::new(InstrumentKind::InfantScale);
    desk.told(8_450);
    desk.bench.claim(SITI, desk.at_ms);
    assert_eq!(desk.bench.live().offer.map(|offer| offer.value), Some(8_450));
    desk.told(8_460);
    assert_eq!(desk.bench.live().offer.map(|offer| offer.value), Some(8_460), "weighed again");
    desk.bench.tick(desk.at_ms + 61_000);
    assert_eq!(desk.bench.live().offer, None);
}

#[test]
fn only_a_line_that_should_speak_all_the_time_is_silent() {
    let mut desk = Desk::new(InstrumentKind::InfantScale);
    desk.bench.tick(60_000);
    assert_eq!(desk.bench.live().upset, None);
    desk.bench.miss(60_000);
    assert_eq!(desk.bench.live().upset, Some(Upset::Silent));
}
