//! The driver of the HX711 against a chip that is switched off, unplugged and talked past.

use firmware::{Clock, Fault, Sensor};
use proptest::prelude::*;

use crate::desk::{Cell, cell};
use firmware::simulate::Time;
use firmware::simulate::hx711::{Chip, Mishap};

struct Wire {
    time: Time,
    chip: Chip,
    cell: Cell,
}

impl Wire {
    fn new(counts: i32) -> Self {
        let time = Time::default();
        let chip = Chip::new(&time);
        chip.load(counts);
        let cell = cell(&time, &chip);
        Self { time, chip, cell }
    }

    /// Everything that comes out within so many milliseconds.
    fn listen(&mut self, ms: u64) -> Vec<Result<i32, Fault>> {
        let until = self.time.now_us() + 1_000 * ms;
        let mut heard = Vec::new();
        while self.time.now_us() < until {
            heard.extend(self.cell.poll().transpose());
            self.time.spend_us(1_000);
        }
        heard
    }
}

proptest! {
    #[test]
    fn what_the_chip_counts_is_what_is_read(counts in -0x7f_ffff..0x7f_ffff_i32) {
        let heard = Wire::new(counts).listen(400);
        prop_assert!(heard.len() > 10);
        prop_assert!(heard.iter().all(|&said| said == Ok(counts)), "{heard:?}");
    }
}

#[test]
fn conversions_that_have_not_settled_are_thrown_away() {
    let mut wire = Wire::new(1_000);
    // 50 ms to wake, four conversions of 12.5 ms.
    assert_eq!(wire.listen(90), []);
    assert_eq!(wire.listen(100).first(), Some(&Ok(1_000)));
}

#[test]
fn both_ends_of_the_range_are_faults() {
    for (counts, fault) in [(0x7f_ffff, Fault::Above), (9_000_000, Fault::Above), (-0x80_0000, Fault::Below)]
    {
        let mut wire = Wire::new(counts);
        wire.listen(200);
        let heard = wire.listen(200);
        assert!(heard.len() > 10 && heard.iter().all(|&said| said == Err(fault)), "{heard:?}");
        wire.chip.load(5);
        assert_eq!(wire.listen(100).last(), Some(&Ok(5)));
    }
}

#[test]
fn a_broken_wire_is_silence_and_then_a_fault_never_a_number() {
    let mut wire = Wire::new(1_000);
    wire.listen(200);
    wire.chip.plug(false);
    let heard = wire.listen(5_000);
    assert_eq!(heard, [Err(Fault::Disconnected); 5]);
    wire.chip.plug(true);
    // What it first says after having been talked past is put right by the next restart.
    wire.listen(2_500);
    let heard = wire.listen(200);
    assert!(heard.len() > 10 && heard.iter().all(|&said| said == Ok(1_000)), "{heard:?}");
}

#[test]
fn a_line_that_touches_ground_is_no_zero() {
    let mut wire = Wire::new(1_000);
    wire.listen(200);
    wire.chip.short();
    let heard = wire.listen(1_000);
    assert!(heard.len() > 100 && heard.iter().all(|&said| said == Err(Fault::Garbled)), "{heard:?}");
}

#[test]
fn a_chip_that_lost_its_power_is_read_again_only_once_it_has_settled() {
    let mut wire = Wire::new(1_000);
    wire.listen(200);
    wire.chip.power(false);
    assert_eq!(wire.listen(3_500), [Err(Fault::Disconnected); 3]);
    wire.chip.power(true);
    let heard = wire.listen(3_000);
    assert!(heard.len() > 50 && heard.iter().all(|said| *said == Ok(1_000)), "{heard:?}");
}

#[test]
fn a_clock_held_high_by_an_interrupt_costs_that_exchange_and_no_wrong_number() {
    for pulse in 1..=25 {
        for held_us in [51, 61, 70, 500] {
            let mut wire = Wire::new(0x005a_5aa5);
            wire.listen(200);
            wire.chip.disturb(pulse, Mishap::Held(held_us));
            let heard = wire.listen(400);
            assert!(wire.chip.is_disturbed());
            let garbled = heard.iter().filter(|&&said| said == Err(Fault::Garbled)).count();
            assert_eq!(garbled, 1, "pulse {pulse} held for {held_us} µs: {heard:?}");
            let numbers: Vec<i32> = heard.into_iter().flatten().collect();
            assert!(numbers.len() > 10 && numbers.iter().all(|&counts| counts == 0x005a_5aa5), "{numbers:?}");
        }
    }
}

#[test]
fn after_a_wrong_pulse_count_at_most_two_numbers_are_wrong() {
    for counts in [1_769_000, -3, 0x0012_3456, 84_000] {
        for mishap in [Mishap::Swallowed, Mishap::Doubled] {
            for pulse in 1..=25 {
                let mut wire = Wire::new(counts);
                wire.listen(200);
                wire.chip.disturb(pulse, mishap);
                let heard = wire.listen(2_500);
                assert!(wire.chip.is_disturbed());
                let wrong = heard.iter().filter(|said| said.is_ok_and(|read| read != counts)).count();
                assert!(wrong <= 2, "{mishap:?} pulse {pulse}: {wrong} wrong");
                assert_eq!(heard.last(), Some(&Ok(counts)), "{mishap:?} pulse {pulse}");
            }
        }
    }
}
