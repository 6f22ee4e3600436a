//! The hub as its operators run it: a settings file, a few commands, one program that serves.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;

use super::process::{Process, run};
use super::{Keeper, Stop, program};

const READY_WITHIN: Duration = Duration::from_secs(60);

/// Where a hub keeps its settings, and how it is told things.
#[derive(Debug, Clone)]
pub struct HubPlace {
    dir: PathBuf,
    database_url: String,
    /// `mqtts://name:port` of an outside broker, if that takes the gate's place.
    outside: Option<String>,
}

/// A running hub.
#[derive(Debug)]
pub struct Hub {
    process: Process,
    /// Where its pages are, e.g. `http://127.0.0.1:41234`.
    pub web: String,
    /// Where nodes connect; `None` with an outside broker.
    pub gate: Option<SocketAddr>,
    /// Where nodes connect by HTTPS.
    pub https: Option<SocketAddr>,
}

impl HubPlace {
    /// A hub in `dir`, whose authority is in `dir/ca`.
    pub fn new(dir: &Path, database_url: &str, outside: Option<String>) -> Self {
        Self { dir: dir.to_owned(), database_url: database_url.to_owned(), outside }
    }

    /// Writes its settings; `web` is where its pages are, once that is known.
    pub fn settle(&self, web: Option<&str>) -> anyhow::Result<()> {
        let ca = self.dir.join("ca");
        let text = format!(
            "[database]\nurl = \"{url}\"\n\n[keys]\nsealing = \"{ca}/hub/sealing.keys\"\nsigning = \"{ca}/hub/signing.key\"\n\n\
             [gate]\nlisten = \"127.0.0.1:0\"\nauthority = \"{ca}/authority.crt\"\ncertificate = \"{ca}/hub/hub.crt\"\n\
             key = \"{ca}/hub/hub.key\"\nhttps_listen = \"127.0.0.1:0\"\nauthority_key = \"{ca}/authority.key\"\n\n[broker]\noutside = \"{outside}\"\ntakeover_s = 5\n\n\
             [web]\nlisten = \"127.0.0.1:0\"\npublic_url = \"{web}\"\ncookie_secure = false\n",
            url = self.database_url,
            ca = ca.display(),
            outside = self.outside.as_deref().unwrap_or_default(),
            web = web.unwrap_or_default(),
        );
        std::fs::write(self.settings(), text).context("cannot write the hub's settings")
    }

    /// Runs one of its commands to the end; gives what it printed.
    pub fn tell(&self, words: &[&str]) -> anyhow::Result<String> {
        run(self.command()?.args(words))
    }

    /// Starts it.
    pub async fn start(&self, keeper: &Arc<Keeper>) -> anyhow::Result<Hub> {
        let log = self.dir.join("logs/hub.log");
        let mut process = Process::start(keeper, "hub", self.command()?.arg("serve"), Stop::Term, &log)?;
        let word = process.first_word(READY_WITHIN).await?;
        let web = word["web"].as_str().context("the hub does not say where its pages are")?;
        let web = format!("http://{}", web.trim_start_matches("http://"));
        let address = |name: &str| word[name].as_str().and_then(|address| address.parse().ok());
        let (gate, https) = (address("gate"), address("https"));
        self.settle(Some(&web))?;
        Ok(Hub { process, web, gate, https })
    }

    fn command(&self) -> anyhow::Result<Command> {
        let mut command = Command::new(program("simpul-hub")?);
        command.arg("--config").arg(self.settings());
        Ok(command)
    }

    fn settings(&self) -> PathBuf {
        self.dir.join("hub.toml")
    }
}

impl Hub {
    /// Asks it to stop and waits.
    pub async fn stop(self) -> anyhow::Result<()> {
        let status = self.process.stop().await?;
        anyhow::ensure!(status.success(), "the hub ended with {status}");
        Ok(())
    }

    /// Holds it in mid-sentence.
    pub fn pause(&self) {
        self.process.pause();
    }

    /// Lets it go on.
    pub fn resume(&self) {
        self.process.resume();
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        self.process.runs()
    }

    /// Kills it at once.
    pub fn kill_nine(self) {
        self.process.kill_nine();
    }
}
