//! Why a connection ended, and who should hear of it.

use std::io;
use std::net::SocketAddr;

use protocol::NodeId;

use super::acl::Violation;
use super::handing::NotTaken;

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum Ending {
    #[error("it left")]
    Left,
    #[error("a newer connection of the node took over, or the gate is closing")]
    ToldToLeave,
    #[error("it {0}")]
    Violation(#[from] Violation),
    #[error("it is no longer admitted")]
    NotAdmitted,
    #[error("it was silent longer than its keep-alive allows")]
    Silent,
    #[error("it took nothing of what was sent to it")]
    Stalled,
    #[error("the hub could not take an upload; it will come again")]
    NotTaken,
    #[error("its certificate must be shown again")]
    Aged,
    #[error("the line broke")]
    Lost(#[from] io::Error),
}

impl From<NotTaken> for Ending {
    fn from(NotTaken: NotTaken) -> Self {
        Self::NotTaken
    }
}

impl Ending {
    /// Whether it makes sense to send what is left.
    pub(super) fn may_hear_goodbye(&self) -> bool {
        !matches!(self, Self::Stalled | Self::Lost(_))
    }

    /// One line, once: a warning where somebody should look.
    pub(super) fn log(self, node: NodeId, peer: SocketAddr) {
        let notable = matches!(self, Self::Violation(_) | Self::NotAdmitted | Self::NotTaken);
        let reason = anyhow::Error::from(self);
        if notable {
            tracing::warn!(node.id = %node, %peer, "connection closed: {reason:#}");
        } else {
            tracing::debug!(node.id = %node, %peer, "connection closed: {reason:#}");
        }
    }
}
