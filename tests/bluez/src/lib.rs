//! A BlueZ without a radio: it owns `org.bluez` on a message bus of its own, shows what the real one shows, and fails as
//! the real one does. Instruments are brought into its air, fall asleep, hang up and lose their batteries.
//!
//! Times are scaled: what takes 25 s with a radio takes one.

mod air;
mod bus;
mod error;
mod objects;

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context, ensure};
use tokio::sync::Mutex;
use zbus::Connection;
use zbus::fdo::DBusProxy;
use zbus::names::BusName;
use zbus::zvariant::Value;

use air::{ADAPTER, Device, device_path};
use bus::Bus;
use objects::Shared;

pub use air::{Failure, Instrument, Payload, Record, RecordsFailure, Seen};

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A BlueZ and its air. Dropping it ends the bus as well.
#[derive(Debug)]
pub struct BlueZ {
    shared: Shared,
    daemon: Mutex<Option<Connection>>,
    bus: Bus,
}

impl BlueZ {
    /// Starts a bus and BlueZ on it. The error of a machine without `dbus-daemon` names the package to install.
    pub async fn start() -> anyhow::Result<Self> {
        let bus = Bus::start_by("dbus-daemon")?;
        let bluez = Self { shared: Shared::new(), daemon: Mutex::new(None), bus };
        bluez.start_daemon().await?;
        Ok(bluez)
    }

    /// Where the bus is.
    pub fn address(&self) -> &str {
        self.bus.address()
    }

    /// BlueZ crashes or is stopped: its name and every connection are gone, what is kept on disk is not.
    pub async fn stop_daemon(&self) -> anyhow::Result<()> {
        let daemon = self.daemon.lock().await.take().context("BlueZ does not run")?;
        daemon.close().await?;
        self.shared.change(|air| {
            air.discoverers.clear();
            air.agents.clear();
            for device in air.devices.values_mut() {
                (device.connected, device.resolved) = (false, false);
                device.listeners.clear();
                device.known = device.paired || device.trusted;
            }
        });
        Ok(())
    }

    /// BlueZ is started again.
    pub async fn start_daemon(&self) -> anyhow::Result<()> {
        let daemon = zbus::connection::Builder::address(self.address())?.build().await?;
        objects::lay_out(&daemon, &self.shared).await?;
        tokio::spawn(objects::miss_clients(daemon.clone(), self.shared.clone()));
        daemon.request_name("org.bluez").await?;
        ensure!(self.daemon.lock().await.replace(daemon).is_none(), "BlueZ runs already");
        Ok(())
    }

    /// The adapter is switched off, as by somebody else's program; whoever wants it must switch it on.
    pub async fn power_off(&self) -> anyhow::Result<()> {
        let daemon = self.running().await?;
        let connected: Vec<String> = self.shared.change(|air| {
            air.powered = false;
            air.discoverers.clear();
            let connected = air.devices.values().filter(|device| device.connected);
            connected.map(|device| device.made.address.clone()).collect()
        });
        for address in connected {
            objects::hang_up(&daemon, &self.shared, &address).await?;
        }
        let off = HashMap::from([("Discovering", false.into()), ("Powered", false.into())]);
        Ok(objects::changed(&daemon, ADAPTER, "org.bluez.Adapter1", off).await?)
    }

    /// Brings an instrument into the air, awake.
    pub async fn bring(&self, made: Instrument) -> anyhow::Result<()> {
        self.shared.change(|air| air.devices.insert(made.address.clone(), Device::new(made)));
        self.heard().await
    }

    /// It falls asleep and hangs up.
    pub async fn sleep(&self, address: &str) -> anyhow::Result<()> {
        self.shared.device(address, |device| device.awake = false)?;
        self.hang_up(address).await
    }

    /// It wakes up and answers.
    pub async fn wake(&self, address: &str) -> anyhow::Result<()> {
        self.shared.device(address, |device| device.awake = true)?;
        self.heard().await
    }

    /// It hangs up, but stays awake.
    pub async fn hang_up(&self, address: &str) -> anyhow::Result<()> {
        Ok(objects::hang_up(&self.running().await?, &self.shared, address).await?)
    }

    /// Its batteries are changed: whom it was paired with, it does not know any more.
    pub async fn change_batteries(&self, address: &str) -> anyhow::Result<()> {
        self.shared.device(address, |device| device.remembers = false)?;
        self.hang_up(address).await
    }

    /// BlueZ drops an instrument it has not heard for a while.
    pub async fn forget(&self, address: &str) -> anyhow::Result<()> {
        Ok(objects::forget(&self.running().await?, &self.shared, address).await?)
    }

