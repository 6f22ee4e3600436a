//! The pictures of the node's README: every page as a phone shows it first.

use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Mutex;

use anyhow::Context;

use crate::harness::Browser;

/// Between these lines the README shows them.
const BEGIN: &str = "<!-- screens: `cargo xtask screenshots --readme` writes what follows -->";
const END: &str = "<!-- end of screens -->";

/// Pictures taken so far.
#[derive(Debug)]
pub(super) struct Gallery {
    room: PathBuf,
    /// File and title of each.
    taken: Mutex<Vec<(String, String)>>,
}

impl Gallery {
    /// Takes the old ones away.
    pub(super) fn begin() -> anyhow::Result<Self> {
        let room = PathBuf::from(env!("CARGO_MANIFEST_DIR")).with_file_name("edge");
        let folder = room.join("screens");
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir_all(&folder)?;
        Ok(Self { room, taken: Mutex::default() })
    }

    /// Takes the page that is open, from its top.
    pub(super) async fn add(&self, browser: &Browser, name: &str) -> anyhow::Result<()> {
        browser.run("window.scrollTo(0, 0)").await?;
        let title = browser.run("return document.title").await?;
        let title = title.as_str().unwrap_or_default().split(" · ").next().unwrap_or_default().to_owned();
        let file = format!("screens/{name}.webp");
        browser.screen(&self.room.join(&file)).await?;
        self.taken.lock().expect("nobody panics while taking pictures").push((file, title));
        Ok(())
    }

    /// Shows them in the README; gives how many.
    pub(super) fn finish(self) -> anyhow::Result<usize> {
        let mut taken = self.taken.into_inner().expect("nobody panics while taking pictures");
        taken.sort();
        let mut shown = String::new();
        for (file, title) in &taken {
            let title = title.replace('"', "&quot;");
            writeln!(shown, "<img src=\"{file}\" width=\"180\" alt=\"{title}\" title=\"{title}\">")?;
        }
        let readme = self.room.join("README.md");
        let text = std::fs::read_to_string(&readme)?;
        let (before, rest) = text.split_once(BEGIN).context("the README has no place for screens")?;
        let (_, after) = rest.split_once(END).context("the README's screens have no end")?;
        std::fs::write(&readme, format!("{before}{BEGIN}\n{shown}{END}{after}"))?;
        Ok(taken.len())
    }
}
