//! A new sealing key, and the end of old ones.

use std::path::Path;

use anyhow::ensure;
use chrono::{DateTime, TimeDelta, Utc};
use protocol::batch::{HubPrivateKey, KeyId};
use protocol::rand_core::UnwrapErr;
use sqlx::PgPool;

use super::file::{self, Ages, hex};

/// A key that is no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destroyed {
    /// Its name, 16 hexadecimal digits.
    pub name: String,
    /// When a newer one took its place: what was sealed for it before this and has not arrived opens for nobody.
    pub newest_until: DateTime<Utc>,
}

/// A node that may still have sent something for a key: on the road, on a stick, in a broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unheard {
    /// The name on its label.
    pub label: String,
    /// When it was last heard, if ever.
    pub last_heard_at: Option<DateTime<Utc>>,
}

/// Writes a new sealing key on top of the file; gives its name. Running hubs find it there before any node can use it,
/// as long as nodes are told only afterwards.
pub fn rotate(sealing: &Path, now: DateTime<Utc>) -> anyhow::Result<String> {
    let old = file::read(sealing)?;
    let new = HubPrivateKey::generate(&mut UnwrapErr(getrandom::SysRng));
    let mut ages = Ages::beside(sealing)?;
    // A key whose age nobody wrote down counts from today: it is kept too long rather than too short.
    for &key in &old {
        ages.note(id(key), now);
    }
    ages.note(new.public().id(), now);
    // The ages first: one of a key that does not come to be harms nobody.
    ages.write_beside(sealing)?;
    let keys: Vec<[u8; 32]> = std::iter::once(new.to_bytes()).chain(old).collect();
    file::write(sealing, &keys)?;
    Ok(hex(&new.public().id().0))
}

/// Destroys the keys that were replaced more than `days` ago; gives them. The newest is never among them.
pub fn destroy(sealing: &Path, days: u32, now: DateTime<Utc>) -> anyhow::Result<Vec<Destroyed>> {
    let keys = file::read(sealing)?;
    ensure!(keys.len() > 1, "there is only the newest key, and that one is never destroyed");
    let mut ages = Ages::beside(sealing)?;
    for &key in &keys {
        ages.note(id(key), now);
    }
    let mut kept = vec![keys[0]];
    let mut destroyed = Vec::new();
    for pair in keys.windows(2) {
        let (newer, key) = (id(pair[0]), pair[1]);
        let newest_until = ages.made_at(newer).unwrap_or(now);
        if now - newest_until >= TimeDelta::days(i64::from(days)) {
            destroyed.push(Destroyed { name: hex(&id(key).0), newest_until });
        } else {
            kept.push(key);
        }
    }
    if !destroyed.is_empty() {
        file::write(sealing, &kept)?;
    }
    ages.keep_only(&kept.iter().map(|&key| id(key)).collect::<Vec<_>>());
    ages.write_beside(sealing)?;
    Ok(destroyed)
}

/// The nodes in use that were not heard since then.
pub async fn unheard(db: &PgPool, since: DateTime<Utc>) -> sqlx::Result<Vec<Unheard>> {
    sqlx::query_as!(
        Unheard,
        r#"
        select label, last_heard_at
        from nodes
        where revoked_at is null and (last_heard_at is null or last_heard_at < $1)
        order by label, id
        "#,
        since
    )
    .fetch_all(db)
    .await
}

fn id(key: [u8; 32]) -> KeyId {
    HubPrivateKey::from_bytes(key).public().id()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn file_with(keys: &[[u8; 32]]) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sealing.keys");
        std::fs::write(&path, keys.iter().map(|key| hex(key) + "\n").collect::<String>()).unwrap();
        (folder, path)
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_new_key_stands_on_top_and_the_old_ones_stay() {
        let (_folder, path) = file_with(&[[1; 32]]);
        rotate(&path, at("2026-11-24T03:00:00Z")).unwrap();
        let keys = file::read(&path).unwrap();
        assert_eq!((keys.len(), keys[1]), (2, [1; 32]));
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let beside: Vec<_> = std::fs::read_dir(path.parent().unwrap()).unwrap().collect();
        assert_eq!(beside.len(), 2, "the keys, their ages and nothing else");
    }

    #[test]
    fn a_key_is_kept_as_long_as_a_node_may_be_away() {
        let (_folder, path) = file_with(&[[1; 32]]);
        rotate(&path, at("2026-01-01T00:00:00Z")).unwrap();
        rotate(&path, at("2026-06-01T00:00:00Z")).unwrap();
        let [_, second, first] = file::read(&path).unwrap()[..] else { panic!("three keys") };
        assert_eq!(first, [1; 32]);
        assert_eq!(destroy(&path, 150, at("2026-05-30T00:00:00Z")).unwrap(), [], "149 days");
        let gone = destroy(&path, 150, at("2026-05-31T00:00:00Z")).unwrap();
        let names: Vec<_> = gone.iter().map(|gone| (gone.name.clone(), gone.newest_until)).collect();
        assert_eq!(names, [(hex(&id(first).0), at("2026-01-01T00:00:00Z"))]);
        assert_eq!(file::read(&path).unwrap()[1..], [second]);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains(&hex(&first)));
    }

    #[test]
    fn the_newest_key_is_never_destroyed() {
        let (_folder, path) = file_with(&[[1; 32]]);
        assert!(destroy(&path, 0, at("2026-01-01T00:00:00Z")).is_err());
        assert_eq!(file::read(&path).unwrap(), [[1; 32]]);
    }

    #[test]
    fn a_key_of_unknown_age_counts_from_the_day_it_was_asked_about() {
        let (_folder, path) = file_with(&[[1; 32], [2; 32]]);
        assert_eq!(destroy(&path, 10, at("2026-01-01T00:00:00Z")).unwrap(), []);
        assert_eq!(destroy(&path, 10, at("2026-01-10T00:00:00Z")).unwrap(), []);
        assert_eq!(destroy(&path, 10, at("2026-01-11T00:00:00Z")).unwrap().len(), 1);
    }
}
