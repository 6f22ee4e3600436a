//! Instruments, honest and hostile, against the dialects.
mod dialects;
mod harness;
#[path = "../../examples/decode/json.rs"]
mod json;
mod lines;
mod medical;
mod mutations;
mod packets;
mod recorded;
mod records;
mod streams;
