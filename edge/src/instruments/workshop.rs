//! What setting up instruments needs beside the node itself.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use chrono::NaiveDate;
use protocol::{Body, Event, LocalDate};
use scales::Dialect;
use uuid::Uuid;

use super::check::begun::Begun;
use super::check::past::Past;
use super::check::standing::{self, Check, Fitness};
use super::identity::Identity;
use super::kept::Kept;
use super::new::trial::{Start, Trials};
use super::ports::{KnownBy, Sockets};
use super::profile::{KnownPort, Place, Profile};
use super::said;
use crate::config::{BluetoothSettings, CheckSettings, Config, MeterSettings, PortSettings};
use crate::scales::{About, Air, Around, BlePort, Instruments, Usable};
use crate::store::{Store, StoreError};

/// The instruments that were taken in, and what is being listened to; cheap to clone.
#[derive(Clone)]
pub struct Workshop {
    pub(super) kept: Kept,
    pub(super) trials: Trials,
    pub(super) begun: Begun,
    pub(super) air: Air,
    ports: PortSettings,
    bluetooth: BluetoothSettings,
    checks: CheckSettings,
    meters: MeterSettings,
    instruments: Instruments,
    past: Past,
}

impl Workshop {
    /// Plugs in what was taken in before. An instrument of the settings file on the same port, at the same address,
    /// or of the same short name, makes way for it.
    ///
    /// What cannot be used is left out, and the pages say so: it must not keep the node from starting.
    pub fn open(config: &Config, store: &Store, instruments: &Instruments) -> Self {
        let workshop = Self {
            kept: Kept::open(store),
            trials: Trials::default(),
            begun: Begun::default(),
            air: Air::new(config.bluetooth.bus.clone()),
            ports: config.ports.clone(),
            bluetooth: config.bluetooth.clone(),
            checks: config.checks.clone(),
            meters: config.meters.clone(),
            instruments: instruments.clone(),
            past: Past::of(store),
        };
        workshop.kept.all().iter().for_each(|profile| workshop.plug_or_say(profile));
        workshop.judge();
        workshop
    }

    /// The instruments that were taken in and cannot be used by this version.
    pub(super) fn unusable(&self) -> Vec<Unusable> {
        let plugged = self.plugged();
        let kept = self.kept.all().into_iter().filter(|profile| !plugged.contains(&profile.id));
        let kept = kept.map(|profile| Unusable { name: profile.name, which: Which::Profile(profile.id) });
        let unread = self.kept.unread().into_iter();
        kept.chain(unread.map(|(row, name)| Unusable { name, which: Which::Unread(row) })).collect()
    }

    fn plugged(&self) -> HashSet<String> {
        self.instruments.all().into_iter().map(|(about, _)| about.id).collect()
    }

    /// Every check, oldest first.
    pub(super) fn checks(&self) -> Result<Arc<[Check]>, StoreError> {
        self.past.all()
    }

    /// The checks of one instrument, oldest first.
    pub(super) fn checks_of(&self, about: &About) -> Result<Vec<Check>, StoreError> {
        let identity = self.identity(about);
        Ok(self.checks()?.iter().filter(|check| identity.bears(&check.checked)).cloned().collect())
    }

    /// What the checks of an instrument are kept under.
    pub(super) fn identity(&self, about: &About) -> Identity {
        let profile = self.kept.one(&about.id);
        profile.map_or_else(|| Identity::of_settings(&about.id, &about.device), |profile| profile.identity())
    }

    /// Every instrument with its last check, if it has one.
    fn last_checks(&self) -> Result<Vec<(About, Option<Check>)>, StoreError> {
        let checks = self.checks()?;
        let all = self.instruments.all().into_iter().map(|(about, _)| {
            let identity = self.identity(&about);
            let last = checks.iter().rfind(|check| identity.bears(&check.checked)).cloned();
            (about, last)
        });
        Ok(all.collect())
    }

