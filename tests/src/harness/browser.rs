//! A real browser without a screen: a kader's phone, or the desk at the Puskesmas.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use base64::Engine;
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::keeper::sweep;
use super::{Keeper, Process, Stop, short_dir, until};

const READY_WITHIN: Duration = Duration::from_secs(30);
/// How long anything on a page is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// What kind of screen it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screen {
    /// 360 × 740, touched with a finger.
    Phone,
    /// 1280 × 900, with a mouse.
    Desk,
}

/// The program that starts browsers and steers them.
#[derive(Debug)]
pub struct Driver {
    process: Option<Process>,
    url: String,
    dir: TempDir,
}

/// A machine with a screen: what its browsers keep outlives them.
#[derive(Debug)]
pub struct Screened {
    screen: Screen,
    profile: PathBuf,
    flags: Vec<String>,
}

/// One browser with one page open.
#[derive(Debug)]
pub struct Browser {
    client: Client,
    driver: String,
}

impl Driver {
    /// Starts it on a free port.
    pub async fn start(keeper: &Arc<Keeper>) -> anyhow::Result<Self> {
        let dir = short_dir()?;
        keeper.sweep(dir.path())?;
        keeper.remove(dir.path())?;
        let log = dir.path().join("driver.log");
        let mut command = Command::new("chromedriver");
        // Nothing of a browser stays in anybody's home.
        command
            .arg("--port=0")
            .env("HOME", dir.path())
            .env("TZ", "Asia/Jakarta")
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("XDG_CACHE_HOME");
        let mut process = Process::start(keeper, "chromedriver", &mut command, Stop::Term, &log)?;
        let port = until(READY_WITHIN, async || {
            anyhow::ensure!(process.runs(), "chromedriver does not start\n{}", process.tail());
            let said = std::fs::read_to_string(&log).unwrap_or_default();
            Ok(said
                .split_once("successfully on port ")
                .and_then(|(_, rest)| rest.split('.').next()?.parse().ok()))
        });
        let port: u16 = port.await?.context("chromedriver does not say its port")?;
        Ok(Self { process: Some(process), url: format!("http://127.0.0.1:{port}"), dir })
    }

    /// Opens a new browser that knows nothing of any other.
    pub async fn open(&self, screen: Screen) -> anyhow::Result<Browser> {
        self.open_on(&self.machine(screen, Vec::new())?).await
    }

    /// A phone or a desk with nothing on it yet; `flags` are what it knows of the network around it.
    pub fn machine(&self, screen: Screen, flags: Vec<String>) -> anyhow::Result<Screened> {
        let profile = tempfile::Builder::new().prefix("profile-").tempdir_in(self.dir.path())?.keep();
        Ok(Screened { screen, profile, flags })
    }

    /// Opens the browser of a machine, with everything an earlier one left there.
    pub async fn open_on(&self, machine: &Screened) -> anyhow::Result<Browser> {
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities(machine));
        let client = builder.connect(&self.url).await.context("no browser could be opened")?;
        Ok(Browser { client, driver: self.url.clone() })
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.process.take();
        sweep(self.dir.path());
    }
}

impl Screened {
    /// Kills its browser outright, as a phone does that runs out of memory or battery.
    pub fn kill_browser(&self) {
        sweep(&self.profile);
    }
}

fn capabilities(Screened { screen, profile, flags: own }: &Screened) -> Capabilities {
    let mut flags: Vec<String> = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
        "--window-size=1280,900",
    ]
    .map(String::from)
    .to_vec();
    flags.extend(own.iter().cloned());
    flags.push(format!("--user-data-dir={}", profile.display()));
    let mut options = json!({ "binary": "/usr/bin/chromium", "args": flags });
    if *screen == Screen::Phone {
        options["mobileEmulation"] = json!({
            "deviceMetrics": { "width": 360, "height": 740, "pixelRatio": 2.0, "touch": true },
        });
    }
    let capabilities = json!({ "browserName": "chrome", "goog:chromeOptions": options });
    match capabilities {
        Value::Object(capabilities) => capabilities.into_iter().collect(),
        _ => Capabilities::new(),
    }
}

impl Browser {
    /// Opens an address.
    pub async fn goto(&self, url: &str) -> anyhow::Result<()> {
        self.client.goto(url).await.with_context(|| format!("cannot open {url}"))
    }

    /// Waits for something and taps it.
    pub async fn tap(&self, css: &str) -> anyhow::Result<()> {
        let mut last = String::from("it is not there");
        let tapped = until(PATIENCE, async || {
            let Ok(found) = self.client.find(Locator::Css(css)).await else { return Ok(None) };
            let tapped = found.click().await;
            if tapped.is_err() {
                // What lies under a bar is scrolled to, as a thumb does; what has just been redrawn is looked for again.
                let centre = "document.querySelector(arguments[0])?.scrollIntoView({ block: 'center' })";
                let _ = self.client.execute(centre, vec![json!(css)]).await;
            }
            Ok(tapped.map_err(|err| last = err.to_string()).ok())
        });
        let tapped = tapped.await?;
        tapped.with_context(|| format!("{css} cannot be tapped: {last}"))
    }

