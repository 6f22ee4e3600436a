//! How long one core takes over a frame of each dialect: `cargo run --release -p scales --example decode_speed`.
//!
//! Prints a list of JSON: `frame_ns` for a frame that was cut out already, `stream_ns` for the same frame pushed byte by
//! byte (where the dialect comes in a stream), and beside them `bare_ns`, measured in the same run: the sum of the frame's
//! bytes, less than which nobody who looks at them all can do.

use std::hint::black_box;
use std::time::Instant;

use scales::{Decoder, Dialect, Profile, decode, encode};

const FRAMES: usize = 2_000;
const ROUNDS: usize = 50;

/// What every scale can say, and beside it what the small ones can.
const VALUES: [i64; 2] = [12_350, 120];

fn main() {
    let lines: Vec<String> = Dialect::ALL.iter().filter_map(|&dialect| measured(dialect)).collect();
    println!("[{}]", lines.join(",\n"));
}

fn measured(dialect: Dialect) -> Option<String> {
    let mut out = [0; 64];
    let length = VALUES.iter().find_map(|&value| encode(dialect, value, true, &mut out))?;
    let frame = &out[..length];
    let profile = Profile::new(dialect);
    let mut decoder = Decoder::new(profile);
    let (mut whole, mut pushed, mut bare) = (f64::MAX, f64::MAX, f64::MAX);
    // By turns, and the best round of each: a busy neighbour on the machine spoils some rounds, not all.
    for _ in 0..ROUNDS {
        whole = whole.min(timed(|| decode(profile, black_box(frame))));
        bare = bare
            .min(timed(|| black_box(frame).iter().fold(0_u32, |sum, &byte| sum.wrapping_add(byte.into()))));
        if !dialect.comes_in_packets() {
            pushed =
                pushed.min(timed(|| black_box(frame).iter().filter_map(|&byte| decoder.push(byte)).count()));
        }
    }
    let stream =
        if dialect.comes_in_packets() { String::new() } else { format!(",\"stream_ns\":{pushed:.1}") };
    Some(format!(
        "{{\"dialect\":\"{dialect}\",\"bytes\":{length},\"frame_ns\":{whole:.1}{stream},\"bare_ns\":{bare:.1}}}"
    ))
}

/// Nanoseconds for one frame of many.
fn timed<T>(mut work: impl FnMut() -> T) -> f64 {
    let started = Instant::now();
    for _ in 0..FRAMES {
        black_box(work());
    }
    started.elapsed().as_secs_f64() * 1e9 / FRAMES as f64
}
