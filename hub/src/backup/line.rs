//! One life of a database in the folder of copies: its base copies and the log between them.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context;
use chrono::{DateTime, NaiveDateTime, Utc};
use sqlx::PgPool;

/// How a base copy is named: the moment it was complete, UTC.
const STAMP: &str = "%Y%m%dT%H%M%SZ";
/// How a copy begins its name until it is complete and verified.
pub(super) const UNFINISHED: &str = "unfinished-";

/// The folder of one life of one cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line(PathBuf);

/// A complete, verified base copy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Base {
    /// When it was complete: the earliest moment it can be brought to.
    pub(super) taken_at: DateTime<Utc>,
    pub(super) dir: PathBuf,
}

/// What a server says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Server {
    pub(super) major: u32,
    system: i64,
    timeline: i32,
}

impl Server {
    pub(super) async fn ask(db: &PgPool) -> anyhow::Result<Self> {
        let row = sqlx::query!(
            r#"
            select current_setting('server_version_num')::integer / 10000 as "major!",
                system_identifier as "system!",
                ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::integer as "timeline!"
            from pg_control_system()
            "#
        )
        .fetch_one(db)
        .await
        .context("the database does not say what it is")?;
        Ok(Self { major: row.major as u32, system: row.system, timeline: row.timeline })
    }
}

impl Line {
    /// The line of a server that runs.
    pub(super) fn of(to: &Path, server: Server) -> Self {
        Self(to.join(format!("{}-{}", server.system as u64, server.timeline)))
    }

    /// Every line there is.
    pub(super) fn all(to: &Path) -> anyhow::Result<Vec<Self>> {
        let entries = fs::read_dir(to).with_context(|| format!("cannot read {}", to.display()))?;
        let dirs = entries.filter_map(|entry| Some(Self(entry.ok()?.path())));
        Ok(dirs.filter(|line| line.base_dir().is_dir()).collect())
    }

    /// The line a base copy belongs to.
    pub(super) fn around(base: &Base) -> Self {
        let line = base.dir.parent().and_then(Path::parent);
        Self(line.expect("a base copy lies two folders inside its line").to_owned())
    }

    pub(super) fn base_dir(&self) -> PathBuf {
        self.0.join("base")
    }

    pub(super) fn log_dir(&self) -> PathBuf {
        self.0.join("log")
    }

    /// Makes its folders, readable by their owner alone.
    pub(super) fn make(&self) -> anyhow::Result<()> {
        for dir in [self.base_dir(), self.log_dir()] {
            make_private(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
        }
        Ok(())
    }

    /// Its base copies, oldest first.
    pub(super) fn bases(&self) -> Vec<Base> {
        let entries = fs::read_dir(self.base_dir()).into_iter().flatten().flatten();
        let mut bases: Vec<Base> = entries.filter_map(|entry| Base::at(entry.path())).collect();
        bases.sort();
        bases
    }

    /// Keeps others from taking a copy here as long as the file is held.
    pub(super) fn alone(&self) -> anyhow::Result<File> {
        let lock = File::create(self.0.join("taking"))?;
        lock.try_lock().context("another copy is being taken here")?;
        Ok(lock)
    }

    /// Takes away what was begun and never finished.
    pub(super) fn sweep(&self) -> io::Result<()> {
        for entry in fs::read_dir(self.base_dir())?.flatten() {
            if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
                fs::remove_dir_all(entry.path())?;
            }
        }
        Ok(())
    }

    pub(super) fn remove(&self) -> io::Result<()> {
        fs::remove_dir_all(&self.0)
    }
}

impl Base {
    fn at(dir: PathBuf) -> Option<Self> {
        let name = dir.file_name()?.to_str()?;
        let taken_at = NaiveDateTime::parse_from_str(name, STAMP).ok()?.and_utc();
        Some(Self { taken_at, dir })
    }

    /// Where a copy that is complete now will stand.
    pub(super) fn complete(line: &Line, now: DateTime<Utc>) -> Self {
        Self::at(line.base_dir().join(now.format(STAMP).to_string())).expect("the name was just made")
    }

    /// The first segment of the log it needs, by the label Postgres leaves in it.
    pub(super) fn first_segment(&self) -> anyhow::Result<String> {
        let label = self.dir.join("backup_label");
        let text = fs::read_to_string(&label).with_context(|| format!("cannot read {}", label.display()))?;
        let segment = text.lines().next().and_then(|line| line.split_once("(file "));
        let segment = segment.and_then(|(_, rest)| rest.strip_suffix(')'));
        segment.map(str::to_owned).with_context(|| format!("{} names no segment", label.display()))
    }
}

/// Every base copy of every line, oldest first.
pub(super) fn all_bases(to: &Path) -> anyhow::Result<Vec<Base>> {
    let mut bases: Vec<Base> = Line::all(to)?.iter().flat_map(Line::bases).collect();
    bases.sort();
    Ok(bases)
}

fn make_private(dir: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().mode(0o700).recursive(true).create(dir)
}
