//! The third kader, at the board: whoever was weighed is measured, told what it means, and goes home.

use std::time::Duration;

use anyhow::Context;
use tokio::sync::mpsc;

use super::scale::{Hall, Weighed};
use crate::chance::Chance;
use crate::demo::compare::Expected;
use crate::demo::truth::{Meaning, Row, posture_word};
use crate::harness::page::plain;
use crate::harness::{Answer, Kader, Station};

const BOARD: &str = "papan";
/// How long the board may take to settle.
const PATIENCE: Duration = Duration::from_secs(25);

/// Measures everyone who comes; gives what the hub should have of each.
pub(super) async fn serve(
    hall: &Hall<'_>,
    chance: Chance,
    mut coming: mpsc::UnboundedReceiver<Weighed>,
) -> anyhow::Result<Vec<Expected>> {
    let kader = &hall.phones[2];
    let day = hall.world.village.day;
    let mut done = Vec::new();
    while let Some(weighed) = coming.recv().await {
        let calm_s = 1.3 + 1.7 * chance.apart(&weighed.visit.to_string()).unit();
        let measured = measure(hall, kader, &weighed, calm_s, done.len().is_multiple_of(2)).await;
        measured.with_context(|| format!("{} at the board", weighed.guest.child.name))?;
        kader.result(weighed.visit).await?;
        kader.close(weighed.visit).await?;
        let (child, coming) = (&weighed.guest.child, &weighed.guest.coming);
        let row = Row::of(child, coming, day, weighed.visit);
        done.push(Expected { row, meaning: Meaning::of(child, coming, day) });
        tracing::info!("{:>3} {} {:?}", done.len(), weighed.visit, weighed.guest.mishap);
    }
    Ok(done)
}

/// Measures once, and once more where the page asks for it and she has the patience.
async fn measure(
    hall: &Hall<'_>,
    kader: &Kader,
    weighed: &Weighed,
    calm_s: f64,
    patient: bool,
) -> anyhow::Result<()> {
    let answer = lay_down(hall, kader, weighed, calm_s).await?;
    let path = Station::Length.path(weighed.visit);
    let repeat = match &answer {
        Answer::Asked(question) if patient && plain(question).contains("Ini ukuran pertamanya") => {
            question.contains("name=\"repeat\"").then_some(question)
        }
        Answer::Asked(_) | Answer::Saved(_) => None,
    };
    let answer = match repeat {
        Some(question) => {
            let kept = kader.reply(&path, question, "insisted", &[("repeat", "ya")]).await?;
            hall.keep(kader, &path, kept).await?;
            lay_down(hall, kader, weighed, calm_s).await?
        }
        None => answer,
    };
    hall.keep(kader, &path, answer).await
}

async fn lay_down(hall: &Hall<'_>, kader: &Kader, weighed: &Weighed, calm_s: f64) -> anyhow::Result<Answer> {
    let coming = &weighed.guest.coming;
    let mut page = kader.open(weighed.visit, Station::Length).await?;
    hall.world.table.put_on(BOARD, coming.length_tenth_mm, calm_s)?;
    let shown = page.until(PATIENCE, |shown| shown.state == "siap").await?;
    let reading = shown.reading.context("ready without a reading")?;
    let posture = posture_word(coming.posture);
    kader.tap(&page.path, &[("event", &page.event), ("reading", &reading), ("posture", posture)]).await
}