    /// Brings what the instruments are used for in line with their checks.
    pub(super) fn judge(&self) {
        let all = match self.last_checks() {
            Ok(all) => all,
            Err(error) => return tracing::error!("the checks of the instruments cannot be read: {error}"),
        };
        for (about, last) in all {
            if about.vital().is_some() {
                let calibrated_on = self.kept.one(&about.id).and_then(|profile| profile.calibrated_on);
                self.instruments.judge(&about.id, calibrated_on, Usable::Always);
                continue;
            }
            let usable = standing::usable(last.as_ref(), &self.checks);
            self.instruments.judge(&about.id, standing::checked_on(last.as_ref()), usable);
        }
    }

    /// The instruments that have to be checked on a day. Where the checks cannot be read, none is known.
    pub(crate) fn due(&self, today: Option<NaiveDate>) -> Due {
        let all = self.last_checks().unwrap_or_else(|error| {
            tracing::error!("the checks of the instruments cannot be read: {error}");
            Vec::new()
        });
        let mut due = Due::default();
        // a meter is calibrated elsewhere, and nothing at the table can stand in for that
        for (about, last) in all.into_iter().filter(|(about, _)| about.vital().is_none()) {
            match self.fitness(last.as_ref(), today.map(LocalDate::from)) {
                Fitness::Never => due.never.push(about.name),
                Fitness::Due(_) | Fitness::Overdue(_) | Fitness::Wrong => due.again.push(about.name),
                Fitness::Right(_) => {}
            }
        }
        due
    }

    /// How far an instrument with this last check may be believed.
    pub(super) fn fitness(&self, last: Option<&Check>, today: Option<LocalDate>) -> Fitness {
        standing::fitness(last, today, &self.checks)
    }

