//! A whole simulated bridge: calibrated over its own line as a technician does it, unplugged, and plugged in again.

use firmware::simulate::{Bench, Hung, Slider, Time, hx711, nau7802};
use firmware::{Mode, Settings};
use protocol::bridge::{DELIMITER, Message, decode};

use crate::desk::counts_of;

/// What a bridge was heard to say: the last frame, and every answer.
fn heard(bytes: &[u8]) -> (Option<Message>, Vec<String>) {
    let parts = || bytes.split(|&byte| byte == DELIMITER);
    let last = parts().filter_map(|part| decode(part).ok()).next_back();
    let text = parts().filter_map(|part| std::str::from_utf8(part).ok());
    (last, text.flat_map(str::lines).filter_map(|line| line.strip_prefix("# ").map(str::to_owned)).collect())
}

fn asked(bench: &mut Bench, line: &str, counts: i32) -> Vec<String> {
    bench.run(300, || counts);
    bench.run(2_000, || counts);
    bench.type_in(format!("{line}\r\n").as_bytes());
    heard(&bench.run(200, || counts)).1
}

fn after(bench: &mut Bench, ms: u32, counts: i32) -> Message {
    heard(&bench.run(ms, || counts)).0.expect("it speaks")
}

fn scales() -> [Bench; 2] {
    let settings = Settings { warm_up_s: 2, ..Settings::INFANT_SCALE };
    let (one, other) = (Time::default(), Time::default());
    let (hx711, nau7802) = (hx711::Chip::new(&one), nau7802::Chip::new(&other));
    [Bench::new(one, Hung::Hx711(hx711), settings), Bench::new(other, Hung::Nau7802(nau7802), settings)]
}

#[test]
fn a_scale_is_calibrated_over_its_line_and_knows_it_without_power() {
    for mut bench in scales() {
        assert!(bench.run(1_000, || 0).is_empty(), "without power it says nothing");
        bench.power(true);
        assert!(after(&mut bench, 1_000, counts_of(0)).flags.uncalibrated);
        assert_eq!(asked(&mut bench, "id 12", counts_of(0)), ["ok"]);
        assert_eq!(asked(&mut bench, "cal 5000", counts_of(5_000)), ["ok, now a second known mass"]);
        assert_eq!(asked(&mut bench, "cal 15000", counts_of(15_000)), ["ok"]);
        assert_eq!(asked(&mut bench, "save", counts_of(0)), ["saved"]);
        bench.power(false);
        bench.power(true);
        assert!(after(&mut bench, 1_500, counts_of(0)).flags.not_ready, "it warms up");
        assert_eq!(after(&mut bench, 4_000, counts_of(0)).value, Some(0));
        let said = after(&mut bench, 3_000, counts_of(8_450));
        assert_eq!((said.value, said.device, said.flags.stable), (Some(8_450), 12, true));
    }
}

#[test]
fn what_was_not_saved_is_gone_with_the_power() {
    for mut bench in scales() {
        bench.power(true);
        asked(&mut bench, "cal 5000", counts_of(5_000));
        asked(&mut bench, "cal 15000", counts_of(15_000));
        bench.power(false);
        bench.power(true);
        assert!(after(&mut bench, 3_000, counts_of(0)).flags.uncalibrated);
    }
}

#[test]
fn a_slider_that_rushes_loses_no_count_and_wants_to_be_at_home_after_the_power_was_gone() {
    let time = Time::default();
    let hung = Hung::Slider(Slider::new(&time, 5_000));
    let mut bench = Bench::new(time, hung, Settings { mode: Mode::Frames, ..Settings::HEIGHT_BOARD });
    bench.power(true);
    assert!(after(&mut bench, 500, 5_000).flags.not_ready);
    // Twelve counts a millimetre, rods of 10 and 60 cm.
    after(&mut bench, 300, 0);
    assert_eq!(asked(&mut bench, "cal 1000", 1_200), ["ok, now a second known mass"]);
    assert_eq!(asked(&mut bench, "cal 6000", 7_200), ["ok"]);
    assert_eq!(asked(&mut bench, "save", 7_200), ["saved"]);
    bench.power(false);
    bench.power(true);
    assert!(after(&mut bench, 500, 7_200).flags.not_ready, "nobody knows whether it was moved");
    after(&mut bench, 100, 0);
    for tenth_mm in [13_000, 40, 7_130, 9_990] {
        after(&mut bench, 100, tenth_mm * 6 / 5);
        let said = after(&mut bench, 2_000, tenth_mm * 6 / 5);
        assert_eq!((said.value, said.flags.stable), (Some(tenth_mm), true));
    }
}
