//! A whole visit by live scale, at a child's own pace, on a phone; and a page at the Puskesmas that changes by itself.

use std::path::Path;
use std::time::Instant;

use anyhow::Context;
use serde_json::json;

use super::{Telling, Told, figures};
use crate::demo::day::history_arrived;
use crate::harness::desk::PASSWORD;
use crate::harness::{Browser, Driver, Screen, Stage, World};
use crate::population::{Child, Coming};

pub(super) async fn tell(telling: &Telling) -> anyhow::Result<Told> {
    let stage = Stage::new()?;
    let play = stage.play(telling.seed, 1, 1);
    stage.tell(&play, async |world: &mut World| seen(world, telling.export.as_deref()).await).await
}

async fn seen(world: &mut World, export: Option<&Path>) -> anyhow::Result<Told> {
    history_arrived(world).await?;
    let driver = Driver::start(&world.keeper).await?;
    let desk = sign_in_at_the_desk(world, &driver).await?;
    let before = figure(&desk, "D").await?;
    desk.run("window.neverLoadedAgain = true").await?;

    let phone = driver.open(Screen::Phone).await?;
    sign_in_on_the_phone(world, &phone).await?;
    let coming = world.village.coming[0];
    let child = &world.village.children[coming.child];
    let began = Instant::now();
    let picture = async |browser: &Browser, name: &str| match export {
        Some(folder) => browser.picture(&folder.join(name)).await,
        None => Ok(()),
    };
    call(&phone, child).await?;
    let (questions, screens) = asked(world, &phone).await?;
    let states = measure(world, &phone, &coming, "weight").await?;
    picture(&phone, "weight-ready.png").await?;
    phone.tap("form.station-form button.primary").await?;
    phone.wait("form.station-form[data-live-source*='what=length']").await?;
    let (weighed, weight_saved) = (began.elapsed(), Instant::now());
    let after = desk.wait_text("dd[data-figure='D']", |shown| number(shown) == Some(before + 1)).await?;
    let seen_after = weight_saved.elapsed();
    hold(&phone, &coming).await?;
    measure(world, &phone, &coming, "length").await?;
    picture(&phone, "length-ready.png").await?;
    phone.tap("form.station-form button.primary").await?;
    phone.wait("section.verdict").await?;
    let verdict = phone.text("section.verdict").await.context("the result has a verdict")?;
    phone.wait("figure.chart svg").await?;
    let took = began.elapsed();
    picture(&phone, "result.png").await?;
    picture(&desk, "hub.png").await?;
    let untouched = desk.run("return window.neverLoadedAgain === true").await?;
    anyhow::ensure!(
        untouched == json!(true),
        "the hub's page was loaded again, so it did not change by itself"
    );
    phone.tap_text("button.primary", "Anak berikutnya").await?;
    phone.wait("[data-live='/waiting']").await?;
    phone.close().await?;
    desk.close().await?;
    Ok(figures(json!({
        "states_seen": states,
        "questions_asked_at_once": questions,
        "screens_they_fill": screens,
        "weighed_and_saved_s": weighed.as_secs(),
        "visit_s": took.as_secs(),
        "hub_d_before": before,
        "hub_d_after": number(&after),
        "hub_page_changed_after_ms": seen_after.as_millis() as u64,
        "result": verdict.lines().next().unwrap_or_default(),
    })))
}

async fn sign_in_at_the_desk(world: &World, driver: &Driver) -> anyhow::Result<Browser> {
    let desk = driver.open(Screen::Desk).await?;
    desk.goto(&world.staff.invite(&world.hub_place)?).await?;
    desk.type_into("input[name='kata_sandi']", PASSWORD).await?;
    desk.type_into("input[name='kata_sandi_lagi']", PASSWORD).await?;
    desk.tap("main form button, section.card form button").await?;
    desk.wait("dd[data-figure='D']").await?;
    desk.goto(&format!("{}/posyandu/{}", world.hub_web()?, world.staff.posyandu)).await?;
    desk.wait_text("#live-state", |shown| shown.contains("diperbarui sendiri")).await?;
    Ok(desk)
}

