//! *Penyuluhan*: one card chosen by the result, with a large picture, a few short sentences, and a voice where there is one.

mod cards;
mod choose;
mod routes;
mod voice;

pub(crate) use routes::routes;
