//! What a kader does with one phone, whatever table she sits at.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Context;
use protocol::{CitizenId, VisitId};
use serde_json::{Value, from_value};

use crate::harness::{Browser, Driver, Screen, World, until};

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a page may take to answer a tap.
const ANSWERED: Duration = Duration::from_secs(10);
/// How often a save is tried.
const TRIES: u32 = 3;
/// A child that lies so long without a number is lifted.
const UNSEEN_AFTER: Duration = Duration::from_secs(8);

/// A signed-in phone.
pub(super) struct Phone<'w> {
    pub(super) browser: Browser,
    world: &'w World,
}

impl<'w> Phone<'w> {
    /// Signs somebody in by name and PIN, by her place in the list of the staff.
    pub(super) async fn sign_in(world: &'w World, driver: &Driver, nth: usize) -> anyhow::Result<Self> {
        let person = world.staff.kader.get(nth).context("there are not so many")?;
        let phone = Self { browser: driver.open(Screen::Phone).await?, world };
        phone.goto("/").await?;
        phone.browser.tap_text("a.choice", person.name).await?;
        for digit in person.pin.chars() {
            phone.browser.tap(&format!("[data-pad] [data-key='{digit}']")).await?;
        }
        phone.browser.tap("form.pin button.primary").await?;
        phone.browser.wait("[data-live='/waiting']").await?;
        Ok(phone)
    }

    /// Everybody is here, and it begins.
    pub(super) async fn open_posyandu(&self) -> anyhow::Result<()> {
        self.goto("/opening").await?;
        self.browser
            .run("document.querySelectorAll('input[name=present]:not(:checked)').forEach((box) => box.click())")
            .await?;
        self.browser.tap(".act button.primary").await?;
        self.arrive("/board").await
    }

    /// *Tutup posyandu*. Whoever closed sees that it worked; every other phone is locked.
    pub(super) async fn close_posyandu(&self) -> anyhow::Result<()> {
        self.goto("/closing").await?;
        self.browser.tap("form.act button.primary").await?;
        self.until("return document.querySelector('form.act') === null").await?;
        self.browser.wait_text("main", |text| text.contains("Ditutup")).await.map(drop)
    }

    /// Whether it has to be opened with a PIN again.
    pub(super) async fn is_locked(&self) -> anyhow::Result<()> {
        self.goto("/").await?;
        self.arrive("/sign-in").await
    }

    /// Every number of the closing page: `L 0–5 D` and so on, `S` and so on for all of them.
    pub(super) async fn form(&self) -> anyhow::Result<BTreeMap<String, u32>> {
        self.goto("/closing").await?;
        let script = "return Object.fromEntries([...document.querySelectorAll('dd a[href*=figure], td a[href*=figure]')]\
             .filter((a) => !a.href.includes('guests')).map((a) => {\
               const at = new URL(a.href).searchParams;\
               const cell = at.get('sex') ? `${at.get('sex')} ${at.get('from')} ` : '';\
               return [cell + at.get('figure'), Number(a.textContent)]; }))";
        from_value(self.browser.run(script).await?).context("the form is not numbers")
    }

    /// Finds a child by its name and lets it come in; gives its visit.
    pub(super) async fn call(&self, name: &str, child: CitizenId) -> anyhow::Result<VisitId> {
        self.goto("/").await?;
        self.browser.type_into("#q", name).await?;
        let comes = format!("form:has(input[value='{child}']) button");
        self.browser.tap(&format!("#found :is({comes}, a[href='/people/{child}/which'])")).await?;
        self.until("return /\\/(weight|which)$/.test(location.pathname)").await?;
        if self.browser.path().await?.ends_with("/which") {
            self.browser.tap(&comes).await?;
        }
        self.arrive("/weight").await?;
        self.visit().await
    }

    /// Waits until the number stands, and keeps it; whatever is asked, it is right. Gives the instrument.
    pub(super) async fn keep(&self, value: u32, calm_s: f64, posture: Option<&str>) -> anyhow::Result<()> {
        self.browser.wait("form.station-form[data-live-source]").await?;
        if let Some(word) = posture {
            self.pick("posture", word).await?;
        }
        let source = self.browser.attribute("form.station-form", "data-live-source").await;
        let source = source.context("the page is live")?;
        let instrument = source.rsplit_once("on=").map_or("", |(_, id)| id).to_owned();
        let before = self.browser.path().await?;
        // what somebody else took in the same moment is not saved, and she does it again
        for _ in 0..TRIES {
            self.settle(&instrument, value, calm_s)
                .await
                .with_context(|| format!("{value} on {instrument}"))?;
            self.browser.tap("form.station-form button.primary").await?;
            if self.is_kept(&before).await? {
                return self.world.table.take_off(&instrument);
            }
            self.world.table.take_off(&instrument)?;
        }
        let shown = self.browser.text("main").await.unwrap_or_default();
        anyhow::bail!("{value} on {instrument} is not saved: {shown}")
    }

