//! A station's page on a phone, step by step: what it shows while the instrument speaks, and what it answers to a tap.

use std::time::{Duration, Instant};

use anyhow::Context;
use protocol::VisitId;
use reqwest::{Response, StatusCode};

use super::kader::{Kader, Saved, Shown, Station, attribute_of_input, confirmed};
use super::page::{attribute, form_fields, plain};

/// A station's page that is open.
#[derive(Debug)]
pub struct Opened {
    /// Its address.
    pub path: String,
    /// The event its form is made for.
    pub event: String,
    /// The instrument it looks at.
    pub instrument: String,
    stream: Response,
    heard: String,
}

/// What a tap on *Simpan* was answered with.
#[derive(Debug)]
pub enum Answer {
    /// It is saved.
    Saved(Saved),
    /// The page asks first.
    Asked(String),
}

impl Kader {
    /// Opens the page of a station, which claims a free instrument, and listens to it.
    pub async fn open(&self, visit: VisitId, station: Station) -> anyhow::Result<Opened> {
        let path = station.path(visit);
        let page = self.page(&path).await?;
        let source = attribute(&page, "data-live-source").context("the page shows no instrument")?;
        let event = attribute_of_input(&page, "event")?;
        let instrument = source.rsplit_once("on=").map_or("", |(_, id)| id).to_owned();
        let stream = self.get(&source).await?;
        Ok(Opened { path, event, instrument, stream, heard: String::new() })
    }

    /// Taps *Simpan*.
    pub async fn tap(&self, path: &str, form: &[(&str, &str)]) -> anyhow::Result<Answer> {
        let tapped = Instant::now();
        let answer = self.post(path, form).await?;
        if answer.status() == StatusCode::OK {
            return Ok(Answer::Asked(answer.text().await?));
        }
        confirmed(answer, tapped).await.map(Answer::Saved)
    }

    /// Gives the answer of a question's form that has the field `marked`, with more fields, at `path`.
    pub async fn reply(
        &self,
        path: &str,
        question: &str,
        marked: &str,
        more: &[(&str, &str)],
    ) -> anyhow::Result<Answer> {
        let form = form_fields(question, marked)
            .with_context(|| format!("no form with {marked}: {}", plain(question)))?;
        let form: Vec<(&str, &str)> = form
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .chain(more.iter().copied())
            .collect();
        self.tap(path, &form).await
    }
}

impl Opened {
    /// Waits until the page shows what is wanted.
    pub async fn until(
        &mut self,
        patience: Duration,
        mut wanted: impl FnMut(&Shown) -> bool,
    ) -> anyhow::Result<Shown> {
        let mut last = None;
        let seen = tokio::time::timeout(patience, async {
            loop {
                let shown = self.next().await?;
                if wanted(&shown) {
                    return anyhow::Ok(shown);
                }
                last = Some(shown);
            }
        });
        seen.await.with_context(|| format!("{} stands at {last:?}", self.instrument))?
    }

    /// Waits until the page would wake *Simpan* in this state; gives the reading it would keep.
    pub async fn reading(&mut self, state: &str, patience: Duration) -> anyhow::Result<String> {
        let shown = self.until(patience, |shown| shown.state == state && shown.reading.is_some()).await?;
        shown.reading.context("it was waited for")
    }

    /// The fields of the form that keep a reading.
    pub fn kept<'a>(&'a self, reading: &'a str) -> [(&'a str, &'a str); 2] {
        [("event", &self.event), ("reading", reading)]
    }

    async fn next(&mut self) -> anyhow::Result<Shown> {
        loop {
            while let Some((event, rest)) = self.heard.split_once("\n\n") {
                let shown = event.lines().find_map(|line| line.strip_prefix("data:"));
                let shown = shown.and_then(|shown| serde_json::from_str(shown.trim()).ok());
                self.heard = rest.to_owned();
                if let Some(shown) = shown {
                    return Ok(shown);
                }
            }
            let piece = self.stream.chunk().await?.context("the live stream ended")?;
            self.heard.push_str(&String::from_utf8_lossy(&piece));
        }
    }
}
