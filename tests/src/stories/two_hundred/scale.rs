//! One kader at one scale, and everything that goes otherwise there.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context;
use protocol::VisitId;
use tokio::sync::mpsc;

use super::guests::{Guest, Mishap};
use crate::chance::Chance;
use crate::harness::kader::Shown;
use crate::harness::page::plain;
use crate::harness::{Answer, Kader, Opened, Station, World};

/// How long a page may take to show something; everything here lasts a few seconds at most.
const PATIENCE: Duration = Duration::from_secs(25);
/// How often a page may ask before it saves.
const QUESTIONS: usize = 3;

/// Who has been weighed and goes on to the board.
#[derive(Debug)]
pub(super) struct Weighed {
    pub(super) guest: Guest,
    pub(super) visit: VisitId,
}

/// What all three kader share: the world, the phones, and what they have counted.
#[derive(Debug)]
pub(super) struct Hall<'a> {
    pub(super) world: &'a World,
    pub(super) phones: [Kader; 3],
    /// How many events they have made.
    pub(super) events: AtomicU64,
    /// How many numbers waited for a name instead of being taken.
    pub(super) offered: AtomicU64,
}

/// A kader at a scale.
#[derive(Debug)]
pub(super) struct Scale<'a> {
    pub(super) hall: &'a Hall<'a>,
    /// Whose phone she has.
    pub(super) phone: usize,
    pub(super) instrument: &'static str,
    pub(super) chance: Chance,
    /// The last child is still on it.
    pub(super) occupied: bool,
}

impl Hall<'_> {
    /// Answers a page's questions until it saves.
    pub(super) async fn keep(&self, kader: &Kader, path: &str, answer: Answer) -> anyhow::Result<()> {
        let mut answer = answer;
        for _ in 0..QUESTIONS {
            match answer {
                Answer::Saved(_) => {
                    self.events.fetch_add(1, Ordering::Relaxed);
                    return Ok(());
                }
                Answer::Asked(question) => answer = kader.reply(path, &question, "insisted", &[]).await?,
            }
        }
        anyhow::bail!("{path} asks and asks")
    }
}

