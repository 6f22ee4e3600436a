//! One posyandu of the run: its children, its kader, its node's cards, its line, and what its clock says just now.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::Context;
use chrono::{Days, NaiveDate, NaiveDateTime, TimeDelta};
use protocol::CitizenId;
use tokio::time::Instant;
use uuid::Uuid;

use super::ledger::Moment;
use crate::harness::process::run;
use crate::harness::{HubPlace, Keeper, Link, Node, NodePlace, Road, SmallDisk, Table, program};

/// How far ahead a clock that runs ahead is: about five years.
const AHEAD: Days = Days::new(5 * 365 + 1);
/// Children live this many times faster where there are instruments.
pub(super) const TABLE_PACE: u32 = 1;
/// A node whose broker never went away hears of a hub that went back in time only when it reports to it.
pub(super) const HELLO_EVERY_S: u32 = 3;
/// Every start of every node has a number of its own.
static BOOTS: AtomicU64 = AtomicU64::new(1);

/// What a node's clock does when it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Clock {
    /// It is right.
    Right,
    /// It is years ahead, and sure of it.
    Ahead,
    /// It is a day behind, and sure of it.
    Back,
    /// Nobody has set it.
    Unset,
}

/// A posyandu.
#[derive(Debug)]
pub(super) struct Post {
    pub(super) nth: usize,
    pub(super) posyandu: Uuid,
    pub(super) kader: &'static str,
    pub(super) pin: &'static str,
    pub(super) children: Vec<CitizenId>,
    pub(super) link: Link,
    /// The same village's line to the hub's HTTPS road: what happens to one happens to both.
    pub(super) https: Link,
    pub(super) table: Option<Table>,
    pub(super) disk: Option<SmallDisk>,
    folder: PathBuf,
    logs: PathBuf,
    began: Began,
    web: Mutex<String>,
    now: Mutex<Moment>,
    card: AtomicU32,
}

/// The day that is played and when it began.
#[derive(Debug, Clone, Copy)]
pub(super) struct Began {
    pub(super) day: NaiveDate,
    pub(super) at: Instant,
}

/// What a posyandu is made of beside its node.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) nth: usize,
    pub(super) posyandu: Uuid,
    pub(super) children: Vec<CitizenId>,
    pub(super) link: Link,
    /// The same village's line to the hub's HTTPS road: what happens to one happens to both.
    pub(super) https: Link,
    pub(super) table: Option<Table>,
    pub(super) disk: Option<SmallDisk>,
    pub(super) folder: PathBuf,
    pub(super) logs: PathBuf,
}

impl Began {
    /// The local time where the posyandu are: eight o'clock and what has passed since.
    pub(super) fn now(self) -> NaiveDateTime {
        let eight = self.day.and_hms_opt(8, 0, 0).expect("every day has an eight o'clock");
        eight + TimeDelta::from_std(self.at.elapsed()).unwrap_or_default()
    }
}

impl Post {
    pub(super) fn new(site: Site, began: Began) -> Self {
        Self {
            nth: site.nth,
            posyandu: site.posyandu,
            kader: KADER,
            pin: PIN,
            children: site.children,
            link: site.link,
            https: site.https,
            table: site.table,
            disk: site.disk,
            folder: site.folder,
            logs: site.logs,
            began,
            web: Mutex::default(),
            now: Mutex::new(Moment { boot: 0, date: None }),
            card: AtomicU32::new(1),
        }
    }

    /// Where its pages are; the same through every restart and every card.
    pub(super) fn web(&self) -> String {
        lock(&self.web).clone()
    }

    /// What its clock says, and since which start.
    pub(super) fn moment(&self) -> Moment {
        *lock(&self.now)
    }

    /// A kader has told it the date, at this start.
    pub(super) fn told(&self, boot: u64) {
        let mut now = lock(&self.now);
        if now.boot == boot {
            now.date = Some(self.began.day);
        }
    }

    /// Which card is in it, from 1.
    pub(super) fn card(&self) -> u32 {
        self.card.load(Ordering::Acquire)
    }

    /// The date and time on the kader's phone.
    pub(super) fn phone(&self) -> NaiveDateTime {
        self.began.now()
    }

    /// The folder of a card. The first one may lie on a small disk.
    pub(super) fn folder_of(&self, card: u32) -> PathBuf {
        self.folder.join(format!("card-{card}"))
    }

