//! A kader's phone on the way: what she taps and what it says.

use std::time::Duration;

use anyhow::Context;
use serde_json::json;

use crate::harness::staff::Person;
use crate::harness::{Browser, Driver, Screened, until};
use crate::population::Child;

/// How long a page may take to say yes or no.
const ANSWERED_WITHIN: Duration = Duration::from_secs(30);

/// The phone, and the browser that is open on it.
pub(super) struct Satchel<'a> {
    driver: &'a Driver,
    machine: Screened,
    pub(super) browser: Browser,
    address: String,
}

impl<'a> Satchel<'a> {
    pub(super) async fn new(driver: &'a Driver, machine: Screened, address: &str) -> anyhow::Result<Self> {
        let browser = driver.open_on(&machine).await?;
        Ok(Self { driver, machine, browser, address: address.to_owned() })
    }

    /// Kills the browser and opens it again on the page of home visits.
    pub(super) async fn kill(&mut self) -> anyhow::Result<()> {
        self.machine.kill_browser();
        self.browser = self.driver.open_on(&self.machine).await?;
        self.home().await
    }

    /// Loads the page of home visits anew.
    pub(super) async fn home(&self) -> anyhow::Result<()> {
        self.browser.goto(&format!("{}/health", self.address)).await.ok(); // a hash alone would load nothing
        self.browser.goto(&format!("{}/rumah/", self.address)).await?;
        self.browser.wait("#home:not([hidden])").await
    }

    /// Signs in over TLS, where that is asked for.
    pub(super) async fn sign_in(&self, kader: Person) -> anyhow::Result<bool> {
        self.browser.goto(&format!("{}/", self.address)).await?;
        if self.browser.path().await? != "/sign-in" {
            return Ok(false);
        }
        sign_in(&self.browser, kader).await.map(|()| true)
    }

    /// *Bawa daftar* for these children.
    pub(super) async fn take_along(&self, children: &[&Child]) -> anyhow::Result<()> {
        self.ask_for(children).await?;
        self.says(&format!("{} anak dibawa", children.len())).await
    }

    /// The same, without waiting for them.
    pub(super) async fn ask_for(&self, children: &[&Child]) -> anyhow::Result<()> {
        self.browser.tap("#bring").await?;
        self.browser.wait("#offer input").await?;
        for child in children {
            self.reach(&format!("#offer input[value='{}']", child.id)).await?;
        }
        self.browser.tap("#choose button.primary").await
    }

    /// Scrolls to a row, away from the buttons that lie over the list's end, and taps it.
    async fn reach(&self, css: &str) -> anyhow::Result<()> {
        self.browser.wait(css).await?;
        let scroll = format!("document.querySelector(\"{css}\").scrollIntoView({{ block: 'center' }})");
        self.browser.run(&scroll).await?;
        self.browser.tap(css).await
    }

    /// Loses the node's word for who is signed in.
    pub(super) async fn forget_who(&self) -> anyhow::Result<()> {
        self.browser.forget_cookies().await
    }

    /// Taps a child's row.
    pub(super) async fn tap(&self, child: &Child) -> anyhow::Result<()> {
        self.reach(&format!("#children a[href='#{}']", child.id)).await
    }

    /// Opens a child's visit.
    pub(super) async fn open(&self, child: &Child) -> anyhow::Result<()> {
        self.tap(child).await?;
        self.browser.wait_text("#who", |name| name == child.name).await.map(drop)
    }

    pub(super) async fn type_in(&self, field: &str, figure: &str) -> anyhow::Result<()> {
        self.browser.type_into(&format!("#visit input[name='{field}']"), figure).await
    }

    /// What a field of the visit holds.
    pub(super) async fn typed(&self, field: &str) -> anyhow::Result<String> {
        let script = format!("return document.querySelector(\"#visit input[name='{field}']\").value");
        let value = self.browser.run(&script).await?;
        value.as_str().map(str::to_owned).context("a field has a value")
    }

