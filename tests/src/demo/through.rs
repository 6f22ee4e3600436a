//! The broker between node and hub.

use std::path::Path;
use std::sync::Arc;

use clap::ValueEnum;

use crate::harness::{Broker, BrokerMake, BrokerPlace, Keeper, World};

/// What a demo's letters go through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Through {
    /// The hub's own gate.
    #[default]
    Gate,
    /// Debian's mosquitto.
    Mosquitto,
    /// Debian's nats-server.
    Nats,
}

impl Through {
    /// Starts the broker in `dir`, believing its authority (which is made if there is none); `None` for the gate.
    pub async fn open(self, keeper: &Arc<Keeper>, dir: &Path) -> anyhow::Result<Option<Broker>> {
        let make = match self {
            Through::Gate => return Ok(None),
            Through::Mosquitto => BrokerMake::Mosquitto,
            Through::Nats => BrokerMake::Nats,
        };
        std::fs::create_dir_all(dir)?;
        World::found_authority(dir)?;
        BrokerPlace::settle(make, dir)?.start(keeper).await.map(Some)
    }
}
