//! The node is killed outright again and again while a kader types as fast as she can: nothing the page called
//! *tersimpan* is missing afterwards, neither on the node nor at the hub (G1, G2).

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Context;
use chrono::NaiveDate;
use growth::Posture;
use protocol::{CitizenId, VisitId};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Telling, Told, figures};
use crate::chance::Chance;
use crate::demo::day::everything_received;
use crate::demo::hub_rows;
use crate::demo::truth::{self, Row};
use crate::harness::page::plain;
use crate::harness::{Kader, Keeper, Node, NodePlace, Saved, Stage, Station, World, until};
use crate::population::Child;

/// How long one save may be tried again while the node comes and goes.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the page called saved.
struct Claim {
    visit: VisitId,
    mass_g: u32,
    length_tenth_mm: u32,
}

impl Claim {
    fn row(&self, child: &Child, on: NaiveDate) -> Row {
        let posture = if child.stands(on) { Posture::Standing } else { Posture::Lying };
        let (mass_g, length_tenth_mm) = (self.mass_g, self.length_tenth_mm);
        Row::measured(child, on, self.visit, mass_g, length_tenth_mm, posture)
    }
}

pub(super) async fn tell(telling: &Telling) -> anyhow::Result<Told> {
    let visits = if telling.full { 300 } else { 60 };
    let stage = Stage::new()?;
    let play = crate::harness::Play { crowd: visits, ..stage.play(telling.seed, 1, 1) };
    stage.tell(&play, async |world: &mut World| killed(world, visits, telling).await).await
}

async fn killed(world: &mut World, visits: usize, telling: &Telling) -> anyhow::Result<Told> {
    let crowd = &world.village.children[world.village.children.len() - visits..];
    let children: Vec<CitizenId> = crowd.iter().map(|child| child.id).collect();
    let kader = world.kader(0).await?;
    let node = world.node.take().context("the node runs")?;
    let began = Instant::now();
    let chance = Chance::new(telling.seed);
    let typing = type_everything(&kader, &children, chance.apart("figures"));
    let killing = kill_again_and_again(&world.keeper, &world.place, node, chance.apart("accidents"), typing);
    let (node, kills, claims) = killing.await?;
    world.node = Some(node);
    let claims = claims?;
    anyhow::ensure!(kills > 0, "the node was never killed");

    everything_received(world).await?;
    let on_node = missing_on_the_node(&world.kader(1).await?, &claims).await?;
    let mut db = world.database().await?;
    let at_hub = missing_at_the_hub(&mut db, world.staff.posyandu, &claims).await?;
    let doubled = hub_rows::doubled_events(&mut db, world.village.events() + 2 * claims.len() as u64).await?;
    if let Some(folder) = &telling.export {
        let day = world.village.day;
        let crowd = &world.village.children[world.village.children.len() - visits..];
        let rows: Vec<Row> = claims.iter().zip(crowd).map(|(claim, child)| claim.row(child, day)).collect();
        truth::export(rows.iter(), folder)?;
        hub_rows::export(&hub_rows::of_day(&mut db, world.staff.posyandu, day).await?, folder)?;
    }
    let story = json!({
        "visits": claims.len(),
        "saves": claims.len() * 2,
        "kills": kills,
        "missing_on_node": on_node,
        "missing_at_hub": at_hub,
        "doubled": doubled,
        "seconds": began.elapsed().as_secs(),
    });
    anyhow::ensure!(claims.len() == visits && on_node + at_hub == 0 && doubled == 0, "{story}");
    Ok(figures(story))
}

/// Kills the node at moments chosen by chance, and starts it again, until the typing is done.
async fn kill_again_and_again<T>(
    keeper: &std::sync::Arc<Keeper>,
    place: &NodePlace,
    mut node: Node,
    mut chance: Chance,
    typing: impl Future<Output = T>,
) -> anyhow::Result<(Node, usize, T)> {
    let mut typing = std::pin::pin!(typing);
    let mut kills = 0;
    loop {
        let moment = Duration::from_millis(30 + chance.below(350));
        tokio::select! {
            done = &mut typing => return Ok((node, kills, done)),
            () = tokio::time::sleep(moment) => {}
        }
        let listen = node.kill_nine();
        kills += 1;
        // The kader goes on tapping while it starts.
        let starting = place.start(keeper, Some(&listen));
        let mut starting = std::pin::pin!(starting);
        node = tokio::select! {
            started = &mut starting => started?,
            done = &mut typing => return Ok((starting.await?, kills, done)),
        };
    }
}