    /// A new card is in the slot from now on.
    pub(super) fn insert(&self, card: u32) {
        self.card.store(card, Ordering::Release);
    }

    /// A card's settings, with a clock that does as said.
    pub(super) fn place(&self, card: u32, clock: Clock) -> NodePlace {
        let now = self.began.now();
        let start = match clock {
            Clock::Right => Some(now),
            Clock::Ahead => Some(now + AHEAD),
            Clock::Back => Some(now - Days::new(1)),
            Clock::Unset => None,
        };
        NodePlace {
            dir: self.folder_of(card),
            log: self.logs.join(format!("node-{}-card-{card}.log", self.nth)),
            pace: if self.table.is_some() { TABLE_PACE } else { 1 },
            start,
            trusted: false,
            uplink: self.link.address().to_string(),
            https: Some(self.https.address().to_string()),
            road: Road::default(),
            hello_every_s: Some(HELLO_EVERY_S),
            instruments: self.table.as_ref().map(Table::settings).unwrap_or_default(),
        }
    }

    /// Starts the card in the slot, at the address its pages always have.
    pub(super) async fn start(&self, keeper: &std::sync::Arc<Keeper>, clock: Clock) -> anyhow::Result<Node> {
        let place = self.place(self.card(), clock);
        let date = place.start.filter(|_| clock != Clock::Unset).map(|start| start.date());
        *lock(&self.now) = Moment { boot: BOOTS.fetch_add(1, Ordering::Relaxed), date };
        let web = self.web();
        let listen = web.strip_prefix("http://").filter(|listen| !listen.is_empty());
        let node = place.start(keeper, listen).await?;
        lock(&self.web).clone_from(&node.web);
        Ok(node)
    }

    /// Makes a card's keys and brings it its bundle, as a technician does; gives the enrolment for the hub. A card after
    /// the first is the same node in a new life. What was done by an earlier attempt is not done again.
    pub(super) fn provision(&self, hub: &HubPlace, ca: &Path, card: u32) -> anyhow::Result<PathBuf> {
        let dir = self.folder_of(card);
        let beside = |name: &str| self.folder.join(format!("{name}-{card}.json"));
        let (roster, bundle, enrolment) = (beside("roster"), beside("bundle"), beside("enrolment"));
        if dir.join("bundle.json").exists() {
            return Ok(enrolment);
        }
        std::fs::write(
            &roster,
            hub.tell(&["reference", "export", "--posyandu", &self.posyandu.to_string()])?,
        )?;
        let simpul = program("simpul")?;
        if !dir.join("request.json").exists() {
            let mut new = Command::new(&simpul);
            new.args(["node", "new", "--dir"]).arg(&dir).args(["--label", &format!("Melati {}", self.nth)]);
            if card > 1 {
                new.args(["--replaces", &self.node_of(card - 1)?]);
            }
            run(&mut new)?;
        }
        for half_done in [&bundle, &enrolment] {
            let _ = std::fs::remove_file(half_done);
        }
        let mut sign = Command::new(&simpul);
        sign.args(["ca", "sign", "--dir"]).arg(ca).args(["--incarnation", &card.to_string()]);
        sign.arg("--request").arg(dir.join("request.json")).arg("--roster").arg(&roster);
        sign.args(["--hub-host", "127.0.0.1", "--hub-server-name", "localhost"]);
        sign.args(["--hub-port", &self.link.address().port().to_string()]);
        run(sign.arg("--out").arg(&bundle).arg("--enrolment").arg(&enrolment))?;
        // The bundle comes last and whole: it marks a card that is complete. The card may be another file system.
        let arriving = dir.join("bundle.arriving");
        std::fs::copy(&bundle, &arriving).context("cannot bring the bundle to the node")?;
        std::fs::rename(arriving, dir.join("bundle.json"))?;
        Ok(enrolment)
    }

    /// The id on a card's label.
    fn node_of(&self, card: u32) -> anyhow::Result<String> {
        let request = std::fs::read(self.folder_of(card).join("request.json"))?;
        let request: serde_json::Value = serde_json::from_slice(&request)?;
        request["node"].as_str().map(str::to_owned).context("the card's request names no node")
    }

    /// The file its children are brought in from.
    pub(super) fn history(&self) -> PathBuf {
        self.folder.join("history.json")
    }
}

/// Who works at every posyandu of the run.
pub(super) const KADER: &str = "Ibu Wati";
/// And how she signs in.
pub(super) const PIN: &str = "240713";

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
