//! The pages about instruments: what is there, a check, and how a new one is taken in.

use scales::Dialect;
use scales::simulate::{Instrument, Make};

use super::Album;
use super::node::sign_in_as;
use crate::harness::{Browser, Driver, World};

/// What a cheap adapter calls itself.
const PORT: &str = "usb-1a86_USB_Serial-if00-port0";
/// What lies on the new scale, in grams, and as people type it.
const KNOWN: (u32, &str) = (5_000, "5");

/// The part of the node's settings that says where its cables are listed.
pub(super) fn settings(world: &World) -> String {
    let lines = world.place.dir.join("by-id");
    format!("[ports]\nby_id = \"{0}\"\nby_path = \"{0}\"\n\n", lines.display())
}

pub(super) async fn take(world: &World, driver: &Driver, album: &Album) -> anyhow::Result<usize> {
    let lines = world.place.dir.join("by-id");
    std::fs::create_dir_all(&lines)?;
    let make = Make { dialect: Dialect::YaohuaEqFwd, division: 10 };
    let scale = Instrument::at(&lines.join(PORT), make, 1, 1)?;
    let browser = driver.open(album.screen).await?;
    let base = world.node_web()?;
    sign_in_as(world, &browser, 2).await?;
    let mut taken = 0;
    for (name, path) in [("50-instruments", ""), ("51-instrument", "/timbangan-a")] {
        browser.goto(&format!("{base}/instruments{path}")).await?;
        taken += album.picture(&browser, name).await?;
    }
    taken += check(world, &browser, album).await?;
    browser.goto(&format!("{base}/instruments")).await?;
    browser.tap("form[action='/instruments/listen'] button").await?;
    scale.put_on(KNOWN.0, 0.5);
    browser.wait_text("main", |text| text.contains("sama-sama cocok") && text.contains("5,000")).await?;
    taken += album.picture(&browser, "54-new-heard").await?;
    browser.tap(".act a.primary").await?;
    browser.tap("label:has(input[value='infant_scale'])").await?;
    browser.type_into("#known", "3").await?;
    browser.tap(".act button.primary").await?;
    browser.wait("[role='alert']").await?;
    taken += album.picture(&browser, "55-new-refused").await?;
    browser.run("document.querySelector('#known').value = ''").await?;
    browser.type_into("#known", KNOWN.1).await?;
    browser.tap(".act button.primary").await?;
    browser.wait("#division").await?;
    taken += album.picture(&browser, "56-new-name").await?;
    browser.close().await?;
    Ok(taken)
}

/// A check of the infant scale with a mass it reads right.
async fn check(world: &World, browser: &Browser, album: &Album) -> anyhow::Result<usize> {
    let base = world.node_web()?;
    let page = format!("{base}/instruments/timbangan-a/check");
    browser.goto(&page).await?;
    let mut taken = album.picture(browser, "52-check").await?;
    browser.tap("form.fields button.primary").await?;
    browser.wait_text("main", |text| text.contains("di tengah.")).await?;
    world.table.put_on("timbangan-a", KNOWN.0, 0.5)?;
    browser.type_into("#known", KNOWN.1).await?;
    browser.tap("form.fields button.primary").await?;
    browser.wait_text("main", |text| text.contains("5,00 kg")).await?;
    taken += album.picture(browser, "53-check-read").await?;
    world.table.take_off("timbangan-a")?;
    browser.tap("form[action$='/check/again'] button").await?;
    // The answer comes before anything else is asked for, or it would come instead.
    browser.wait_text("main", |text| !text.is_empty() && !text.contains("5,00 kg")).await?;
    Ok(taken)
}
