//! A kader who saves visits all the while, whatever happens to her node, and notes what each page called *tersimpan*.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use protocol::VisitId;
use reqwest::{Response, StatusCode};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::ledger::{Claim, Ledger, Moment, Standing, What};
use super::post::Post;
use crate::chance::Chance;
use crate::harness::kader::leads_to;
use crate::harness::page::{form_fields, plain};
use crate::harness::{Kader, Station};

/// How long one reading is tried before she turns to the next child.
const PATIENCE: Duration = Duration::from_secs(45);
const LOOK_AGAIN: Duration = Duration::from_millis(150);
/// How long she takes between two visits, in milliseconds.
const BETWEEN_MS: (u64, u64) = (150, 700);
/// Questions a page may ask one after another before a visit is opened.
const QUESTIONS: usize = 4;
/// How often a reading is taken again, a visit's length left out, a phone's clock told to the node.
const AGAIN: f64 = 0.1;
const NO_LENGTH: f64 = 0.15;
const TELLS_DATE: f64 = 0.4;

/// A kader at her posyandu.
#[derive(Debug)]
pub(super) struct Saver {
    post: Arc<Post>,
    ledger: Arc<Ledger>,
    chance: Chance,
    kader: Option<Kader>,
    stop: watch::Receiver<bool>,
}

/// The fields of a form, by name.
type Form = Vec<(String, String)>;

/// How one attempt at a reading ended.
enum Attempt {
    /// The page says that it is saved.
    Saved,
    /// Not yet; again in a moment.
    Again,
    /// The visit is not there any more, or over.
    Gone,
}

impl Saver {
    pub(super) fn new(
        post: &Arc<Post>,
        ledger: &Arc<Ledger>,
        seed: u64,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let chance = Chance::new(seed).apart(&format!("kader {}", post.nth));
        Self { post: Arc::clone(post), ledger: Arc::clone(ledger), chance, kader: None, stop }
    }

    /// Goes on until told to stop. An error is one of the run's own, never the node's.
    pub(super) async fn work(mut self) -> anyhow::Result<()> {
        while !*self.stop.borrow() {
            self.visit().await.with_context(|| format!("the kader at posyandu {}", self.post.nth))?;
            let pause = BETWEEN_MS.0 + self.chance.below(BETWEEN_MS.1 - BETWEEN_MS.0);
            let _ =
                tokio::time::timeout(Duration::from_millis(pause), self.stop.wait_for(|stop| *stop)).await;
        }
        Ok(())
    }

    /// One child from the door to *Anak berikutnya*, as far as the node lets her.
    async fn visit(&mut self) -> anyhow::Result<()> {
        let Some(visit) = self.open().await? else { return Ok(()) };
        for station in [Station::Weight, Station::Length] {
            if station == Station::Length && self.chance.happens(NO_LENGTH) {
                continue;
            }
            if !self.take(visit, station).await? {
                return Ok(());
            }
            let again = self.chance.happens(AGAIN) && self.tap_again(visit, station).await?;
            if again && !self.take(visit, station).await? {
                return Ok(());
            }
        }
        if let Some(kader) = self.kader().await? {
            let _ = kader.post(&format!("/visits/{}/close", visit.0), &[]).await;
        }
        Ok(())
    }

    /// Calls a child in, through the questions the page may ask first: whether it comes a second time today, and for the
    /// date where the node does not know it, which she sometimes tells.
    async fn open(&mut self) -> anyhow::Result<Option<(VisitId, Uuid)>> {
        let child = *self.chance.one_of(&self.post.children);
        let tells = self.chance.happens(TELLS_DATE);
        let Some(kader) = self.kader().await? else { return Ok(None) };
        let (mut path, mut form) = ("/visits", vec![("citizen".to_owned(), child.to_string())]);
        for _ in 0..QUESTIONS {
            let before = self.post.moment();
            let fields: Vec<(&str, &str)> =
                form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let Ok(answer) = kader.post(path, &fields).await else { return Ok(None) };
            if path == "/clock" && answer.status().is_redirection() {
                self.date_was_told(before).await?;
            }
            if answer.status() != StatusCode::OK {
                self.minding_sign_in(&answer);
                let visit =
                    leads_to(&answer).and_then(|path| path.split('/').nth(2)?.parse::<VisitId>().ok());
                return Ok(visit.map(|visit| (visit, child.0)));
            }
            let Ok(page) = answer.text().await else { return Ok(None) };
            let Some(next) = self.answer(&page, tells && path != "/clock") else { return Ok(None) };
            (path, form) = next;
        }
        Ok(None)
    }

