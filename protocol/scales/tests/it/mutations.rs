//! Good frames, damaged at random: never a panic, never an error with a weight.
use crate::harness::{bytes, dialect, recorded};
use crate::json;
use scales::{Decoder, Dialect, Outcome, Profile, decode};
use serde_json::json;

const SEED: u64 = 0x0051_4d50_554c;
const EXECUTIONS: u64 = 200_000;

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

/// What must hold of any outcome, however the bytes came about.
fn is_honest(outcome: &Outcome) -> bool {
    match outcome {
        Ok(reading) => reading.grams().is_some() != reading.tenth_mm().is_some(),
        Err(refused) => !refused.error.word().is_empty(),
    }
}

#[test]
fn damaged_frames_never_panic_nor_turn_an_error_into_a_number() {
    let frames: Vec<_> = recorded().iter().map(|frame| (dialect(frame), bytes(frame))).collect();
    let (mut dice, mut readings) = (Dice(SEED), 0_u64);
    let mut ports: Vec<_> = Dialect::ALL.iter().map(|&it| Decoder::new(Profile::new(it))).collect();
    for _ in 0..EXECUTIONS {
        let (dialect, good) = &frames[dice.below(frames.len())];
        let mut frame = good.clone();
        dice.damage(&mut frame);
        let outcome = decode(Profile::new(*dialect), &frame);
        assert!(is_honest(&outcome), "{dialect} {frame:02x?}");
        readings += u64::from(outcome.is_ok());
        let port = ports.iter_mut().find(|port| port.profile().dialect == *dialect).unwrap();
        assert!(frame.iter().filter_map(|&byte| port.push(byte)).all(|outcome| is_honest(&outcome)));
    }
    println!("seed {SEED:#x}: {EXECUTIONS} damaged frames, {readings} still readable");
    assert!(readings > 0 && readings < EXECUTIONS / 2, "the damage is too mild or too harsh: {readings}");
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
    for dialect in [Dialect::ToledoCont, Dialect::YaohuaStx12, Dialect::BridgeMass] {
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
