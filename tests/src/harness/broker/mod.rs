//! A broker that is not ours, with the very settings `deploy/brokers` tells people to use.

mod mosquitto;
mod nats;
mod spy;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::ValueEnum;
use nix::sys::signal::{Signal, kill};
use tokio::net::TcpStream;

use super::keeper::as_pid;
pub use spy::{Overheard, Spy};

use super::{HubPlace, Keeper, Outside, Process, Stop, until};

const READY_WITHIN: Duration = Duration::from_secs(20);
/// The folder in the deployed settings that becomes the test's own.
const DEPLOYED: &str = "/etc/simpul";

/// Whose broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum BrokerMake {
    /// Debian's mosquitto.
    Mosquitto,
    /// Debian's nats-server, whose JetStream carries MQTT.
    Nats,
}

/// Where a broker keeps its settings and what it stores, and where it listens; found there again after each start.
#[derive(Debug, Clone)]
pub struct BrokerPlace {
    make: BrokerMake,
    dir: PathBuf,
    ca: PathBuf,
    log: PathBuf,
    nodes: SocketAddr,
    hubs: SocketAddr,
}

/// A running broker.
#[derive(Debug)]
pub struct Broker {
    process: Process,
    place: BrokerPlace,
}

impl BrokerPlace {
    /// Settles a broker in `dir/broker`, which believes the authority in `dir/ca`.
    pub fn settle(make: BrokerMake, dir: &Path) -> anyhow::Result<Self> {
        let own = dir.join("broker");
        std::fs::create_dir_all(&own)?;
        let nodes = free()?;
        let hubs = if make == BrokerMake::Mosquitto { free()? } else { nodes };
        let place = Self { make, ca: dir.join("ca"), log: dir.join("broker.log"), dir: own, nodes, hubs };
        match make {
            BrokerMake::Mosquitto => mosquitto::settle(&place)?,
            BrokerMake::Nats => nats::settle(&place)?,
        }
        Ok(place)
    }

    /// Starts it.
    pub async fn start(&self, keeper: &Arc<Keeper>) -> anyhow::Result<Broker> {
        let (name, mut command) = match self.make {
            BrokerMake::Mosquitto => ("mosquitto", Command::new(mosquitto::PROGRAM)),
            BrokerMake::Nats => ("nats-server", Command::new(nats::PROGRAM)),
        };
        command.arg("-c").arg(self.settings());
        let mut process = Process::start(keeper, name, &mut command, Stop::Term, &self.log)?;
        for address in [self.nodes, self.hubs] {
            let ready = until(READY_WITHIN, async || {
                anyhow::ensure!(process.runs(), "{name} does not start\n{}", process.tail());
                Ok(TcpStream::connect(address).await.ok())
            });
            ready.await?.with_context(|| format!("{name} does not listen on {address}"))?;
        }
        Ok(Broker { process, place: self.clone() })
    }

    /// Where it is found while it runs.
    pub fn outside(&self) -> Outside {
        Outside { address: self.nodes, hubs: self.hubs }
    }

    /// From its next start on, whoever bears the hub's certificate may hear everything there.
    pub fn open_to_spies(&self) -> anyhow::Result<()> {
        anyhow::ensure!(self.make == BrokerMake::Mosquitto, "only mosquitto is spied on");
        let access = self.dir.join(mosquitto::ACCESS);
        let rules = std::fs::read_to_string(&access)?;
        let opened = rules.replace("user simpul-hub\n", "user simpul-hub\ntopic read #\n");
        anyhow::ensure!(opened != rules, "the deployed list no longer names the hub");
        Ok(std::fs::write(access, opened)?)
    }

    /// From its next start on, it reads the authority's list of revoked certificates, which must be there by then.
    pub fn heed_revocations(&self) -> anyhow::Result<()> {
        let settings = std::fs::read_to_string(self.settings())?;
        let heeding = settings.replace("# crlfile ", "crlfile ");
        anyhow::ensure!(
            heeding != settings,
            "the deployed settings no longer speak of a list of the revoked"
        );
        Ok(std::fs::write(self.settings(), heeding)?)
    }

    /// Every byte it has on disk.
    pub fn stored(&self) -> anyhow::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut folders = vec![self.dir.join("store")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder)? {
                let path = entry?.path();
                match path.is_dir() {
                    true => folders.push(path),
                    false => bytes.extend(std::fs::read(path)?),
                }
            }
        }
        Ok(bytes)
    }

    /// Forgets all it ever stored; it must not be running.
    pub fn wipe(&self) -> anyhow::Result<()> {
        let store = self.dir.join("store");
        if store.exists() {
            std::fs::remove_dir_all(&store)?;
        }
        Ok(())
    }

    fn settings(&self) -> PathBuf {
        self.dir.join("broker.conf")
    }

    /// Writes its settings: the deployed file with each `from` become `to`. A `from` that is not there any more is an
    /// error, for then something else was tested than is deployed.
    fn fill(&self, deployed: &str, changes: &[(&str, String)]) -> anyhow::Result<()> {
        let mut text = deployed.to_owned();
        for (from, to) in changes {
            anyhow::ensure!(text.contains(from), "the deployed settings no longer say {from:?}");
            text = text.replace(from, to);
        }
        anyhow::ensure!(!text.contains("/etc/"), "a deployed path was not filled in:\n{text}");
        Ok(std::fs::write(self.settings(), text)?)
    }
}

impl Broker {
    /// Holds it in mid-sentence.
    pub fn pause(&self) {
        self.process.pause();
    }

    /// Lets it go on.
    pub fn resume(&self) {
        self.process.resume();
    }

    /// Where it is found.
    pub fn outside(&self) -> Outside {
        self.place.outside()
    }

    /// Tells it which nodes the hub knows, as its operators would: the hub prints the list, the broker reads it again.
    pub fn admit(&self, hub: &HubPlace) -> anyhow::Result<()> {
        let (word, list) = match self.place.make {
            BrokerMake::Mosquitto => ("mosquitto", mosquitto::ACCESS),
            BrokerMake::Nats => ("nats", nats::USERS),
        };
        std::fs::write(self.place.dir.join(list), hub.tell(&["broker", word])?)?;
        self.reload()
    }

    /// Lets it read its lists again.
    pub fn reload(&self) -> anyhow::Result<()> {
        kill(as_pid(self.process.pid()), Signal::SIGHUP).context("the broker is not there to be told")
    }

    /// Kills it at once: what it had not stored is gone. Gives its place, to start it there again.
    pub fn kill_nine(self) -> BrokerPlace {
        self.process.kill_nine();
        self.place
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Asks it to stop and waits.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.process.stop().await.map(drop)
    }
}

/// An address that is free just now: neither broker can take a free port itself and be found there again.
fn free() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}
