//! A Puskesmas with many posyandu: set up by the commands people have, in a few seconds.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use chrono::NaiveDate;
use protocol::CitizenId;
use serde_json::json;
use tempfile::TempDir;
use tokio::task::JoinSet;
use tokio::time::Instant;
use uuid::Uuid;

use super::post::{Began, Clock, KADER, PIN, Post, Site, TABLE_PACE};
use crate::chance::Chance;
use crate::demo::today;
use crate::harness::{
    Broker, BrokerMake, BrokerPlace, Durability, Hub, HubPlace, Keeper, Link, Node, Outside, Postgres,
    SmallDisk, Table, World, short_dir,
};
use crate::population;

/// How many posyandu have instruments on a line; at the others everything is typed.
const WITH_TABLES: usize = 2;
/// How many have a card that can be filled.
pub(super) const SMALL_DISKS: usize = 2;
/// Large enough for a node and its reserve, small enough to be filled in a moment.
const SMALL_DISK_MB: u32 = 64;
/// Children of a posyandu.
const CHILDREN: (u64, u64) = (5, 10);

/// Everything that does not go wrong, shared by all who make the rest go wrong.
#[derive(Debug)]
pub(super) struct Town {
    pub(super) keeper: Arc<Keeper>,
    pub(super) posts: Vec<Arc<Post>>,
    pub(super) hub_place: HubPlace,
    /// Where Postgres keeps its data.
    pub(super) postgres_dir: PathBuf,
    pub(super) dir: PathBuf,
    /// The enrolments there were, oldest first: what an operator has on paper when the hub has forgotten.
    enrolments: Mutex<Vec<PathBuf>>,
    /// Whether an outside broker has not been told of the last one yet.
    unadmitted: AtomicBool,
    _dirs: [TempDir; 2],
}

/// What runs and can be broken.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) postgres: Postgres,
    pub(super) hub: Hub,
    pub(super) broker: Option<Broker>,
    pub(super) nodes: Vec<Node>,
}

/// What is asked of a town.
#[derive(Debug, Clone, Copy)]
pub(super) struct Charter {
    pub(super) seed: u64,
    pub(super) nodes: usize,
    /// An outside broker in the gate's place.
    pub(super) broker: Option<BrokerMake>,
    /// How many cards can be filled; 0 where this machine mounts nothing for us.
    pub(super) small_disks: usize,
}

impl Town {
    /// Founds it and starts everything. Every child is on its node; the hub hears of it in its own time.
    pub(super) async fn found(charter: Charter) -> anyhow::Result<(Arc<Self>, Running)> {
        let keeper = Keeper::start()?;
        let dirs = [short_dir()?, short_dir()?];
        let (dir, postgres_dir) = (dirs[0].path().to_owned(), dirs[1].path().to_owned());
        keeper.remove(&dir)?;
        keeper.remove(&postgres_dir)?;
        std::fs::create_dir_all(dir.join("logs"))?;
        let postgres = Postgres::start(&keeper, &postgres_dir, Durability::Full).await?;
        let database = postgres.database().await?;
        World::found_authority(&dir)?;
        let broker = match charter.broker {
            Some(make) => Some(BrokerPlace::settle(make, &dir)?.start(&keeper).await?),
            None => None,
        };
        let outside = broker.as_ref().map(Broker::outside);
        let hub_place = HubPlace::new(&dir, &database, outside.as_ref().map(Outside::for_hubs));
        hub_place.settle(None)?;
        hub_place.tell(&["migrate"])?;
        load_reference(&hub_place, &dir, charter.nodes)?;
        let hub = hub_place.start(&keeper).await?;
        let far = outside.map(|broker| broker.address).or(hub.gate);
        let far =
            [far.context("the hub opened no gate")?, hub.https.context("the hub opened no HTTPS road")?];
        let began = Began { day: today(), at: Instant::now() };
        let mut posts = Vec::with_capacity(charter.nodes);
        for nth in 0..charter.nodes {
            let lines = [Link::to(far[0]).await?, Link::to(far[1]).await?];
            let site = site(&keeper, &dir, charter, nth, began.day, lines)?;
            posts.push(Arc::new(Post::new(site, began)));
        }
        let town = Arc::new(Self {
            keeper,
            posts,
            hub_place,
            postgres_dir,
            dir,
            enrolments: Mutex::default(),
            unadmitted: AtomicBool::new(false),
            _dirs: dirs,
        });
        let nodes = town.first_nodes().await?;
        Ok((town, Running { postgres, hub, broker, nodes }))
    }

    /// Makes a card known to the hub and remembers it on paper.
    pub(super) fn enrol(&self, enrolment: &Path) -> anyhow::Result<()> {
        self.hub_place.tell(&["node", "enrol", plain(enrolment)?])?;
        self.enrolments.lock().unwrap_or_else(PoisonError::into_inner).push(enrolment.to_owned());
        self.unadmitted.store(true, Ordering::Release);
        Ok(())
    }

    /// Brings a hub that has gone back in time what only people know: which cards there are.
    pub(super) fn enrol_since(&self, known: usize) -> anyhow::Result<()> {
        let enrolments = self.enrolments.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for enrolment in enrolments.iter().skip(known) {
            self.hub_place.tell(&["node", "enrol", plain(enrolment)?])?;
        }
        Ok(())
    }

    /// Tells an outside broker of cards it has not heard of, as an operator does after each enrolment.
    pub(super) fn admit(&self, broker: &Broker) -> anyhow::Result<()> {
        if self.unadmitted.swap(false, Ordering::AcqRel) {
            // What cannot be told now is told at the next look.
            broker.admit(&self.hub_place).inspect_err(|_| self.unadmitted.store(true, Ordering::Release))?;
        }
        Ok(())
    }

