//! A whole Puskesmas with one node: authority, database, hub, line, node, instruments, people. Set up the way people
//! would, by the commands people have.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use anyhow::Context;
use chrono::{NaiveDate, NaiveDateTime};
use sqlx::PgConnection;
use uuid::Uuid;

use super::process::run;
use super::staff::{self, Staff};
use super::{
    Desk, Durability, Hub, HubPlace, Kader, Keeper, Link, Node, NodePlace, Postgres, Road, Table, program,
};
use crate::population::{self, Village};

/// What kind of day is played.
#[derive(Debug, Clone)]
pub struct Play {
    /// Where everything but the database lies.
    pub dir: PathBuf,
    /// Where the database lies: a short path outside anyone's home.
    pub postgres: PathBuf,
    /// Chooses the children, their measures and their wriggling.
    pub seed: u64,
    /// The day; history ends the month before.
    pub day: NaiveDate,
    /// How many children come.
    pub visits: usize,
    /// How many more children are on the roster, without a history.
    pub crowd: usize,
    /// How many pairs of them are twins.
    pub twins: usize,
    /// How many times faster than the world children and node live.
    pub pace: u32,
    /// When the node's day begins; the machine's own time if left out.
    pub start: Option<NaiveDateTime>,
    /// An outside broker instead of the hub's gate.
    pub outside: Option<Outside>,
    /// Which road letters take.
    pub road: Road,
    /// Bridges of ours are on the table instead of bought instruments.
    pub bridges: bool,
}

/// A broker that is not ours.
#[derive(Debug, Clone)]
pub struct Outside {
    /// Where it listens for nodes.
    pub address: std::net::SocketAddr,
    /// Where it listens for hubs.
    pub hubs: std::net::SocketAddr,
}

impl Outside {
    /// The address a hub's settings name.
    pub fn for_hubs(&self) -> String {
        format!("mqtts://localhost:{}", self.hubs.port())
    }
}

/// Everything, running.
#[derive(Debug)]
pub struct World {
    /// The children and who comes today.
    pub village: Village,
    /// Who works here, with PINs.
    pub staff: Staff,
    /// The instruments.
    pub table: Table,
    /// The line between node and hub.
    pub link: Link,
    /// The node's folder and settings.
    pub place: NodePlace,
    /// The hub's.
    pub hub_place: HubPlace,
    /// The running node; `None` while it is down.
    pub node: Option<Node>,
    /// The running hub; `None` while it is down.
    pub hub: Option<Hub>,
    /// The database.
    pub postgres: Postgres,
    /// What stops everything when we are gone.
    pub keeper: Arc<Keeper>,
}

impl World {
    /// Sets everything up, or finds it as an earlier run left it, and starts it.
    pub async fn begin(play: &Play) -> anyhow::Result<Self> {
        let keeper = Keeper::start()?;
        std::fs::create_dir_all(play.dir.join("logs"))?;
        let mut village = population::village(play.seed, play.day, play.visits)?;
        let mut crowd = population::crowd(play.seed, play.day, play.crowd);
        population::pair(&mut crowd, play.twins);
        village.children.extend(crowd);
        let staff = staff::of_mawar();
        let postgres = Postgres::start(&keeper, &play.postgres, Durability::Full).await?;
        let database = postgres.database().await?;
        Self::found_authority(&play.dir)?;
        let outside = play.outside.as_ref().map(Outside::for_hubs);
        let hub_place = HubPlace::new(&play.dir, &database, outside);
        hub_place.settle(None)?;
        hub_place.tell(&["migrate"])?;
        staff.load(&hub_place, &play.dir)?;
        let hub = hub_place.start(&keeper).await?;
        let far = match play.road {
            Road::Https => hub.https,
            _ => play.outside.as_ref().map(|broker| broker.address).or(hub.gate),
        };
        let link = Link::to(far.context("the hub opened no gate")?).await?;
        let table = lay_table(play).await?;
        let place = NodePlace {
            dir: play.dir.join("node"),
            log: play.dir.join("logs/node.log"),
            pace: play.pace,
            start: play.start,
            trusted: true,
            uplink: link.address().to_string(),
            https: (play.road == Road::Https).then(|| link.address().to_string()),
            road: play.road,
            hello_every_s: None,
            instruments: table.settings(),
        };
        if !place.dir.join("bundle.json").exists() {
            provision(&play.dir, &hub_place, staff.posyandu, link.address().port())?;
        }
        let brought = play.dir.join("history.brought");
        if !brought.exists() {
            bring_history(&play.dir, &place, &village)?;
            std::fs::write(&brought, [])?;
        }
        let node = Some(place.start(&keeper, None).await?);
        Ok(Self { village, staff, table, link, place, hub_place, node, hub: Some(hub), postgres, keeper })
    }

    /// Makes the authority in `dir/ca`, unless it is there.
    pub fn found_authority(dir: &Path) -> anyhow::Result<()> {
        let ca = dir.join("ca");
        if !ca.exists() {
            simpul(&["ca", "init", "--dir"], &ca, &[])?;
        }
        Ok(())
    }