    /// Taps the first of its kind that shows this text.
    pub async fn tap_text(&self, css: &str, text: &str) -> anyhow::Result<()> {
        let tapped = until(PATIENCE, async || {
            for found in self.client.find_all(Locator::Css(css)).await.unwrap_or_default() {
                if found.text().await.is_ok_and(|shown| shown.contains(text)) {
                    return Ok(found.click().await.ok());
                }
            }
            Ok(None)
        });
        tapped.await?.with_context(|| format!("no {css} shows {text:?}"))
    }

    /// Types into a field.
    pub async fn type_into(&self, css: &str, text: &str) -> anyhow::Result<()> {
        let field = self.client.wait().at_most(PATIENCE).for_element(Locator::Css(css)).await?;
        Ok(field.send_keys(text).await?)
    }

    /// What something shows; `None` while it is not there.
    pub async fn text(&self, css: &str) -> Option<String> {
        self.client.find(Locator::Css(css)).await.ok()?.text().await.ok()
    }

    /// Waits until something shows what is wanted; gives what it shows.
    pub async fn wait_text(&self, css: &str, mut wanted: impl FnMut(&str) -> bool) -> anyhow::Result<String> {
        let mut last = String::new();
        let shown = until(PATIENCE, async || {
            last = self.text(css).await.unwrap_or_default();
            Ok(wanted(&last).then(|| last.clone()))
        });
        let shown = shown.await?;
        shown.with_context(|| format!("{css} shows {last:?}, and nothing else came"))
    }

    /// Waits for something to be on the page.
    pub async fn wait(&self, css: &str) -> anyhow::Result<()> {
        let found = self.client.wait().at_most(PATIENCE).for_element(Locator::Css(css)).await;
        found.map(drop).with_context(|| format!("{css} does not come"))
    }

    /// An attribute of something on the page.
    pub async fn attribute(&self, css: &str, name: &str) -> Option<String> {
        self.client.find(Locator::Css(css)).await.ok()?.attr(name).await.ok()?
    }

    /// Forgets every cookie of the page's address.
    pub async fn forget_cookies(&self) -> anyhow::Result<()> {
        Ok(self.client.delete_all_cookies().await?)
    }

    /// Runs a script on the page.
    pub async fn run(&self, script: &str) -> anyhow::Result<Value> {
        Ok(self.client.execute(script, vec![]).await?)
    }

    /// Runs a script on the page that gives its answer to its last argument, whenever it has one.
    pub async fn run_async(&self, script: &str) -> anyhow::Result<Value> {
        Ok(self.client.execute_async(script, vec![]).await?)
    }

    /// The page's path.
    pub async fn path(&self) -> anyhow::Result<String> {
        Ok(self.client.current_url().await?.path().to_owned())
    }

    /// Makes everything on a phone so many times larger, as its settings do: the page then has so much less room.
    pub async fn zoom(&self, times: u32) -> anyhow::Result<()> {
        let metrics = json!({
            "width": 360 / times, "height": 740 / times, "deviceScaleFactor": 2 * times, "mobile": times == 1,
        });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await.map(drop)
    }

    /// Lets everything come over a line with this delay and this many bits a second, as far as this page is concerned.
    pub async fn slow_line(&self, latency_ms: u32, bits_s: u32) -> anyhow::Result<()> {
        let bytes_s = bits_s / 8;
        let conditions = json!({
            "offline": false, "latency": latency_ms, "downloadThroughput": bytes_s, "uploadThroughput": bytes_s,
        });
        self.devtools("Network.enable", json!({})).await?;
        self.devtools("Network.emulateNetworkConditions", conditions).await.map(drop)
    }

    async fn devtools(&self, command: &str, parameters: Value) -> anyhow::Result<Value> {
        let session = self.client.session_id().await?.context("the browser has no session")?;
        let request = super::page::browser()
            .build()?
            .post(format!("{}/session/{session}/goog/cdp/execute", self.driver))
            .json(&json!({ "cmd": command, "params": parameters }));
        Ok(request.send().await?.json().await?)
    }

    /// Writes the whole page, also what one must scroll to, as a PNG. Bars that stay in sight lie where they are written.
    pub async fn picture(&self, file: &Path) -> anyhow::Result<()> {
        self.run(
            "document.querySelectorAll('body *').forEach((element) => {\
               if (getComputedStyle(element).position === 'sticky') element.style.position = 'static'; })",
        )
        .await?;
        let whole = json!({ "format": "png", "captureBeyondViewport": true });
        let written = self.capture(whole, file).await;
        let back = "document.querySelectorAll('body *').forEach((element) => { \
             if (element.style.position === 'static') element.style.position = ''; })";
        self.run(back).await?;
        written
    }

    /// Writes what the screen shows now, as a small WebP.
    pub async fn screen(&self, file: &Path) -> anyhow::Result<()> {
        self.capture(json!({ "format": "webp", "quality": 70 }), file).await
    }

    async fn capture(&self, how: Value, file: &Path) -> anyhow::Result<()> {
        let answer = self.devtools("Page.captureScreenshot", how).await?;
        let picture = answer["value"]["data"].as_str().with_context(|| format!("no picture: {answer}"))?;
        let picture = base64::engine::general_purpose::STANDARD.decode(picture)?;
        std::fs::write(file, picture).with_context(|| format!("cannot write {}", file.display()))
    }

    /// Closes it.
    pub async fn close(self) -> anyhow::Result<()> {
        Ok(self.client.close().await?)
    }
}
