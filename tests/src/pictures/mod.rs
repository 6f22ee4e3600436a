//! One walk over every page: as pictures, so that somebody looks at it, the node's on a phone and a desk and the hub's on
//! both too; and as an audit, so that nobody has to.

mod audit;
mod day;
mod gallery;
mod hub;
mod instruments;
mod node;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use audit::Audit;
use gallery::Gallery;

use crate::demo::day::{Day, everything_received, history_arrived};
use crate::harness::{Browser, Driver, Screen, Stage, World};
pub(crate) use audit::Seen;

/// Children live this much faster: enough to be done soon, slow enough to catch a number that moves.
const PACE: u32 = 10;
/// Visits done before the pictures, so that there is something to see.
const VISITS: usize = 30;

/// Makes all pictures into `folder`; gives how many.
pub async fn take(folder: &Path, seed: u64) -> anyhow::Result<usize> {
    std::fs::create_dir_all(folder)?;
    let screens = [Screen::Phone, Screen::Desk];
    let albums = screens.map(|screen| ["node", "hub"].map(|side| Album::new(folder, side, screen)));
    walk(seed, &albums).await
}

/// Makes the pictures of `edge/README.md` anew, and the part of it that shows them; gives how many.
pub async fn renew_gallery(seed: u64) -> anyhow::Result<usize> {
    let gallery = Arc::new(Gallery::begin()?);
    let album = Album {
        folder: None,
        gallery: Some(gallery.clone()),
        ..Album::new(Path::new(""), "node", Screen::Phone)
    };
    walk(seed, &[[album]]).await?;
    Arc::into_inner(gallery).context("the walk is over")?.finish()
}

/// Looks at every page of the node on a phone by rule; pictures go into `folder`, if there is one.
pub(crate) async fn audit(folder: Option<&Path>, seed: u64) -> anyhow::Result<Seen> {
    let audit = Arc::new(Audit::new()?);
    let album = Album {
        folder: folder.map(Path::to_owned),
        audit: Some(audit.clone()),
        ..Album::new(Path::new(""), "node", Screen::Phone)
    };
    walk(seed, &[[album]]).await?;
    Ok(Arc::into_inner(audit).context("the walk is over")?.done())
}

/// Plays a day and shows every page of the albums' sides.
async fn walk<const SIDES: usize>(seed: u64, albums: &[[Album; SIDES]]) -> anyhow::Result<usize> {
    let stage = Stage::new()?;
    // Three more come than are done: they are still waiting, or on the scale.
    let play = stage.play(seed, VISITS + 3, PACE);
    stage
        .tell(&play, async |world: &mut World| {
            world.place.instruments.insert_str(0, &instruments::settings(world));
            world.power_cut().await?;
            history_arrived(world).await?;
            let day = Day::begin(world, seed).await?;
            let mut done = Vec::new();
            for (nth, coming) in world.village.coming.iter().take(VISITS).enumerate() {
                done.push((coming.child, day.visit(nth, coming, false).await?.visit));
            }
            everything_received(world).await?;
            let driver = Driver::start(&world.keeper).await?;
            let mut taken = 0;
            for album in albums.iter().flatten() {
                if album.side == "hub" {
                    taken += hub::take(world, &driver, album).await?;
                } else {
                    taken += node::take(world, &driver, &done, album).await?;
                    taken += instruments::take(world, &driver, album).await?;
                    taken += day::take(world, &driver, done[0], album).await?;
                }
            }
            Ok(taken)
        })
        .await
}

/// One side on one screen, and what is done with its pages.
struct Album {
    /// Where pictures go, if any are taken.
    folder: Option<PathBuf>,
    /// The pictures of the node's README, if those are made.
    gallery: Option<Arc<Gallery>>,
    /// Who looks at them by rule, if anybody does.
    audit: Option<Arc<Audit>>,
    side: &'static str,
    screen: Screen,
}

impl Album {
    fn new(folder: &Path, side: &'static str, screen: Screen) -> Self {
        Self { folder: Some(folder.to_owned()), gallery: None, audit: None, side, screen }
    }

    /// Takes or audits the page that is open; the name sorts it among its like.
    async fn picture(&self, browser: &Browser, name: &str) -> anyhow::Result<usize> {
        if let Some(audit) = &self.audit {
            audit.look(browser, name).await?;
        }
        if let Some(gallery) = &self.gallery {
            gallery.add(browser, name).await?;
        }
        let Some(folder) = &self.folder else { return Ok(1) };
        let screen = match self.screen {
            Screen::Phone => "phone",
            Screen::Desk => "desk",
        };
        let file = folder.join(format!("{}-{screen}-{name}.png", self.side));
        browser.picture(&file).await?;
        tracing::info!("{}", file.display());
        Ok(1)
    }
}
