//! The wire, from outside: what its bytes are, what damage costs, who is believed.

mod bridge;
mod common;
mod golden;
mod talk;
mod versions;
mod wire;
