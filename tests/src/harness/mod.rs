//! A whole Simpul on one table: hub, node, scales and a bad line, each a real program or a real wire.

pub mod bridge;
pub mod broker;
pub mod browser;
pub mod crash;
pub mod desk;
pub mod emulated;
pub mod heard;
pub mod hub;
pub mod kader;
pub mod keeper;
pub mod link;
pub mod machine;
pub mod node;
pub mod opened;
pub mod page;
pub mod postgres;
pub mod process;
pub mod small_disk;
pub mod staff;
pub mod stage;
pub mod table;
mod technician;
pub mod wait;
pub mod weather;
pub mod world;

pub use broker::{Broker, BrokerMake, BrokerPlace, Spy};
pub use browser::{Browser, Driver, Screen, Screened};
pub use desk::Desk;
pub use hub::{Hub, HubPlace};
pub use kader::{Kader, Saved, Station};
pub use keeper::{Keeper, Stop};
pub use link::{Link, Weather};
pub use machine::Arm64;
pub use node::{Node, NodePlace, Road};
pub use opened::{Answer, Opened};
pub use postgres::{Durability, Postgres};
pub use process::Process;
pub use scales::simulate::{Instrument, Make, Port};
pub use small_disk::SmallDisk;
pub use stage::Stage;
pub use table::Table;
pub use wait::until;
pub use world::{Outside, Play, World};

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use anyhow::Context;

/// The program `name` of this build: beside the running one, or above it when that is a test.
pub fn program(name: &str) -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe()?;
    own.ancestors()
        .skip(1)
        .take(2)
        .map(|dir| dir.join(name))
        .find(|path| path.exists())
        .with_context(|| format!("{name} is not built; `cargo xtask` builds it, or `cargo build --bins`"))
}

/// A directory of our own with a short path, gone when dropped.
pub fn short_dir() -> anyhow::Result<tempfile::TempDir> {
    tempfile::Builder::new()
        .prefix("simpul-")
        .permissions(std::fs::Permissions::from_mode(0o700))
        .tempdir()
        .context("cannot make a temporary directory")
}
