//! A whole posyandu on three phones at once: opened, forty people of all ages served, closed. What the closing page says
//! is counted here once more, person by person, and the hub must say the same.
//!
//! Ibu Wati weighs whoever comes and writes down a guest; Ibu Ratna measures them, tells the mother and lets them go; Bidan
//! Dewi sees mothers and the elderly, writes down a birth and gives vaccines. All of it is typed and tapped in browsers.

mod bidan;
mod hub;
mod phone;
mod sums;
mod tables;

use std::path::Path;
use std::time::Instant;

use anyhow::Context;
use serde_json::json;
use tokio::sync::mpsc;

use super::{Telling, Told, figures};
use crate::demo::day::{everything_received, history_arrived};
use crate::demo::truth;
use crate::harness::{Driver, Stage, World};
use bidan::{Bidan, Seen};
use phone::Phone;
use sums::Form;
use tables::{Guest, measure_all, weigh_all};

/// How many times faster than the world children and node live.
const PACE: u32 = 10;

/// Who comes.
struct Comers {
    /// Children of the village; the last of them cries and is not weighed.
    children: usize,
    /// Pregnant women; one more gives birth instead, and her child comes.
    mothers: usize,
    adults: usize,
    /// Children who are given a vaccine.
    vaccinated: usize,
}

impl Comers {
    /// Everybody: the newborn and the guest are two more.
    fn all(&self) -> usize {
        self.children + self.mothers + self.adults + 2
    }
}

pub(super) async fn tell(telling: &Telling) -> anyhow::Result<Told> {
    let comers = match telling.full {
        true => Comers { children: 24, mothers: 7, adults: 7, vaccinated: 6 },
        false => Comers { children: 4, mothers: 1, adults: 1, vaccinated: 1 },
    };
    let stage = Stage::new()?;
    let play = stage.play(telling.seed, comers.children, PACE);
    stage.tell(&play, async |world: &mut World| day(world, &comers, telling).await).await
}

async fn day(world: &World, comers: &Comers, telling: &Telling) -> anyhow::Result<Told> {
    history_arrived(world).await?;
    let driver = Driver::start(&world.keeper).await?;
    let export = telling.export.as_deref();
    let bidan = Phone::sign_in(world, &driver, 2).await?;
    bidan.open_posyandu().await?;
    let (wati, ratna) = (Phone::sign_in(world, &driver, 0).await?, Phone::sign_in(world, &driver, 1).await?);

    let began = Instant::now();
    let (guests, seen) = serve(world, comers, &wati, &ratna, &bidan).await?;
    let seconds = began.elapsed().as_secs();
    picture(&ratna, export, "board.png", "/board").await?;

    let counted = Form::by_hand(world, &guests);
    let shown = bidan.form().await?;
    counted.same_as(&shown).context("the closing page counts otherwise than this story")?;
    picture(&bidan, export, "closing.png", "/closing").await?;
    bidan.close_posyandu().await?;
    for phone in [&wati, &ratna] {
        phone.is_locked().await.context("closing locks every phone")?;
    }

    everything_received(world).await?;
    let hub = hub::compare(world, &guests, &seen, &counted).await?;
    if let Some(folder) = export {
        truth::export(guests.iter().filter_map(Guest::row), folder)?;
    }
    let visits = guests.len() + seen.visits();
    anyhow::ensure!(visits == comers.all(), "{visits} of {} were served", comers.all());
    for phone in [wati, ratna, bidan] {
        phone.close().await?;
    }
    let total = counted.total();
    Ok(figures(json!({
        "visits": visits,
        "phones": 3,
        "S": total.s, "K": total.k, "D": total.d, "N": total.n, "T": total.t, "O": total.o, "B": total.b,
        "2T": total.two_t, "BGM": total.bgm,
        "numbers_compared": counted.len(),
        "hub_lost": hub.lost,
        "hub_doubled": hub.doubled,
        "hub_wrong": hub.wrong,
        "hub_rows": hub.rows,
        "seconds": seconds,
    })))
}

/// Everybody at once, at three tables.
async fn serve(
    world: &World,
    comers: &Comers,
    wati: &Phone<'_>,
    ratna: &Phone<'_>,
    bidan: &Phone<'_>,
) -> anyhow::Result<(Vec<Guest>, Seen)> {
    let (born, newborn) = mpsc::unbounded_channel();
    let (to_board, weighed) = mpsc::unbounded_channel();
    let (to_bidan, measured) = mpsc::unbounded_channel();
    let midwife = Bidan { world, phone: bidan, comers };
    let weighing = async { weigh_all(world, wati, newborn, to_board).await.context("at the scale") };
    let measuring = async { measure_all(world, ratna, weighed, to_bidan).await.context("at the board") };
    let examining = async { midwife.serve(born, measured).await.context("at the midwife's table") };
    let ((), guests, seen) = tokio::try_join!(weighing, measuring, examining)?;
    Ok((guests, seen))
}

async fn picture(phone: &Phone<'_>, export: Option<&Path>, name: &str, path: &str) -> anyhow::Result<()> {
    let Some(folder) = export else { return Ok(()) };
    phone.goto(path).await?;
    phone.browser.picture(&folder.join(name)).await
}