    /// What she taps on a page that asks something before a visit is opened.
    fn answer(&self, page: &str, tells: bool) -> Option<(&'static str, Form)> {
        if let Some(mut form) = form_fields(page, "now").filter(|_| tells) {
            let phone = self.post.phone().format("%Y-%m-%dT%H:%M:%S").to_string();
            form.retain(|(name, _)| name != "now");
            form.push(("now".to_owned(), phone));
            return Some(("/clock", form));
        }
        let form = form_fields(page, "again").or_else(|| form_fields(page, "later"))?;
        Some(("/visits", form))
    }

    async fn date_was_told(&mut self, before: Moment) -> anyhow::Result<()> {
        // Whether it was this start that was told, or one after a kill, nobody can say when they differ.
        if before.boot == self.post.moment().boot && before.date.is_none() {
            self.ledger.find(before.boot, self.post.phone().date()).await?;
            self.post.told(before.boot);
        }
        Ok(())
    }

    /// Takes one reading until the page says that it is saved; not if the visit is gone or she must stop.
    async fn take(&mut self, visit: (VisitId, Uuid), station: Station) -> anyhow::Result<bool> {
        let given_up = Instant::now() + PATIENCE;
        while Instant::now() < given_up {
            match self.attempt(visit, station).await? {
                Attempt::Saved => return Ok(true),
                Attempt::Gone => return Ok(false),
                Attempt::Again if *self.stop.borrow() => return Ok(false),
                Attempt::Again => sleep(LOOK_AGAIN).await,
            }
        }
        Ok(false)
    }

    async fn attempt(
        &mut self,
        (visit, child): (VisitId, Uuid),
        station: Station,
    ) -> anyhow::Result<Attempt> {
        let Some(kader) = self.kader().await? else { return Ok(Attempt::Again) };
        let path = station.path(visit);
        let instruments = self.post.table.is_some();
        let how = if instruments { "" } else { "?how=typed" };
        let Ok(answer) = kader.get(&format!("{path}{how}")).await else { return Ok(Attempt::Again) };
        self.minding_sign_in(&answer);
        match answer.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND | StatusCode::GONE => return Ok(Attempt::Gone),
            _ => return Ok(Attempt::Again),
        }
        let Ok(page) = answer.text().await else { return Ok(Attempt::Again) };
        if page.contains("class=\"figure still\"") {
            return self.kept(&page, visit, station).await;
        }
        let Some(event) = event_of(&page) else { return Ok(Attempt::Again) };
        let known = self.ledger.claim(event);
        let first = known.is_none();
        let claim = match known {
            Some(known) => Claim { moments: BTreeSet::from([self.post.moment()]), ..known },
            None => self.new_claim(event, (visit, child), station),
        };
        let value = claim.value;
        self.ledger.ask(claim).await?;
        let answer = match instruments {
            true => self.by_instrument(&kader, visit, station, value).await,
            false => typed(&kader, &path, event, station, value).await,
        };
        self.settle(event, first, &path, answer).await
    }

    fn new_claim(&mut self, event: Uuid, (visit, child): (VisitId, Uuid), station: Station) -> Claim {
        let what = What::at(station);
        let earlier = self.ledger.of_visit(visit.0, what);
        // A page asks for a second reading only when what was saved before is to be replaced.
        let replaces = earlier.iter().rfind(|claim| claim.standing == Standing::Saved);
        Claim {
            event,
            what,
            node: self.post.nth,
            card: self.post.card(),
            child,
            visit: visit.0,
            value: self.value(station, replaces.map(|claim| claim.value)),
            replaces: replaces.map(|claim| claim.event),
            moments: BTreeSet::from([self.post.moment()]),
            standing: Standing::Unknown,
        }
    }

    /// Notes what the page said to a save.
    async fn settle(
        &mut self,
        event: Uuid,
        first: bool,
        path: &str,
        answer: anyhow::Result<Said>,
    ) -> anyhow::Result<Attempt> {
        let after = self.post.moment();
        match answer {
            Ok(Said::Saved(next)) if next != path && next.starts_with("/visits/") => {
                self.ledger.say(event, Standing::Saved, Some(after)).await?;
                Ok(Attempt::Saved)
            }
            Ok(Said::Saved(next)) => {
                if next.starts_with("/sign-in") {
                    self.kader = None;
                }
                self.ledger.refuse(event, first, after).await?;
                Ok(Attempt::Again)
            }
            Ok(Said::Answer(status)) => {
                let refused = [StatusCode::INSUFFICIENT_STORAGE, StatusCode::GONE, StatusCode::NOT_FOUND];
                if refused.contains(&status) {
                    self.ledger.refuse(event, first, after).await?;
                }
                let over = status == StatusCode::GONE || status == StatusCode::NOT_FOUND;
                Ok(if over { Attempt::Gone } else { Attempt::Again })
            }
            Err(err) => {
                tracing::debug!("posyandu {}: {event} has no answer: {err:#}", self.post.nth);
                Ok(Attempt::Again)
            }
        }
    }

    /// The page shows a value that is kept: one of those she asked for, perhaps one whose answer was lost.
    async fn kept(&mut self, page: &str, visit: VisitId, station: Station) -> anyhow::Result<Attempt> {
        let shown = shown(page);
        let asked = self.ledger.of_visit(visit.0, What::at(station));
        let found = asked.iter().rfind(|claim| shown.as_deref() == Some(&figure(station, claim.value)));
        let Some(claim) = found else {
            tracing::error!("posyandu {}: visit {visit} shows {shown:?}, asked for {asked:?}", self.post.nth);
            self.ledger.strange();
            return Ok(Attempt::Gone);
        };
        self.ledger.say(claim.event, Standing::Saved, None).await?;
        Ok(Attempt::Saved)
    }

    async fn by_instrument(
        &mut self,
        kader: &Kader,
        visit: VisitId,
        station: Station,
        value: u32,
    ) -> anyhow::Result<Said> {
        let table = self.post.table.as_ref().context("there are no instruments here")?;
        let calm_s = 1.0 + 2.0 * self.chance.unit();
        kader.measure(visit, station, table, value, calm_s, &[]).await?;
        Ok(Said::Saved(format!("/visits/{visit}/next")))
    }

    /// *Timbang ulang*: what is saved stays until a newer reading takes its place.
    async fn tap_again(&mut self, (visit, _): (VisitId, Uuid), station: Station) -> anyhow::Result<bool> {
        let Some(kader) = self.kader().await? else { return Ok(false) };
        let what = if station == Station::Weight { "weight" } else { "length" };
        let answer = kader.post(&format!("/visits/{visit}/again"), &[("what", what)]).await;
        Ok(answer.is_ok_and(|answer| leads_to(&answer).is_some_and(|path| path == station.path(visit))))
    }

    /// A value nobody took a moment ago, on the grid of the instruments.
    fn value(&mut self, station: Station, earlier: Option<u32>) -> u32 {
        let instruments = self.post.table.is_some();
        loop {
            let value = match (station, instruments) {
                (Station::Weight, true) => 6_000 + 50 * self.chance.below(120) as u32,
                (Station::Weight, false) => 6_000 + 10 * self.chance.below(600) as u32,
                (Station::Length, _) => 6_500 + 10 * self.chance.below(300) as u32,
            };
            if Some(value) != earlier {
                return value;
            }
        }
    }

    /// Signed in, or `None` while that does not work.
    async fn kader(&mut self) -> anyhow::Result<Option<Kader>> {
        if self.kader.is_none() {
            match Kader::sign_in(&self.post.web(), self.post.kader, self.post.pin).await {
                Ok(kader) => self.kader = Some(kader),
                Err(_) => sleep(LOOK_AGAIN).await, // the node is down, or has a pause after PINs it could not finish
            }
        }
        Ok(self.kader.clone())
    }

    fn minding_sign_in(&mut self, answer: &Response) {
        if leads_to(answer).is_some_and(|path| path.starts_with("/sign-in")) {
            self.kader = None;
        }
    }
}

