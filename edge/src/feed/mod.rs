//! The feeds this node reads, as the road asks for them: how far each is read, and where a page leads.
//!
//! # Why
//! The road only carries. A page lost, doubled or late on any road costs a question, never a record: what a page says
//! counts together with the place it reaches, in one transaction, or not at all.

use futures_util::future::BoxFuture;
use protocol::PosyanduId;
use protocol::bundle::Bundle;
use protocol::feed::{FeedId, FeedMark, Page};

use crate::store::{Store, StoreError, beginning};
use crate::uplink::Feeds;

/// The feed common to all, and one for each posyandu this node serves.
#[derive(Clone)]
pub struct NodeFeeds {
    store: Store,
    served: Vec<PosyanduId>,
}

impl NodeFeeds {
    /// The feeds of a node.
    pub fn new(store: &Store, bundle: &Bundle) -> Self {
        let served = bundle.roster.posyandu.iter().map(|posyandu| posyandu.id).collect();
        Self { store: store.clone(), served }
    }
}

impl Feeds for NodeFeeds {
    fn marks(&self) -> Result<Vec<FeedMark>, StoreError> {
        let mut marks = self.store.feed_marks()?;
        let served = self.served.iter().map(|&posyandu| FeedId::Posyandu(posyandu));
        for feed in [FeedId::Common].into_iter().chain(served) {
            if marks.iter().all(|mark| mark.feed != feed) {
                marks.push(beginning(feed));
            }
        }
        marks.sort_by_key(|mark| mark.feed);
        Ok(marks)
    }

    fn take(&self, page: Page) -> BoxFuture<'_, Result<FeedMark, StoreError>> {
        Box::pin(self.store.take_page(page))
    }
}
