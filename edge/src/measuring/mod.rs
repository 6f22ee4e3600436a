//! What is measured, typed and given at a visit of somebody who is no child: one form, one way to keep it, one slip.
//!
//! # Why
//! The pages of pregnant women and of adults ask for the same figures. Here a figure is read, doubted, kept half filled
//! and made an event of its own; what it means stands in each page's slice.

mod field;
mod form;
mod offered;
mod page;
mod save;
pub(crate) mod slip;
mod tone;
mod visitor;

pub(crate) use field::{Wrong, say};
pub(crate) use form::Typed;
pub(crate) use page::Asking;
pub(crate) use save::{Sheet, keep, today, today_open};
pub(crate) use tone::{Line, Tone};
pub(crate) use visitor::{Seen, Top, Visitor};
