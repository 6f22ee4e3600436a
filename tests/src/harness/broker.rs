//! A broker that is not ours: mosquitto, told by certificates who may speak where.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::net::TcpStream;

use super::{Keeper, Process, Stop, until};

const READY_WITHIN: Duration = Duration::from_secs(20);

/// The certificate says who it is: a node speaks and hears under its own name alone, the hub everywhere.
const ACCESS: &str = "\
user simpul-hub
topic read simpul/v1/up/#
topic write simpul/v1/down/#

pattern write simpul/v1/up/+/%u
pattern read simpul/v1/down/%u
";

/// A running broker.
#[derive(Debug)]
pub struct Broker {
    process: Process,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Broker {
    /// Starts mosquitto in `dir`, believing the authority in `ca`. `port` of an earlier start, to be found there again.
    pub async fn start(
        keeper: &Arc<Keeper>,
        dir: &Path,
        ca: &Path,
        port: Option<u16>,
    ) -> anyhow::Result<Self> {
        // mosquitto cannot take a free port by itself; the one found here is free again a moment later.
        let free = || anyhow::Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port());
        let port = port.map_or_else(free, Ok)?;
        let (access, settings) = (dir.join("broker.acl"), dir.join("broker.conf"));
        std::fs::write(&access, ACCESS)?;
        std::fs::write(&settings, configuration(ca, &access, port))?;
        let mut command = Command::new("/usr/sbin/mosquitto");
        command.arg("-c").arg(&settings);
        let mut process =
            Process::start(keeper, "mosquitto", &mut command, Stop::Term, &dir.join("broker.log"))?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let ready = until(READY_WITHIN, async || {
            anyhow::ensure!(process.runs(), "mosquitto does not start\n{}", process.tail());
            Ok(TcpStream::connect(address).await.ok())
        });
        ready.await?.with_context(|| format!("mosquitto does not listen on {address}"))?;
        Ok(Self { process, address })
    }

    /// Kills it at once: what it had not stored is gone.
    pub fn kill_nine(self) -> u16 {
        self.process.kill_nine();
        self.address.port()
    }
}

fn configuration(ca: &Path, access: &Path, port: u16) -> String {
    format!(
        "listener {port} 127.0.0.1\n\
         user root\n\
         cafile {ca}/authority.crt\n\
         certfile {ca}/hub/hub.crt\n\
         keyfile {ca}/hub/hub.key\n\
         tls_version tlsv1.3\n\
         require_certificate true\n\
         use_identity_as_username true\n\
         allow_anonymous false\n\
         acl_file {access}\n\
         persistence false\n\
         max_queued_messages 100000\n\
         log_dest stderr\n",
        ca = ca.display(),
        access = access.display(),
    )
}
