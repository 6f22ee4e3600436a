//! A kader at the node's own pages: signs in, opens visits, weighs, measures, reads the result. Nothing she does goes
//! by another door than a phone's browser would.

use std::time::{Duration, Instant};

use anyhow::Context;
use protocol::{CitizenId, VisitId};
use reqwest::{Client, Response, StatusCode, multipart, redirect};
use serde::Deserialize;

use super::page::{attribute, browser, form_fields, plain};
use super::table::Table;

/// How long a page may take at most, the slowest machine and the largest roster counted.
const PAGE_WITHIN: Duration = Duration::from_secs(30);
/// How long a child may take to settle, in its own time.
const SETTLED_WITHIN_S: u64 = 60;
/// And how long a busy machine may stall everybody, which makes a child settle anew.
const MACHINE_MAY_TAKE: Duration = Duration::from_secs(60);

/// What is taken at a station.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Station {
    /// The scale.
    Weight,
    /// The board.
    Length,
}

impl Station {
    /// Its page in a visit.
    pub fn path(self, visit: VisitId) -> String {
        format!("/visits/{visit}/{}", self.word())
    }

    fn word(self) -> &'static str {
        match self {
            Station::Weight => "weight",
            Station::Length => "length",
        }
    }
}

/// A signed-in kader.
#[derive(Debug, Clone)]
pub struct Kader {
    client: Client,
    base: String,
}

/// A save the node has confirmed.
#[derive(Debug, Clone, Copy)]
pub struct Saved {
    /// When the answer was there.
    pub at: Instant,
    /// How long it took from the tap.
    pub took: Duration,
}

/// What the live stream of a station says.
#[derive(Debug, Clone, Deserialize)]
pub struct Shown {
    /// `kosong`, `bergerak`, `siap`, `tawaran`, `dipakai`, `putus`, `salah`.
    pub state: String,
    /// The figure, as people write it.
    pub figure: String,
    /// The reading that *Simpan* would keep.
    pub reading: Option<String>,
}

impl Kader {
    /// Signs in by name and PIN.
    pub async fn sign_in(base: &str, name: &str, pin: &str) -> anyhow::Result<Self> {
        let client = browser()
            .cookie_store(true)
            .redirect(redirect::Policy::none()) // a save is over when it is answered, not when the next page is there
            .timeout(PAGE_WITHIN)
            .build()?;
        let kader = Self { client, base: base.trim_end_matches('/').to_owned() };
        let names = kader.page("/sign-in").await?;
        let link = names
            .split("href=\"/sign-in/")
            .skip(1)
            .find(|rest| plain(rest).contains(name))
            .and_then(|rest| rest.split('"').next())
            .with_context(|| format!("{name} is not on the sign-in page"))?;
        let answer = kader.post(&format!("/sign-in/{link}"), &[("pin", pin)]).await?;
        anyhow::ensure!(
            answer.status() == StatusCode::SEE_OTHER,
            "{name} was not let in: {}",
            answer.status()
        );
        Ok(kader)
    }

    /// Reads a page, following where it leads.
    pub async fn page(&self, path: &str) -> anyhow::Result<String> {
        let mut path = path.to_owned();
        for _ in 0..5 {
            let answer = self.client.get(format!("{}{path}", self.base)).send().await?;
            match leads_to(&answer) {
                Some(next) => path = next,
                None => {
                    let status = answer.status();
                    let text = answer.text().await?;
                    anyhow::ensure!(status.is_success(), "{path}: {status}: {}", plain(&text));
                    return Ok(text);
                }
            }
        }
        anyhow::bail!("{path} leads nowhere")
    }

    /// Asks for a page as it is, whatever the answer.
    pub async fn get(&self, path: &str) -> anyhow::Result<Response> {
        Ok(self.client.get(format!("{}{path}", self.base)).send().await?)
    }

    /// Reads a file.
    pub async fn fetch(&self, path: &str) -> anyhow::Result<Vec<u8>> {
        let answer = self.client.get(format!("{}{path}", self.base)).send().await?;
        anyhow::ensure!(answer.status().is_success(), "{path}: {}", answer.status());
        Ok(answer.bytes().await?.to_vec())
    }

    /// Sends a file with a form, and gives the page that answers.
    pub async fn upload(&self, path: &str, field: &'static str, file: Vec<u8>) -> anyhow::Result<String> {
        upload(&self.client, &format!("{}{path}", self.base), field, file)
            .await?
            .text()
            .await
            .map_err(Into::into)
    }

    /// Sends a form.
    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> anyhow::Result<Response> {
        Ok(self.client.post(format!("{}{path}", self.base)).form(form).send().await?)
    }

    /// Opens today's visit of a child.
    pub async fn open_visit(&self, child: CitizenId) -> anyhow::Result<VisitId> {
        let answer = self.post("/visits", &[("citizen", &child.to_string())]).await?;
        let path = leads_to(&answer).with_context(|| format!("no visit was opened: {}", answer.status()))?;
        let id = path.split('/').nth(2).context("the visit's page has no id in its address")?;
        Ok(id.parse()?)
    }

