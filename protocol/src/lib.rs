#![no_std]
#![doc = include_str!("../README.md")]

extern crate alloc;

pub mod ack;
pub mod batch;
pub mod bundle;
pub mod chain;
pub mod event;
pub mod frame;
pub mod growth;
pub mod ids;
pub mod registry;
pub mod time;
pub mod topic;

pub use ack::{Ack, Gap, Quarantined};
pub use chain::Chain;
pub use event::{Author, Body, Event, Header};
pub use frame::{Frame, FrameError};
pub use ids::{CitizenId, EventId, NodeId, PosyanduId, UserId, VisitId};
pub use time::{LocalDate, Month, Stamp};

/// The random-number traits the sealing functions ask for, so that callers use the same version.
pub use hpke::rand_core;
