//! What each page called *tersimpan*, written down durably before it counts.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};

use anyhow::Context;
use chrono::NaiveDate;
use serde::Serialize;
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::harness::Station;

/// Lines that wait for the pen.
const WAITING: usize = 1024;

/// What was saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// A weight, in grams.
    Weighed,
    /// A length, in tenths of a millimetre.
    LengthTaken,
}

impl What {
    /// What a station takes.
    pub fn at(station: Station) -> Self {
        match station {
            Station::Weight => What::Weighed,
            Station::Length => What::LengthTaken,
        }
    }

    /// Its word in CSV.
    pub fn word(self) -> &'static str {
        match self {
            What::Weighed => "weighed",
            What::LengthTaken => "length_taken",
        }
    }
}

/// A node's clock at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Moment {
    /// Which start of which node: no two are the same.
    pub boot: u64,
    /// The date it believed in; `None` while nobody has set it.
    pub date: Option<NaiveDate>,
}

/// What the page said in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// That it is saved.
    Saved,
    /// Nothing that arrived: it may be saved, but not twice and not otherwise.
    Unknown,
    /// That it is not saved.
    Refused,
}

/// One event a page was asked to keep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Claim {
    /// The event's id, as the page's form carried it.
    pub event: Uuid,
    /// What.
    pub what: What,
    /// The posyandu's number.
    pub node: usize,
    /// Which of its cards.
    pub card: u32,
    /// The child.
    pub child: Uuid,
    /// The visit.
    pub visit: Uuid,
    /// Grams, or tenths of a millimetre.
    pub value: u32,
    /// The event it takes the place of.
    pub replaces: Option<Uuid>,
    /// The node's clock at each attempt.
    pub moments: BTreeSet<Moment>,
    /// What the page said.
    pub standing: Standing,
}

/// The date an event must bear at the hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dated {
    /// One of these.
    On(BTreeSet<NaiveDate>),
    /// Nobody knew the date, and nobody has told it since: any.
    Whatever,
}

/// Everything that was asked and said. Clones of nothing: one ledger a run.
#[derive(Debug)]
pub struct Ledger {
    claims: Mutex<BTreeMap<Uuid, Claim>>,
    visits: Mutex<BTreeMap<Uuid, Vec<Uuid>>>,
    strange: AtomicUsize,
    refusals: AtomicUsize,
    found: Mutex<BTreeMap<u64, NaiveDate>>,
    pen: mpsc::SyncSender<(String, oneshot::Sender<std::io::Result<()>>)>,
}

impl Ledger {
    /// Opens a new one at `path`.
    pub fn at(path: &Path) -> anyhow::Result<Self> {
        let file = File::create_new(path).with_context(|| format!("cannot make {}", path.display()))?;
        let (pen, lines) = mpsc::sync_channel(WAITING);
        std::thread::Builder::new().name("ledger".into()).spawn(move || write(file, &lines))?;
        Ok(Self {
            claims: Mutex::default(),
            visits: Mutex::default(),
            strange: AtomicUsize::new(0),
            refusals: AtomicUsize::new(0),
            found: Mutex::default(),
            pen,
        })
    }

    /// Writes down that a page is about to be asked. A repeat of the same event adds its moments.
    pub async fn ask(&self, claim: Claim) -> anyhow::Result<()> {
        self.note("asked", &claim).await?;
        let mut claims = self.claims();
        match claims.get_mut(&claim.event) {
            Some(known) => {
                known.moments.extend(claim.moments);
                known.standing = known.standing.min(Standing::Unknown);
            }
            None => {
                self.visits
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .entry(claim.visit)
                    .or_default()
                    .push(claim.event);
                claims.insert(claim.event, claim);
            }
        }
        Ok(())
    }

    /// Writes down what the page said; `moment` is its clock, if this was the answer to the save itself. *Saved* stands for good; a refusal does not settle an answer that was lost.
    pub async fn say(&self, event: Uuid, standing: Standing, moment: Option<Moment>) -> anyhow::Result<()> {
        self.note("said", &(event, standing, moment)).await?;
        let mut claims = self.claims();
        let claim = claims.get_mut(&event).context("a page answered what it was not asked")?;
        claim.moments.extend(moment);
        claim.standing = match (claim.standing, standing) {
            (Standing::Saved, _) | (_, Standing::Saved) => Standing::Saved,
            (Standing::Refused, now) => now,
            (Standing::Unknown, _) => Standing::Unknown,
        };
        Ok(())
    }

    /// As [`Ledger::say`], for the first answer to the first question: a refusal then settles it.
    pub async fn refuse(&self, event: Uuid, first: bool, moment: Moment) -> anyhow::Result<()> {
        self.refusals.fetch_add(1, Ordering::Relaxed);
        self.say(event, Standing::Refused, Some(moment)).await?;
        if let Some(claim) = self.claims().get_mut(&event)
            && first
            && claim.standing == Standing::Unknown
        {
            claim.standing = Standing::Refused;
        }
        Ok(())
    }

