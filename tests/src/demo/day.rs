//! A posyandu day at the node's pages, and the wait for the hub.

use std::time::Duration;

use anyhow::Context;
use protocol::VisitId;

use super::compare::Expected;
use super::hub_rows;
use super::truth::{self, Meaning, Row, posture_word};
use crate::chance::Chance;
use crate::harness::page::plain;
use crate::harness::{Kader, Saved, Station, World, until};
use crate::population::{Coming, Village};

/// How long the hub may take to have everything.
const HUB_WITHIN: Duration = Duration::from_secs(120);

/// A visit that is done.
#[derive(Debug, Clone)]
pub struct Done {
    /// The visit.
    pub visit: VisitId,
    /// What it should be at the hub.
    pub expected: Expected,
    /// When and how fast the weight was saved.
    pub weight: Saved,
    /// When and how fast the length was saved.
    pub length: Saved,
    /// Saved while the line was cut, or before that had arrived.
    pub offline: bool,
}

/// Two kader, taking turns.
#[derive(Debug)]
pub struct Day<'a> {
    world: &'a World,
    kader: [Kader; 2],
    chance: Chance,
}

impl<'a> Day<'a> {
    /// Both sign in. `seed` makes the children wriggle.
    pub async fn begin(world: &'a World, seed: u64) -> anyhow::Result<Self> {
        let kader = [world.kader(0).await?, world.kader(1).await?];
        Ok(Self { world, kader, chance: Chance::new(seed).apart("wriggling") })
    }

    /// One child from the door to *Anak berikutnya*.
    pub async fn visit(&self, nth: usize, coming: &Coming, offline: bool) -> anyhow::Result<Done> {
        let Village { day, children, .. } = &self.world.village;
        let child = &children[coming.child];
        let mut chance = self.chance.apart(&format!("visit {nth}"));
        let mut restless = |least: f64, most: f64| least + (most - least) * chance.unit();
        let (kader, table) = (&self.kader[nth % 2], &self.world.table);
        let visit = kader.open_visit(child.id).await?;
        let weight =
            kader.measure(visit, Station::Weight, table, coming.mass_g, restless(1.0, 5.0), &[]).await?;
        let posture = [("posture", posture_word(coming.posture))];
        let length = kader
            .measure(visit, Station::Length, table, coming.length_tenth_mm, restless(1.3, 3.0), &posture)
            .await?;
        kader.result(visit).await?;
        kader.close(visit).await?;
        tracing::info!(
            "{:>2} {} {} kg {} cm",
            nth + 1,
            visit,
            truth::kilograms(coming.mass_g),
            truth::centimetres(coming.length_tenth_mm)
        );
        let expected =
            Expected { row: Row::of(child, coming, *day, visit), meaning: Meaning::of(child, coming, *day) };
        Ok(Done { visit, expected, weight, length, offline })
    }
}

/// Waits until the node itself says that all was received.
pub async fn everything_received(world: &World) -> anyhow::Result<()> {
    let kader = world.kader(0).await?;
    let courier = world.courier().await?;
    let quiet = until(HUB_WITHIN, async || {
        world.carry(courier.as_ref()).await?;
        let line = plain(&kader.page("/safety/line").await?);
        Ok(line.contains("semua diterima").then_some(()))
    });
    quiet.await?.context("the node never says that everything was received")
}

/// Waits until the hub has everyone and their history.
pub async fn history_arrived(world: &World) -> anyhow::Result<()> {
    let children = world.village.children.len() as i64;
    let visits: usize = world.village.children.iter().map(|child| child.visits.len()).sum();
    let mut db = world.database().await?;
    let wanted = (children, visits as i64);
    let courier = world.courier().await?;
    let arrived = until(HUB_WITHIN, async || {
        world.carry(courier.as_ref()).await?;
        let counts = hub_rows::counts(&mut db, world.staff.posyandu).await?;
        Ok((counts == wanted).then_some(()))
    });
    arrived
        .await?
        .with_context(|| format!("the hub does not have the history of {wanted:?} children and visits"))
}
