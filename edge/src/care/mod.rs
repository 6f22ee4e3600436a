//! What a child is given and asked at a visit besides weighing: one card a service, one tap an answer, each with its undo.
//!
//! # Why
//! The page shows what is due for this child today and folds the rest. What is half filled lives in the ticket, and so do
//! the ids the answers will have: a browser that dies loses nothing, and a double tap is one event.

mod answer;
mod cards;
mod referral;
mod routes;
mod service;
mod settings;

pub(crate) use routes::routes;
