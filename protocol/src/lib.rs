#![no_std]
#![doc = include_str!("../README.md")]

extern crate alloc;

pub mod ack;
pub mod answer;
pub mod ask;
pub mod batch;
pub mod bundle;
pub mod chain;
pub mod check;
pub mod closing;
pub mod courier;
pub mod event;
pub mod feed;
pub mod frame;
pub mod growth;
pub mod ids;
pub mod letter;
pub mod registry;
mod sealing;
pub mod sum;
pub mod time;
pub mod topic;
pub mod versions;

pub use ack::{Ack, Gap, Quarantined, Standing};
pub use answer::{Answer, Reply};
pub use ask::{Ask, Question};
pub use chain::Chain;
pub use event::{Author, Body, Event, Header};
pub use frame::{Frame, FrameError};
pub use ids::{CitizenId, EventId, NodeId, PosyanduId, UserId, VisitId};
pub use time::{LocalDate, Month, Stamp};

/// The random-number traits the sealing functions ask for, so that callers use the same version.
pub use hpke::rand_core;
