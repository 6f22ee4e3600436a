//! Every kind of page of a node with 10,000 people and five years of records: at the server, and in a browser over a line of
//! 1.6 Mbit/s with 150 ms.

use std::time::Duration;

use anyhow::Context;
use chrono::{Datelike, Months};

use super::Row;
use super::node::{bring, play, spaced, started, timed};
use super::spread::Spread;
use crate::harness::{Browser, Driver, Kader, Screen, World, short_dir};

const PEOPLE: u32 = 10_000;
/// Births are spread over so many months, and each child was weighed every month since.
const YEARS_MONTHS: u32 = 60;
/// How often each kind of page is asked for.
const TIMES: usize = 40;
/// And in the browser.
const LOADS: usize = 6;
const LATENCY_MS: u32 = 150;
const BITS_S: u32 = 1_600_000;
/// The most a page may take at the server, and in the browser.
const SERVER_MS: f64 = 100.0;
const BROWSER_MS: f64 = 1_000.0;

/// What people type into the search, letter by letter.
const TYPED: [&str; 6] = ["a", "anak 12", "ibu 4999", "anak 9999", "ibu", "zzz"];

pub(super) async fn run() -> anyhow::Result<Vec<Row>> {
    let (dir, postgres) = (short_dir()?, short_dir()?);
    let play = play(dir.path(), postgres.path())?;
    let day = play.day;
    std::fs::create_dir_all(&play.dir)?;
    let mut world = World::begin(&play).await?;
    world.link.cut(); // only the node is measured
    world.node.take().context("the node runs")?.stop().await?;
    let born = |nth: u32| day - Months::new(nth % YEARS_MONTHS);
    let children = bring(&world, &play, (0..PEOPLE).map(|nth| (born(nth), 1..nth % YEARS_MONTHS)))?;
    let (node, _) = started(&world).await?;
    let bidan = world.staff.kader[2];
    let kader = Kader::sign_in(&node.web, bidan.name, bidan.pin).await?;
    let mut visits = Vec::new();
    for &child in spaced(&children, TIMES) {
        visits.push(kader.open_visit(child.into()).await?.0);
    }
    world.node = Some(node);

    let month = day.year() * 12 + day.month0() as i32;
    let kinds = kinds(&children, &visits, month);
    let mut rows = at_the_server(&kader, &kinds).await?;
    rows.extend(in_a_browser(&world, &kinds).await?);
    world.end().await?;
    Ok(rows)
}

/// A kind of page, and addresses of it.
type Kind = (&'static str, Vec<String>);

fn kinds(children: &[uuid::Uuid], visits: &[uuid::Uuid], month: i32) -> Vec<Kind> {
    let of = |some: &[uuid::Uuid], before: &str, after: &str| {
        spaced(some, TIMES).map(|id| format!("{before}{id}{after}")).collect::<Vec<_>>()
    };
    let one = |path: &str| vec![path.to_owned()];
    vec![
        ("today", one("/")),
        ("search, as typed", TYPED.map(|text| format!("/search?q={}", text.replace(' ', "+"))).into()),
        ("child", of(children, "/children/", "")),
        ("charts", of(children, "/children/", "/charts")),
        ("person", of(children, "/people/", "")),
        ("everything recorded", of(children, "/people/", "/records")),
        ("vaccines", of(children, "/people/", "/immunization")),
        ("scale", of(visits, "/visits/", "/weight?how=typed")),
        ("services", of(visits, "/visits/", "/care")),
        ("counselling", of(visits, "/visits/", "/counselling")),
        ("board", one("/board")),
        ("opening", one("/opening")),
        ("tasks", one("/tasks")),
        ("vaccines today", one("/immunizations")),
        ("pregnant women", one("/pregnancies")),
        ("closing", one("/closing")),
        ("behind a number", vec![format!("/closing/list?bulan={month}&figure=S")]),
        ("who came and went", vec![format!("/closing/moves?bulan={month}&flow=lahir")]),
        ("e-PPGBM", one("/closing/eppgbm")),
        ("paper twin", one("/closing/paper")),
        ("records", one("/records")),
        ("safety", one("/safety")),
    ]
}

async fn at_the_server(kader: &Kader, kinds: &[Kind]) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (kind, paths) in kinds {
        let (mut page, mut health) = (Spread::default(), Spread::default());
        for path in paths.iter().cycle().take(TIMES) {
            page.add(timed(kader, path).await.with_context(|| path.clone())?);
            health.add(timed(kader, "/health").await?);
        }
        let row = Row::at_most("pages", kind, page.p99(), "ms", SERVER_MS);
        rows.push(row.beside(health.p99(), "a page that does nothing").noting(format!(
            "p50 {:.1} ms of {}",
            page.p50(),
            page.count()
        )));
    }
    Ok(rows)
}

/// Loads on a phone that has been here before, and the very first page of one that has not.
async fn in_a_browser(world: &World, kinds: &[Kind]) -> anyhow::Result<Vec<Row>> {
    let driver = Driver::start(&world.keeper).await?;
    let phone = driver.open(Screen::Phone).await?;
    phone.slow_line(LATENCY_MS, BITS_S).await?;
    let base = world.node_web()?;
    let first = loaded(&phone, &format!("{base}/sign-in")).await?;
    let kader = world.staff.kader[2];
    phone.tap_text("a.choice", kader.name).await?;
    for digit in kader.pin.chars() {
        phone.tap(&format!("[data-pad] [data-key='{digit}']")).await?;
    }
    phone.tap("form.pin button.primary").await?;
    phone.wait("[data-live='/waiting']").await?;
    let (mut bare, mut slowest) = (Spread::default(), (0.0, ""));
    let mut all = Spread::default();
    for (kind, paths) in kinds {
        let mut page = Spread::default();
        for path in paths.iter().cycle().take(LOADS) {
            let took = loaded(&phone, &format!("{base}{path}")).await.with_context(|| path.clone())?;
            page.add(took);
            all.add(took);
            bare.add(loaded(&phone, &format!("{base}/health")).await?);
        }
        if page.at(1.0) > slowest.0 {
            slowest = (page.at(1.0), kind);
        }
    }
    phone.close().await?;
    Ok(vec![
        Row::at_most("pages", "first page of a new phone", first.as_secs_f64() * 1e3, "ms", BROWSER_MS)
            .beside(bare.p50(), "a page that does nothing")
            .noting(format!("1.6 Mbit/s, {LATENCY_MS} ms")),
        Row::at_most("pages", "any page on a phone, slowest", slowest.0, "ms", BROWSER_MS)
            .beside(bare.p50(), "a page that does nothing")
            .noting(format!("{}; p50 of all {:.0} ms", slowest.1, all.p50())),
    ])
}

/// Opens a page; gives how long it took from the tap until everything was there.
async fn loaded(phone: &Browser, url: &str) -> anyhow::Result<Duration> {
    phone.goto(url).await?;
    let took = phone.run("return performance.getEntriesByType('navigation')[0].duration").await?;
    let took = took.as_f64().with_context(|| format!("{took} is no time"))?;
    Ok(Duration::from_secs_f64(took / 1e3))
}
