//! The scale and the board: who comes, who cries, who is a guest.

use anyhow::Context;
use protocol::{CitizenId, VisitId};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use super::phone::Phone;
use crate::demo::compare::Expected;
use crate::demo::truth::{Meaning, Row, posture_word};
use crate::harness::World;
use crate::population::{Child, Coming, Story};
use growth::Posture;

/// How long a child wriggles, in its own seconds.
const CALM_S: f64 = 1.5;

/// A child that came.
#[derive(Debug, Clone)]
pub(super) struct Guest {
    pub(super) child: Child,
    /// What the instruments saw; nothing of one that cried.
    pub(super) coming: Option<Coming>,
    pub(super) visit: VisitId,
    /// It belongs to another posyandu.
    pub(super) is_guest: bool,
    /// What the hub must have of it.
    pub(super) expected: Option<Expected>,
}

impl Guest {
    /// What was measured, for the file of the truth.
    pub(super) fn row(&self) -> Option<&Row> {
        self.expected.as_ref().map(|expected| &expected.row)
    }
}

/// Weighs the village, then the guest, then the newborn when it is written down; the last of the village cries.
pub(super) async fn weigh_all(
    world: &World,
    phone: &Phone<'_>,
    mut newborn: UnboundedReceiver<Child>,
    to_board: UnboundedSender<Guest>,
) -> anyhow::Result<()> {
    let village = &world.village;
    let last = village.coming.len() - 1;
    for (nth, coming) in village.coming.iter().enumerate() {
        let child = &village.children[coming.child];
        let visit = phone.call(&child.name, child.id).await?;
        let mut guest =
            Guest { child: child.clone(), coming: Some(*coming), visit, is_guest: false, expected: None };
        if nth == last {
            cries(phone).await?;
            guest.coming = None;
        } else {
            weigh(phone, &guest).await?;
        }
        tracing::info!("{:>2} {} at the scale", nth + 1, child.name);
        to_board.send(guest)?;
    }
    let guest = from_elsewhere(world, phone).await.context("the guest")?;
    weigh(phone, &guest).await?;
    to_board.send(guest)?;
    let child = newborn.recv().await.context("nobody was born")?;
    let visit = phone.call(&child.name, child.id).await?;
    let guest = Guest { coming: Some(small(3_150, 4_960)), child, visit, is_guest: false, expected: None };
    weigh(phone, &guest).await.context("the newborn")?;
    Ok(to_board.send(guest)?)
}

async fn weigh(phone: &Phone<'_>, guest: &Guest) -> anyhow::Result<()> {
    let coming = guest.coming.context("it is weighed")?;
    phone.keep(coming.mass_g, CALM_S, None).await.with_context(|| guest.child.name.clone())?;
    // the board is another table's: *Ukur nanti*
    phone.goto("/").await
}

/// *Tidak bisa ditimbang: menangis*, and on the board's page the same.
async fn cries(phone: &Phone<'_>) -> anyhow::Result<()> {
    phone.browser.tap("details.cannot summary").await?;
    phone.browser.tap("details.cannot button[value='cries']").await?;
    phone.arrive("/length").await
}

/// Writes down a child of another posyandu, and stands at the scale with it.
async fn from_elsewhere(world: &World, phone: &Phone<'_>) -> anyhow::Result<Guest> {
    let born = world.village.day - chrono::Days::new(400);
    phone.goto("/children/new").await?;
    phone.fill(&[("name", "Tono Suparman"), ("mother", "Lilis Suryani")]).await?;
    phone.pick("sex", "l").await?;
    phone.pick_date(born).await?;
    phone.browser.tap("details.more summary").await?;
    phone.fill(&[("home", "Melati 2")]).await?;
    let child = phone.browser.attribute("input[name='child']", "value").await.context("it has an id")?;
    phone.enrol().await?;
    phone.arrive("/weight").await?;
    let visit = phone.visit().await?;
    let child = newcomer(child.parse()?, "Tono Suparman", "Lilis Suryani", growth::Sex::Male, born);
    Ok(Guest { child, coming: Some(small(9_420, 7_610)), visit, is_guest: true, expected: None })
}

/// Somebody of whom nothing is known but what was written down today.
pub(super) fn newcomer(
    id: CitizenId,
    name: &str,
    mother: &str,
    sex: growth::Sex,
    born: chrono::NaiveDate,
) -> Child {
    Child {
        id,
        name: name.into(),
        nik: None,
        birth_date: born,
        sex,
        mother: mother.into(),
        gestation_weeks: None,
        birth_mass_g: None,
        birth_order: None,
        kia_book: true,
        story: Story::Newcomer,
        visits: Vec::new(),
    }
}

fn small(mass_g: u32, length_tenth_mm: u32) -> Coming {
    Coming { child: usize::MAX, mass_g, length_tenth_mm, posture: Posture::Lying }
}

/// Measures everybody, tells the mother what it means, and lets her go; whoever is at it hands children on to the midwife.
pub(super) async fn measure_all(
    world: &World,
    phone: &Phone<'_>,
    mut weighed: UnboundedReceiver<Guest>,
    to_bidan: UnboundedSender<CitizenId>,
) -> anyhow::Result<Vec<Guest>> {
    let mut guests = Vec::new();
    while let Some(mut guest) = weighed.recv().await {
        measure(world, phone, &mut guest).await.with_context(|| guest.child.name.clone())?;
        tracing::info!("   {} goes home", guest.child.name);
        // the midwife may have given all she has
        let _ = to_bidan.send(guest.child.id);
        guests.push(guest);
    }
    Ok(guests)
}

async fn measure(world: &World, phone: &Phone<'_>, guest: &mut Guest) -> anyhow::Result<()> {
    let visit = guest.visit;
    phone.goto(&format!("/visits/{visit}/length")).await?;
    match guest.coming {
        Some(coming) => {
            phone.keep(coming.length_tenth_mm, CALM_S, Some(posture_word(coming.posture))).await?;
            let day = world.village.day;
            let row = Row::of(&guest.child, &coming, day, visit);
            guest.expected = Some(Expected { row, meaning: Meaning::of(&guest.child, &coming, day) });
        }
        None => {
            phone.browser.tap("details.cannot summary").await?;
            phone.browser.tap("details.cannot button[value='cries']").await?;
        }
    }
    phone.arrive("/result").await?;
    phone.goto(&format!("/visits/{visit}/counselling")).await?;
    phone.browser.tap_text(".act button.primary", "Sudah dijelaskan").await?;
    phone.browser.wait(".saved").await?;
    phone.browser.tap_text(".act button.primary", "Anak berikutnya").await?;
    phone.browser.wait("[data-live='/waiting']").await
}
