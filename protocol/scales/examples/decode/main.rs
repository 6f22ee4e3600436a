//! Decodes frames from a JSON file and prints, in the same order, what each says.
//!
//! `cargo run -p scales --example decode -- frames.json`, with `[{"format": "ad_std", "hex": "53 54 …"}]` in the file.
mod json;

use serde_json::Value;
use std::error::Error;
use std::io::{Write, stdout};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("usage: decode frames.json")?;
    let frames: Vec<Value> = serde_json::from_slice(&std::fs::read(path)?)?;
    let said: Vec<Value> = frames.iter().map(json::answer).collect();
    serde_json::to_writer_pretty(stdout().lock(), &said)?;
    writeln!(stdout())?;
    Ok(())
}
