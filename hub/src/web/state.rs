//! What the pages share: the hub, the door that counts sign-in attempts, and the moment of closing.

use std::sync::Arc;

use axum::extract::FromRef;
use tokio_util::sync::CancellationToken;

use crate::app::Hub;
use crate::post::{Counter, Receipts};
use crate::staff::Door;

/// The state of the pages' router; cheap to clone.
#[derive(Clone)]
pub(crate) struct Web {
    pub(crate) hub: Hub,
    pub(crate) door: Arc<Door>,
    /// Where a courier's packet is handed in.
    pub(crate) counter: Counter,
    /// What couriers carry back.
    pub(crate) receipts: Receipts,
    /// Fires when the hub shuts down, so that live pages end and do not hold it open.
    pub(crate) closing: CancellationToken,
}

impl Web {
    pub(crate) fn new(hub: Hub, counter: Counter, closing: CancellationToken) -> Self {
        Self { hub, door: Arc::new(Door::default()), counter, receipts: Receipts::default(), closing }
    }
}

impl FromRef<Web> for Hub {
    fn from_ref(web: &Web) -> Self {
        web.hub.clone()
    }
}
