//! A base copy of the whole cluster: taken, verified, and only then called one.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context;
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::address::Address;
use super::line::{Base, Line, Server, UNFINISHED, all_bases};
use super::tools::{self, Tools};
use crate::Hub;

/// A base copy that was taken, as one line of JSON says it.
#[derive(Debug, Clone, Serialize)]
pub struct Taken {
    /// Where it is.
    pub base: PathBuf,
    /// When it was complete.
    pub taken_at: DateTime<Utc>,
    /// Its size in bytes.
    pub bytes: u64,
    /// How long it took, in seconds.
    pub seconds: u64,
    /// The first segment of the log it needs.
    pub log_from: String,
    /// How many base copies there are now.
    pub kept: usize,
    /// Those that went.
    pub removed: Vec<PathBuf>,
}

/// Copies the cluster of the hub's database into `to`, verifies the copy, and lets the oldest go. The role needs the right
/// to replicate. A copy that does not verify is an error and takes no other one's place.
pub async fn take(hub: &Hub, to: &Path, clock: fn() -> DateTime<Utc>) -> anyhow::Result<Taken> {
    let began = Instant::now();
    let server = Server::ask(&hub.db).await?;
    let tools = Tools::find(&hub.config.backup.tools, server.major).await?;
    let line = Line::of(to, server);
    line.make()?;
    let _alone = line.alone()?;
    line.sweep().context("cannot take an unfinished copy away")?;
    let unfinished = line.base_dir().join(format!("{UNFINISHED}{}", uuid::Uuid::new_v4()));
    let mut copy = tools.command("pg_basebackup");
    copy.args(["--format=plain", "--wal-method=stream", "--checkpoint=fast", "--label=simpul", "--pgdata"]);
    copy.arg(&unfinished);
    Address::of(&hub.config.database.url).tell(&mut copy);
    tools::run(&mut copy).await?;
    verify(&tools, &unfinished).await?;
    let base = Base::complete(&line, clock());
    fs::rename(&unfinished, &base.dir).context("cannot give the copy its name")?;
    File::open(line.base_dir())?.sync_all()?;
    let removed = let_old_ones_go(to, hub.config.backup.keep, &tools).await?;
    Ok(Taken {
        bytes: size(&base.dir)?,
        log_from: base.first_segment()?,
        kept: all_bases(to)?.len(),
        taken_at: base.taken_at,
        base: base.dir,
        seconds: began.elapsed().as_secs(),
        removed,
    })
}

/// Compares a copy with the list of sums that was written with it, and its log with itself.
pub(super) async fn verify(tools: &Tools, dir: &Path) -> anyhow::Result<()> {
    let mut verify = tools.command("pg_verifybackup");
    verify.arg(dir);
    tools::run(&mut verify).await.context("the copy is damaged")
}

/// Removes the oldest copies beyond `keep`, the log that none of the others needs, and lines whose last copy went. One
/// always stays.
async fn let_old_ones_go(to: &Path, keep: usize, tools: &Tools) -> anyhow::Result<Vec<PathBuf>> {
    let mut bases = all_bases(to)?;
    bases.truncate(bases.len().saturating_sub(keep.max(1)));
    for base in &bases {
        fs::remove_dir_all(&base.dir)
            .with_context(|| format!("cannot remove the old copy {}", base.dir.display()))?;
    }
    for line in Line::all(to)? {
        let lost_one = bases.iter().any(|base| Line::around(base) == line);
        match line.bases().first() {
            Some(oldest) => forget_log_before(&line, &oldest.first_segment()?, tools).await?,
            None if lost_one => line.remove().context("cannot remove the log of a life without copies")?,
            // Somebody is about to take its first.
            None => {}
        }
    }
    Ok(bases.into_iter().map(|base| base.dir).collect())
}

async fn forget_log_before(line: &Line, segment: &str, tools: &Tools) -> anyhow::Result<()> {
    tools::run(tools.command("pg_archivecleanup").arg(line.log_dir()).arg(segment)).await
}

fn size(dir: &Path) -> anyhow::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let kind = entry.metadata()?;
        bytes += if kind.is_dir() { size(&entry.path())? } else { kind.len() };
    }
    Ok(bytes)
}
