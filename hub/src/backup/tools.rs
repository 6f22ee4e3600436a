//! Postgres' own programs, of the server's own version.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, ensure};
use tokio::process::Command;

/// Where the programs are.
#[derive(Debug, Clone)]
pub(super) struct Tools(PathBuf);

impl Tools {
    /// Finds the programs for a server of this major version: where the settings say, where Debian keeps them, or where
    /// `pg_config` says.
    pub(super) async fn find(configured: &Path, major: u32) -> anyhow::Result<Self> {
        let mut places = vec![PathBuf::from(format!("/usr/lib/postgresql/{major}/bin"))];
        if let Ok(named) = output(Command::new("pg_config").arg("--bindir")).await {
            places.push(PathBuf::from(named.trim()));
        }
        if !configured.as_os_str().is_empty() {
            places = vec![configured.to_owned()];
        }
        for place in &places {
            let version = output(Command::new(place.join("pg_basebackup")).arg("--version")).await;
            if version.is_ok_and(|version| major_of(&version) == Some(major)) {
                return Ok(Self(place.clone()));
            }
        }
        anyhow::bail!("no pg_basebackup of version {major} in {places:?}; name its folder in [backup] tools")
    }

    /// A command that says nothing on standard output, which belongs to whoever started us, and ends if it is forgotten.
    pub(super) fn command(&self, name: &str) -> Command {
        let mut command = Command::new(self.0.join(name));
        command.stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
        command
    }
}

/// Runs a command to its end; its complaint is the error.
pub(super) async fn run(command: &mut Command) -> anyhow::Result<()> {
    output(command.stdout(Stdio::piped())).await.map(drop)
}

async fn output(command: &mut Command) -> anyhow::Result<String> {
    let name = command.as_std().get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .with_context(|| format!("cannot run {name}"))?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{name} failed ({}): {}", output.status, complaint.trim());
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The major version in `pg_basebackup (PostgreSQL) 15.18 (Debian …)`.
fn major_of(version: &str) -> Option<u32> {
    let number = version.split_once("(PostgreSQL) ")?.1;
    number.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_what_the_program_says() {
        assert_eq!(major_of("pg_basebackup (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(major_of("pg_basebackup (PostgreSQL) 17beta1"), Some(17));
        assert_eq!(major_of("something else 15"), None);
    }
}
