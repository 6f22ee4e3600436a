//! `org.bluez.Device1`.

use std::collections::HashMap;
use std::time::Duration;

use zbus::zvariant::{ObjectPath, Value};
use zbus::{Connection, interface};

use super::{Characteristic, Service, Shared, changed, hang_up};
use crate::air::{Failure, Payload, characteristic_path, device_path, service_path};
use crate::error::{Error, Result};

/// How long a connection is tried: 25 s and more with a real radio.
const TRIED_FOR: Duration = Duration::from_secs(1);

pub(crate) struct DeviceObject {
    pub(crate) shared: Shared,
    pub(crate) address: String,
}

#[interface(name = "org.bluez.Device1")]
impl DeviceObject {
    #[zbus(property)]
    fn address(&self) -> &str {
        &self.address
    }

    #[zbus(property)]
    fn name(&self) -> String {
        self.shared.device(&self.address, |device| device.made.name.clone()).unwrap_or_default()
    }

    #[zbus(property, name = "RSSI")]
    fn rssi(&self) -> i16 {
        self.shared.device(&self.address, |device| device.made.strength).unwrap_or_default()
    }

    #[zbus(property, name = "UUIDs")]
    fn uuids(&self) -> Vec<String> {
        let says_at = self.shared.device(&self.address, |device| device.made.says_at.clone());
        says_at.ok().flatten().map(|(service, _)| service).into_iter().collect()
    }

    #[zbus(property)]
    fn paired(&self) -> bool {
        self.shared.device(&self.address, |device| device.paired).unwrap_or_default()
    }

    #[zbus(property)]
    fn trusted(&self) -> bool {
        self.shared.device(&self.address, |device| device.trusted).unwrap_or_default()
    }

    #[zbus(property)]
    fn set_trusted(&self, trusted: bool) {
        let _ = self.shared.device(&self.address, |device| device.trusted = trusted);
    }

    #[zbus(property)]
    fn connected(&self) -> bool {
        self.shared.device(&self.address, |device| device.connected).unwrap_or_default()
    }

    #[zbus(property)]
    fn services_resolved(&self) -> bool {
        self.shared.device(&self.address, |device| device.resolved).unwrap_or_default()
    }

    #[zbus(property)]
    fn service_data(&self) -> HashMap<String, Value<'static>> {
        match self.shared.device(&self.address, |device| device.advertised.clone()) {
            Ok(Some(Payload::Service(uuid, bytes))) => HashMap::from([(uuid, bytes.into())]),
            _ => HashMap::new(),
        }
    }

    #[zbus(property)]
    fn manufacturer_data(&self) -> HashMap<u16, Value<'static>> {
        match self.shared.device(&self.address, |device| device.advertised.clone()) {
            Ok(Some(Payload::Maker(number, bytes))) => HashMap::from([(number, bytes.into())]),
            _ => HashMap::new(),
        }
    }

    async fn connect(&self, #[zbus(connection)] bus: &Connection) -> Result<()> {
        self.shared.is_powered()?;
        let failure = self.shared.device(&self.address, |device| {
            device.seen.attempts += 1;
            if device.connected {
                return Err(Error::AlreadyConnected("Already Connected".into()));
            }
            Ok(device.failures.pop_front())
        })??;
        match failure {
            Some(Failure::NoAnswer) => return Err(no_answer()),
            Some(Failure::InProgress) => return Err(Error::InProgress("In Progress".into())),
            Some(Failure::HangsUp) | None => {}
        }
        self.answered().await?;
        self.shared.device(&self.address, |device| {
            device.connected = true;
            device.seen.connections += 1;
        })?;
        self.tell(bus, "Connected").await?;
        if failure == Some(Failure::HangsUp) {
            return hang_up(bus, &self.shared, &self.address).await;
        }
        tokio::spawn(resolve(bus.clone(), self.shared.clone(), self.address.clone()));
        Ok(())
    }

    async fn disconnect(&self, #[zbus(connection)] bus: &Connection) -> Result<()> {
        hang_up(bus, &self.shared, &self.address).await
    }

    async fn pair(&self, #[zbus(connection)] bus: &Connection) -> Result<()> {
        self.shared.is_powered()?;
        if self.paired() {
            return Err(Error::AlreadyExists("Already Exists".into()));
        }
        self.answered().await?;
        let refused = || Error::AuthenticationFailed("Authentication Failed".into());
        let (name, path) = self.shared.look(|air| air.agents.last().cloned()).ok_or_else(refused)?;
        let device = ObjectPath::try_from(device_path(&self.address)).map_err(zbus::Error::from)?;
        bus.call_method(
            Some(name.as_str()),
            path.as_str(),
            Some("org.bluez.Agent1"),
            "RequestAuthorization",
            &device,
        )
        .await
        .map_err(|_| refused())?;
        self.shared.device(&self.address, |device| {
            (device.paired, device.remembers) = (true, true);
            device.seen.pairings += 1;
        })?;
        self.tell(bus, "Paired").await
    }
}

impl DeviceObject {
    /// Waits until it answers, which it does while it is awake.
    async fn answered(&self) -> Result<()> {
        let awake =
            self.shared.until(|air| air.devices.get(&self.address).is_some_and(|device| device.awake));
        tokio::time::timeout(TRIED_FOR, awake).await.map_err(|_| no_answer())
    }

    async fn tell(&self, bus: &Connection, property: &str) -> Result<()> {
        let now = HashMap::from([(property, true.into())]);
        changed(bus, &device_path(&self.address), "org.bluez.Device1", now).await?;
        Ok(())
    }
}

fn no_answer() -> Error {
    Error::Failed("le-connection-abort-by-local".into())
}

/// Reads what a connected instrument offers, and shows it.
async fn resolve(bus: Connection, shared: Shared, address: String) -> Result<()> {
    let (takes, nth) =
        shared.device(&address, |device| (device.made.resolves_after, device.seen.connections))?;
    tokio::time::sleep(takes).await;
    let still = |device: &mut crate::air::Device| {
        (device.connected && device.seen.connections == nth).then(|| device.made.clone())
    };
    let Some(made) = shared.device(&address, still)? else { return Ok(()) };
    let server = bus.object_server();
    let characteristics = made.characteristics();
    if let Some((service, _)) = made.says_at {
        let shown = Service { uuid: service, address: address.clone() };
        server.at(service_path(&address), shown).await?;
    }
    for (nth, uuid) in characteristics.into_iter().enumerate() {
        let shown = Characteristic { shared: shared.clone(), uuid, address: address.clone(), nth };
        server.at(characteristic_path(&address, nth), shown).await?;
    }
    shared.device(&address, |device| device.resolved = true)?;
    let now = HashMap::from([("ServicesResolved", true.into())]);
    changed(&bus, &device_path(&address), "org.bluez.Device1", now).await?;
    Ok(())
}