    /// Weighs or measures through an instrument on the table, and takes the child off again.
    pub async fn measure(
        &self,
        visit: VisitId,
        station: Station,
        table: &Table,
        value: u32,
        calm_s: f64,
        extra: &[(&str, &str)],
    ) -> anyhow::Result<Saved> {
        let patience = Duration::from_secs(SETTLED_WITHIN_S) / table.pace() + MACHINE_MAY_TAKE;
        let mut on = String::new();
        let put_on = |instrument: &str| {
            on = instrument.to_owned();
            table.put_on(instrument, value, calm_s)
        };
        let saved = self.take(visit, station, patience, put_on, extra).await;
        if !on.is_empty() {
            table.take_off(&on)?;
        }
        saved.with_context(|| format!("{value} on {on}"))
    }

    /// Weighs or measures through any instrument: claims it by opening the page, has the child put on the one the page
    /// names, waits until it says *siap*, saves.
    pub async fn take(
        &self,
        visit: VisitId,
        station: Station,
        patience: Duration,
        put_on: impl FnOnce(&str) -> anyhow::Result<()>,
        extra: &[(&str, &str)],
    ) -> anyhow::Result<Saved> {
        let mut open = self.open(visit, station).await?;
        put_on(&open.instrument)?;
        let reading = open.reading("siap", patience).await.context("it did not settle")?;
        self.save(&open.path, &[&open.kept(&reading)[..], extra].concat()).await
    }

    /// Weighs on an instrument that tells one number when it is done: opens the page, lets it happen, waits until the page
    /// asks whether it is this child's, and says so.
    pub async fn confirm(
        &self,
        visit: VisitId,
        station: Station,
        happens: impl Future<Output = anyhow::Result<()>>,
    ) -> anyhow::Result<Saved> {
        let mut open = self.open(visit, station).await?;
        happens.await?;
        let reading = open.reading("tawaran", MACHINE_MAY_TAKE).await.context("nothing was offered")?;
        self.save(&open.path, &open.kept(&reading)).await
    }

    /// Types a value instead.
    pub async fn type_in(
        &self,
        visit: VisitId,
        station: Station,
        figure: &str,
        extra: &[(&str, &str)],
    ) -> anyhow::Result<Saved> {
        let path = station.path(visit);
        let event = attribute_of_input(&self.page(&format!("{path}?how=typed")).await?, "event")?;
        let form = [&[("event", event.as_str()), ("typed", figure)], extra].concat();
        self.save(&path, &form).await
    }

    /// Saves; where the page asks whether it can be right, insists.
    pub async fn save(&self, path: &str, form: &[(&str, &str)]) -> anyhow::Result<Saved> {
        let tapped = Instant::now();
        let answer = self.post(path, form).await?;
        if answer.status() == StatusCode::OK {
            let question = answer.text().await?;
            let kept = form_fields(&question, "insisted").context("the page neither saves nor asks")?;
            let kept: Vec<(&str, &str)> =
                kept.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let tapped = Instant::now();
            return confirmed(self.post(path, &kept).await?, tapped).await;
        }
        confirmed(answer, tapped).await
    }

    /// The result page of a visit, which must say that it is saved.
    pub async fn result(&self, visit: VisitId) -> anyhow::Result<String> {
        let page = self.page(&format!("/visits/{visit}/result")).await?;
        anyhow::ensure!(
            plain(&page).contains("tersimpan di alat"),
            "the result does not say that it is saved"
        );
        Ok(page)
    }

    /// *Anak berikutnya.*
    pub async fn close(&self, visit: VisitId) -> anyhow::Result<()> {
        let answer = self.post(&format!("/visits/{visit}/close"), &[]).await?;
        anyhow::ensure!(
            answer.status() == StatusCode::SEE_OTHER,
            "the visit was not closed: {}",
            answer.status()
        );
        Ok(())
    }
}

/// Sends a file as browsers do.
pub(super) async fn upload(
    client: &Client,
    address: &str,
    field: &'static str,
    file: Vec<u8>,
) -> anyhow::Result<Response> {
    let part = multipart::Part::bytes(file).file_name("simpul.spl").mime_str("application/octet-stream")?;
    Ok(client.post(address).multipart(multipart::Form::new().part(field, part)).send().await?)
}

pub(super) async fn confirmed(answer: Response, tapped: Instant) -> anyhow::Result<Saved> {
    let (at, status) = (Instant::now(), answer.status());
    if status != StatusCode::SEE_OTHER {
        anyhow::bail!("not saved: {status}: {}", plain(&answer.text().await?));
    }
    Ok(Saved { at, took: at - tapped })
}

/// Where a page sends the browser on to.
pub fn leads_to(answer: &Response) -> Option<String> {
    let location = answer.headers().get("location")?.to_str().ok()?;
    answer.status().is_redirection().then(|| location.to_owned())
}

pub(super) fn attribute_of_input(page: &str, name: &str) -> anyhow::Result<String> {
    let input = page.split("<input").find(|input| attribute(input, "name").as_deref() == Some(name));
    input.and_then(|input| attribute(input, "value")).with_context(|| format!("the page has no field {name}"))
}
