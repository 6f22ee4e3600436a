//! What is safe where, in figures.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use protocol::data_key::KeySource;

use super::{Pages, Shell, Trouble, page, words};
use crate::app::Edge;
use crate::key;
use crate::staff::{Act, Staff};
use crate::store::Safety;

/// The page behind the sentence on top, and the sentence itself for pages that stay open.
pub(super) fn routes() -> Router<Pages> {
    Router::new().route("/safety", get(figures)).route("/safety/line", get(line))
}

#[derive(Template)]
#[template(path = "web/safety.html")]
struct SafetyPage {
    shell: Shell,
    safety: Safety,
    connected: bool,
    sealed_bytes: u64,
    /// Whether she may see who did what here.
    audited: bool,
    /// Whether whoever takes this card can read it, for those who can do something about it.
    card_open: bool,
}

impl SafetyPage {
    fn kilobytes(&self) -> u64 {
        self.sealed_bytes / 1_000
    }

    fn waiting(&self) -> u64 {
        self.safety.on_device - self.safety.sent.min(self.safety.on_device)
    }

    fn on_the_road(&self) -> u64 {
        self.safety.sent.saturating_sub(self.safety.received)
    }
}

async fn figures(State(edge): State<Edge>, staff: Staff) -> Result<Response, Trouble> {
    let (safety, connected) = (edge.store.safety(), edge.uplink.connected());
    let sealed_bytes = edge.uplink.sealed_bytes();
    page(&SafetyPage {
        shell: Shell::of(&edge, &staff),
        safety,
        connected,
        sealed_bytes,
        audited: staff.can(Act::ReadAudit),
        card_open: staff.can(Act::SetUpNode) && key::source_of(&edge.config.card) == KeySource::File,
    })
}

async fn line(State(edge): State<Edge>, staff: Staff) -> Result<Response, Trouble> {
    page(&LineFragment { shell: Shell::of(&edge, &staff) })
}

#[derive(Template)]
#[template(path = "web/shell/line.html")]
struct LineFragment {
    shell: Shell,
}