    /// What whoever is about to use an instrument should know of its checks, if anything. Where they cannot be read,
    /// nothing is known.
    pub(crate) fn caution(&self, about: &About, today: Option<NaiveDate>) -> Option<&'static str> {
        let checks = self.checks_of(about).unwrap_or_else(|error| {
            tracing::error!("the checks of an instrument cannot be read: {error}");
            Vec::new()
        });
        let fitness = self.fitness(checks.last(), today.map(LocalDate::from));
        said::caution(fitness).filter(|_| fitness != Fitness::Never || self.checks.say_unchecked)
    }

    /// How long ago a meter was calibrated, in words.
    pub(super) fn calibration(
        &self,
        profile: Option<&Profile>,
        today: Option<LocalDate>,
    ) -> (&'static str, &'static str, String) {
        let on = profile.and_then(|profile| profile.calibrated_on);
        said::calibration(on, today, self.meters.calibrate_after_days)
    }

    /// Keeps the day of a meter's last calibration; what it measures from now on names it.
    pub(super) async fn calibrate(&self, id: &str, on: LocalDate) -> Result<(), StoreError> {
        let wanted = id.to_owned();
        self.kept
            .change(move |all| {
                let meter = all.iter_mut().find(|profile| profile.id == wanted);
                if let Some(profile) = meter {
                    profile.calibrated_on = Some(on);
                }
            })
            .await?;
        self.judge();
        Ok(())
    }

    /// Every name an instrument has had.
    pub(crate) fn names(&self, id: &str, name: &str) -> Vec<String> {
        let former = self.kept.one(id).map(|profile| profile.former_names).unwrap_or_default();
        former.into_iter().chain([name.to_owned()]).collect()
    }

    /// The checks that failed, with what their instruments have been called: what was measured around them is doubtful.
    pub(crate) fn doubts(&self) -> Result<Doubts, StoreError> {
        let checks = self.checks()?;
        if checks.iter().all(Check::is_good) {
            return Ok(Doubts::default());
        }
        let all = self.instruments.all().into_iter();
        let all: Vec<_> =
            all.map(|(about, _)| (self.identity(&about), self.names(&about.id, &about.name))).collect();
        let named = checks.iter().map(|check| {
            let own = all.iter().find(|(identity, _)| identity.bears(&check.checked));
            let names = own.map(|(_, names)| names.clone()).unwrap_or_default();
            (check.clone(), names)
        });
        Ok(Doubts(named.collect()))
    }

    /// What is in the sockets now. Reads folders of the machine.
    pub(super) fn sockets(&self) -> Sockets {
        Sockets::look(&self.ports)
    }

    /// The names of the devices that are no instrument yet, and whether two of them bear one name. Reads folders of the
    /// machine.
    pub(super) fn free_ports(&self) -> (Vec<String>, bool) {
        let (sockets, plugged) = (self.sockets(), self.plugged());
        let mut kept = self.kept.all();
        kept.retain(|profile| plugged.contains(&profile.id)); // what cannot be used is taken in anew
        let kept = sockets.assign(&kept);
        let mut taken: HashSet<PathBuf> = kept.into_values().collect();
        // where one that was taken in lies is said by its sockets: its name may be its twin's just now
        let mut of_settings = self.instruments.all();
        of_settings.retain(|(about, _)| self.kept.one(&about.id).is_none());
        let paths = of_settings.into_iter().filter_map(|(_, path)| path);
        taken.extend(paths.filter_map(|path| std::fs::canonicalize(path).ok()));
        let free = sockets.0.iter().filter(|plugged| !taken.contains(&plugged.device));
        let names = free.map(|plugged| plugged.name(sockets.known_by()).to_owned()).collect();
        (names, sockets.has_twins())
    }

    /// What advertises near the node and is no instrument yet. Looking keeps the air listened to.
    pub(super) fn around(&self) -> Around {
        let mut around = self.air.look(&self.instruments);
        if let Around::Heard(neighbours) = &mut around {
            neighbours.retain(|neighbour| !self.is_taken_in(&neighbour.address));
        }
        around
    }

    /// Whether what has this address is an instrument already.
    pub(super) fn is_taken_in(&self, address: &str) -> bool {
        self.instruments.all().iter().any(|(about, _)| about.wireless && about.device == address)
    }

    /// Listens to a port or an address that is no instrument yet; whoever listened there before stops.
    pub(super) fn listen(&self, name: &str, start: Start) {
        self.trials.begin(name, start, self.bluetooth.bus.clone(), &self.instruments);
    }

    /// Keeps a new instrument and begins to listen to it, without a restart; `name` is what its trial bore.
    pub(super) async fn take_in(&self, name: &str, mut profile: Profile) -> Result<(), StoreError> {
        if let Some(before) = self.kept.was_here(&profile) {
            profile.is_again(before);
        }
        let new = profile.clone();
        self.kept
            .change(move |all| {
                all.retain(|other| other.device() != new.device());
                // its twin was alone until now, and can no longer be known by the name both bear
                let known = new.cable().filter(|cable| cable.known_by == KnownBy::Socket);
                for other in all.iter_mut() {
                    let Place::Line(other) = &mut other.place else { continue };
                    let is_twin = known.is_some_and(|cable| cable.by_id == other.by_id);
                    if is_twin && other.by_id.is_some() && other.by_path.is_some() {
                        other.known_by = KnownBy::Socket;
                    }
                }
                all.push(new);
            })
            .await?;
        // only now: a full card must not cost what was proved
        self.trials.end(name).await;
        self.plug_or_say(&profile);
        self.judge();
        Ok(())
    }

    /// Gives an instrument another name; what it had settled and not given to a visit is forgotten.
    pub(super) async fn rename(&self, id: &str, name: String, label: String) -> Result<(), StoreError> {
        let wanted = id.to_owned();
        self.kept
            .change(move |all| {
                let Some(profile) = all.iter_mut().find(|profile| profile.id == wanted) else { return };
                if profile.name != name {
                    profile.former_names.push(std::mem::replace(&mut profile.name, name));
                }
                profile.label = label;
            })
            .await?;
        if let Some(profile) = self.kept.one(id) {
            self.plug_or_say(&profile);
            self.judge();
        }
        Ok(())
    }

    /// Lets go of an instrument. What was measured with it stays, and so does what its checks have shown: whoever takes the
    /// same one in again finds it as it was.
    pub(super) async fn retire(&self, id: &str) -> Result<(), StoreError> {
        self.kept.let_go(id).await?;
        self.instruments.retire(id);
        Ok(())
    }

    /// A short name that no instrument has: what is left of its name in letters and digits.
    pub(super) fn free_id(&self, name: &str) -> String {
        let mut taken = self.plugged();
        taken.extend(self.kept.all().into_iter().map(|profile| profile.id));
        let letters: String = name
            .to_lowercase()
            .chars()
            .map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' })
            .collect();
        let words: Vec<&str> = letters.split('-').filter(|word| !word.is_empty()).collect();
        let stem = if words.is_empty() { "alat".into() } else { words.join("-") };
        // these are pages of their own
        let numbered = (1..).map(|nth| if nth == 1 { stem.clone() } else { format!("{stem}-{nth}") });
        let mut free = numbered.filter(|id| {
            !taken.contains(id) && !["new", "listen", "meter", "air", "unread"].contains(&id.as_str())
        });
        free.next().unwrap_or(stem)
    }

    fn plug(&self, profile: &Profile) -> anyhow::Result<()> {
        let settings = profile.settings(&self.ports);
        match &profile.place {
            Place::Line(cable) => {
                self.instruments.add(&settings, KnownPort::of(profile, cable, &self.kept, &self.ports))?;
            }
            Place::Air { ble } => {
                let dialect = Dialect::from_name(&profile.dialect).context("its dialect is not known")?;
                let (bus, clock) = (self.bluetooth.bus.clone(), self.instruments.clock());
                self.instruments.add(&settings, BlePort::new(ble, dialect, bus, clock)?)?;
            }
        }
        let is_there = |about: &About, path: &Option<PathBuf>| match &settings.path {
            Some(own) => path.as_ref() == Some(own),
            None => about.wireless && about.device == profile.device(),
        };
        let others = self.instruments.all().into_iter().filter(|(about, path)| is_there(about, path));
        let others = others.filter(|(about, _)| about.id != settings.id);
        others.for_each(|(about, _)| self.instruments.retire(&about.id));
        Ok(())
    }

    /// What was proved once goes together, unless another version of this program proved it.
    fn plug_or_say(&self, profile: &Profile) {
        if let Err(error) = self.plug(profile) {
            tracing::error!(instrument.name = profile.name, "an instrument cannot be used: {error:#}");
        }
    }
}

