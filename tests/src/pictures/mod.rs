//! Every page as a picture, so that somebody looks at it: the node's on a phone and a desk, the hub's on both too.

mod hub;
mod instruments;
mod node;

use std::path::{Path, PathBuf};

use crate::demo::day::{Day, everything_received, history_arrived};
use crate::harness::{Browser, Driver, Screen, Stage, World};

/// Children live this much faster: enough to be done soon, slow enough to catch a number that moves.
const PACE: u32 = 10;
/// Visits done before the pictures, so that there is something to see.
const VISITS: usize = 30;

/// Makes all pictures into `folder`; gives how many.
pub async fn take(folder: &Path, seed: u64) -> anyhow::Result<usize> {
    std::fs::create_dir_all(folder)?;
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
            for screen in [Screen::Phone, Screen::Desk] {
                taken += node::take(world, &driver, &done, &Album::new(folder, "node", screen)).await?;
                taken += instruments::take(world, &driver, &Album::new(folder, "node", screen)).await?;
                taken += hub::take(world, &driver, &Album::new(folder, "hub", screen)).await?;
            }
            Ok(taken)
        })
        .await
}

/// Where the pictures of one side on one screen go.
struct Album {
    folder: PathBuf,
    side: &'static str,
    screen: Screen,
}

impl Album {
    fn new(folder: &Path, side: &'static str, screen: Screen) -> Self {
        Self { folder: folder.to_owned(), side, screen }
    }

    /// Takes one; the name sorts it among its like.
    async fn picture(&self, browser: &Browser, name: &str) -> anyhow::Result<usize> {
        let screen = match self.screen {
            Screen::Phone => "phone",
            Screen::Desk => "desk",
        };
        let file = self.folder.join(format!("{}-{screen}-{name}.png", self.side));
        browser.picture(&file).await?;
        tracing::info!("{}", file.display());
        Ok(1)
    }
}
