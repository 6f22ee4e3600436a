//! What only the hub writes: Puskesmas, posyandu, and who works there.

mod export;
mod load;
mod pin;

pub use export::roster;
pub use load::{Posyandu, Puskesmas, Reference, User, load};
