#![no_std]
#![doc = include_str!("../README.md")]

#[cfg(feature = "events")]
extern crate alloc;

pub mod bridge;

#[cfg(feature = "events")]
pub mod ack;
#[cfg(feature = "events")]
pub mod answer;
#[cfg(feature = "events")]
pub mod ask;
#[cfg(feature = "events")]
pub mod batch;
#[cfg(feature = "events")]
pub mod bundle;
#[cfg(feature = "events")]
pub mod card;
#[cfg(feature = "events")]
pub mod chain;
#[cfg(feature = "events")]
pub mod check;
#[cfg(feature = "events")]
pub mod closing;
#[cfg(feature = "events")]
pub mod courier;
#[cfg(feature = "events")]
pub mod data_key;
#[cfg(feature = "events")]
pub mod event;
#[cfg(feature = "events")]
pub mod feed;
#[cfg(feature = "events")]
pub mod frame;
#[cfg(feature = "events")]
pub mod growth;
#[cfg(feature = "events")]
pub mod ids;
#[cfg(feature = "events")]
pub mod immunization;
#[cfg(feature = "events")]
pub mod letter;
#[cfg(feature = "events")]
pub mod measured;
#[cfg(feature = "events")]
pub mod pregnancy;
#[cfg(feature = "events")]
pub mod registry;
#[cfg(feature = "events")]
pub mod reset;
#[cfg(feature = "events")]
mod sealing;
#[cfg(feature = "events")]
pub mod service;
#[cfg(feature = "events")]
pub mod session;
#[cfg(feature = "events")]
pub mod sum;
#[cfg(feature = "events")]
pub mod time;
#[cfg(feature = "events")]
pub mod topic;
#[cfg(feature = "events")]
pub mod versions;

#[cfg(feature = "events")]
pub use ack::{Ack, Gap, Quarantined, Standing};
#[cfg(feature = "events")]
pub use answer::{Answer, Reply};
#[cfg(feature = "events")]
pub use ask::{Ask, Question};
#[cfg(feature = "events")]
pub use chain::Chain;
#[cfg(feature = "events")]
pub use event::{Author, Body, Event, Header};
#[cfg(feature = "events")]
pub use frame::{Frame, FrameError};
#[cfg(feature = "events")]
pub use ids::{CitizenId, EventId, NodeId, PosyanduId, PregnancyId, SessionId, UserId, VisitId};
#[cfg(feature = "events")]
pub use time::{LocalDate, Month, Stamp};

/// The random-number traits the sealing functions ask for, so that callers use the same version.
#[cfg(feature = "events")]
pub use hpke::rand_core;
