//! Height boards: encoders that turn, slides and plugs that clock out bits.

use firmware::calibration::{Calibration, Point};
use firmware::caliper24::{Caliper24, Sign};
use firmware::digimatic::Digimatic;
use firmware::{Bridge, Clock, Fault, Sensor, Settings};
use proptest::prelude::*;

use crate::desk::run;
use firmware::simulate::lines::{Request, send};
use firmware::simulate::{Slider, Time, Wire};

struct Board {
    time: Time,
    slider: Slider,
    wire: Wire,
}

impl Board {
    fn new() -> Self {
        let time = Time::default();
        let slider = Slider::new(&time, 200);
        let wire = slider.wire(&time);
        Self { time, slider, wire }
    }

    fn turn_to(&mut self, position: i32) {
        while self.slider.position() != position {
            self.slider.turn((position - self.slider.position()).signum());
            self.wire.step().expect("one step at a time");
        }
    }

    fn go_home(&mut self) {
        self.turn_to(0);
    }

    fn read(&mut self) -> Result<Option<i32>, Fault> {
        self.time.spend_us(20_000);
        self.wire.poll()
    }
}

proptest! {
    #[test]
    fn the_wire_counts_every_step_both_ways(turns in prop::collection::vec(-400..400_i32, 1..12)) {
        let mut board = Board::new();
        board.go_home();
        for position in turns {
            board.turn_to(position);
            prop_assert_eq!(board.read(), Ok(Some(position)));
        }
    }
}

#[test]
fn a_wire_that_was_not_at_home_says_so() {
    let mut board = Board::new();
    board.turn_to(500);
    assert_eq!(board.read(), Err(Fault::NoHome));
    board.go_home();
    board.turn_to(500);
    assert_eq!(board.read(), Ok(Some(500)));
}

#[test]
fn a_step_that_was_missed_loses_the_place_until_home() {
    let mut board = Board::new();
    board.go_home();
    board.turn_to(100);
    board.slider.turn(2);
    assert_eq!(board.wire.step(), Err(Fault::Garbled));
    board.turn_to(120);
    assert_eq!(board.read(), Err(Fault::NoHome));
    board.go_home();
    board.turn_to(30);
    assert_eq!(board.read(), Ok(Some(30)));
}

#[test]
fn a_board_says_tenths_of_a_millimetre_and_not_ready_before_home() {
    let point = |counts, value| Some(Point { counts, value });
    // Twelve counts a millimetre, tried with rods of 10 and 60 cm.
    let calibration =
        Calibration { points: [point(1_200, 1_000), point(7_200, 6_000)], ..Calibration::default() };
    let time = Time::default();
    let mut slider = Slider::new(&time, 2_000);
    let mut bridge = Bridge::new(slider.wire(&time), Settings { calibration, ..Settings::HEIGHT_BOARD }, 1);
    let said = run(&time, &mut bridge, 1_000, None);
    assert!(said.iter().all(|message| message.value.is_none() && message.flags.not_ready));
    let mut turn_to = |position: i32| {
        while slider.position() != position {
            slider.turn((position - slider.position()).signum());
            run(&time, &mut bridge, 1, None);
        }
        *run(&time, &mut bridge, 2_000, None).last().unwrap()
    };
    assert_eq!(turn_to(0).value, Some(0));
    let last = turn_to(840);
    assert_eq!((last.value, last.flags.stable, last.temperature_centi), (Some(700), true, None));
}

fn low_first(word: u64, count: u32) -> impl Iterator<Item = bool> {
    (0..count).map(move |nth| word >> nth & 1 == 1)
}

fn slide(word: u64, count: u32, sign: Sign) -> Result<Option<i32>, Fault> {
    let time = Time::default();
    let (clock, data) = send(&time, 5_000, 100, low_first(word, count));
    Caliper24::new(clock, data, time, sign).poll()
}

proptest! {
    #[test]
    fn a_slide_is_read_with_its_sign_where_its_maker_put_it(hundredths in 0..100_000_u64, negative: bool) {
        let expected = if negative { -(hundredths as i32) } else { hundredths as i32 };
        for (sign, bit) in [(Sign::Bit20, 20), (Sign::Bit21, 21)] {
            prop_assert_eq!(slide(hundredths | u64::from(negative) << bit, 24, sign), Ok(Some(expected)));
        }
    }
}

#[test]
fn a_slide_turned_to_inches_is_no_length() {
    assert_eq!(slide(1 << 23 | 1_234, 24, Sign::Bit20), Err(Fault::Garbled));
}

#[test]
fn a_wrong_number_of_pulses_is_no_length() {
    for count in [1, 12, 23, 25, 30] {
        assert_eq!(slide(7_130, count, Sign::Bit20), Err(Fault::Garbled), "{count} pulses");
    }
    assert_eq!(slide(0, 0, Sign::Bit20), Err(Fault::Disconnected), "switched off");
}

/// Thirteen nibbles as the plug sends them.
fn digimatic(nibbles: &[u64], count: u32) -> (Result<Option<i32>, Fault>, Vec<bool>) {
    let time = Time::default();
    let word = nibbles.iter().rev().fold(0, |word, nibble| word << 4 | nibble);
    let (clock, data) = send(&time, 20_000, 1_000, low_first(word, count));
    let request = Request::default();
    let heard = Digimatic::new(request.clone(), clock, data, time.clone()).poll();
    assert!(time.now_us() < 250_000, "a poll ends");
    let asked = request.levels();
    (heard, asked)
}

#[test]
fn digimatic_is_asked_and_answers_in_thousandths_of_a_millimetre() {
    let (heard, asked) = digimatic(&[15, 15, 15, 15, 0, 0, 7, 1, 3, 2, 5, 2, 0], 52);
    assert_eq!((heard, asked), (Ok(Some(713_250)), vec![false, true]));
    let (heard, _) = digimatic(&[15, 15, 15, 15, 8, 0, 0, 1, 0, 0, 0, 3, 1], 52);
    assert_eq!(heard, Ok(Some(-25_400)), "an inch below zero");
}

#[test]
fn digimatic_cut_short_or_out_of_step_is_no_length() {
    let good = [15, 15, 15, 15, 0, 0, 7, 1, 3, 2, 5, 2, 0];
    for count in [1, 51, 53] {
        let (heard, asked) = digimatic(&good, count);
        assert_eq!((heard, asked.last()), (Err(Fault::Garbled), Some(&true)), "{count} bits");
    }
    assert_eq!(digimatic(&good, 0).0, Err(Fault::Disconnected));
    assert_eq!(digimatic(&[15, 15, 15, 7, 0, 0, 7, 1, 3, 2, 5, 2, 0], 52).0, Err(Fault::Garbled));
}
