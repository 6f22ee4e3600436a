//! Packs WHO's growth tables into `protocol/growth/tables`, eight bytes a row.
//!
//! `cargo run -p growth --example generate -- FROM protocol/growth/tables` reads `wfa.csv`, `lhfa.csv`, … in FROM.
//! Each begins with `sex,index,l,m,s` (`m` or `f`; days, months or centimetres), figures as WHO prints them. Sources:
//! WHO Child Growth Standards (2006, 2007) and WHO Growth Reference for 5–19 years (2007).
//!
//! The crate itself does not build without its tables, so a change of their ranges starts with
//! `rustc --edition 2024 protocol/growth/examples/generate.rs`.
//!
//! A row is `l` × 10⁴ (i16), `s` × 10⁵ (u16), `m` × 10⁴ (u32), little-endian; all boys, then all girls.

use std::{error::Error, fs, path::Path};

/// Name of the file, first and last index, steps of the index in one unit of the source.
const TABLES: [(&str, u32, u32, u32); 10] = [
    ("wfa", 0, 1856, 1),
    ("lhfa", 0, 1856, 1),
    ("bfa", 0, 1856, 1),
    ("hcfa", 0, 1856, 1),
    ("acfa", 91, 1856, 1),
    ("wfl", 450, 1100, 10),
    ("wfh", 650, 1200, 10),
    ("wfa_2007", 60, 121, 1),
    ("hfa_2007", 60, 229, 1),
    ("bfa_2007", 60, 229, 1),
];

fn main() -> Result<(), Box<dyn Error>> {
    let mut directories = std::env::args().skip(1);
    let from = directories.next().ok_or("name the directory of WHO's tables")?;
    let to = directories.next().ok_or("name the directory to write to")?;
    for (name, first, last, steps) in TABLES {
        let source = fs::read_to_string(Path::new(&from).join(name).with_extension("csv"))?;
        let packed = pack(&source, first, last, steps).map_err(|err| format!("{name}: {err}"))?;
        fs::write(Path::new(&to).join(name).with_extension("lms"), &packed)?;
        println!("{name}: {} rows", packed.len() / 8);
    }
    Ok(())
}

fn pack(source: &str, first: u32, last: u32, steps: u32) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut expected = ["m", "f"].into_iter().flat_map(|sex| (first..=last).map(move |index| (sex, index)));
    let mut packed = Vec::new();
    for line in source.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let &[sex, index, l, m, s, ..] = cells.as_slice() else {
            return Err(format!("short row {line}").into());
        };
        // The position alone says which day a row is for, so a missing or doubled row must stop us here.
        if expected.next() != Some((sex, u32::try_from(exact(index, steps)?)?)) {
            return Err(format!("row out of order: {line}").into());
        }
        packed.extend(i16::try_from(exact(l, 10_000)?)?.to_le_bytes());
        packed.extend(u16::try_from(exact(s, 100_000)?)?.to_le_bytes());
        packed.extend(u32::try_from(exact(m, 10_000)?)?.to_le_bytes());
    }
    match expected.next() {
        None => Ok(packed),
        Some(missing) => Err(format!("row {missing:?} is missing").into()),
    }
}

/// `text` times `scale`, refusing any digit that would be lost.
fn exact(text: &str, scale: u32) -> Result<i64, Box<dyn Error>> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits: i64 = format!("{whole}{decimals}").parse()?;
    let below = 10_i64.pow(u32::try_from(decimals.len())?);
    let scaled = digits * i64::from(scale);
    (scaled % below == 0)
        .then_some(scaled / below)
        .ok_or_else(|| format!("{text} has too many digits").into())
}
