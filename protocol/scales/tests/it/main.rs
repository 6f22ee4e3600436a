//! Instruments, honest and hostile, against the dialects.
mod dialects;
mod harness;
#[path = "../../examples/decode/json.rs"]
mod json;
mod mutations;
mod recorded;
mod streams;