async fn type_everything(
    kader: &Kader,
    children: &[CitizenId],
    mut chance: Chance,
) -> anyhow::Result<Vec<Claim>> {
    let mut claims = Vec::with_capacity(children.len());
    for &child in children {
        let mass_g = 5_000 + 10 * chance.below(900) as u32;
        let length_tenth_mm = 6_000 + 10 * chance.below(400) as u32;
        let visit = again(async || kader.open_visit(child).await).await?;
        let kg = format!("{},{:02}", mass_g / 1000, mass_g / 10 % 100);
        typed(kader, visit, Station::Weight, &kg).await?;
        let cm = format!("{},{}", length_tenth_mm / 100, length_tenth_mm / 10 % 10);
        typed(kader, visit, Station::Length, &cm).await?;
        again(async || kader.close(visit).await).await?;
        claims.push(Claim { visit, mass_g, length_tenth_mm });
    }
    Ok(claims)
}

/// Types until the page says that it is saved. An answer that was lost with the node may have been a save: then the
/// page shows it so, and that counts as said.
async fn typed(
    kader: &Kader,
    visit: VisitId,
    station: Station,
    figure: &str,
) -> anyhow::Result<Option<Saved>> {
    again(async || {
        let page = kader.page(&station.path(visit)).await?;
        if page.contains("class=\"figure still\"") {
            return Ok(None); // the page shows a value that is kept, and no field
        }
        kader.type_in(visit, station, figure, &[]).await.map(Some)
    })
    .await
}

/// Tries again while the node is down.
async fn again<T>(mut attempt: impl AsyncFnMut() -> anyhow::Result<T>) -> anyhow::Result<T> {
    let mut last = None;
    let done = until(PATIENCE, async || match attempt().await {
        Ok(done) => Ok(Some(done)),
        Err(err) if err.is::<reqwest::Error>() => {
            last = Some(err);
            Ok(None)
        }
        Err(err) => Err(err),
    });
    match done.await? {
        Some(done) => Ok(done),
        None => Err(last
            .unwrap_or_else(|| anyhow::anyhow!("nothing was tried"))
            .context("the node never came back")),
    }
}

async fn missing_on_the_node(kader: &Kader, claims: &[Claim]) -> anyhow::Result<usize> {
    let mut missing = 0;
    for claim in claims {
        let page = plain(&kader.result(claim.visit).await?);
        let kg = format!("{},{:02} kg", claim.mass_g / 1000, claim.mass_g / 10 % 100);
        let cm = format!("{},{} cm", claim.length_tenth_mm / 100, claim.length_tenth_mm / 10 % 10);
        if !page.contains(&kg) || !page.contains(&cm) {
            tracing::error!("visit {}: the node does not show {kg} and {cm}", claim.visit);
            missing += 1;
        }
    }
    Ok(missing)
}

async fn missing_at_the_hub(
    db: &mut PgConnection,
    posyandu: Uuid,
    claims: &[Claim],
) -> anyhow::Result<usize> {
    let rows: Vec<(Uuid, Option<i32>, Option<i32>)> = sqlx::query_as(
        "select id, weight_g, length_tenth_mm from child_growth_records where posyandu_id = $1",
    )
    .bind(posyandu)
    .fetch_all(db)
    .await?;
    let held: BTreeMap<Uuid, _> = rows.into_iter().map(|(id, mass, length)| (id, (mass, length))).collect();
    let wanted = |claim: &Claim| {
        let figure = |value: u32| i32::try_from(value).ok();
        (figure(claim.mass_g), figure(claim.length_tenth_mm))
    };
    let missing = claims.iter().filter(|claim| held.get(&claim.visit.0) != Some(&wanted(claim)));
    Ok(missing.inspect(|claim| tracing::error!("visit {}: not so at the hub", claim.visit)).count())
}
