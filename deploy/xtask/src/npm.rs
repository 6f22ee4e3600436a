//! What tests need from npm, laid under `target/` so that no checkout grows a `node_modules`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::cargo::run;

/// Copies a folder's files to `target/<name>` and installs what its lock file names. Nothing of a package is run.
pub(crate) fn lay(from: &str, name: &str) -> anyhow::Result<PathBuf> {
    let folder = Path::new("target").join(name);
    std::fs::create_dir_all(&folder)?;
    for entry in std::fs::read_dir(from)? {
        let file = entry?;
        std::fs::copy(file.path(), folder.join(file.file_name()))?;
    }
    let mut npm = Command::new("npm");
    npm.current_dir(&folder).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    run(npm.stdout(Stdio::from(std::io::stderr())))?;
    Ok(folder)
}

/// Lays the rules every page of the node is looked at by.
pub(crate) fn axe() -> anyhow::Result<()> {
    lay("tests/axe", "axe").map(drop)
}
