//! How the road to the hub is, for pages.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, RwLock};

use super::mail::Post;

/// Whether the hub is in reach just now, and what it has cost; cheap to clone.
#[derive(Clone, Default)]
pub struct Status(Arc<Inner>);

#[derive(Default)]
struct Inner {
    by: RwLock<Option<By>>,
    sealed_bytes: AtomicU64,
    post: OnceLock<Arc<Post>>,
}

/// The road that stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// MQTT over TLS.
    Mqtt,
    /// HTTPS.
    Https,
}

impl Status {
    /// True while a wired road to the hub stands.
    pub fn connected(&self) -> bool {
        self.by().is_some()
    }

    /// The wired road that stands, if one does.
    pub fn by(&self) -> Option<By> {
        *self.0.by.read().expect("nobody panics while holding the road's state")
    }

    /// Bytes of letters handed to a wired road since the node started, TCP and TLS apart.
    pub fn sealed_bytes(&self) -> u64 {
        self.0.sealed_bytes.load(Ordering::Relaxed)
    }

    /// The node's post, for the road that is walked; `None` on a node without keys.
    pub fn post(&self) -> Option<&Arc<Post>> {
        self.0.post.get()
    }

    /// Makes the post known to pages.
    pub fn open_post(&self, post: Arc<Post>) {
        // there is one node and one post in a program
        let _ = self.0.post.set(post);
    }

    pub(super) fn set(&self, by: Option<By>) {
        let was = std::mem::replace(
            &mut *self.0.by.write().expect("nobody panics while holding the road's state"),
            by,
        );
        if was != by {
            tracing::info!(?by, "the way to the hub changed");
        }
    }

    pub(super) fn count(&self, bytes: usize) {
        self.0.sealed_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}