    /// Puts the child on and waits for *siap*. Whenever another page takes the instrument, it is taken back; and a child
    /// that was not seen to rise, because of that, is lifted and put on again.
    async fn settle(&self, instrument: &str, value: u32, calm_s: f64) -> anyhow::Result<()> {
        let script = "const form = document.querySelector('form.station-form');\
             return [form.dataset.state, form.querySelector('button.primary').disabled]";
        let (mut on_since, mut last) = (None::<Instant>, Value::Null);
        let ready = until(PATIENCE, async || {
            last = self.browser.run(script).await.unwrap_or_default();
            if last[0] == "dipakai" {
                // it may be free again before the thumb is there
                let take = "document.querySelector('form.station-form button.when-taken').click()";
                let _ = self.browser.run(take).await;
                self.world.table.take_off(instrument)?;
                on_since = None;
            } else if on_since.is_some_and(|since| since.elapsed() > UNSEEN_AFTER) {
                self.world.table.take_off(instrument)?;
                on_since = None;
            } else if on_since.is_none() {
                self.world.table.put_on(instrument, value, calm_s)?;
                on_since = Some(Instant::now());
            }
            // a number that stood before the page looked at it is offered, and is the child's as well
            let stands = last[0] == "siap" || last[0] == "tawaran";
            Ok((on_since.is_some() && stands && last[1] == false).then_some(()))
        });
        ready.await?.with_context(|| format!("it stays {last}"))
    }

    /// Whether it went on from there. Where the page asks whether it can be right: it is.
    async fn is_kept(&self, before: &str) -> anyhow::Result<bool> {
        let gone = format!("return location.pathname !== '{before}'");
        let answered = format!("{gone} || document.querySelector('.station.ask, [role=alert]') !== null");
        if self.within(ANSWERED, &answered).await?.is_none() {
            return Ok(false);
        }
        if self.browser.text(".station.ask").await.is_some() {
            let sure = ".act form:has(input[name='insisted']) button:not([name='repeat'])";
            self.browser.tap(sure).await?;
        }
        Ok(self.within(ANSWERED, &gone).await?.is_some())
    }

    /// The visit whose page is open.
    pub(super) async fn visit(&self) -> anyhow::Result<VisitId> {
        let path = self.browser.path().await?;
        let id = path.split('/').nth(2).with_context(|| format!("{path} is no visit's"))?;
        id.parse().with_context(|| format!("{path} is no visit's"))
    }

    /// The person whose page is open.
    pub(super) async fn person(&self) -> anyhow::Result<CitizenId> {
        let path = self.browser.path().await?;
        let id = path.split('/').nth(2).with_context(|| format!("{path} is nobody's"))?;
        id.parse().with_context(|| format!("{path} is nobody's"))
    }

    /// Types into fields, each named by its id.
    pub(super) async fn fill(&self, fields: &[(&str, &str)]) -> anyhow::Result<()> {
        for (id, text) in fields {
            self.browser.type_into(&format!("#{id}"), text).await?;
        }
        Ok(())
    }

    /// Fills a field of a date, which a phone does with a wheel.
    pub(super) async fn fill_date(&self, id: &str, day: chrono::NaiveDate) -> anyhow::Result<()> {
        self.browser.wait(&format!("#{id}")).await?;
        self.browser.run(&format!("document.getElementById('{id}').value = '{day}'")).await.map(drop)
    }

    /// Chooses one of several.
    pub(super) async fn pick(&self, name: &str, value: &str) -> anyhow::Result<()> {
        self.browser.tap(&format!("label:has(input[name='{name}'][value='{value}'])")).await
    }

    /// Chooses day, month and year.
    pub(super) async fn pick_date(&self, day: chrono::NaiveDate) -> anyhow::Result<()> {
        let [year, month, of_month] = ["%Y", "%-m", "%-d"].map(|part| day.format(part).to_string());
        self.browser.type_into("input[name='day']", &of_month).await?;
        self.browser.tap(&format!("select[name='month'] option[value='{month}']")).await?;
        let choose = format!("document.querySelector(\"select[name='year']\").value = '{year}'");
        self.browser.run(&choose).await.map(drop)
    }

    /// *Selesai, orang berikutnya.*
    pub(super) async fn next(&self) -> anyhow::Result<()> {
        self.browser.tap("form[action$='/close'] button").await?;
        self.browser.wait("[data-live='/waiting']").await
    }

    /// Taps the page's main button.
    pub(super) async fn done(&self) -> anyhow::Result<()> {
        self.browser.tap(".act button.primary").await
    }

    /// Writes somebody down; whoever is there already and looks alike is somebody else.
    pub(super) async fn enrol(&self) -> anyhow::Result<()> {
        let gone = format!("return location.pathname !== '{}'", self.browser.path().await?);
        self.done().await?;
        self.until(&format!("{gone} || document.querySelector('input[name=seen]') !== null")).await?;
        if self.browser.attribute("input[name='seen']", "value").await.is_some() {
            self.done().await?;
        }
        self.until(&gone).await
    }

    /// Opens a page of the node.
    pub(super) async fn goto(&self, path: &str) -> anyhow::Result<()> {
        self.browser.goto(&format!("{}{path}", self.world.node_web()?)).await
    }

    /// Waits until the page whose address ends so is open.
    pub(super) async fn arrive(&self, end: &str) -> anyhow::Result<()> {
        let there = self.until(&format!("return location.pathname.endsWith('{end}')")).await;
        if there.is_err() {
            let shown = self.browser.text("main").await.unwrap_or_default();
            let at = self.browser.path().await.unwrap_or_default();
            there.with_context(|| format!("{at} instead of {end}: {shown}"))?;
        }
        self.browser.wait("main").await
    }

    /// Waits until something is so on the page.
    async fn until(&self, script: &str) -> anyhow::Result<()> {
        self.within(PATIENCE, script).await?.with_context(|| format!("never so: {script}"))
    }

    async fn within(&self, patience: Duration, script: &str) -> anyhow::Result<Option<()>> {
        let so = until(patience, async || {
            // between two pages there is none that could answer
            Ok((self.browser.run(script).await.ok() == Some(Value::Bool(true))).then_some(()))
        });
        so.await
    }

    /// Puts the phone away.
    pub(super) async fn close(self) -> anyhow::Result<()> {
        self.browser.close().await
    }
}
