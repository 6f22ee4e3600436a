//! The hub's pages, from the one-time link to a child's card.

use anyhow::Context;

use super::Album;
use crate::harness::desk::PASSWORD;
use crate::harness::{Driver, World};
use crate::population::Story;

pub(super) async fn take(world: &World, driver: &Driver, album: &Album) -> anyhow::Result<usize> {
    let browser = driver.open(album.screen).await?;
    let base = world.hub_web()?;
    browser.goto(&format!("{base}/masuk")).await?;
    let mut taken = album.picture(&browser, "00-sign-in").await?;
    browser.goto(&world.staff.invite(&world.hub_place)?).await?;
    taken += album.picture(&browser, "01-invitation").await?;
    browser.type_into("input[name='kata_sandi']", PASSWORD).await?;
    browser.type_into("input[name='kata_sandi_lagi']", PASSWORD).await?;
    browser.tap("section.card form button").await?;
    browser.wait("dd[data-figure='D']").await?;
    taken += album.picture(&browser, "02-month").await?;
    let posyandu = format!("{base}/posyandu/{}", world.staff.posyandu);
    let child = world.village.children.iter().find(|child| child.story == Story::Faltering);
    let child = child.context("every story is told by somebody")?.id;
    let pages = [
        ("03-posyandu", posyandu.clone()),
        ("04-weighed", format!("{posyandu}/anak?angka=D")),
        ("05-below-red-line", format!("{posyandu}/anak?angka=BGM")),
        ("06-child", format!("{base}/anak/{child}")),
        ("07-trouble", format!("{base}/nowhere")),
        ("08-correct", format!("{base}/anak/{child}/perbaiki")),
        ("09-disputes", format!("{base}/perbaikan")),
        ("10-nodes", format!("{base}/alat")),
        ("11-courier", format!("{base}/kurir")),
        ("12-closing", format!("{base}/tutup")),
    ];
    for (name, page) in pages {
        browser.goto(&page).await?;
        taken += album.picture(&browser, name).await?;
    }
    browser.close().await?;
    Ok(taken)
}
