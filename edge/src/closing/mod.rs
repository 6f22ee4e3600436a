//! *Tutup hari ini*: what was done today, in figures and as a code the Puskesmas can check.
//!
//! # Why
//! A photograph of this page proves, without any network, what this node said it held when the day ended: the code is
//! signed and names the journal's last place and the chain there. The Puskesmas enters it and sees whether all has come.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use protocol::closing::Closing;
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};

use crate::app::Edge;
use crate::staff::Staff;
use crate::store::Ticket;
use crate::web::{Pages, Shell, Trouble, page, words};

/// Letters of the code that are read aloud in one breath.
const GROUP: usize = 5;

/// The page of this slice.
pub fn routes() -> Router<Pages> {
    Router::new().route("/closing", get(show))
}

#[derive(Template)]
#[template(path = "closing/page.html")]
struct ClosingPage {
    shell: Shell,
    closing: Closing,
    /// Children who have come and of whom nothing was recorded.
    unrecorded: usize,
    /// Visits that were not ended.
    open: usize,
    /// Events of this node that the hub has not answered for.
    waiting: u64,
    svg: String,
    groups: Vec<String>,
}

async fn show(State(edge): State<Edge>, staff: Staff) -> Result<Response, Trouble> {
    let now = edge.clock.now();
    let (posyandu, today) = (staff.posyandu.id, now.today.into());
    let safety = edge.store.safety();
    let running = (!now.believable).then_some(now.stamp.boot);
    let closing = edge.store.recorded_on(posyandu, today, running)?.closing(&edge.store, posyandu, today);
    let mut tickets = edge.store.tickets_on(posyandu, today)?;
    tickets.retain(|ticket| now.believable || ticket.boot == now.stamp.boot);
    let unrecorded = |ticket: &&Ticket| !ticket.weighed && !ticket.measured;
    let code = closing.sign(&edge.node_key);
    page(&ClosingPage {
        shell: Shell::of(&edge, &staff),
        unrecorded: tickets.iter().filter(unrecorded).count(),
        open: tickets.iter().filter(|ticket| !ticket.closed).count(),
        waiting: safety.on_device.saturating_sub(safety.received),
        svg: drawn(&code)?,
        groups: groups(&code),
        closing,
    })
}

/// The code as a picture: capitals and digits only, so the squares stay large enough for an old camera.
fn drawn(code: &str) -> Result<String, Trouble> {
    let picture = QrCode::with_error_correction_level(code, EcLevel::L).map_err(|err| {
        tracing::error!("the closing code cannot be drawn: {err}");
        Trouble::Broken
    })?;
    let svg = picture.render::<svg::Color<'_>>().min_dimensions(320, 320).build();
    // the page is a document of its own, so the picture's prologue has no place in it
    let svg = svg.split_once("?>").map_or(svg.as_str(), |(_, svg)| svg);
    Ok(svg.replacen("<svg ", "<svg role=\"img\" aria-label=\"Kode QR\" ", 1))
}

fn groups(code: &str) -> Vec<String> {
    let letters: Vec<char> = code.chars().collect();
    letters.chunks(GROUP).map(|group| group.iter().collect()).collect()
}
