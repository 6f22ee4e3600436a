//! What advertises near the node, listened to while somebody looks.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::time::Instant;

use super::advert::packets;
use super::bluez::{Bluez, DEVICE, Properties, Signal, is_beneath, is_deaf, strength, text, texts};
use super::place::{Place, assigned};
use crate::scales::{Instruments, Vital};

/// Nobody has looked for so long: the air is let go.
const UNSEEN: Duration = Duration::from_secs(30);
/// How often that is asked, and Bluetooth tried again that is not there.
const AGAIN: Duration = Duration::from_secs(1);

/// Services of instruments, by the numbers that are assigned to them, and the ones makers of scales take for themselves.
const SERVICES: [(u16, Makes); 7] = [
    (0x181D, Makes::Scale),
    (0x181B, Makes::Scale),
    (0xFFB0, Makes::Scale),
    (0xFFE0, Makes::Scale),
    (0xFFF0, Makes::Scale),
    (0x1810, Makes::BloodPressureMeter),
    (0x1808, Makes::GlucoseMeter),
];

/// What a device seems to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Makes {
    /// It may weigh.
    Scale,
    /// It measures blood pressure.
    BloodPressureMeter,
    /// It measures glucose in blood.
    GlucoseMeter,
}

impl Makes {
    /// What a meter measures; `None` for what may weigh.
    pub const fn vital(self) -> Option<Vital> {
        match self {
            Self::Scale => None,
            Self::BloodPressureMeter => Some(Vital::BloodPressure),
            Self::GlucoseMeter => Some(Vital::Glucose),
        }
    }
}

/// A device that may be an instrument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbour {
    /// Its address, which is all it is known by.
    pub address: String,
    /// The name it advertises; may be empty, and others may have the same.
    pub name: String,
    /// How strongly it is heard, in dBm.
    pub strength: i16,
    /// What it seems to be.
    pub makes: Makes,
}

/// What is known of the air.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Around {
    /// Nothing yet; it is being opened.
    #[default]
    Opening,
    /// This machine has no Bluetooth, or BlueZ does not run.
    Missing,
    /// Bluetooth is switched off.
    Off,
    /// What is heard, the strongest first.
    Heard(Vec<Neighbour>),
}

/// The air around the node; cheap to clone.
#[derive(Clone)]
pub struct Air {
    state: Arc<Mutex<State>>,
    /// How long it is listened to after somebody looked.
    unseen: Duration,
    bus: Option<String>,
}

#[derive(Default)]
struct State {
    looked_at: Option<Instant>,
    listening: bool,
    around: Around,
}

impl Air {
    /// Nothing is listened to yet; `bus` is where BlueZ is, the machine's own if left out.
    pub fn new(bus: Option<String>) -> Self {
        Self { state: Arc::default(), unseen: UNSEEN, bus }
    }

    /// What is heard now. Looking begins to listen, and keeps it going for a while.
    pub fn look(&self, instruments: &Instruments) -> Around {
        let mut state = self.state();
        state.looked_at = Some(Instant::now());
        if !state.listening {
            (state.listening, state.around) = (true, Around::Opening);
            instruments.spawn(self.clone().listen());
        }
        state.around.clone()
    }

    /// Switches Bluetooth on.
    ///
    /// # Errors
    /// When there is none, or it is blocked.
    pub async fn power_on(&self) -> anyhow::Result<()> {
        Bluez::connect(self.bus.as_deref()).await?.power_on(None).await?;
        Ok(())
    }

