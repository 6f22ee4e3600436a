//! A place for one story: made for it, shown when it fails, gone afterwards.

use std::path::Path;

use tempfile::TempDir;

use super::{Play, Road, World, short_dir};
use crate::demo::today;

/// How much of a log is shown when a story fails.
const TAIL_LINES: usize = 40;

/// Directories of one story. Gone when dropped.
#[derive(Debug)]
pub struct Stage {
    dir: TempDir,
    postgres: TempDir,
}

impl Stage {
    /// Makes the place.
    pub fn new() -> anyhow::Result<Self> {
        Ok(Self { dir: short_dir()?, postgres: short_dir()? })
    }

    /// Where everything but the database lies.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// A day in this place: today at eight, at the children's own pace.
    pub fn play(&self, seed: u64, visits: usize, pace: u32) -> Play {
        let day = today();
        Play {
            dir: self.dir.path().to_owned(),
            postgres: self.postgres.path().to_owned(),
            seed,
            day,
            visits,
            crowd: 0,
            twins: 0,
            pace,
            start: day.and_hms_opt(8, 0, 0),
            outside: None,
            road: Road::default(),
            bridges: false,
        }
    }

    /// Sets up a world, tells a story in it, and ends it in order whatever came of the story.
    pub async fn tell<T>(
        &self,
        play: &Play,
        story: impl AsyncFnOnce(&mut World) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let told = self.tell_in_world(play, story).await;
        if told.is_err() {
            self.show_logs();
        }
        told
    }

    async fn tell_in_world<T>(
        &self,
        play: &Play,
        story: impl AsyncFnOnce(&mut World) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let mut world = World::begin(play).await?;
        world.keeper.remove(self.dir.path())?;
        world.keeper.remove(self.postgres.path())?;
        let told = story(&mut world).await;
        let ended = world.end().await;
        let told = told?;
        ended?;
        Ok(told)
    }

    fn show_logs(&self) {
        for name in ["logs/hub.log", "logs/node.log", "broker.log"] {
            let Ok(text) = std::fs::read_to_string(self.dir().join(name)) else { continue };
            let lines: Vec<&str> = text.lines().collect();
            eprintln!("── the end of {name}\n{}", lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n"));
        }
    }
}
