//! Somebody guesses a kader's PIN on a phone: ten times, with a power cut and a clock turned back in between. The pauses
//! grow and survive both; nobody else waits; and whoever knows the PIN gets in when the pause is over.

use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::json;

use super::{Telling, Told, figures};
use crate::harness::page::plain;
use crate::harness::{Browser, Driver, Screen, Stage, World, until};

/// How many times faster than the world the node's clock runs.
const PACE: u32 = 20;
const GUESSES: usize = 10;
/// After so many the power is cut.
const CUT_AFTER: usize = 6;
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) async fn tell(telling: &Telling) -> anyhow::Result<Told> {
    let stage = Stage::new()?;
    let play = stage.play(telling.seed, 1, PACE);
    stage.tell(&play, async |world: &mut World| guessed(world).await).await
}

async fn guessed(world: &mut World) -> anyhow::Result<Told> {
    let driver = Driver::start(&world.keeper).await?;
    let phone = driver.open(Screen::Phone).await?;
    let [wati, ratna] = [world.staff.kader[0], world.staff.kader[1]];
    let mut pauses = Vec::new();
    for nth in 0..GUESSES {
        pauses.push(guess(world, &phone, nth).await.with_context(|| format!("guess {}", nth + 1))?);
        if nth + 1 == CUT_AFTER {
            cut(world, &phone, pauses[nth]).await?;
        }
    }
    let grows = pauses.is_sorted() && pauses[..2] == [0, 0] && pauses.last() == Some(&60);
    anyhow::ensure!(grows, "the pauses are {pauses:?}");

    // even the right one is not looked at before the pause is over, and nobody else waits for it
    type_pin(&phone, wati.pin).await?;
    phone.wait("[role=alert][data-pause]").await.context("the right PIN was looked at during the pause")?;
    world.kader(1).await.with_context(|| format!("{} is kept out by another's guesses", ratna.name))?;
    no_pause(world, &phone).await?;
    type_pin(&phone, wati.pin).await?;
    phone.wait("[data-live='/waiting']").await.context("the right PIN opens")?;
    let audit = plain(&world.kader(2).await?.page("/audit").await?);
    let noted = audit.matches("PIN tidak cocok").count();
    // what was noted in the very second of the power cut may be gone
    anyhow::ensure!((GUESSES - 1..=GUESSES).contains(&noted), "{noted} of {GUESSES} are in the audit");
    phone.close().await?;
    Ok(figures(json!({ "guesses": GUESSES, "pauses_s": pauses, "power_cuts": 1, "noted": noted })))
}

/// Types a wrong PIN as soon as one may; gives the pause the page asks for, in seconds.
async fn guess(world: &World, phone: &Browser, nth: usize) -> anyhow::Result<u64> {
    no_pause(world, phone).await?;
    type_pin(phone, &format!("{:06}", 111_111 + nth)).await?;
    phone.wait_text("main", |text| text.contains("belum cocok")).await?;
    pause(phone).await
}

/// When half of a pause is over the power goes, and comes back with a clock that is a day slow: the whole pause begins again.
async fn cut(world: &mut World, phone: &Browser, whole_s: u64) -> anyhow::Result<()> {
    let half = until(PATIENCE, async || {
        open(world, phone).await?;
        Ok((pause(phone).await? <= whole_s / 2).then_some(()))
    });
    half.await?.context("the pause does not pass")?;
    world.place.start = world.place.start.map(|start| start - chrono::Days::new(1));
    let began = Instant::now();
    world.power_cut().await?;
    open(world, phone).await?;
    let (left_s, passed_s) = (pause(phone).await?, began.elapsed().as_secs_f64() * f64::from(PACE));
    let all_of_it = left_s as f64 + passed_s >= whole_s as f64 && left_s > 0;
    anyhow::ensure!(all_of_it, "of {whole_s} s {left_s} are left, {passed_s:.0} after the power cut");
    Ok(())
}

/// Opens the page of the PIN and waits until it asks for no patience.
async fn no_pause(world: &World, phone: &Browser) -> anyhow::Result<()> {
    let over = until(PATIENCE, async || {
        open(world, phone).await?;
        Ok((pause(phone).await? == 0).then_some(()))
    });
    over.await?.context("the pause is never over")
}

async fn open(world: &World, phone: &Browser) -> anyhow::Result<()> {
    phone.goto(&format!("{}/sign-in", world.node_web()?)).await?;
    phone.tap_text("a.choice", world.staff.kader[0].name).await?;
    phone.wait("form.pin").await
}

async fn pause(phone: &Browser) -> anyhow::Result<u64> {
    let asked =
        phone.run("return Number(document.querySelector('[data-pause]')?.dataset.pause ?? 0)").await?;
    asked.as_u64().with_context(|| format!("{asked} is no pause"))
}

async fn type_pin(phone: &Browser, pin: &str) -> anyhow::Result<()> {
    for digit in pin.chars() {
        phone.tap(&format!("[data-pad] [data-key='{digit}']")).await?;
    }
    phone.tap("form.pin button.primary").await
}