/// What a page said to a save.
enum Said {
    /// It leads on: to the next step if it is saved.
    Saved(String),
    /// Something else.
    Answer(StatusCode),
}

/// Sends a typed figure, and insists where the page asks.
async fn typed(kader: &Kader, path: &str, event: Uuid, station: Station, value: u32) -> anyhow::Result<Said> {
    let event = event.to_string();
    let digits = figure(station, value);
    let digits = digits.split(' ').next().unwrap_or_default();
    let mut answer = kader.post(path, &[("event", event.as_str()), ("typed", digits)]).await?;
    if answer.status() == StatusCode::OK {
        let question = answer.text().await?;
        let kept = form_fields(&question, "insisted").context("the page neither saves nor asks")?;
        let kept: Vec<(&str, &str)> =
            kept.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        answer = kader.post(path, &kept).await?;
    }
    Ok(leads_to(&answer).map_or(Said::Answer(answer.status()), Said::Saved))
}

/// A value as pages write it.
pub(super) fn figure(station: Station, value: u32) -> String {
    match station {
        Station::Weight => format!("{},{:02} kg", value / 1000, value / 10 % 100),
        Station::Length => format!("{},{} cm", value / 100, value / 10 % 10),
    }
}

/// The value a page shows as kept.
pub(super) fn shown(page: &str) -> Option<String> {
    let (_, rest) = page.split_once("class=\"figure still\">")?;
    Some(plain(rest.split("</p>").next()?))
}

/// The event the page's form is made for.
fn event_of(page: &str) -> Option<Uuid> {
    let fields = form_fields(page, "event")?;
    fields.into_iter().find(|(name, _)| name == "event").and_then(|(_, value)| Uuid::parse_str(&value).ok())
}
