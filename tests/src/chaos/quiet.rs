//! Faults off: everything runs, every line is whole, and it is waited until nothing moves any more.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context;
use protocol::VisitId;
use sqlx::PgConnection;
use tokio::time::{Instant, sleep};

use super::centre::Centre;
use super::device::Device;
use super::hub_side;
use super::ledger::{Claim, Ledger, Standing, What};
use super::post::HELLO_EVERY_S;
use super::saver::{figure, shown};
use crate::harness::page::plain;
use crate::harness::{Kader, Station};

/// How long everything may take to arrive.
const WITHIN: Duration = Duration::from_secs(120);
/// How long the hub must stand still: long enough for every node to have reported to it.
const STILL: Duration = Duration::from_secs(3 * HELLO_EVERY_S as u64);
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Saves of each node that are looked at again on its own pages.
const SAMPLE: usize = 15;

/// The pages of a card that runs.
#[derive(Debug)]
struct Page {
    node: usize,
    card: u32,
    web: String,
    kader: Option<Kader>,
}

/// What the nodes' own pages say when it is quiet.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct OnNodes {
    /// Saves a node does not show as it called them.
    pub(super) lost: usize,
    /// Cards that hold fewer events than they called saved.
    pub(super) short: usize,
}

/// Starts the old cards once more and waits. Gives the seconds it took; `None` if it never became quiet.
pub(super) async fn wait(centre: &mut Centre, devices: &mut [Device]) -> anyhow::Result<Option<f64>> {
    let began = Instant::now();
    for device in devices.iter_mut() {
        device.old_card_up().await?;
    }
    let mut pages = pages(devices);
    let mut still = (None, Instant::now());
    let mut all_said = None;
    while began.elapsed() < WITHIN {
        sleep(LOOK_EVERY).await;
        centre.look_after().await?;
        for device in devices.iter_mut() {
            device.look_after().await?;
        }
        let Ok(mut db) = centre.postgres()?.connect("simpul").await else { continue };
        let held = hub_side::held(&mut db).await.ok();
        if still.0 != held {
            still = (held, Instant::now());
        }
        let waiting = waiting(&mut pages).await;
        all_said = waiting.is_empty().then(|| all_said.unwrap_or_else(Instant::now));
        if let Some(said) = all_said
            && still.1.elapsed() >= STILL
        {
            return Ok(Some(said.max(still.1).duration_since(began).as_secs_f64()));
        }
        if began.elapsed() > WITHIN / 2 && began.elapsed() < WITHIN / 2 + LOOK_EVERY * 2 {
            tracing::warn!("not quiet yet: {waiting:?}");
        }
    }
    tracing::error!("never quiet: {:?}", waiting(&mut pages).await);
    Ok(None)
}

/// Asks the nodes' own pages about saves whose answer was lost; what they show as saved counts as said.
pub(super) async fn resolve(devices: &[Device], ledger: &Ledger) -> anyhow::Result<()> {
    let mut pages = pages(devices);
    for claim in ledger.all().iter().filter(|claim| claim.standing == Standing::Unknown) {
        let newer =
            ledger.of_visit(claim.visit, claim.what).into_iter().any(|other| other.replaces.is_some());
        let page = pages.iter_mut().find(|page| (page.node, page.card) == (claim.node, claim.card));
        let Some(page) = page.filter(|_| !newer) else { continue };
        if page.shows(claim).await == Some(true) {
            ledger.say(claim.event, Standing::Saved, None).await?;
        }
    }
    Ok(())
}

/// Looks at some of each node's saves on its own pages, and at the figures of its safety page.
pub(super) async fn look(devices: &[Device], claims: &[Claim]) -> anyhow::Result<OnNodes> {
    let mut found = OnNodes::default();
    for mut page in pages(devices) {
        let own = |claim: &&Claim| (claim.node, claim.card) == (page.node, page.card);
        let saved: Vec<&Claim> =
            claims.iter().filter(own).filter(|claim| claim.standing == Standing::Saved).collect();
        let held = page.figures().await.and_then(|figures| figures.first().copied());
        let held = held.with_context(|| format!("node {} shows no figures", page.node))?;
        if held < saved.len() as u64 {
            tracing::error!("node {} holds {held} events, {} were called saved", page.node, saved.len());
            found.short += 1;
        }
        let replaced: Vec<_> = claims.iter().filter_map(|claim| claim.replaces).collect();
        let standing = saved.iter().filter(|claim| !replaced.contains(&claim.event));
        for claim in standing.rev().take(SAMPLE) {
            if page.shows(claim).await == Some(false) {
                tracing::error!("node {} does not show {claim:?}", page.node);
                found.lost += 1;
            }
        }
    }
    Ok(found)
}

/// The children the hub does not know.
pub(super) async fn strangers(db: &mut PgConnection, children: &[uuid::Uuid]) -> anyhow::Result<usize> {
    let unknown = hub_side::unknown_children(db, children).await?;
    unknown.iter().for_each(|child| tracing::error!("lost: the hub does not know child {child}"));
    Ok(unknown.len())
}

fn pages(devices: &[Device]) -> Vec<Page> {
    let cards = devices.iter().flat_map(|device| {
        let node = device.post.nth;
        device.cards().into_iter().map(move |(card, web)| Page { node, card, web, kader: None })
    });
    cards.collect()
}

/// What each node says that does not say that all was received.
async fn waiting(pages: &mut [Page]) -> BTreeMap<String, String> {
    let mut waiting = BTreeMap::new();
    for page in pages {
        let line = page.read("/safety/line").await.map(|line| plain(&line));
        if !line.as_ref().is_some_and(|line| line.contains("semua diterima")) {
            let said = line.unwrap_or_else(|| "does not answer".into());
            waiting.insert(format!("node {} card {}", page.node, page.card), said);
        }
    }
    waiting
}

impl Page {
    /// Whether the node shows this reading as kept; `None` where its page cannot tell any more.
    async fn shows(&mut self, claim: &Claim) -> Option<bool> {
        let station = match claim.what {
            What::Weighed => Station::Weight,
            What::LengthTaken => Station::Length,
        };
        let path = format!("{}?how=typed", station.path(VisitId(claim.visit)));
        let page = self.read(&path).await?;
        page.contains("station").then(|| shown(&page) == Some(figure(station, claim.value)))
    }

    /// The figures of the safety page, in its order: held here, on the road, received, waiting.
    async fn figures(&mut self) -> Option<Vec<u64>> {
        let page = self.read("/safety").await?;
        let figures = page
            .split("<dd>")
            .skip(1)
            .filter_map(|rest| rest.split("</dd>").next()?.replace('.', "").trim().parse().ok());
        Some(figures.collect())
    }

    async fn read(&mut self, path: &str) -> Option<String> {
        if self.kader.is_none() {
            let (name, pin) = (super::post::KADER, super::post::PIN);
            self.kader = Some(Kader::sign_in(&self.web, name, pin).await.ok()?);
        }
        let answer = self.kader.as_ref()?.get(path).await;
        match answer {
            Ok(answer) if answer.status().is_success() => answer.text().await.ok(),
            Ok(answer) if answer.status().is_redirection() => {
                self.kader = None;
                None
            }
            _ => None,
        }
    }
}
