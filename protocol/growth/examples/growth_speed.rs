//! How many children a second one core assesses: `cargo run --release -p growth --example growth_speed`.
//!
//! Prints one line of JSON: `children` of an invented population (fixed seed), `seconds` for all six z-scores of
//! each, `children_per_s`, and beside it `limit_children_per_s`, measured in the same run: the bare arithmetic of the
//! six formulas on figures already at hand, without tables, choices or rounding. `assessed_per_s` is the whole
//! assessment with flags, classes and status.

use std::hint::black_box;
use std::time::Instant;

use growth::{Age, Measures, Posture, Sex, assess_at, scores};

const POPULATION: usize = 100_000;
const ROUNDS: usize = 20;

fn main() {
    let population = population();
    let children = POPULATION * ROUNDS;
    let (mut scored, mut assessed, mut limit) = (0.0, 0.0, 0.0);
    // By turns, so that a busy neighbour on the machine slows all three alike.
    for _ in 0..ROUNDS {
        scored += timed(&population, |child| scores(Some(child.sex), child.age, &child.measures));
        assessed += timed(&population, |child| assess_at(Some(child.sex), child.age, &child.measures));
        limit += timed(&population, bare_arithmetic);
    }
    let rate = |seconds: f64| children as f64 / seconds;
    println!(
        "{{\"children\":{children},\"seconds\":{:.4},\"children_per_s\":{:.0},\"assessed_per_s\":{:.0},\
         \"limit_children_per_s\":{:.0}}}",
        scored,
        rate(scored),
        rate(assessed),
        rate(limit),
    );
}

struct Measured {
    sex: Sex,
    age: Age,
    measures: Measures,
}

/// Seconds for everybody once.
fn timed<T>(population: &[Measured], work: impl Fn(&Measured) -> T) -> f64 {
    let started = Instant::now();
    for child in population {
        black_box(work(black_box(child)));
    }
    started.elapsed().as_secs_f64()
}

/// Four powers, two straight lines: what no implementation of the six formulas can do without.
fn bare_arithmetic(child: &Measured) -> f64 {
    let mass = child.measures.mass_g.map_or(1.0, f64::from) / 1_000.0;
    let length = child.measures.length_tenth_mm.map_or(1.0, f64::from) / 100.0;
    let arm = child.measures.arm_tenth_mm.map_or(1.0, f64::from) / 100.0;
    let head = child.measures.head_tenth_mm.map_or(1.0, f64::from) / 100.0;
    let skewed = |y: f64, l: f64, m: f64, s: f64| libm::expm1(l * libm::log(y / m)) / (l * s);
    skewed(mass, -0.161, 11.5, 0.113)
        + skewed(mass, -0.352, 11.7, 0.083)
        + skewed(mass / (length * length) * 1e4, -0.6, 15.9, 0.08)
        + skewed(arm, 0.1, 15.1, 0.08)
        + (length / 85.0 - 1.0) / 0.036
        + (head / 47.0 - 1.0) / 0.029
}

/// A population that grows roughly as children do, with the odd very thin or heavy one.
fn population() -> Vec<Measured> {
    let mut state = 20_060_427_u64;
    let mut uniform = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / (1_u64 << 24) as f64
    };
    (0..POPULATION)
        .map(|_| {
            let years = uniform() * 5.0;
            // The sum of four uniform figures is near enough to a bell.
            let mut about = |middle: f64, spread: f64| {
                let bell = (0..4).map(|_| uniform()).sum::<f64>() - 2.0;
                (middle * (1.0 + spread * bell * 1.73)) as u32
            };
            let length = 50.0 + 27.0 * years.sqrt() * (1.0 - 0.02 * years);
            let body = 15.8 + (1.0 - (years - 0.6).abs()).max(-0.6);
            let measures = Measures {
                mass_g: Some(about(body * length * length / 10.0, 0.09)),
                length_tenth_mm: Some(about(length * 100.0, 0.02)),
                posture: Some(if years < 2.0 { Posture::Lying } else { Posture::Standing }),
                head_tenth_mm: Some(about(3_450.0 + 1_300.0 * (1.0 - (-1.6 * years).exp()), 0.03)),
                arm_tenth_mm: Some(about(1_400.0 + 50.0 * years, 0.08)),
                oedema: false,
            };
            let sex = if uniform() < 0.5 { Sex::Male } else { Sex::Female };
            Measured { sex, age: Age::Days((years * 365.25) as i32), measures }
        })
        .collect()
}
