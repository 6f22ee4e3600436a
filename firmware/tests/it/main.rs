//! The bridge on a desk: its own code, simulated chips, and everything that happens to wires.
mod bench;
mod boards;
mod commands;
mod desk;
mod hx711;
mod nau7802;
mod remembered;
mod said;
mod weighing;