    /// Chooses a reason instead of a number.
    pub(super) async fn cannot(&self, field: &str, why: &str) -> anyhow::Result<()> {
        self.browser.tap(&format!("#visit select[name='{field}'] option[value='{why}']")).await
    }

    /// *Simpan di HP*, and the phone's word for it.
    pub(super) async fn save(&self) -> anyhow::Result<()> {
        self.browser.tap("#visit button.primary").await?;
        self.says("Tersimpan di HP ini. Belum di alat.").await
    }

    /// Waits until the page says something.
    pub(super) async fn says(&self, words: &str) -> anyhow::Result<()> {
        let said = self.browser.wait_text("#word", |said| said.contains(words)).await;
        said.map(drop).with_context(|| format!("the phone does not say {words:?}"))
    }

    /// Waits until the first line says how many visits are only here.
    pub(super) async fn counts(&self, visits: usize) -> anyhow::Result<()> {
        let wanted = match visits {
            0 => "tidak ada yang hanya di HP ini".to_owned(),
            visits => format!("{visits} kunjungan hanya di HP ini"),
        };
        self.browser.wait_text("#count", |said| said.contains(&wanted)).await.map(drop)
    }

    pub(super) async fn hand_over(&self) -> anyhow::Result<()> {
        self.browser.tap("#hand-over").await
    }

    /// From now on, and until the page is loaded again, the line breaks after the node has answered and before the phone
    /// hears it.
    pub(super) async fn lose_answers(&self) -> anyhow::Result<()> {
        let script = "const through = window.fetch; window.fetch = async (path, how) => { \
                      const answer = await through(path, how); \
                      if (path.endsWith('/hand-over')) { await answer.text(); throw new TypeError('cut'); } \
                      return answer; }";
        self.browser.run(script).await.map(drop)
    }

    /// The names of the rows the phone keeps, and whether any of them can be read without the key.
    pub(super) async fn rows(&self, readable: &[&str]) -> anyhow::Result<(u64, bool)> {
        let script = "const done = arguments[arguments.length - 1]; const asked = indexedDB.open('simpul-rumah', 1); \
                      asked.onsuccess = () => { const all = asked.result.transaction('rows').objectStore('rows').getAll(); \
                      all.onsuccess = () => done([all.result.length, all.result.map((row) => row.name + \
                      (row.data ? new TextDecoder().decode(row.data) : '')).join()]); }";
        let seen = self.browser.run_async(script).await?;
        let text = seen[1].as_str().context("rows have text")?;
        let count = seen[0].as_u64().context("rows are counted")?;
        Ok((count, readable.iter().any(|word| text.contains(word))))
    }

    /// *Keluar* on the node's page; gives whether the phone was let go.
    pub(super) async fn sign_out(&self) -> anyhow::Result<bool> {
        self.browser.goto(&format!("{}/safety", self.address)).await?;
        self.reach("form[action='/sign-out'] button").await?;
        let ended = until(ANSWERED_WITHIN, async || {
            if self.browser.path().await? == "/sign-in" {
                return Ok(Some(true));
            }
            let said = self.browser.text("form[action='/sign-out'] [role=alert]").await.unwrap_or_default();
            Ok(said.contains("Belum bisa keluar").then_some(false))
        });
        ended.await?.context("the page neither lets the phone go nor says why not")
    }

    /// How many programs of the page are registered in this browser for where it is now.
    pub(super) async fn workers(&self) -> anyhow::Result<u64> {
        let script = "const done = arguments[arguments.length - 1]; \
                      navigator.serviceWorker.getRegistrations().then((all) => done(all.length))";
        let count = self.browser.run_async(script).await?;
        count.as_u64().with_context(|| format!("{} is no count", json!(count)))
    }
}

/// Signs in on the page of names and PIN.
pub(super) async fn sign_in(browser: &Browser, kader: Person) -> anyhow::Result<()> {
    browser.tap_text("a.choice", kader.name).await?;
    for digit in kader.pin.chars() {
        browser.tap(&format!("[data-pad] [data-key='{digit}']")).await?;
    }
    browser.tap("form.pin button.primary").await?;
    browser.wait("[data-live='/waiting']").await
}
