//! A node after many years: 10,000 people and 250,000 events.

use std::ops::Range;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;
use chrono::{Months, NaiveDate};
use serde_json::json;
use uuid::Uuid;

use super::Row;
use super::raw::RawFile;
use super::spread::Spread;
use crate::harness::page::browser;
use crate::harness::{Kader, Node, Play, Road, Station, World, program, short_dir, until};

const PEOPLE: usize = 10_000;
/// Two events each, and one for the registration: 250,000 in all.
const VISITS: u32 = 12;
const PAGES: usize = 300;
const SAVES: usize = 300;
const MB: f64 = 1_000_000.0;

pub(super) async fn run() -> anyhow::Result<Vec<Row>> {
    let (dir, postgres) = (short_dir()?, short_dir()?);
    let play = play(dir.path(), postgres.path())?;
    let day = play.day;
    std::fs::create_dir_all(&play.dir)?;
    let mut world = World::begin(&play).await?;
    world.link.cut(); // only the node is measured
    let small = world.node.take().context("the node runs")?;
    let small_rss = idle_rss(&small).await?;
    small.stop().await?;
    let (small, small_start) = started(&world).await?;
    small.stop().await?;

    let born = day - Months::new(15);
    let children = bring(&world, &play, (0..PEOPLE).map(|_| (born, 2..2 + VISITS)))?;
    let (node, start) = started(&world).await?;
    let rss = idle_rss(&node).await?;
    let wati = world.staff.kader[0];
    let kader = Kader::sign_in(&node.web, wati.name, wati.pin).await?;
    let (page, health) = pages(&kader, &children).await?;
    let (save, raw) = saves(&kader, &children, &world).await?;
    let size = std::fs::metadata(program("simpul-edge")?)?.len() as f64 / MB;
    world.node = Some(node);
    world.end().await?;

    let limit = 3.0 * raw.p99() + 1.0;
    Ok(vec![
        Row::at_most("node", "child's page, p99", page.p99(), "ms", 20.0)
            .beside(health.p99(), "a page that does nothing")
            .noting(format!("p50 {:.2} ms of {}", page.p50(), page.count())),
        Row::at_most("node", "durable save by the page, p99", save.p99(), "ms", limit)
            .beside(raw.p99(), "4 KiB and fdatasync, interleaved")
            .noting(format!("p50 {:.2} ms, bare p50 {:.2} ms of {}", save.p50(), raw.p50(), save.count())),
        Row::at_most("node", "idle memory", rss, "MB", 60.0).beside(small_rss, "with 75 children"),
        Row::at_most("node", "start to first page", start, "s", 1.0).beside(small_start, "with 75 children"),
        Row::at_most("node", "release binary", size, "MB", 25.0),
    ])
}

/// A world with one visit, that many more people can be brought into.
pub(super) fn play(dir: &Path, postgres: &Path) -> anyhow::Result<Play> {
    let day: NaiveDate = "2026-11-24".parse()?;
    Ok(Play {
        dir: dir.join("world"),
        postgres: postgres.to_owned(),
        seed: 1,
        day,
        visits: 1,
        crowd: 0,
        twins: 0,
        pace: 1,
        start: day.and_hms_opt(8, 0, 0),
        outside: None,
        road: Road::default(),
        bridges: false,
    })
}

/// Starts the node and asks for its first page.
pub(super) async fn started(world: &World) -> anyhow::Result<(Node, f64)> {
    let started = Instant::now();
    let node = world.place.start(&world.keeper, None).await?;
    browser().build()?.get(format!("{}/health", node.web)).send().await?.error_for_status()?;
    Ok((node, started.elapsed().as_secs_f64()))
}

/// Resident memory in MB once it has stopped changing.
async fn idle_rss(node: &Node) -> anyhow::Result<f64> {
    let status = format!("/proc/{}/status", node.pid());
    let (mut last, mut since) = (0, Instant::now());
    until(Duration::from_secs(30), async || {
        let text = std::fs::read_to_string(&status)?;
        let line = text.lines().find(|line| line.starts_with("VmRSS")).context("no VmRSS")?;
        let kb: u64 = line.split_whitespace().nth(1).context("no figure")?.parse()?;
        if kb != last {
            (last, since) = (kb, Instant::now());
        }
        Ok((since.elapsed() > Duration::from_secs(3)).then_some(kb as f64 * 1024.0 / MB))
    })
    .await?
    .context("the node's memory does not come to rest")
}

/// Brings many children in: when each was born, and the months of its age at which it was weighed and measured.
pub(super) fn bring(
    world: &World,
    play: &Play,
    lives: impl Iterator<Item = (NaiveDate, Range<u32>)>,
) -> anyhow::Result<Vec<Uuid>> {
    let lives: Vec<(Uuid, NaiveDate, Range<u32>)> =
        lives.map(|(born, months)| (Uuid::now_v7(), born, months)).collect();
    let history = json!({ "children": lives.iter().enumerate().map(|(nth, (id, born, months))| json!({
        "id": id, "name": format!("Anak {nth}"), "birth_date": born.to_string(), "sex": "p",
        "mother": format!("Ibu {}", nth / 2), "kia_book": true,
        "visits": months.clone().map(|month| json!({
            "id": Uuid::now_v7(), "observed_on": (*born + Months::new(month)).to_string(),
            "mass_g": 4_300 + 250 * month, "length_tenth_mm": 5_300 + 110 * month, "posture": "l", "entry": "typed",
        })).collect::<Vec<_>>(),
    })).collect::<Vec<_>>() });
    let file = play.dir.join("many.json");
    std::fs::write(&file, serde_json::to_vec(&history)?)?;
    let began = Instant::now();
    let said = world.place.import(&file)?;
    tracing::info!("imported in {:.0} s: {}", began.elapsed().as_secs_f64(), said.trim());
    Ok(lives.into_iter().map(|(id, ..)| id).collect())
}

async fn pages(kader: &Kader, children: &[Uuid]) -> anyhow::Result<(Spread, Spread)> {
    let (mut page, mut health) = (Spread::default(), Spread::default());
    for child in spaced(children, PAGES) {
        page.add(timed(kader, &format!("/children/{child}")).await?);
        health.add(timed(kader, "/health").await?);
    }
    Ok((page, health))
}

async fn saves(kader: &Kader, children: &[Uuid], world: &World) -> anyhow::Result<(Spread, Spread)> {
    let (mut save, mut raw) = (Spread::default(), Spread::default());
    let mut file = RawFile::beside(&world.place.dir)?;
    for &child in spaced(children, SAVES) {
        let visit = kader.open_visit(child.into()).await?;
        raw.add(file.write()?);
        save.add(kader.type_in(visit, Station::Weight, "9,05", &[]).await?.took);
    }
    Ok((save, raw))
}

pub(super) async fn timed(kader: &Kader, path: &str) -> anyhow::Result<Duration> {
    let asked = Instant::now();
    kader.page(path).await?;
    Ok(asked.elapsed())
}

/// Some of many, evenly apart.
pub(super) fn spaced<T>(all: &[T], some: usize) -> impl Iterator<Item = &T> {
    all.iter().step_by((all.len() / some).max(1)).take(some)
}
