//! The way back: a base copy and the log laid down so that a Postgres started on them comes up by itself.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::base::verify;
use super::line::{Base, Line, all_bases};
use super::tools::Tools;

/// Where the log waits inside the restored folder until it was read; Postgres runs commands from there.
const LOG: &str = "simpul_restore";

/// What was laid down, as one line of JSON says it.
#[derive(Debug, Clone, Serialize)]
pub struct Restored {
    /// The base copy it begins with.
    pub base: PathBuf,
    /// When that was complete.
    pub taken_at: DateTime<Utc>,
    /// Segments of the log laid down beside it.
    pub segments: usize,
    /// Where Postgres is to be started.
    pub into: PathBuf,
    /// The moment it comes up at; `None` for the end of the log.
    pub until: Option<DateTime<Utc>>,
}

impl Restored {
    /// What is left to do, for the person at the keyboard.
    pub fn next_steps(&self) -> String {
        let until = match self.until {
            Some(until) => format!("keadaan {}", until.format("%d-%m-%Y %H:%M:%S UTC")),
            None => "catatan terakhir yang ada di cadangan".to_owned(),
        };
        format!(
            "Salinan sudah diletakkan di {into}.\n\
             Yang masih perlu dilakukan:\n\
             1. Hentikan hub. Pastikan Postgres yang lama tidak berjalan lagi.\n\
             2. Jalankan Postgres di {into}. Ia membaca log sendiri sampai {until}, lalu siap dipakai.\n\
             3. Jalankan hub seperti biasa. Hub tahu sendiri bahwa databasenya dipulihkan; alat posyandu mengirim ulang \
             catatan yang belum ada. Tidak ada yang perlu diketik ulang di posyandu.\n\
             4. Jalankan lagi `simpul-hub backup --follow`: salinan baru dibuat di map tersendiri.\n\
             Yang diketik di hub sendiri sesudah salinan ini (bukan dari alat) harus diperiksa petugas.\n\
             Jika Postgres berkata \"recovery ended before configured recovery target was reached\", waktu yang diminta \
             lebih baru daripada cadangan: kosongkan map itu dan ulangi tanpa --until.\n",
            into = self.into.display()
        )
    }
}

/// Lays the newest base copy in `from` (the newest complete by `until`) and the log since into `into`, which must be
/// empty or not there. A Postgres started on it comes up on a new timeline. `tools` as in the settings.
pub async fn restore(
    from: &Path,
    into: &Path,
    until: Option<DateTime<Utc>>,
    tools: &Path,
) -> anyhow::Result<Restored> {
    ensure!(is_vacant(into)?, "{} is not empty; nothing was touched", into.display());
    let bases = all_bases(from)?;
    let base = bases.iter().rfind(|base| until.is_none_or(|until| base.taken_at <= until));
    let base = base.with_context(|| match until {
        Some(until) => format!("no base copy in {} was complete by {until}", from.display()),
        None => format!("there is no base copy in {}", from.display()),
    })?;
    let tools = Tools::find(tools, major(base)?).await?;
    verify(&tools, &base.dir).await?;
    let owner = owner_of_nearest(into)?;
    let (base, target) = (base.clone(), into.to_owned());
    tokio::task::spawn_blocking(move || lay_down(&base, &target, until, owner)).await?
}

fn lay_down(
    base: &Base,
    into: &Path,
    until: Option<DateTime<Utc>>,
    owner: (u32, u32),
) -> anyhow::Result<Restored> {
    ensure!(
        fs::read_dir(base.dir.join("pg_tblspc")).is_ok_and(|mut inside| inside.next().is_none()),
        "the copy has tablespaces of its own; lay it down by hand"
    );
    make_private(into)?;
    copy_inside(&base.dir, into)?;
    let log = into.join(LOG);
    make_private(&log)?;
    let segments = copy_log(&Line::around(base).log_dir(), &log, &base.first_segment()?)?;
    append(&into.join("postgresql.auto.conf"), &settings(until))?;
    // Written last: without it, Postgres would take half a copy for a whole one.
    fs::write(into.join("recovery.signal"), "")?;
    hand_over(into, owner)?;
    Ok(Restored { base: base.dir.clone(), taken_at: base.taken_at, segments, into: into.to_owned(), until })
}

