//! Debian packages the demo and the tests need, installed only where they are missing and never unannounced.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Context;

/// A package, and how its presence is seen without asking the package system.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Package {
    name: &'static str,
    present: fn() -> bool,
}

const POSTGRES: Package = Package { name: "postgresql", present: postgres };
const CHROMIUM: Package = Package { name: "chromium", present: || is_file("/usr/bin/chromium") };
const DRIVER: Package = Package { name: "chromium-driver", present: || is_file("/usr/bin/chromedriver") };
const MOSQUITTO: Package = Package { name: "mosquitto", present: || is_file("/usr/sbin/mosquitto") };
const DBUS: Package = Package { name: "dbus-daemon", present: || is_file("/usr/bin/dbus-daemon") };
const NPM: Package =
    Package { name: "npm", present: || is_file("/usr/bin/npm") || is_file("/usr/local/bin/npm") };
const NODE: Package =
    Package { name: "nodejs", present: || is_file("/usr/bin/node") || is_file("/usr/local/bin/node") };
const NATS: Package = Package { name: "nats-server", present: || is_file("/usr/sbin/nats-server") };

/// What the demo needs through the hub's own gate; and what it and the bench need for other brokers.
pub(crate) const DEMO: &[Package] = &[POSTGRES];
pub(crate) const DEMO_OUTSIDE: &[Package] = &[POSTGRES, MOSQUITTO, NATS];
/// What a browser test needs.
pub(crate) const BROWSER: &[Package] = &[POSTGRES, CHROMIUM, DRIVER];
/// What the emulated scale bridge needs.
pub(crate) const EMULATOR: &[Package] = &[POSTGRES, NODE, NPM];
/// What every test together needs.
pub(crate) const ALL: &[Package] = &[POSTGRES, CHROMIUM, DRIVER, DBUS, MOSQUITTO, NATS, NODE, NPM];

fn is_file(path: &str) -> bool {
    Path::new(path).is_file()
}

fn postgres() -> bool {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    versions.into_iter().any(|version| version.path().join("bin/initdb").is_file())
}

/// Installs what is missing; touches nothing, and asks nobody, when nothing is.
pub(crate) fn install_missing(needed: &[Package]) -> anyhow::Result<()> {
    let missing: Vec<&str> =
        needed.iter().filter(|package| !(package.present)()).map(|package| package.name).collect();
    if missing.is_empty() {
        return Ok(());
    }
    eprintln!("Installing Debian packages: {} (their system services are not used)", missing.join(" "));
    let apt = Apt::new()?;
    // A list that cannot be refreshed (no network) may still be good enough.
    let refreshed = apt.run(&["update"]);
    let install = [&["install", "-y", "--no-install-recommends"][..], &missing].concat();
    apt.run(&install).or_else(|err| refreshed.and(Err(err)))?;
    let absent: Vec<&str> =
        needed.iter().filter(|package| !(package.present)()).map(|package| package.name).collect();
    anyhow::ensure!(absent.is_empty(), "apt-get is content, but {} is not there", absent.join(" "));
    Ok(())
}

/// `apt-get` with the rights it needs.
struct Apt {
    before: Vec<&'static str>,
}

impl Apt {
    fn new() -> anyhow::Result<Self> {
        let root = std::fs::metadata("/proc/self").context("/proc is not there")?.uid() == 0;
        let before = match (root, sudo(&["-n", "true"])) {
            (true, _) => vec![],
            (false, Ok(true)) => vec!["sudo", "-n"],
            (false, Ok(false)) => vec!["sudo"],
            (false, Err(_)) => anyhow::bail!("this needs root: there is no sudo here"),
        };
        Ok(Self { before })
    }

    fn run(&self, arguments: &[&str]) -> anyhow::Result<()> {
        // RUNLEVEL=1 asks Debian's scripts not to start the services they install: we run our own.
        let env = ["env", "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1", "apt-get", "-q"];
        let line: Vec<&str> = [&self.before[..], &env, arguments].concat();
        let status = Command::new(line[0])
            .args(&line[1..])
            .stdout(Stdio::from(std::io::stderr())) // standard output belongs to the figures
            .status()
            .with_context(|| format!("cannot run {}", line[0]))?;
        anyhow::ensure!(status.success(), "`{}` failed", line.join(" "));
        Ok(())
    }
}

fn sudo(arguments: &[&str]) -> std::io::Result<bool> {
    let status = Command::new("sudo").args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    Ok(status.success())
}
