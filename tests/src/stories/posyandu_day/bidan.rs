//! The midwife's table: a birth, pregnant women, adults and the elderly, vaccines.

use anyhow::Context;
use protocol::CitizenId;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use super::Comers;
use super::phone::Phone;
use super::tables::newcomer;
use crate::harness::World;
use crate::population::Child;

const MOTHERS: [&str; 7] = [
    "Ratna Dewi",
    "Neneng Hasanah",
    "Euis Komala",
    "Wiwin Winarti",
    "Tuti Alawiyah",
    "Yuyun Yuningsih",
    "Imas Masitoh",
];
const ADULTS: [&str; 7] =
    ["Karto Wijaya", "Sumarni", "Parman", "Suparti", "Atmo Sudarmo", "Rukmini", "Jumadi"];

/// She, her phone, and who comes.
pub(super) struct Bidan<'a> {
    pub(super) world: &'a World,
    pub(super) phone: &'a Phone<'a>,
    pub(super) comers: &'a Comers,
}

/// A blood pressure in mmHg, of somebody.
pub(super) type Pressure = (CitizenId, u32, u32);

/// Whom she has seen.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) mothers: Vec<Pressure>,
    pub(super) adults: Vec<Pressure>,
    /// Who was given a vaccine, and its batch.
    pub(super) vaccinated: Vec<(CitizenId, String)>,
}

impl Seen {
    /// How many of them came to her table for themselves.
    pub(super) fn visits(&self) -> usize {
        self.mothers.len() + self.adults.len()
    }
}

impl Bidan<'_> {
    /// Serves everybody. The birth comes first: the child still has to be weighed.
    pub(super) async fn serve(
        &self,
        born: UnboundedSender<Child>,
        mut measured: UnboundedReceiver<CitizenId>,
    ) -> anyhow::Result<Seen> {
        born.send(self.birth().await.context("the birth")?)?;
        let mut seen = Seen::default();
        for (nth, name) in MOTHERS.iter().take(self.comers.mothers).enumerate() {
            let mother = self.mother(name, 100 + nth as u32).await;
            seen.mothers.push(mother.with_context(|| (*name).to_owned())?);
        }
        for (nth, name) in ADULTS.iter().take(self.comers.adults).enumerate() {
            let adult = self.adult(name, 118 + 9 * nth as u32).await;
            seen.adults.push(adult.with_context(|| (*name).to_owned())?);
        }
        while seen.vaccinated.len() < self.comers.vaccinated {
            let child = measured.recv().await.context("too few children are due a vaccine")?;
            let batch = format!("SML-{}", seen.vaccinated.len() + 1);
            if self.vaccine(child, &batch).await.with_context(|| format!("a vaccine for {child}"))? {
                seen.vaccinated.push((child, batch));
            }
        }
        Ok(seen)
    }

    /// A woman who is in the book as pregnant has given birth three days ago.
    async fn birth(&self) -> anyhow::Result<Child> {
        let phone = self.phone;
        let mother = self.register("pregnant", "Yanti Rahayu", "26").await?;
        self.pregnant(mother, 273).await?;
        let born = self.world.village.day - chrono::Days::new(3);
        phone.goto(&format!("/people/{mother}/birth")).await?;
        phone.pick_date(born).await?;
        phone.fill(&[("name1", "Hasan Rahayu"), ("kg1", "3,1")]).await?;
        phone.pick("sex1", "l").await?;
        phone.done().await?;
        phone.browser.wait_text("main", |text| text.contains("Hasan Rahayu")).await?;
        let child = phone.person().await?;
        let newborn = newcomer(child, "Hasan Rahayu", "Yanti Rahayu", growth::Sex::Male, born);
        Ok(Child { birth_mass_g: Some(3_100), ..newborn })
    }

    /// Written down, dated, measured and examined.
    async fn mother(&self, name: &str, systolic: u32) -> anyhow::Result<Pressure> {
        let (phone, diastolic) = (self.phone, 70);
        let person = self.register("pregnant", name, "28").await?;
        self.pregnant(person, 140).await?;
        phone.goto(&format!("/people/{person}/pregnancy/measure")).await?;
        let (above, below) = (systolic.to_string(), diastolic.to_string());
        phone.fill(&[("systolic", &above), ("diastolic", &below), ("arm", "25,1")]).await?;
        phone.done().await?;
        phone.arrive("/pregnancy/questions").await?;
        phone.done().await?;
        phone.arrive("/pregnancy").await?;
        phone.goto(&format!("/people/{person}/pregnancy/exam")).await?;
        phone.fill(&[("notes", "sehat")]).await?;
        phone.done().await?;
        phone.arrive("/pregnancy").await?;
        phone.next().await?;
        Ok((person, systolic, diastolic))
    }

    async fn pregnant(&self, person: CitizenId, days: u64) -> anyhow::Result<()> {
        let phone = self.phone;
        phone.goto(&format!("/people/{person}/pregnancy/new")).await?;
        phone.fill_date("hpht", self.world.village.day - chrono::Days::new(days)).await?;
        phone.fill(&[("gravida", "2"), ("para", "1"), ("abortus", "0")]).await?;
        phone.done().await?;
        phone.arrive("/pregnancy").await
    }

    async fn adult(&self, name: &str, systolic: u32) -> anyhow::Result<Pressure> {
        let (phone, diastolic) = (self.phone, 82);
        let person = self.register("adult", name, "66").await?;
        phone.goto(&format!("/people/{person}/adult/measure")).await?;
        let (above, below) = (systolic.to_string(), diastolic.to_string());
        phone.fill(&[("systolic", &above), ("diastolic", &below), ("glucose", "105")]).await?;
        phone.pick("fasting", "tidak").await?;
        phone.done().await?;
        phone.arrive("/adult").await?;
        phone.next().await?;
        Ok((person, systolic, diastolic))
    }

    /// Gives the first dose that is offered today; not every child is due one.
    async fn vaccine(&self, child: CitizenId, batch: &str) -> anyhow::Result<bool> {
        let phone = self.phone;
        phone.goto(&format!("/people/{child}/immunization")).await?;
        phone.browser.wait("main").await?;
        if phone.browser.text("fieldset.dose").await.is_none() {
            return Ok(false);
        }
        phone.browser.tap("fieldset.dose label.tick").await?;
        // the batch of the child before is proposed
        phone.browser.run("document.getElementById('batch-1').value = ''").await?;
        phone.fill(&[("batch-1", batch)]).await?;
        phone.done().await?;
        phone.browser.wait(".saved").await?;
        Ok(true)
    }

    async fn register(&self, kind: &str, name: &str, age: &str) -> anyhow::Result<CitizenId> {
        let phone = self.phone;
        phone.goto(&format!("/people/new/{kind}")).await?;
        phone.fill(&[("name", name), ("age", age)]).await?;
        if kind == "adult" {
            phone.pick("sex", "l").await?;
        }
        phone.enrol().await?;
        phone.browser.wait_text("h1", |text| text.contains(name)).await?;
        phone.person().await
    }
}
