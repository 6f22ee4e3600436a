//! Two hubs share the nodes at one broker; one is killed outright, the other takes over, and nothing is missing or twice.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use protocol::{CitizenId, NodeId, VisitId, topic};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Telling, Told, figures};
use crate::demo::{hub_rows, today};
use crate::harness::page::plain;
use crate::harness::process::run;
use crate::harness::staff::{self, Staff};
use crate::harness::{
    BrokerMake, BrokerPlace, Durability, HubPlace, Kader, Keeper, Node, NodePlace, Postgres, Road, Stage,
    Station, World, program, until,
};
use crate::population::{self, Village};

/// Nodes, each in a shard of its own.
const NODES: usize = 5;
const CHILDREN_EACH: usize = 6;
const PATIENCE: Duration = Duration::from_secs(90);

/// One posyandu's appliance and the children on it.
struct Post {
    node: Node,
    kader: Kader,
    children: Vec<CitizenId>,
}

/// What holds the posts together.
struct Scene {
    keeper: Arc<Keeper>,
    dir: PathBuf,
    staff: Staff,
    uplink: String,
}

pub(super) async fn tell(telling: &Telling) -> anyhow::Result<Told> {
    let rounds = if telling.full { CHILDREN_EACH } else { 3 };
    let (stage, keeper) = (Stage::new()?, Keeper::start()?);
    let lodging = crate::harness::short_dir()?;
    std::fs::create_dir_all(stage.dir().join("logs"))?;
    World::found_authority(stage.dir())?;
    let broker_place = BrokerPlace::settle(BrokerMake::Mosquitto, stage.dir())?;
    let broker = broker_place.start(&keeper).await?;
    let postgres = Postgres::start(&keeper, lodging.path(), Durability::Full).await?;
    let database = postgres.database().await?;
    let places = [stage.dir().to_owned(), beside(stage.dir())?]
        .map(|dir| HubPlace::new(&dir, &database, Some(broker_place.outside().for_hubs())));
    places.iter().try_for_each(|place| place.settle(None))?;
    places[0].tell(&["migrate"])?;
    let staff = staff::of_mawar();
    staff.load(&places[0], stage.dir())?;
    let uplink = broker_place.outside().address.to_string();
    let scene = Scene { keeper: Arc::clone(&keeper), dir: stage.dir().to_owned(), staff, uplink };

    let mut db = postgres.connect("simpul").await?;
    let first = places[0].start(&keeper).await?;
    let second = places[1].start(&keeper).await?;
    let holders = until_shared(&mut db, 2).await?;
    let mut village = population::village(telling.seed, today(), 1)?;
    village.children = population::crowd(telling.seed, today(), NODES * CHILDREN_EACH);
    let (posts, ids) = posts(&scene, &places[0], &village).await?;
    broker.admit(&places[0])?;

    let mut visits = round(&posts, 0).await?;
    received(&posts).await?;
    let held =
        |hub: &Uuid| holders.iter().filter(|(shard, holder)| holder == hub && ids.contains(shard)).count();
    let hubs: BTreeSet<Uuid> = holders.iter().map(|(_, hub)| *hub).collect();
    let nodes_of: Vec<usize> = hubs.iter().map(held).collect();
    anyhow::ensure!(!nodes_of.contains(&0), "a hub hears none of our nodes: {holders:?}, {ids:?}");

    first.kill_nine();
    let killed = Instant::now();
    visits.extend(round(&posts, 1).await?);
    let remaining = until_shared(&mut db, 1).await?;
    let takeover = killed.elapsed();
    anyhow::ensure!(remaining.len() == 16, "not every shard is held: {remaining:?}");
    received(&posts).await?;

    let again = places[0].start(&keeper).await?;
    until_shared(&mut db, 2).await?;
    for nth in 2..rounds {
        visits.extend(round(&posts, nth).await?);
    }
    received(&posts).await?;
    let missing = missing(&mut db, &visits).await?;
    let doubled = hub_rows::doubled_events(&mut db, village.events() + visits.len() as u64).await?;
    for post in posts {
        post.node.stop().await?;
    }
    for hub in [again, second] {
        hub.stop().await?;
    }
    let left: i64 = sqlx::query_scalar("select count(*) from hub_processes where until > now()")
        .fetch_one(&mut db)
        .await?;
    postgres.stop().await?;
    anyhow::ensure!(missing == 0 && doubled == 0, "{missing} visits missing, {doubled} events twice");
    anyhow::ensure!(left == 0, "{left} hubs that were stopped in order still hold shards");
    Ok(figures(json!({
        "nodes": NODES,
        "nodes_of_each_hub": nodes_of,
        "saved": visits.len(),
        "missing": missing,
        "doubled": doubled,
        "takeover_s": (takeover.as_secs_f64() * 10.0).round() / 10.0,
    })))
}

/// A folder for the second hub, with the same authority and keys.
fn beside(dir: &Path) -> anyhow::Result<PathBuf> {
    let second = dir.join("second");
    std::fs::create_dir_all(second.join("logs"))?;
    std::os::unix::fs::symlink(dir.join("ca"), second.join("ca"))?;
    Ok(second)
}