    /// A kader has told the node the date: what this start recorded before is dated by it.
    pub async fn find(&self, boot: u64, date: NaiveDate) -> anyhow::Result<()> {
        self.note("found", &(boot, date)).await?;
        self.found.lock().unwrap_or_else(PoisonError::into_inner).insert(boot, date);
        Ok(())
    }

    /// An event that was asked for.
    pub fn claim(&self, event: Uuid) -> Option<Claim> {
        self.claims().get(&event).cloned()
    }

    /// What was asked for at one station of a visit, oldest first.
    pub fn of_visit(&self, visit: Uuid, what: What) -> Vec<Claim> {
        let claims = self.claims();
        let visits = self.visits.lock().unwrap_or_else(PoisonError::into_inner);
        let events = visits.get(&visit).into_iter().flatten();
        events.filter_map(|event| claims.get(event)).filter(|claim| claim.what == what).cloned().collect()
    }

    /// A page shows as kept what nobody asked it to keep.
    pub fn strange(&self) {
        self.strange.fetch_add(1, Ordering::Relaxed);
    }

    /// How often one did.
    pub fn strangers(&self) -> usize {
        self.strange.load(Ordering::Relaxed)
    }

    /// How often a page refused a save, whatever came of it later.
    pub fn refusals(&self) -> usize {
        self.refusals.load(Ordering::Relaxed)
    }

    /// Everything, by event.
    pub fn all(&self) -> Vec<Claim> {
        self.claims().values().cloned().collect()
    }

    /// The date a claim must bear.
    pub fn dated(&self, claim: &Claim) -> Dated {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let dates: Option<BTreeSet<NaiveDate>> =
            claim.moments.iter().map(|moment| moment.date.or(found.get(&moment.boot).copied())).collect();
        dates.map_or(Dated::Whatever, Dated::On)
    }

    fn claims(&self) -> MutexGuard<'_, BTreeMap<Uuid, Claim>> {
        self.claims.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn note(&self, word: &str, what: &impl Serialize) -> anyhow::Result<()> {
        let (done, written) = oneshot::channel();
        let line = format!("{}\n", serde_json::to_string(&(word, what))?);
        self.pen.try_send((line, done)).context("the ledger cannot keep up")?;
        written.await.context("the ledger is gone")?.context("the ledger cannot be written")
    }
}

/// Writes what has gathered and answers once it is on the disk.
fn write(mut file: File, lines: &mpsc::Receiver<(String, oneshot::Sender<std::io::Result<()>>)>) {
    while let Ok(first) = lines.recv() {
        let together: Vec<_> = std::iter::once(first).chain(lines.try_iter()).collect();
        let text: String = together.iter().map(|(line, _)| line.as_str()).collect();
        let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_data());
        for (_, done) in together {
            let _ = done.send(written.as_ref().copied().map_err(|err| err.kind().into()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(event: Uuid, moment: Moment) -> Claim {
        Claim {
            event,
            what: What::Weighed,
            node: 0,
            card: 1,
            child: Uuid::nil(),
            visit: Uuid::nil(),
            value: 8_450,
            replaces: None,
            moments: BTreeSet::from([moment]),
            standing: Standing::Unknown,
        }
    }

    #[tokio::test]
    async fn what_counts_as_saved_is_on_the_disk_and_stays_saved() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ledger.jsonl");
        let ledger = Ledger::at(&path).unwrap();
        let (event, now) = (Uuid::new_v4(), Moment { boot: 1, date: None });
        ledger.ask(claim(event, now)).await.unwrap();
        assert_eq!(ledger.claim(event).unwrap().standing, Standing::Unknown);
        ledger.refuse(event, false, now).await.unwrap();
        assert_eq!(ledger.claim(event).unwrap().standing, Standing::Unknown, "an earlier answer was lost");
        ledger.say(event, Standing::Saved, Some(now)).await.unwrap();
        ledger.refuse(event, true, now).await.unwrap();
        assert_eq!(ledger.claim(event).unwrap().standing, Standing::Saved);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(&format!(r#"["said",["{event}","saved""#)), "{text}");
    }

    #[tokio::test]
    async fn a_date_is_known_only_when_every_attempt_had_one() {
        let dir = tempfile::tempdir().unwrap();
        let ledger = Ledger::at(&dir.path().join("ledger.jsonl")).unwrap();
        let day = NaiveDate::from_ymd_opt(2026, 11, 24).unwrap();
        let mut claim = claim(Uuid::new_v4(), Moment { boot: 1, date: Some(day) });
        assert_eq!(ledger.dated(&claim), Dated::On(BTreeSet::from([day])));
        claim.moments.insert(Moment { boot: 2, date: None });
        assert_eq!(ledger.dated(&claim), Dated::Whatever);
        ledger.find(2, day).await.unwrap();
        assert_eq!(ledger.dated(&claim), Dated::On(BTreeSet::from([day])));
    }
}
