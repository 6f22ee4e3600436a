//! The driver of the NAU7802.

use firmware::nau7802::Nau7802;
use firmware::{Clock, Fault, Sensor};

use firmware::simulate::Time;
use firmware::simulate::nau7802::Chip;

struct Wire {
    time: Time,
    chip: Chip,
    driver: Nau7802<Chip, Time>,
}

impl Wire {
    fn new(counts: i32) -> Self {
        let time = Time::default();
        let chip = Chip::new(&time);
        chip.load(counts);
        let driver = Nau7802::new(chip.clone(), time.clone());
        Self { time, chip, driver }
    }

    fn listen(&mut self, ms: u64) -> Vec<Result<i32, Fault>> {
        let until = self.time.now_us() + 1_000 * ms;
        let mut heard = Vec::new();
        while self.time.now_us() < until {
            heard.extend(self.driver.poll().transpose());
            self.time.spend_us(1_000);
        }
        heard
    }
}

#[test]
fn it_is_set_up_calibrates_itself_and_counts() {
    for counts in [1_769_000, 0, -1, -8_388_607] {
        let mut wire = Wire::new(counts);
        assert_eq!(wire.listen(390), [], "before it has settled");
        let heard = wire.listen(600);
        assert!(heard.len() > 30 && heard.iter().all(|&said| said == Ok(counts)), "{heard:?}");
    }
}

#[test]
fn both_ends_of_the_range_are_faults() {
    for (counts, fault) in [(8_388_607, Fault::Above), (-8_388_608, Fault::Below)] {
        let mut wire = Wire::new(counts);
        wire.listen(600);
        let heard = wire.listen(100);
        assert!(!heard.is_empty() && heard.iter().all(|&said| said == Err(fault)), "{heard:?}");
    }
}

#[test]
fn off_the_bus_it_is_disconnected_and_comes_back_by_itself() {
    let mut wire = Wire::new(1_000);
    wire.chip.plug(false);
    let heard = wire.listen(500);
    assert!(!heard.is_empty() && heard.iter().all(|&said| said == Err(Fault::Disconnected)));
    wire.chip.plug(true);
    wire.listen(500);
    assert_eq!(wire.listen(200).last(), Some(&Ok(1_000)));
}

#[test]
fn a_brown_out_is_noticed_though_it_answers() {
    let mut wire = Wire::new(1_000);
    wire.listen(800);
    wire.chip.brown_out();
    let heard = wire.listen(300);
    assert_eq!(heard, [Err(Fault::Disconnected)]);
    let heard = wire.listen(1_000);
    assert!(heard.len() > 20 && heard.iter().all(|&said| said == Ok(1_000)), "{heard:?}");
}

#[test]
fn one_that_cannot_calibrate_itself_never_counts() {
    let mut wire = Wire::new(1_000);
    wire.chip.fail_to_calibrate(true);
    let heard = wire.listen(2_000);
    assert!(heard.len() >= 3 && heard.iter().all(|&said| said == Err(Fault::Disconnected)), "{heard:?}");
    wire.chip.fail_to_calibrate(false);
    wire.listen(1_000);
    assert_eq!(wire.listen(200).last(), Some(&Ok(1_000)));
}