/// What an earlier way back may have left in the same file is set again.
fn settings(until: Option<DateTime<Utc>>) -> String {
    let until = until.map_or(String::new(), |until| until.format("%Y-%m-%d %H:%M:%S%.6f+00").to_string());
    format!(
        "\n# the way back from a backup\n\
         restore_command = 'cp {LOG}/%f \"%p\"'\n\
         recovery_end_command = 'rm -rf {LOG}'\n\
         recovery_target = ''\n\
         recovery_target_lsn = ''\n\
         recovery_target_name = ''\n\
         recovery_target_xid = ''\n\
         recovery_target_time = '{until}'\n\
         recovery_target_timeline = 'current'\n\
         recovery_target_action = 'promote'\n"
    )
}

/// Copies every segment from `first` on; the one that was still being received under the name it would have got.
fn copy_log(from: &Path, into: &Path, first: &str) -> anyhow::Result<usize> {
    let mut segments = 0;
    let entries = fs::read_dir(from).with_context(|| format!("cannot read the log in {}", from.display()));
    for entry in entries.into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let whole = name.strip_suffix(".partial").unwrap_or(&name);
        let is_segment = whole.len() == 24 && whole.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_half_known = whole != name && from.join(whole).exists();
        if is_segment && whole >= first && !is_half_known {
            copy_file(&entry.path(), &into.join(whole))?;
            segments += 1;
        }
    }
    Ok(segments)
}

fn copy_inside(from: &Path, into: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, target) = (entry.path(), into.join(entry.file_name()));
        if entry.metadata()?.is_dir() {
            make_private(&target)?;
            copy_inside(&path, &target)?;
        } else {
            copy_file(&path, &target)?;
        }
    }
    Ok(())
}

/// Postgres itself brings everything to the disk before it reads a log.
fn copy_file(from: &Path, into: &Path) -> anyhow::Result<()> {
    fs::copy(from, into).with_context(|| format!("cannot copy {}", from.display())).map(drop)
}

fn append(file: &Path, text: &str) -> anyhow::Result<()> {
    let mut whole = fs::read_to_string(file).unwrap_or_default();
    whole.push_str(text);
    fs::write(file, whole).with_context(|| format!("cannot write {}", file.display()))
}

fn is_vacant(dir: &Path) -> anyhow::Result<bool> {
    match fs::read_dir(dir) {
        Ok(mut inside) => Ok(inside.next().is_none()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error).with_context(|| format!("cannot look into {}", dir.display())),
    }
}

/// Postgres wants its folder for itself.
fn make_private(dir: &Path) -> anyhow::Result<()> {
    DirBuilder::new()
        .mode(0o700)
        .recursive(true)
        .create(dir)
        .and_then(|()| fs::set_permissions(dir, fs::Permissions::from_mode(0o700)))
        .with_context(|| format!("cannot make {}", dir.display()))
}

/// Whose the folder is, or the folder it will be made in: as a rule the server's user.
fn owner_of_nearest(dir: &Path) -> anyhow::Result<(u32, u32)> {
    let absolute = std::path::absolute(dir)?;
    let found = absolute.ancestors().find_map(|dir| fs::metadata(dir).ok());
    let found = found.context("there is not even a root folder")?;
    Ok((found.uid(), found.gid()))
}

/// Gives everything to the server's user, if it was not made by him.
fn hand_over(path: &Path, (user, group): (u32, u32)) -> anyhow::Result<()> {
    let own = fs::metadata(path)?;
    if (own.uid(), own.gid()) != (user, group) {
        chown(path, Some(user), Some(group))
            .with_context(|| format!("cannot hand over {}", path.display()))?;
    }
    if own.is_dir() {
        for entry in fs::read_dir(path)? {
            hand_over(&entry?.path(), (user, group))?;
        }
    }
    Ok(())
}

fn major(base: &Base) -> anyhow::Result<u32> {
    let version = fs::read_to_string(base.dir.join("PG_VERSION")).context("the copy names no version")?;
    version.trim().parse().with_context(|| format!("{version:?} is no version"))
}
