//! A posyandu's meeting, from opening to closing.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::ids::{SessionId, UserId};
use crate::registry::Sex;

/// A posyandu opens its meeting. Its day and the month it is reported in stand in the event's header: a meeting that was
/// moved over a month's end keeps its month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionOpened {
    /// Which meeting.
    pub session: SessionId,
    /// What it is called, where it is more than the usual.
    pub title: String,
    /// In words.
    pub description: String,
    /// Who works today.
    pub present: Vec<UserId>,
}

/// A posyandu closes its meeting, with the figures as they stood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionClosed {
    /// Which meeting.
    pub session: SessionId,
    /// The figures of form F1, by sex and age.
    pub rows: Vec<Row>,
}

/// One line of form F1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Sex.
    pub sex: Sex,
    /// Completed months of age, from …
    pub from_month: u8,
    /// … to, both included.
    pub to_month: u8,
    /// The figures.
    pub figures: Figures,
}

/// The figures of a group of children in a month.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// Living in the area.
    pub s: u32,
    /// With a KIA book.
    pub k: u32,
    /// Weighed.
    pub d: u32,
    /// Gained enough.
    pub n: u32,
    /// Did not.
    pub t: u32,
    /// Weighed now and not last month.
    pub o: u32,
    /// Weighed for the first time.
    pub b: u32,
    /// Twice without enough gain.
    pub two_t: u32,
    /// Below the red line.
    pub bgm: u32,
}
