//! A node as a technician sets it up: keys made on it, a bundle brought to it, a settings file, one program.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use chrono::NaiveDateTime;

use super::process::{Process, run};
use super::{Arm64, Keeper, Stop, program};

const READY_WITHIN: Duration = Duration::from_secs(60);

/// The road between node and hub.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Road {
    /// MQTT, and HTTPS where MQTT cannot be reached.
    #[default]
    Auto,
    /// MQTT alone.
    Mqtt,
    /// HTTPS alone.
    Https,
    /// No wire at all: a packet on a kader's phone, and the receipt that comes back.
    Courier,
}

impl Road {
    fn setting(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Mqtt => "mqtt",
            Self::Https => "https",
            Self::Courier => "none",
        }
    }
}

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
    /// Whether its machine's clock is believed at start; only matters without `start`.
    pub trusted: bool,
    /// The line to the hub, `host:port`.
    pub uplink: String,
    /// The line to the hub's HTTPS road, `host:port`, if it is another than the bundle says.
    pub https: Option<String>,
    /// Which road it is told to take.
    pub road: Road,
    /// Seconds between its reports to the hub, if not as in the field.
    pub hello_every_s: Option<u32>,
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
        let program = Command::new(program("simpul-edge")?);
        self.run(program, keeper, listen.unwrap_or("127.0.0.1:0")).await
    }

    /// Starts it on another machine, by the program that was built for that.
    pub async fn start_on(&self, machine: &Arm64, keeper: &Arc<Keeper>) -> anyhow::Result<Node> {
        self.run(machine.command(), keeper, "127.0.0.1:0").await
    }

    async fn run(&self, mut program: Command, keeper: &Arc<Keeper>, listen: &str) -> anyhow::Result<Node> {
        self.settle(listen)?;
        let command = program.arg("--dir").arg(&self.dir).arg("run");
        let mut process = Process::start(keeper, "node", command, Stop::Term, &self.log)?;
        let word = process.first_word(READY_WITHIN).await?;
        let web = word["web"].as_str().context("the node does not say where its pages are")?.to_owned();
        Ok(Node { process, web })
    }

    /// Brings a history into it; it must not be running.
    pub fn import(&self, file: &Path) -> anyhow::Result<String> {
        run(Command::new(program("simpul-edge")?).arg("--dir").arg(&self.dir).arg("import").arg(file))
    }

    /// Where its pages were by its settings of the last start.
    pub fn listen(&self) -> anyhow::Result<String> {
        let settings = std::fs::read_to_string(self.dir.join("edge.toml"))?;
        let line = settings.lines().find_map(|line| line.strip_prefix("listen = \""));
        Ok(line.context("the settings name no address")?.trim_end_matches('"').to_owned())
    }

    fn settle(&self, listen: &str) -> anyhow::Result<()> {
        let start = self.start.map(|start| format!("start = \"{}\"\n", start.format("%Y-%m-%dT%H:%M:%S")));
        let https = self.https.as_ref().map(|address| format!("https_address = \"{address}\"\n"));
        let hello = self.hello_every_s.map(|seconds| format!("hello_every_s = {seconds}\n"));
        let text = format!(
            "[web]\nlisten = \"{listen}\"\n\n[clock]\npace = {pace}\n{start}trust_machine = {trusted}\n\n\
             [uplink]\naddress = \"{uplink}\"\n{https}{hello}road = \"{road}\"\nlongest_pause_s = 3\nresend_after_s = 5\n\n{instruments}",
            pace = self.pace,
            start = start.unwrap_or_default(),
            trusted = self.trusted,
            uplink = self.uplink,
            https = https.unwrap_or_default(),
            hello = hello.unwrap_or_default(),
            road = self.road.setting(),
            instruments = self.instruments,
        );
        let file = self.dir.join("edge.toml");
        // On a full card what is already there must not be lost by writing it again.
        if std::fs::read_to_string(&file).is_ok_and(|held| held == text) {
            return Ok(());
        }
        std::fs::write(file, text).context("cannot write the node's settings")
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

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }
}