async fn sign_in_on_the_phone(world: &World, phone: &Browser) -> anyhow::Result<()> {
    let kader = world.staff.kader[0];
    phone.goto(world.node_web()?).await?;
    phone.tap_text("a.choice", kader.name).await?;
    // A phone types its PIN on the page's own keys.
    for digit in kader.pin.chars() {
        phone.tap(&format!("[data-pad] [data-key='{digit}']")).await?;
    }
    phone.tap("form.pin button.primary").await?;
    phone.wait("[data-live='/waiting']").await
}

/// Finds the child by name and lets it come in.
async fn call(phone: &Browser, child: &Child) -> anyhow::Result<()> {
    phone.type_into("#q", &child.name).await?;
    phone.tap(&format!("#found form:has(input[value='{}']) button", child.id)).await?;
    phone.wait("form.station-form[data-live-source*='what=weight']").await
}

/// Types what can hardly be and goes back to the scale. Gives how many questions that raised, and how many screens the page
/// that asks them fills.
async fn asked(world: &World, phone: &Browser) -> anyhow::Result<(u64, f64)> {
    let station = phone.path().await?;
    let station = format!("{}{station}", world.node_web()?);
    phone.goto(&format!("{station}?how=typed")).await?;
    phone.type_into("#typed", "2,1").await?;
    phone.tap("form.station-form button.primary").await?;
    phone.wait(".station.ask").await?;
    let questions = phone.run("return document.querySelectorAll('.asks li').length").await?;
    let screens = phone.run("return document.documentElement.scrollHeight / window.innerHeight").await?;
    let (questions, screens) = (questions.as_u64().unwrap_or(0), screens.as_f64().unwrap_or(f64::MAX));
    anyhow::ensure!(questions >= 3 && screens <= 1.0, "{questions} questions fill {screens} screens");
    phone.goto(&format!("{station}?how=live")).await?;
    phone.wait("form.station-form[data-live-source*='what=weight']").await?;
    Ok((questions, screens))
}

/// Chooses how the child is held, where that is not what the page proposes.
async fn hold(phone: &Browser, coming: &Coming) -> anyhow::Result<()> {
    let word = crate::demo::truth::posture_word(coming.posture);
    phone
        .run(&format!("document.querySelector(\"input[name='posture'][value='{word}']\").click()"))
        .await
        .map(drop)
}

/// Puts the child on the instrument the page looks at, and watches the page until *siap*; gives the states it showed.
async fn measure(world: &World, phone: &Browser, coming: &Coming, what: &str) -> anyhow::Result<Vec<String>> {
    let source =
        phone.attribute("form.station-form", "data-live-source").await.context("the page is live")?;
    let instrument = source.rsplit_once("on=").map_or("", |(_, id)| id).to_owned();
    let (value, calm_s) = match what {
        "weight" => (coming.mass_g, 4.0),
        _ => (coming.length_tenth_mm, 2.0),
    };
    let mut states = vec![];
    world.table.put_on(&instrument, value, calm_s)?;
    phone
        .wait_text("form.station-form [data-show='word']", |word| {
            if states.last().map(String::as_str) != Some(word) && !word.is_empty() {
                states.push(word.to_owned());
            }
            word == "siap"
        })
        .await?;
    anyhow::ensure!(
        states.iter().any(|state| state == "masih bergerak"),
        "the number never moved: {states:?}"
    );
    Ok(states)
}

async fn figure(desk: &Browser, code: &str) -> anyhow::Result<u32> {
    let shown = desk.wait_text(&format!("dd[data-figure='{code}']"), |shown| number(shown).is_some()).await?;
    number(&shown).context("the figure is a number")
}

fn number(shown: &str) -> Option<u32> {
    shown.trim().replace('.', "").parse().ok()
}