impl Scale<'_> {
    /// Weighs a whole queue; each goes on to the board at once.
    pub(super) async fn serve(
        mut self,
        queue: Vec<Guest>,
        board: mpsc::UnboundedSender<Weighed>,
    ) -> anyhow::Result<()> {
        let mut queue = queue.into_iter().peekable();
        while let Some(guest) = queue.next() {
            let visit = self.phone().open_visit(guest.child.id).await?;
            let mistaken = matches!(guest.mishap, Mishap::WrongTwin | Mishap::Stranger);
            let said = || format!("{:?} of {} on {}", guest.mishap, guest.child.name, self.instrument);
            let mut page = if mistaken {
                let other = queue.next().context("somebody was mistaken for nobody")?;
                let taken = self.phone().open_visit(other.child.id).await?;
                let page = self.mistake(&guest, visit, &other, taken).await.with_context(said)?;
                board.send(Weighed { guest: other, visit: taken })?;
                page
            } else {
                let next = queue.peek().filter(|next| !matches!(next.mishap, Mishap::Carried { .. }));
                let next = match next.filter(|_| guest.mishap == Mishap::Peeked) {
                    Some(next) => Some(self.phone().open_visit(next.child.id).await?),
                    None => None,
                };
                self.weigh(&guest, visit, next).await.with_context(said)?
            };
            self.occupied = guest.mishap == Mishap::StaysOn;
            // who was carried has been lifted at each step
            if !self.occupied && !matches!(guest.mishap, Mishap::Carried { .. }) {
                self.lift(&mut page).await.with_context(said)?;
            }
            board.send(Weighed { guest, visit })?;
        }
        Ok(())
    }

    /// Gives the page, which still shows what happens on the scale.
    async fn weigh(&self, guest: &Guest, visit: VisitId, next: Option<VisitId>) -> anyhow::Result<Opened> {
        let mass_g = guest.coming.mass_g;
        if guest.mishap == Mishap::OnThePanFirst {
            self.put_on(mass_g, 1.0)?;
            self.phone().page("/waiting").await?; // she is still at the list
            let mut page = self.phone().open(visit, Station::Weight).await?;
            self.save(&mut page, &["tawaran", "siap"], self.phone()).await?;
            return Ok(page);
        }
        if let Mishap::Carried { carer_g } = guest.mishap {
            return self.carry(visit, mass_g, carer_g).await;
        }
        let mut page = self.emptied(visit).await?;
        if guest.mishap == Mishap::LiftedEarly {
            self.put_on(mass_g, 8.0)?;
            page.until(PATIENCE, |shown| shown.state == "bergerak").await?;
            let shown = self.lift(&mut page).await?;
            anyhow::ensure!(shown.reading.is_none(), "a child that was lifted left {shown:?}");
        }
        let calm_s = if guest.mishap == Mishap::Wriggles { 18.0 } else { self.calm_s(visit) };
        self.put_on(mass_g, calm_s)?;
        if let Some(next) = next {
            let mut peeking = self.other_phone().open(next, Station::Weight).await?;
            let shown = peeking.until(PATIENCE, |shown| shown.state == "dipakai").await?;
            anyhow::ensure!(shown.reading.is_none(), "a peeking phone was given {shown:?}");
        }
        let phone = if guest.mishap == Mishap::PhonesSwapped { self.other_phone() } else { self.phone() };
        self.save(&mut page, &["siap"], phone).await?;
        Ok(page)
    }

    /// The page of one child is open and another one is put on; both get their own number in the end.
    async fn mistake(
        &self,
        guest: &Guest,
        visit: VisitId,
        other: &Guest,
        taken: VisitId,
    ) -> anyhow::Result<Opened> {
        let mut page = self.emptied(visit).await?;
        self.put_on(other.coming.mass_g, 2.0)?;
        let shown = page.until(PATIENCE, |shown| shown.state == "siap").await?;
        let reading = shown.reading.context("ready without a reading")?;
        let form = [("event", page.event.as_str()), ("reading", &reading)];
        let Answer::Asked(question) = self.phone().tap(&page.path, &form).await? else {
            anyhow::bail!("nobody was asked whose number it is")
        };
        let path = Station::Weight.path(taken);
        if guest.mishap == Mishap::WrongTwin {
            let answer = self.phone().reply(&path, &question, "from", &[]).await?;
            self.hall.keep(self.phone(), &path, answer).await?;
        } else {
            anyhow::ensure!(plain(&question).contains("Ini benar-benar"), "{}", plain(&question));
            self.phone().post(&format!("/visits/{visit}/other"), &[("what", "weight")]).await?;
            let mut page = self.phone().open(taken, Station::Weight).await?;
            self.save(&mut page, &["tawaran"], self.phone()).await?;
        }
        let mut page = self.phone().open(visit, Station::Weight).await?;
        self.lift(&mut page).await?;
        self.put_on(guest.coming.mass_g, 2.0)?;
        self.save(&mut page, &["siap"], self.phone()).await?;
        Ok(page)
    }

    /// Carer and child, then the carer alone, or the other way round.
    async fn carry(&self, visit: VisitId, mass_g: u32, carer_g: u32) -> anyhow::Result<Opened> {
        let path = Station::Weight.path(visit);
        self.phone().post(&format!("/visits/{visit}/carry"), &[("turn", "begin")]).await?;
        let mut steps = [carer_g + mass_g, carer_g];
        if carer_g.is_multiple_of(100) {
            steps.reverse();
        }
        let mut page = self.emptied(visit).await?;
        for load_g in steps {
            self.put_on(load_g, 2.0)?;
            let shown = page.until(PATIENCE, |shown| shown.state == "siap").await?;
            let reading = shown.reading.context("ready without a reading")?;
            let form = [("event", page.event.as_str()), ("reading", &reading)];
            let taken = self.phone().tap(&path, &form).await?;
            anyhow::ensure!(matches!(taken, Answer::Saved(_)), "a step was asked about");
            self.lift(&mut page).await?;
        }
        let summary = self.phone().page(&path).await?;
        let answer = self.phone().reply(&path, &summary, "carried", &[]).await?;
        self.hall.keep(self.phone(), &path, answer).await?;
        Ok(page)
    }

    /// Waits for one of the states that have a reading, and saves it on a phone.
    async fn save(&self, page: &mut Opened, states: &[&str], phone: &Kader) -> anyhow::Result<()> {
        anyhow::ensure!(page.instrument == self.instrument, "the page looks at {}", page.instrument);
        let shown = page.until(PATIENCE, |shown| states.contains(&shown.state.as_str())).await?;
        self.hall.offered.fetch_add(u64::from(shown.state == "tawaran"), Ordering::Relaxed);
        let reading = shown.reading.context("ready without a reading")?;
        let answer = phone.tap(&page.path, &[("event", &page.event), ("reading", &reading)]).await?;
        self.hall.keep(phone, &page.path, answer).await
    }

    /// Opens a child's page on an empty scale. Where the child before is lifted only now, the page has to say so, and
    /// must not take its number.
    async fn emptied(&self, visit: VisitId) -> anyhow::Result<Opened> {
        let mut page = self.phone().open(visit, Station::Weight).await?;
        if self.occupied {
            let shown = page.until(PATIENCE, |shown| shown.state == "sisa").await?;
            anyhow::ensure!(shown.reading.is_none(), "the child before left {shown:?}");
            self.lift(&mut page).await?;
        }
        Ok(page)
    }

    fn phone(&self) -> &Kader {
        &self.hall.phones[self.phone]
    }

    fn other_phone(&self) -> &Kader {
        &self.hall.phones[(self.phone + 1) % self.hall.phones.len()]
    }

    fn calm_s(&self, visit: VisitId) -> f64 {
        1.0 + 3.0 * self.chance.apart(&visit.to_string()).unit()
    }

    fn put_on(&self, mass_g: u32, calm_s: f64) -> anyhow::Result<()> {
        self.hall.world.table.put_on(self.instrument, mass_g, calm_s)
    }

    /// Lifts whoever is on it, and waits until the page has seen it empty: nobody is faster than that.
    async fn lift(&self, page: &mut Opened) -> anyhow::Result<Shown> {
        self.hall.world.table.take_off(self.instrument)?;
        page.until(PATIENCE, |shown| shown.state == "kosong").await
    }
}