    /// Its next attempts to connect go wrong, one after another.
    pub fn fail_next(&self, address: &str, failures: &[Failure]) -> anyhow::Result<()> {
        Ok(self.shared.device(address, |device| device.failures.extend(failures))?)
    }

    /// What was done with it so far.
    pub fn seen(&self, address: &str) -> anyhow::Result<Seen> {
        Ok(self.shared.device(address, |device| device.seen)?)
    }

    /// Waits until somebody is told what it says.
    pub async fn listened_to(&self, address: &str) -> anyhow::Result<()> {
        self.wait(address, |device| !device.listeners.is_empty()).await.context("nobody listens")
    }

    /// Waits until what was done with it is as wanted.
    pub async fn seen_until(
        &self,
        address: &str,
        mut wanted: impl FnMut(Seen) -> bool,
    ) -> anyhow::Result<()> {
        self.wait(address, |device| wanted(device.seen))
            .await
            .with_context(|| format!("{:?}", self.seen(address)))
    }

    /// It says something at its characteristic. Whether anybody was there to hear it.
    pub async fn say(&self, address: &str, packet: &[u8]) -> anyhow::Result<bool> {
        let daemon = self.running().await?;
        let listeners = self.shared.device(address, |device| device.listeners.clone())?;
        let names = DBusProxy::new(&daemon).await?;
        let mut heard = false;
        for (listener, _) in listeners.into_iter().filter(|(_, nth)| *nth == 0) {
            heard |= names.name_has_owner(BusName::try_from(listener)?).await?;
        }
        if heard {
            objects::told(&daemon, address, 0, packet).await?;
            if self.shared.device(address, |device| device.made.hangs_up)? {
                self.hang_up(address).await?;
            }
        }
        Ok(heard)
    }

    /// It keeps another measurement.
    pub fn keep(&self, address: &str, record: Record) -> anyhow::Result<()> {
        Ok(self.shared.device(address, |device| device.memory.push(record))?)
    }

    /// Its memory is emptied.
    pub fn empty(&self, address: &str) -> anyhow::Result<()> {
        Ok(self.shared.device(address, |device| device.memory.clear())?)
    }

    /// Its next answers for records go wrong, one after another.
    pub fn fail_records(&self, address: &str, failures: &[RecordsFailure]) -> anyhow::Result<()> {
        Ok(self.shared.device(address, |device| device.records_failures.extend(failures))?)
    }

    /// What it was asked so far, byte for byte.
    pub fn asked(&self, address: &str) -> anyhow::Result<Vec<Vec<u8>>> {
        Ok(self.shared.device(address, |device| device.asked.clone())?)
    }

    /// Waits until it was asked as often as this.
    pub async fn asked_times(&self, address: &str, times: usize) -> anyhow::Result<()> {
        self.wait(address, |device| device.asked.len() >= times)
            .await
            .with_context(|| format!("{:?}", self.asked(address)))
    }

    /// Whether somebody has BlueZ listen to the air.
    pub fn is_searched(&self) -> bool {
        self.shared.look(|air| air.powered && !air.discoverers.is_empty())
    }

    /// It advertises; the same may be said again and again. Whether anybody listens to the air.
    pub async fn advertise(&self, address: &str, payload: Payload) -> anyhow::Result<bool> {
        let (name, data) = match payload.clone() {
            Payload::Service(uuid, bytes) => {
                ("ServiceData", Value::from(HashMap::from([(uuid, Value::from(bytes))])))
            }
            Payload::Maker(number, bytes) => {
                ("ManufacturerData", Value::from(HashMap::from([(number, Value::from(bytes))])))
            }
        };
        let known = self.shared.device(address, |device| {
            device.advertised = Some(payload);
            device.known
        })?;
        if !self.is_searched() {
            return Ok(false);
        }
        if known {
            let now = HashMap::from([(name, data)]);
            objects::changed(&self.running().await?, &device_path(address), "org.bluez.Device1", now).await?;
        } else {
            self.heard().await?;
        }
        Ok(true)
    }

    async fn running(&self) -> anyhow::Result<Connection> {
        self.daemon.lock().await.clone().context("BlueZ does not run")
    }

    async fn heard(&self) -> anyhow::Result<()> {
        Ok(objects::appear(&self.running().await?, &self.shared).await?)
    }

    async fn wait(&self, address: &str, mut wanted: impl FnMut(&Device) -> bool) -> anyhow::Result<()> {
        let seen = self.shared.until(|air| air.devices.get(address).is_some_and(&mut wanted));
        Ok(tokio::time::timeout(PATIENCE, seen).await?)
    }
}