    async fn listen(self) {
        loop {
            if let Err(err) = self.hear().await {
                tracing::debug!("the air is not heard: {err}");
                self.state().around = Around::Missing;
            }
            if self.ends() {
                return;
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    /// Returns when nobody looks any more, or when Bluetooth is switched off.
    async fn hear(&self) -> anyhow::Result<()> {
        let mut bluez = Bluez::connect(self.bus.as_deref()).await?;
        let around = match bluez.adapter(None).await? {
            None => Around::Missing,
            Some((adapter, true)) if bluez.discover(&adapter).await.is_ok() => {
                return self.hear_with(&mut bluez, &adapter).await;
            }
            Some(_) => Around::Off,
        };
        self.state().around = around;
        Ok(())
    }

    async fn hear_with(&self, bluez: &mut Bluez, adapter: &str) -> anyhow::Result<()> {
        let mut sky: HashMap<String, Device> = HashMap::new();
        for (path, mut interfaces) in bluez.objects().await? {
            if let Some(properties) = interfaces.remove(DEVICE).filter(|_| is_beneath(&path, adapter)) {
                sky.entry(path.to_string()).or_default().take(&properties);
            }
        }
        loop {
            self.state().around = Around::Heard(neighbours(&sky));
            let Ok(signal) = tokio::time::timeout(AGAIN, bluez.next()).await else {
                if self.is_unseen() {
                    return Ok(());
                }
                continue;
            };
            match signal? {
                Signal::Added { path, mut interfaces } if is_beneath(&path, adapter) => {
                    if let Some(properties) = interfaces.remove(DEVICE) {
                        sky.entry(path.to_string()).or_default().take(&properties);
                    }
                }
                Signal::Changed { path, properties } if *path == *adapter && is_deaf(&properties) => {
                    return Ok(());
                }
                Signal::Changed { path, properties } => {
                    if let Some(device) = sky.get_mut(path.as_str()) {
                        device.take(&properties);
                    }
                }
                Signal::Removed { path } => drop(sky.remove(path.as_str())),
                _ => {}
            }
            if self.is_unseen() {
                return Ok(());
            }
        }
    }

    fn is_unseen(&self) -> bool {
        self.state().is_unseen_for(self.unseen)
    }

    /// Whether nobody looks any more; whoever looks after that begins anew.
    fn ends(&self) -> bool {
        let mut state = self.state();
        state.listening = !state.is_unseen_for(self.unseen);
        !state.listening
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panics while holding what is around")
    }
}

impl State {
    fn is_unseen_for(&self, time: Duration) -> bool {
        self.looked_at.is_none_or(|at| at.elapsed() > time)
    }
}

/// Any device, as far as it has advertised.
#[derive(Debug, Default)]
struct Device {
    address: String,
    name: String,
    strength: Option<i16>,
    makes: Option<Makes>,
}

impl Device {
    /// Takes what is new.
    fn take(&mut self, properties: &Properties) {
        if let Some(address) = text(properties, "Address") {
            address.clone_into(&mut self.address);
        }
        if let Some(name) = text(properties, "Name") {
            name.clone_into(&mut self.name);
        }
        self.strength = strength(properties).or(self.strength);
        self.makes = makes(properties).or(self.makes);
    }
}

/// What a device seems to be, by its services and the numbers it tells.
fn makes(properties: &Properties) -> Option<Makes> {
    let tells = packets(properties, &Place::ADVERTISED);
    if tells.iter().any(|(place, packet)| place.is_spoken(packet)) {
        return Some(Makes::Scale);
    }
    let services = texts(properties, "UUIDs");
    let offered = |number| services.contains(&assigned(number).to_string());
    SERVICES.iter().find(|&&(number, _)| offered(number)).map(|&(_, makes)| makes)
}

/// Those that are heard and may be instruments, the strongest first.
fn neighbours(sky: &HashMap<String, Device>) -> Vec<Neighbour> {
    let heard = sky.values().filter_map(|device| {
        let (address, name) = (device.address.clone(), device.name.clone());
        Some(Neighbour { address, name, strength: device.strength?, makes: device.makes? })
    });
    let mut all: Vec<Neighbour> = heard.collect();
    all.sort_by(|one, other| other.strength.cmp(&one.strength).then_with(|| one.address.cmp(&other.address)));
    all
}

#[cfg(test)]
mod tests {
    use bluez::BlueZ;

    use super::*;

    #[tokio::test]
    async fn the_air_is_let_go_when_nobody_looks_any_more() {
        let bluez = BlueZ::start().await.unwrap();
        let bus = Some(bluez.address().to_owned());
        let air = Air { unseen: Duration::from_millis(300), ..Air::new(bus) };
        (air.state().looked_at, air.state().listening) = (Some(Instant::now()), true);
        let patience = Duration::from_secs(60);
        tokio::time::timeout(patience, air.clone().listen()).await.expect("it listens for ever");
        assert!(!air.state().listening, "whoever looks again begins anew");
        assert_eq!(air.state().around, Around::Heard(Vec::new()), "it did listen");
        let quiet = async {
            while bluez.is_searched() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(patience, quiet).await.expect("BlueZ searches on");
    }
}
