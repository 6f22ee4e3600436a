//! The node's pages, from the sign-in to the result.

use anyhow::Context;
use protocol::VisitId;

use super::Album;
use crate::harness::{Browser, Driver, Screen, Station, World};
use crate::population::{Child, Coming, Story};

/// `done` are today's visits so far: place of the child in the village, and the visit.
pub(super) async fn take(
    world: &World,
    driver: &Driver,
    done: &[(usize, VisitId)],
    album: &Album,
) -> anyhow::Result<usize> {
    let browser = driver.open(album.screen).await?;
    let base = world.node_web()?;
    let mut taken = sign_in(world, &browser, album).await?;
    taken += album.picture(&browser, "02-today").await?;
    for (name, path) in
        [("03-search", "/?q=budi"), ("04-new-child", "/children/new"), ("40-safety", "/safety")]
    {
        browser.goto(&format!("{base}{path}")).await?;
        taken += album.picture(&browser, name).await?;
    }
    for (name, path) in [
        ("41-clock", "/clock"),
        ("42-trouble", "/nowhere"),
        ("43-records", "/records"),
        ("44-closing", "/closing"),
        ("45-courier", "/courier"),
        ("46-tasks", "/tasks"),
    ] {
        browser.goto(&format!("{base}{path}")).await?;
        taken += album.picture(&browser, name).await?;
    }
    let faltering = child_of(world, Story::Faltering)?;
    browser.goto(&format!("{base}/children/{}", faltering.id)).await?;
    taken += album.picture(&browser, "05-child").await?;
    for (name, path) in [("06-correct", "edit"), ("07-leaves", "leave")] {
        browser.goto(&format!("{base}/children/{}/{path}", faltering.id)).await?;
        taken += album.picture(&browser, name).await?;
    }
    taken += stations(world, &browser, album).await?;
    taken += results(world, &browser, done, album).await?;
    browser.close().await?;
    Ok(taken)
}

async fn sign_in(world: &World, browser: &Browser, album: &Album) -> anyhow::Result<usize> {
    let kader = world.staff.kader[0];
    browser.goto(world.node_web()?).await?;
    browser.wait("a.choice").await?;
    let mut taken = album.picture(browser, "00-sign-in").await?;
    browser.tap_text("a.choice", kader.name).await?;
    browser.wait("form.pin").await?;
    taken += album.picture(browser, "01-pin").await?;
    pin(browser, kader.pin).await?;
    Ok(taken)
}

/// Signs somebody in, by the place in the list of the staff.
pub(super) async fn sign_in_as(world: &World, browser: &Browser, nth: usize) -> anyhow::Result<()> {
    let person = world.staff.kader[nth];
    browser.goto(world.node_web()?).await?;
    browser.wait("a.choice").await?;
    browser.tap_text("a.choice", person.name).await?;
    browser.wait("form.pin").await?;
    pin(browser, person.pin).await
}

async fn pin(browser: &Browser, pin: &str) -> anyhow::Result<()> {
    for digit in pin.chars() {
        browser.tap(&format!("[data-pad] [data-key='{digit}']")).await?;
    }
    browser.tap("form.pin button.primary").await?;
    browser.wait("[data-live='/waiting']").await
}

/// The scale and the board: empty, moving, ready, typed, asked about.
async fn stations(world: &World, browser: &Browser, album: &Album) -> anyhow::Result<usize> {
    let base = world.node_web()?;
    let (child, coming) = waiting(world, album.screen)?;
    let kader = world.kader(1).await?;
    let visit = kader.open_visit(child.id).await?;
    browser.goto(&format!("{base}{}", Station::Weight.path(visit))).await?;
    browser.wait_text("[data-show='word']", |word| word == "kosong").await?;
    let mut taken = album.picture(browser, "10-weight-empty").await?;
    let instrument = instrument(browser).await?;
    world.table.put_on(&instrument, coming.mass_g, 25.0)?;
    browser.wait_text("[data-show='word']", |word| word == "masih bergerak").await?;
    taken += album.picture(browser, "11-weight-moving").await?;
    browser.wait_text("[data-show='word']", |word| word == "siap").await?;
    taken += album.picture(browser, "12-weight-ready").await?;
    browser.goto(&format!("{base}{}?how=typed", Station::Weight.path(visit))).await?;
    taken += album.picture(browser, "13-weight-typed").await?;
    taken += question(browser, album).await?;
    browser.goto(&format!("{base}{}?how=live", Station::Weight.path(visit))).await?;
    browser.wait_text("[data-show='word']", |word| word == "siap").await?;
    browser.tap("form.station-form button.primary").await?;
    browser.wait("form.station-form[data-live-source*='what=length']").await?;
    world.table.take_off(&instrument)?;
    taken += album.picture(browser, "20-length").await?;
    world.table.instrument("papan")?.pull_cable();
    browser.wait_text("[data-show='word']", |word| word == "terputus").await?;
    taken += album.picture(browser, "21-length-unplugged").await?;
    world.table.instrument("papan")?.plug_cable()?;
    browser.wait_text("[data-show='word']", |word| word != "terputus").await?;
    world.table.put_on("papan", coming.length_tenth_mm, 2.0)?;
    browser.wait_text("[data-show='word']", |word| word == "siap").await?;
    taken += album.picture(browser, "22-length-ready").await?;
    browser.tap("form.station-form button.primary").await?;
    browser.wait("section.verdict").await?;
    taken += album.picture(browser, "30-result").await?;
    Ok(taken)
}

/// What is asked when a weight can hardly be.
async fn question(browser: &Browser, album: &Album) -> anyhow::Result<usize> {
    browser.type_into("#typed", "31,5").await?;
    browser.tap("form.station-form button.primary").await?;
    browser.wait(".station.ask").await?;
    album.picture(browser, "14-question").await
}

/// Results worth looking at: one of each story among those who were here.
async fn results(
    world: &World,
    browser: &Browser,
    done: &[(usize, VisitId)],
    album: &Album,
) -> anyhow::Result<usize> {
    let base = world.node_web()?;
    let stories = [
        (Story::Faltering, "31-result-faltering"),
        (Story::SeverelyWasted, "32-result-severely-wasted"),
        (Story::Stunted, "33-result-stunted"),
        (Story::Newcomer, "34-result-newcomer"),
    ];
    let mut taken = 0;
    for (story, name) in stories {
        let visit = done.iter().find(|(child, _)| world.village.children[*child].story == story);
        let (_, visit) = visit.with_context(|| format!("nobody came for {name}"))?;
        browser.goto(&format!("{base}/visits/{visit}/result")).await?;
        taken += album.picture(browser, name).await?;
    }
    Ok(taken)
}

/// A child who has not been on the scale yet; another one for each screen.
fn waiting(world: &World, screen: Screen) -> anyhow::Result<(&Child, Coming)> {
    let place = super::VISITS + usize::from(screen == Screen::Desk);
    let coming = *world.village.coming.get(place).context("nobody waits any more")?;
    Ok((&world.village.children[coming.child], coming))
}

async fn instrument(browser: &Browser) -> anyhow::Result<String> {
    let source =
        browser.attribute("form.station-form", "data-live-source").await.context("the page is live")?;
    Ok(source.rsplit_once("on=").map_or_else(String::new, |(_, id)| id.to_owned()))
}

fn child_of(world: &World, story: Story) -> anyhow::Result<&Child> {
    world
        .village
        .children
        .iter()
        .find(|child| child.story == story)
        .context("every story is told by somebody")
}
