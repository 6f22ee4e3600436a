//! Claims about the store under fire. Every test prints its seed and how many rounds it reached.

mod failing;
mod full;
mod power;
mod rebuilding;
mod rot;
