//! The settings of a hub: one TOML file, read once at start.
//!
//! The commented file `default.toml` is compiled in and read first, so what it says of a default is always true.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Deserialize;

/// The commented default settings, as printed by `simpul-hub settings`.
pub const DEFAULT: &str = include_str!("../default.toml");

/// Everything that can be set. Unknown keys are refused.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where records are kept.
    pub database: Database,
    /// What the hub remembers outside the database.
    pub state: State,
    /// How the database is copied for bad days.
    pub backup: Backup,
    /// The hub's own keys.
    pub keys: Keys,
    /// The door for nodes.
    pub gate: Gate,
    /// An outside broker instead of the gate.
    pub broker: Broker,
    /// The pages.
    pub web: Web,
}

/// Where records are kept.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// Address of Postgres; may hold a password, so it is never shown.
    pub url: String,
    /// Connections this hub may hold at once.
    pub connections: u32,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("connections", &self.connections).finish_non_exhaustive()
    }
}

/// What the hub remembers outside the database.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// A folder of this hub's own, not part of any backup of the database.
    pub dir: PathBuf,
}

/// How the database is copied for bad days.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backup {
    /// The folder of the server's own programs (`pg_basebackup` and its kin); empty for what `pg_config` names.
    pub tools: PathBuf,
    /// How many base copies stay; older ones go, and with them the log only they need.
    pub keep: usize,
}

/// Files with the hub's own keys.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    /// HPKE private keys, 64 hexadecimal digits a line, newest first.
    pub sealing: PathBuf,
    /// Ed25519 seed that signs acks, 64 hexadecimal digits.
    pub signing: PathBuf,
    /// Days a node may be offline and still find what it sealed before opened.
    pub longest_offline_days: u32,
}

/// The door for nodes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// Where nodes connect; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The authority's certificate (PEM).
    pub authority: PathBuf,
    /// This hub's certificate (PEM).
    pub certificate: PathBuf,
    /// This hub's key (PEM, PKCS#8).
    pub key: PathBuf,
    /// Revoked certificates (PEM); empty for none.
    pub revoked: PathBuf,
    /// Where nodes reach the hub by HTTPS, `address:port`; port 0 takes a free one, empty for no such road.
    pub https_listen: String,
    /// The authority's key (PEM), to renew certificates of nodes that prove their key; empty if it is kept elsewhere.
    pub authority_key: PathBuf,
    /// Days a renewed certificate lasts.
    pub certificate_days: u32,
}

/// An outside broker instead of the gate.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Broker {
    /// `mqtts://name:port`; empty for none.
    pub outside: String,
    /// How the name begins under which a hub process is known there; each adds an ending of its own.
    pub client_id: String,
    /// Seconds after which the other hubs take over from one that fell silent.
    pub takeover_s: u64,
}

/// The pages.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Web {
    /// Where pages are served; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The address people type, without a slash at the end; empty for the listening address.
    pub public_url: String,
    /// Whether sign-in cookies travel by HTTPS only; off only where a machine shows the pages to itself.
    pub cookie_secure: bool,
    /// Whether a proxy stands in front and says in `X-Forwarded-For` who asks.
    pub behind_proxy: bool,
}

impl Config {
    /// Reads a settings file over the defaults; without one the defaults stand, seen from the current folder.
    pub fn load(file: Option<&Path>) -> anyhow::Result<Self> {
        let Some(file) = file else {
            return Self::parse("", Path::new(""));
        };
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read settings {}", file.display()))?;
        Self::parse(&text, file.parent().unwrap_or(Path::new("")))
            .with_context(|| format!("settings {} are not usable", file.display()))
    }

    /// Reads settings from `text` over the defaults; relative paths start from `folder`.
    pub fn parse(text: &str, folder: &Path) -> anyhow::Result<Self> {
        let mut settings: toml::Table =
            toml::from_str(DEFAULT).expect("the default file is read in every test run");
        lay_over(&mut settings, toml::from_str(text)?);
        let mut config: Self = settings.try_into()?;
        for path in [
            &mut config.state.dir,
            &mut config.backup.tools,
            &mut config.keys.sealing,
            &mut config.keys.signing,
            &mut config.gate.authority,
            &mut config.gate.certificate,
            &mut config.gate.key,
            &mut config.gate.revoked,
            &mut config.gate.authority_key,
        ] {
            if !path.as_os_str().is_empty() {
                *path = folder.join(&*path);
            }
        }
        Ok(config)
    }
}

fn lay_over(under: &mut toml::Table, over: toml::Table) {
    for (key, value) in over {
        match (under.get_mut(&key), value) {
            (Some(toml::Value::Table(under)), toml::Value::Table(over)) => lay_over(under, over),
            (_, value) => {
                under.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_file_is_complete() {
        let config = Config::parse("", Path::new("/etc/simpul")).unwrap();
        assert_eq!(config.keys.signing, Path::new("/etc/simpul/hub/signing.key"));
        assert_eq!(config.gate.revoked, Path::new(""));
    }

    #[test]
    fn a_settings_file_changes_only_what_it_names() {
        let config = Config::parse("[web]\nlisten = \"127.0.0.1:0\"", Path::new("")).unwrap();
        assert_eq!(config.web.listen.port(), 0);
        assert_eq!(config.gate.listen.port(), 8883);
    }

    #[test]
    fn a_misspelt_setting_is_refused() {
        let refused = Config::parse("[web]\nlissten = \"127.0.0.1:0\"", Path::new("")).unwrap_err();
        assert!(format!("{refused:#}").contains("lissten"));
    }

    #[test]
    fn a_database_password_is_never_shown() {
        let text = "[database]\nurl = \"postgres://simpul:rahasia@db/simpul\"";
        let shown = format!("{:?}", Config::parse(text, Path::new("")).unwrap());
        assert!(!shown.contains("rahasia"), "{shown}");
    }
}
