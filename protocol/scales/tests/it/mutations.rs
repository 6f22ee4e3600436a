//! Good frames, damaged at random: never a panic, never an error with a weight.
use crate::harness::{bytes, dialect, recorded};
use crate::json;
use scales::{Decoder, Dialect, Measured, Measures, Outcome, Profile, Quantity, decode};
use serde_json::json;

const SEED: u64 = 0x0051_4d50_554c;
/// For each dialect, unless `SCALES_MUTATIONS` says otherwise.
const EXECUTIONS: u64 = 20_000;

/// Marsaglia's xorshift: small, and the same everywhere.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }

    /// Flips, sets, drops, doubles, swaps or cuts, one to four times.
    fn damage(&mut self, frame: &mut Vec<u8>) {
        for _ in 0..=self.below(4) {
            let (at, other) = (self.below(frame.len()), self.below(frame.len()));
            match self.below(7) {
                _ if frame.is_empty() => frame.push(self.below(256) as u8),
                0 => frame[at] ^= 1 << self.below(8),
                1 => frame[at] = self.below(256) as u8,
                2 => drop(frame.remove(at)),
                3 => frame.insert(at, self.below(256) as u8),
                4 => frame.swap(at, other),
                5 => frame.truncate(at),
                _ => frame[at] = b"0123456789+-., =\r\n\x02\x03\xff\x0f"[self.below(22)],
            }
        }
    }
}

/// What must hold of any outcome, however the bytes came about: a reading is of what the dialect measures.
fn is_honest(dialect: Dialect, outcome: &Outcome) -> bool {
    let Ok(reading) = outcome else { return true };
    let glucose = |it: Quantity| it.mg_per_dl().or(it.mmol_per_l()).is_some();
    match (dialect.measures(), reading.measured) {
        (Measures::Mass, Measured::Quantity(mass)) => mass.grams().is_some(),
        (Measures::Length, Measured::Quantity(length)) => length.tenth_mm().is_some(),
        (Measures::Glucose, Measured::Quantity(quantity)) => glucose(quantity),
        (Measures::BloodPressure, Measured::BloodPressure(_)) => true,
        (Measures::Number, Measured::Number(_)) => true,
        _ => false,
    }
}

#[test]
fn damaged_frames_never_panic_nor_turn_an_error_into_a_number() {
    let asked = std::env::var_os("SCALES_MUTATIONS").map(|asked| asked.to_string_lossy().parse());
    let executions = asked.map_or(EXECUTIONS, |asked: Result<u64, _>| asked.expect("a whole number"));
    let frames = recorded();
    let mut dice = Dice(SEED);
    for &it in Dialect::ALL {
        let good: Vec<_> = frames.iter().filter(|frame| dialect(frame) == it).map(bytes).collect();
        let (mut port, mut readings) = (Decoder::new(Profile::new(it)), 0_u64);
        for _ in 0..executions {
            let mut frame = good[dice.below(good.len())].clone();
            dice.damage(&mut frame);
            let outcome = decode(Profile::new(it), &frame);
            assert!(is_honest(it, &outcome), "{it} {frame:02x?}");
            readings += u64::from(outcome.is_ok());
            assert!(frame.iter().filter_map(|&byte| port.push(byte)).all(|outcome| is_honest(it, &outcome)));
        }
        println!("seed {SEED:#x}: {it}: {executions} damaged frames, {readings} still readable");
        assert!(
            0 < readings && readings < executions,
            "the damage is too mild or too harsh: {it} {readings}"
        );
    }
}

#[test]
fn an_error_prints_without_a_weight() {
    let frames = recorded();
    let mut dice = Dice(SEED ^ 1);
    for _ in 0..10_000 {
        let frame = &frames[dice.below(frames.len())];
        let mut damaged = bytes(frame);
        dice.damage(&mut damaged);
        let hex: String = damaged.iter().map(|byte| format!("{byte:02x}")).collect();
        let said = json::answer(&json!({"format": frame["format"], "hex": hex}));
        assert!(
            said["error"].is_null() || said["weight_kg"].is_null() && said.get("length_mm").is_none(),
            "{said}"
        );
    }
}

#[test]
fn a_damaged_check_is_noticed() {
    // One flipped bit anywhere in the guarded part must never yield another weight.
    let checked = [
        Dialect::ToledoCont,
        Dialect::YaohuaStx12,
        Dialect::BleMgb,
        Dialect::BleVitafit,
        Dialect::BridgeMass,
    ];
    for dialect in checked {
        let good = crate::harness::frame(dialect, 13_500);
        let weight = decode(Profile::new(dialect), &good).unwrap().grams();
        for bit in 0..good.len() * 8 {
            let mut frame = good.clone();
            frame[bit / 8] ^= 1 << (bit % 8);
            if let Ok(reading) = decode(Profile::new(dialect), &frame) {
                assert_eq!(reading.grams(), weight, "{dialect} bit {bit}");
            }
        }
    }
}