    /// Where the node's pages are.
    pub fn node_web(&self) -> anyhow::Result<&str> {
        self.node.as_ref().map(|node| node.web.as_str()).context("the node is down")
    }

    /// Where the hub's pages are.
    pub fn hub_web(&self) -> anyhow::Result<&str> {
        self.hub.as_ref().map(|hub| hub.web.as_str()).context("the hub is down")
    }

    /// A kader who is signed in on the node, by her place in the list.
    pub async fn kader(&self, nth: usize) -> anyhow::Result<Kader> {
        let person = self.staff.kader.get(nth).context("there are not so many kader")?;
        Kader::sign_in(self.node_web()?, person.name, person.pin).await
    }

    /// A connection to the hub's database, for looking.
    pub async fn database(&self) -> anyhow::Result<PgConnection> {
        self.postgres.connect("simpul").await
    }

    /// Carries what waits on the node to the hub and the receipt back, if that is this world's road.
    pub async fn carry(&self, courier: Option<&(Kader, Desk)>) -> anyhow::Result<()> {
        let Some((kader, desk)) = courier else { return Ok(()) };
        let packet = kader.fetch("/courier/packet").await?;
        let receipt = desk.hand_in(packet).await?;
        let page = kader.upload("/courier/receipt", "receipt", receipt).await?;
        anyhow::ensure!(page.contains("Balasan sudah dibaca"), "the node does not take the receipt");
        Ok(())
    }

    /// Whoever walks between node and hub, where nothing else connects them.
    pub async fn courier(&self) -> anyhow::Result<Option<(Kader, Desk)>> {
        match self.place.road {
            Road::Courier => Ok(Some((self.kader(0).await?, Desk::open(self).await?))),
            _ => Ok(None),
        }
    }

    /// Kills the node at once and starts it again on the same store and address.
    pub async fn power_cut(&mut self) -> anyhow::Result<()> {
        let listen = self.node.take().context("the node is down")?.kill_nine();
        self.node = Some(self.place.start(&self.keeper, Some(&listen)).await?);
        Ok(())
    }

    /// Stops everything in order.
    pub async fn end(mut self) -> anyhow::Result<()> {
        if let Some(node) = self.node.take() {
            node.stop().await?;
        }
        if let Some(hub) = self.hub.take() {
            hub.stop().await?;
        }
        self.postgres.stop().await
    }
}

async fn lay_table(play: &Play) -> anyhow::Result<Table> {
    let (lines, pace, seed) = (play.dir.join("lines"), play.pace, play.seed);
    if !play.bridges {
        return Table::in_dir(&lines, pace, seed);
    }
    // Calibrating is somebody's work: everybody else goes on meanwhile.
    tokio::task::spawn_blocking(move || Table::of_bridges(&lines, pace, seed)).await?
}

/// Runs `simpul` with a path and more words.
fn simpul(words: &[&str], dir: &Path, more: &[&str]) -> anyhow::Result<String> {
    run(Command::new(program("simpul")?).args(words).arg(dir).args(more))
}

/// From blank device to known node, as a technician does it.
fn provision(dir: &Path, hub: &HubPlace, posyandu: Uuid, port: u16) -> anyhow::Result<()> {
    let (node, roster) = (dir.join("node"), dir.join("roster.json"));
    let enrolment = dir.join("enrolment.json");
    let _ = std::fs::remove_dir_all(&node); // an earlier run that was stopped half way
    let _ = std::fs::remove_file(&enrolment);
    simpul(&["node", "new", "--dir"], &node, &["--label", "Mawar 3"])?;
    std::fs::write(&roster, hub.tell(&["reference", "export", "--posyandu", &posyandu.to_string()])?)?;
    let mut sign = Command::new(program("simpul")?);
    sign.args(["ca", "sign", "--dir"]).arg(dir.join("ca"));
    sign.arg("--request").arg(node.join("request.json")).arg("--roster").arg(&roster);
    sign.args(["--hub-host", "127.0.0.1", "--hub-server-name", "localhost", "--hub-port", &port.to_string()]);
    // The bundle comes last: it marks a node that is complete.
    let bundle = dir.join("bundle.json");
    let _ = std::fs::remove_file(&bundle);
    run(sign.arg("--out").arg(&bundle).arg("--enrolment").arg(&enrolment))?;
    hub.tell(&["node", "enrol", enrolment.to_str().context("the path is plain text")?])?;
    std::fs::rename(&bundle, node.join("bundle.json")).context("cannot bring the bundle to the node")
}

fn bring_history(dir: &Path, place: &NodePlace, village: &Village) -> anyhow::Result<()> {
    let file = dir.join("history.json");
    std::fs::write(&file, serde_json::to_vec_pretty(&village.history())?)?;
    // Never inside the macro: what is logged to nobody is not evaluated.
    let said: serde_json::Value = serde_json::from_str(&place.import(&file)?)?;
    tracing::info!("history: {said}");
    // An import that was stopped half way goes on where it was.
    let held = said["new"].as_u64().zip(said["known"].as_u64()).map(|(new, known)| new + known);
    anyhow::ensure!(held == Some(village.events()), "{said} of {} events", village.events());
    Ok(())
}
