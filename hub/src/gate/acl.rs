//! What a node may say and hear: its own two topics and nothing else.

use protocol::{NodeId, topic};
use rumqttc::mqttbytes::v4::{Connect, ConnectReturnCode, Publish, Subscribe, SubscribeReasonCode};
use rumqttc::mqttbytes::{Protocol, QoS};

/// What a connected client did that none may; its connection is closed for it.
#[derive(Debug, thiserror::Error)]
pub(super) enum Violation {
    #[error("published to {0}, which is not its topic")]
    ForeignTopic(String),
    #[error("published an empty payload")]
    EmptyPayload,
    #[error("asked for a message to be retained")]
    Retained,
    #[error("published with QoS 2")]
    ExactlyOnce,
    #[error("subscribed to {0}, which is not its topic")]
    ForeignFilter(String),
    #[error("sent a {0} packet, which has no place here")]
    OutOfPlace(&'static str),
    #[error("sent bytes that are not MQTT 3.1.1: {0}")]
    NotMqtt(rumqttc::mqttbytes::Error),
}

/// Why a CONNECT was refused, and the code that says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("does not speak MQTT 3.1.1")]
    Version,
    #[error("its client id is not the name in its certificate")]
    ClientId,
    #[error("left a will, which none may")]
    Will,
    #[error("is not admitted")]
    NotAdmitted,
    #[error("found all places taken")]
    Full,
}

impl Refusal {
    pub(super) fn code(self) -> ConnectReturnCode {
        match self {
            Self::Version => ConnectReturnCode::RefusedProtocolVersion,
            Self::ClientId => ConnectReturnCode::BadClientId,
            Self::Will | Self::NotAdmitted => ConnectReturnCode::NotAuthorized,
            Self::Full => ConnectReturnCode::ServiceUnavailable,
        }
    }
}

/// Whether a node may connect like this; user name and password play no part, the certificate does.
pub(super) fn may_connect(node: NodeId, connect: &Connect) -> Result<(), Refusal> {
    if connect.protocol != Protocol::V4 {
        return Err(Refusal::Version);
    }
    if connect.client_id != node.to_string() {
        return Err(Refusal::ClientId);
    }
    if connect.last_will.is_some() {
        return Err(Refusal::Will);
    }
    Ok(())
}

/// The topics one node may use.
pub(super) struct Rights {
    up: String,
    pub(super) down: String,
}

impl Rights {
    pub(super) fn of(node: NodeId) -> Self {
        Self { up: topic::up(node), down: topic::down(node) }
    }

    pub(super) fn may_publish(&self, publish: &Publish) -> Result<(), Violation> {
        if publish.topic != self.up {
            return Err(Violation::ForeignTopic(shown(&publish.topic)));
        }
        if publish.retain {
            return Err(Violation::Retained);
        }
        if publish.qos == QoS::ExactlyOnce {
            return Err(Violation::ExactlyOnce);
        }
        if publish.payload.is_empty() {
            return Err(Violation::EmptyPayload);
        }
        Ok(())
    }

    /// The QoS granted for each filter asked for.
    pub(super) fn may_subscribe(&self, subscribe: &Subscribe) -> Result<Vec<SubscribeReasonCode>, Violation> {
        let grant = |filter: &rumqttc::mqttbytes::v4::SubscribeFilter| {
            if filter.path != self.down {
                return Err(Violation::ForeignFilter(shown(&filter.path)));
            }
            let at_most = if filter.qos == QoS::AtMostOnce { QoS::AtMostOnce } else { QoS::AtLeastOnce };
            Ok(SubscribeReasonCode::Success(at_most))
        };
        subscribe.filters.iter().map(grant).collect()
    }
}

/// A client's words as they may stand in a log: escaped, and not longer than a line.
fn shown(text: &str) -> String {
    text.chars().take(80).flat_map(char::escape_debug).collect()
}