/// The names of the instruments that have to be checked.
#[derive(Default)]
pub(crate) struct Due {
    /// Those whose last check is too old, or failed.
    pub(crate) again: Vec<String>,
    /// Those nobody has checked yet.
    pub(crate) never: Vec<String>,
}

/// An instrument that was taken in and cannot be used.
pub(super) struct Unusable {
    pub(super) name: String,
    pub(super) which: Which,
}

/// How it is let go.
pub(super) enum Which {
    /// By its short name.
    Profile(String),
    /// By what a row nobody can read is named by.
    Unread(Uuid),
}

/// The checks, if any has put something in doubt, each with every name its instrument has.
#[derive(Default)]
pub(crate) struct Doubts(Vec<(Check, Vec<String>)>);

impl Doubts {
    /// Whether what an event says was measured cannot be relied on.
    pub(crate) fn touch(&self, event: &Event) -> bool {
        let Some(instrument) = event.header.instrument.as_ref() else { return false };
        let is_measured = matches!(event.body, Body::Weighed(_) | Body::LengthTaken(_));
        let bore = |(check, names): &&(Check, Vec<String>)| {
            check.name == instrument.name || names.contains(&instrument.name)
        };
        let own = self.0.iter().filter(bore).map(|(check, _)| check);
        is_measured && standing::is_doubtful(own, event.header.sequence)
    }
}