/// Waits until all shards are held, evenly, by so many hubs; gives who holds which.
async fn until_shared(db: &mut PgConnection, hubs: usize) -> anyhow::Result<Vec<(u8, Uuid)>> {
    let shared = until(PATIENCE, async || {
        let rows: Vec<(i16, Uuid)> =
            sqlx::query_as("select shard, hub from shard_leases where until > now() order by shard")
                .fetch_all(&mut *db)
                .await?;
        let holders: BTreeSet<Uuid> = rows.iter().map(|(_, hub)| *hub).collect();
        let each = |hub: &Uuid| rows.iter().filter(|(_, holder)| holder == hub).count();
        let even = holders.len() == hubs && holders.iter().all(|hub| each(hub) == 16 / hubs);
        Ok(even.then(|| rows.into_iter().map(|(shard, hub)| (shard as u8, hub)).collect()))
    });
    shared.await?.with_context(|| format!("{hubs} hubs never share the shards evenly"))
}

/// Nodes in as many different shards, each with its children.
async fn posts(
    scene: &Scene,
    hub: &HubPlace,
    village: &Village,
) -> anyhow::Result<(Vec<Post>, BTreeSet<u8>)> {
    let mut shards = BTreeSet::new();
    let mut posts = Vec::with_capacity(NODES);
    for children in village.children.chunks(CHILDREN_EACH) {
        let dir = blank_in_another_shard(scene, &mut shards)?;
        provision(scene, hub, &dir)?;
        let part = Village { day: village.day, children: children.to_vec(), coming: Vec::new() };
        let history = dir.join("history.json");
        std::fs::write(&history, serde_json::to_vec(&part.history())?)?;
        let place = NodePlace {
            log: scene.dir.join(format!("logs/node-{}.log", posts.len())),
            dir,
            pace: 1,
            start: None,
            trusted: true,
            uplink: scene.uplink.clone(),
            https: None,
            road: Road::default(),
            hello_every_s: None,
            instruments: String::new(),
        };
        place.import(&history)?;
        let node = place.start(&scene.keeper, None).await?;
        let person = scene.staff.kader[0];
        let kader = Kader::sign_in(&node.web, person.name, person.pin).await?;
        posts.push(Post { node, kader, children: children.iter().map(|child| child.id).collect() });
    }
    Ok((posts, shards))
}

/// Makes devices until one falls into a shard where there is none yet, in the lower and the upper half by turns: so
/// that both hubs have some.
fn blank_in_another_shard(scene: &Scene, shards: &mut BTreeSet<u8>) -> anyhow::Result<PathBuf> {
    for nth in 0..1000 {
        let dir = scene.dir.join(format!("node-{}-{nth}", shards.len()));
        run(Command::new(program("simpul")?).args(["node", "new", "--label", "Mawar 3", "--dir"]).arg(&dir))?;
        let request: serde_json::Value = serde_json::from_slice(&std::fs::read(dir.join("request.json"))?)?;
        let node: NodeId = request["node"].as_str().context("a request names its node")?.parse()?;
        let (shard, upper) = (topic::shard(node), shards.len() % 2 == 1);
        if (shard >= topic::SHARDS / 2) == upper && shards.insert(shard) {
            return Ok(dir);
        }
    }
    anyhow::bail!("a thousand devices, and none in another shard than {shards:?}")
}

fn provision(scene: &Scene, hub: &HubPlace, dir: &Path) -> anyhow::Result<()> {
    let (roster, enrolment) = (dir.join("roster.json"), dir.join("enrolment.json"));
    let posyandu = scene.staff.posyandu.to_string();
    std::fs::write(&roster, hub.tell(&["reference", "export", "--posyandu", &posyandu])?)?;
    let mut sign = Command::new(program("simpul")?);
    sign.args(["ca", "sign", "--dir"]).arg(scene.dir.join("ca"));
    sign.arg("--request").arg(dir.join("request.json")).arg("--roster").arg(&roster);
    sign.args(["--hub-host", "127.0.0.1", "--hub-server-name", "localhost", "--hub-port", "8883"]);
    run(sign.arg("--out").arg(dir.join("bundle.json")).arg("--enrolment").arg(&enrolment))?;
    hub.tell(&["node", "enrol", enrolment.to_str().context("the path is plain text")?]).map(drop)
}

/// One child more is weighed at every posyandu.
async fn round(posts: &[Post], nth: usize) -> anyhow::Result<Vec<VisitId>> {
    let mut visits = Vec::with_capacity(posts.len());
    for post in posts {
        let visit = post.kader.open_visit(post.children[nth]).await?;
        post.kader.type_in(visit, Station::Weight, "9,45", &[]).await?;
        visits.push(visit);
    }
    Ok(visits)
}

/// Waits until every node says that everything was received.
async fn received(posts: &[Post]) -> anyhow::Result<()> {
    for (nth, post) in posts.iter().enumerate() {
        let quiet = until(PATIENCE, async || {
            let line = plain(&post.kader.page("/safety/line").await?);
            Ok(line.contains("semua diterima").then_some(()))
        });
        quiet.await?.with_context(|| format!("node {nth} never says that everything was received"))?;
    }
    Ok(())
}

async fn missing(db: &mut PgConnection, visits: &[VisitId]) -> anyhow::Result<usize> {
    let ids: Vec<Uuid> = visits.iter().map(|visit| visit.0).collect();
    let held: i64 = sqlx::query_scalar(
        "select count(*) from child_growth_records where id = any ($1) and weight_g = 9450",
    )
    .bind(&ids)
    .fetch_one(db)
    .await?;
    Ok(ids.len() - usize::try_from(held)?)
}