    /// Takes a backup by the hub's own command.
    pub(super) async fn back_up(&self, to: &Path) -> anyhow::Result<()> {
        self.told(vec!["backup", "--to", plain(to)?]).await
    }

    /// Lays a backup down by the hub's own command, where the database was.
    pub(super) async fn restore(&self, from: &Path) -> anyhow::Result<()> {
        let data = self.postgres_dir.join("data");
        std::fs::remove_dir_all(&data)?;
        self.told(vec!["restore", "--from", plain(from)?, "--into", plain(&data)?]).await
    }

    async fn told(&self, words: Vec<&str>) -> anyhow::Result<()> {
        let (place, words) =
            (self.hub_place.clone(), words.into_iter().map(str::to_owned).collect::<Vec<_>>());
        let tell = move || place.tell(&words.iter().map(String::as_str).collect::<Vec<_>>());
        tokio::task::spawn_blocking(tell).await?.map(drop)
    }

    /// How many cards are known.
    pub(super) fn enrolled(&self) -> usize {
        self.enrolments.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// The authority's folder.
    pub(super) fn ca(&self) -> PathBuf {
        self.dir.join("ca")
    }

    /// All children of the town.
    pub(super) fn children(&self) -> Vec<Uuid> {
        self.posts.iter().flat_map(|post| post.children.iter().map(|child| child.0)).collect()
    }

    async fn first_nodes(self: &Arc<Self>) -> anyhow::Result<Vec<Node>> {
        let mut setting_up = JoinSet::new();
        for post in &self.posts {
            let (town, post) = (Arc::clone(self), Arc::clone(post));
            setting_up.spawn(async move {
                let (told, asked) = (Arc::clone(&town), Arc::clone(&post));
                let first = move || -> anyhow::Result<()> {
                    told.enrol(&asked.provision(&told.hub_place, &told.ca(), 1)?)?;
                    asked.place(1, Clock::Right).import(&asked.history()).map(drop)
                };
                tokio::task::spawn_blocking(first).await??;
                let node = post.start(&town.keeper, Clock::Right).await;
                node.map(|node| (post.nth, node)).with_context(|| format!("node {}", post.nth))
            });
        }
        let mut nodes = Vec::with_capacity(self.posts.len());
        while let Some(node) = setting_up.join_next().await {
            nodes.push(node??);
        }
        nodes.sort_by_key(|(nth, _)| *nth);
        Ok(nodes.into_iter().map(|(_, node)| node).collect())
    }
}

/// Whether this machine mounts a file system for us; if not, why.
pub(super) fn can_mount() -> anyhow::Result<()> {
    let (keeper, dir) = (Keeper::start()?, short_dir()?);
    SmallDisk::at(&keeper, dir.path(), 1).map(drop)
}

fn site(
    keeper: &Keeper,
    dir: &Path,
    charter: Charter,
    nth: usize,
    day: NaiveDate,
    [link, https]: [Link; 2],
) -> anyhow::Result<Site> {
    let folder = dir.join(format!("node-{nth}"));
    std::fs::create_dir_all(&folder)?;
    let mut chance = Chance::new(charter.seed).apart(&format!("posyandu {nth}"));
    let count = CHILDREN.0 + chance.below(CHILDREN.1 - CHILDREN.0 + 1);
    let mut village = population::village(charter.seed, day, 1)?;
    village.children = population::crowd(chance.draw(), day, count as usize);
    std::fs::write(folder.join("history.json"), serde_json::to_vec(&village.history())?)?;
    let disk = match nth < charter.small_disks {
        true => Some(SmallDisk::at(keeper, &folder.join("card-1"), SMALL_DISK_MB)?),
        false => None,
    };
    let tables = charter.small_disks..charter.small_disks + WITH_TABLES;
    let table = match tables.contains(&nth) {
        true => Some(Table::in_dir(&dir.join(format!("lines-{nth}")), TABLE_PACE, charter.seed)?),
        false => None,
    };
    let children: Vec<CitizenId> = village.children.iter().map(|child| child.id).collect();
    Ok(Site {
        nth,
        posyandu: posyandu(nth),
        children,
        link,
        https,
        table,
        disk,
        folder,
        logs: dir.join("logs"),
    })
}

fn posyandu(nth: usize) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_9000_0000_0000_0000 + nth as u128)
}

fn load_reference(place: &HubPlace, dir: &Path, nodes: usize) -> anyhow::Result<()> {
    let puskesmas = Uuid::from_u128(1);
    let named = |nth: usize| {
        json!({ "id": posyandu(nth), "puskesmas_id": puskesmas, "name": format!("Melati {nth}"),
                "village": "Sukamaju" })
    };
    let posyandu: Vec<Uuid> = (0..nodes).map(posyandu).collect();
    // One kader for all: hashing a PIN takes longer than everything else here.
    let reference = json!({
        "puskesmas": [{ "id": puskesmas, "name": "Cibadak", "district": "Kabupaten Sukabumi" }],
        "posyandu": (0..nodes).map(named).collect::<Vec<_>>(),
        "users": [{ "id": Uuid::from_u128(2), "puskesmas_id": puskesmas, "name": KADER, "role": "kader", "pin": PIN,
                    "posyandu": posyandu }],
    });
    let file = dir.join("reference.json");
    std::fs::write(&file, serde_json::to_vec(&reference)?)?;
    place.tell(&["reference", "load", plain(&file)?]).map(drop)
}

fn plain(path: &Path) -> anyhow::Result<&str> {
    path.to_str().context("the path is plain text")
}
