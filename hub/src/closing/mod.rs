//! The closing total of a posyandu day: the code a node shows is compared with what has arrived.
//!
//! # Why
//! A bidan wants to know on the evening of a posyandu whether everything is in, also when the node has no network: she
//! photographs the code, and here it says how much of that day the Puskesmas holds.

mod store;

use std::collections::BTreeSet;

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use protocol::closing::Closing;
use protocol::sum::Sum;
use protocol::{Frame, FrameError, LocalDate};
use serde::Deserialize;
use sqlx::PgPool;

use crate::app::Hub;
use crate::nodes::PublicKeys;
use crate::staff::Staff;
use crate::web::{PageError, Shell, Web, page, words};

pub(crate) fn routes() -> Router<Web> {
    Router::new().route("/tutup", get(show))
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    kode: String,
}

#[derive(Template)]
#[template(path = "closing/page.html")]
struct ClosingPage {
    shell: Shell,
    code: String,
    verdict: Option<Verdict>,
}

/// What a code comes to.
enum Verdict {
    /// It is no code of ours, or was copied wrongly.
    Unreadable,
    /// No node of this Puskesmas signed it.
    Unbelieved,
    /// It is believed; so much of it is here.
    Compared(Box<Compared>),
}

struct Compared {
    closing: Closing,
    label: String,
    posyandu: String,
    here: Sum,
}

impl Compared {
    fn is_complete(&self) -> bool {
        self.here == self.closing.sum
    }

    /// As many events, but not the same ones.
    fn differs(&self) -> bool {
        !self.is_complete() && self.here.count >= self.closing.sum.count
    }

    fn day(&self) -> String {
        self.closing.day.to_naive().map_or_else(|| "-".into(), |day| words::date(&day).to_string())
    }
}

async fn show(
    State(hub): State<Hub>,
    staff: Staff,
    Query(Asked { kode }): Query<Asked>,
) -> Result<Response, PageError> {
    let verdict = if kode.trim().is_empty() { None } else { Some(judge(&hub.db, &staff, &kode).await?) };
    page(&ClosingPage { shell: Shell::of(&staff, "Tutup hari posyandu"), code: kode, verdict })
}

async fn judge(db: &PgPool, staff: &Staff, code: &str) -> Result<Verdict, PageError> {
    let Ok(said) = Closing::peek(code) else { return Ok(Verdict::Unreadable) };
    let keys = PublicKeys::new(db.clone()).keys_of(said.node, true).await?;
    let believed = keys.iter().find_map(|life| Closing::verify(code, &life.key).ok());
    let Some(closing) = believed else { return Ok(Verdict::Unbelieved) };
    let place = store::place(db, &closing, staff.puskesmas).await?;
    let Some(place) = place else { return Ok(Verdict::Unbelieved) };
    let here = held(db, &closing).await?;
    Ok(Verdict::Compared(Box::new(Compared { closing, label: place.label, posyandu: place.name, here })))
}

/// The sum of what is held of that day of that node and posyandu, taken or set aside, each event once.
async fn held(db: &PgPool, closing: &Closing) -> sqlx::Result<Sum> {
    let Some(day) = closing.day.to_naive() else { return Ok(Sum::default()) };
    let frames = store::frames(db, closing.node, day).await?;
    let of_this: BTreeSet<Vec<u8>> = frames.into_iter().filter(|frame| is_of(frame, closing)).collect();
    let mut sum = Sum::default();
    of_this.iter().filter_map(|bytes| Frame::from_bytes(bytes).ok()).for_each(|frame| sum.add(&frame));
    Ok(sum)
}

fn is_of(frame: &[u8], closing: &Closing) -> bool {
    let header = match Frame::from_bytes(frame).and_then(|frame| frame.decode()) {
        Ok(event) => event.header,
        Err(FrameError::UnknownKind { header, .. }) => *header,
        Err(_) => return false,
    };
    let LocalDate(day) = header.observed_on;
    (header.posyandu, day, header.incarnation) == (closing.posyandu, closing.day.0, closing.incarnation)
}
