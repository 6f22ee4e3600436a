//! A node as a technician sets it up: keys made on it, a bundle brought to it, a settings file, one program.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use chrono::NaiveDateTime;

use super::process::{Process, run};
use super::{Keeper, Stop, program};

const READY_WITHIN: Duration = Duration::from_secs(60);

/// A node's folder and what its settings say.
#[derive(Debug, Clone)]
pub struct NodePlace {
    /// Its folder: keys, bundle, settings, store.
    pub dir: PathBuf,
    /// Where its log goes.
    pub log: PathBuf,
    /// How many times faster than the world its clock runs.
    pub pace: u32,
    /// When its day begins; the machine's own time if left out.
    pub start: Option<NaiveDateTime>,
    /// The line to the hub, `host:port`.
    pub uplink: String,
    /// The part of the settings that names its instruments.
    pub instruments: String,
}

/// A running node.
#[derive(Debug)]
pub struct Node {
    process: Process,
    /// Where its pages are, e.g. `http://127.0.0.1:41235`.
    pub web: String,
}

impl NodePlace {
    /// Starts it. `listen` is the address of an earlier start, where its pages should be again.
    pub async fn start(&self, keeper: &Arc<Keeper>, listen: Option<&str>) -> anyhow::Result<Node> {
        self.settle(listen.unwrap_or("127.0.0.1:0"))?;
        let mut process = Process::start(keeper, "node", self.command()?.arg("run"), Stop::Term, &self.log)?;
        let word = process.first_word(READY_WITHIN).await?;
        let web = word["web"].as_str().context("the node does not say where its pages are")?.to_owned();
        Ok(Node { process, web })
    }

    /// Brings a history into it; it must not be running.
    pub fn import(&self, file: &Path) -> anyhow::Result<String> {
        run(self.command()?.arg("import").arg(file))
    }

    fn settle(&self, listen: &str) -> anyhow::Result<()> {
        let start = self.start.map(|start| format!("start = \"{}\"\n", start.format("%Y-%m-%dT%H:%M:%S")));
        let text = format!(
            "[web]\nlisten = \"{listen}\"\n\n[clock]\npace = {pace}\n{start}trust_machine = true\n\n\
             [uplink]\naddress = \"{uplink}\"\nlongest_pause_s = 3\nresend_after_s = 5\n\n{instruments}",
            pace = self.pace,
            start = start.unwrap_or_default(),
            uplink = self.uplink,
            instruments = self.instruments,
        );
        std::fs::write(self.dir.join("edge.toml"), text).context("cannot write the node's settings")
    }

    fn command(&self) -> anyhow::Result<Command> {
        let mut command = Command::new(program("simpul-edge")?);
        command.arg("--dir").arg(&self.dir);
        Ok(command)
    }
}

impl Node {
    /// Asks it to stop and waits.
    pub async fn stop(self) -> anyhow::Result<()> {
        let status = self.process.stop().await?;
        anyhow::ensure!(status.success(), "the node ended with {status}");
        Ok(())
    }

    /// Kills it at once, as a power cut would. Gives the address of its pages, to start it there again.
    pub fn kill_nine(self) -> String {
        let listen = self.web.trim_start_matches("http://").to_owned();
        self.process.kill_nine();
        listen
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }
}
