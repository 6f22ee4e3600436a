//! Who and what an event speaks of, each identity a type of its own.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! identities {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// The sixteen bytes as they are stored and sent.
            pub const fn bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    )*};
}

identities! {
    /// One recorded thing, minted where it happened (UUIDv7); a repeat of it is the same event.
    EventId;
    /// One edge appliance; the text form is the common name of its certificate and its MQTT client id.
    NodeId;
    /// A person served by a posyandu.
    CitizenId;
    /// A posyandu.
    PosyanduId;
    /// A kader, bidan or Puskesmas member of staff.
    UserId;
    /// One person's visit on one day: what was weighed and measured then belongs together.
    VisitId;
    /// One meeting of a posyandu, from its opening to its closing.
    SessionId;
    /// One pregnancy of one woman.
    PregnancyId;
}
