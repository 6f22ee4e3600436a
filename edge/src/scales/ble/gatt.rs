//! An instrument one connects to: found by address, paired where it asks for that, told to say its numbers.

use std::collections::HashMap;
use std::io;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use uuid::Uuid;

use super::bluez::{
    ADAPTER, Bluez, CHARACTERISTIC, DEVICE, Properties, Signal, bytes, flag, is_beneath, text,
};

/// How long the air is searched for an instrument BlueZ has never heard.
const SEARCHED_FOR: Duration = Duration::from_secs(30);

/// A slow machine reading a long table of services took half a minute.
const RESOLVED_WITHIN: Duration = Duration::from_secs(90);

/// A connected instrument that says its numbers.
pub(super) struct Connected {
    bluez: Bluez,
    adapter: String,
    device: String,
    /// Where it was asked to tell, by path.
    told_at: HashMap<String, Uuid>,
}

impl Connected {
    /// Finds the instrument, connects, and asks for what it says at every `wanted` characteristic.
    pub(super) async fn open(
        mut bluez: Bluez,
        adapter: String,
        address: &str,
        wanted: impl Fn(Uuid) -> bool + Send,
    ) -> anyhow::Result<Self> {
        let (device, properties) = find(&mut bluez, &adapter, address).await?;
        // BlueZ forgets after a while whom nobody trusts.
        bluez.set(&device, DEVICE, "Trusted", true).await?;
        if flag(&properties, "Connected") != Some(true) {
            bluez.call(&device, DEVICE, "Connect", &()).await?;
        }
        resolved(&mut bluez, &device).await?;
        let wanted = characteristics(&bluez, &device, wanted).await?;
        let mut line = Self { bluez, adapter, device, told_at: HashMap::new() };
        let (mut is_paired, mut refused) = (false, None);
        for (path, uuid) in wanted {
            let mut asked = line.ask(&path).await;
            if !is_paired && asked.as_ref().is_err_and(wants_pairing) {
                line.pair().await?;
                is_paired = true;
                asked = line.ask(&path).await;
            }
            match asked {
                Ok(()) => drop(line.told_at.insert(path, uuid)),
                Err(err) => refused = Some(err),
            }
        }
        match refused {
            Some(err) if line.told_at.is_empty() => Err(err.into()),
            _ => Ok(line),
        }
    }

    async fn ask(&self, characteristic: &str) -> zbus::Result<()> {
        self.bluez.call(characteristic, CHARACTERISTIC, "StartNotify", &()).await
    }

    /// It says its numbers only to whom it is paired with. Where BlueZ thinks that it is, the instrument has lost its
    /// half of the keys with its batteries: ours are thrown away, and the next opening begins from nothing.
    pub(super) async fn pair(&self) -> anyhow::Result<()> {
        let (_, properties) = self.bluez.device_at(&self.device).await?.context("it has gone")?;
        if flag(&properties, "Paired") == Some(true) {
            let device = zbus::zvariant::ObjectPath::try_from(self.device.as_str())?;
            self.bluez.call(&self.adapter, ADAPTER, "RemoveDevice", &device).await?;
            bail!("it does not know the keys any more; it is paired anew");
        }
        self.bluez.call(&self.device, DEVICE, "Pair", &()).await.context("it does not pair")
    }

    /// Whether it tells at a characteristic.
    pub(super) fn tells_at(&self, uuid: Uuid) -> bool {
        self.told_at.values().any(|&told| told == uuid)
    }

    /// Writes a value at a characteristic where it was asked to tell; `None` if it has none of that name.
    pub(super) fn write(
        &self,
        at: Uuid,
        value: &[u8],
    ) -> Option<impl Future<Output = zbus::Result<()>> + Send + use<>> {
        let (path, _) = self.told_at.iter().find(|&(_, &uuid)| uuid == at)?;
        Some(self.bluez.write(path.clone(), value.to_vec()))
    }

    /// What it says next, and at which characteristic.
    pub(super) async fn packet(&mut self) -> io::Result<(Uuid, Vec<u8>)> {
        loop {
            match self.bluez.next().await? {
                Signal::Changed { path, properties }
                    if *path == *self.device && flag(&properties, "Connected") == Some(false) =>
                {
                    return Err(io::ErrorKind::ConnectionReset.into());
                }
                Signal::Changed { path, properties }
                    if *path == *self.adapter && flag(&properties, "Powered") == Some(false) =>
                {
                    return Err(io::ErrorKind::NetworkDown.into());
                }
                Signal::Changed { path, properties } => {
                    let told = properties.get("Value").and_then(|value| bytes(value));
                    if let (Some(&uuid), Some(packet)) = (self.told_at.get(path.as_str()), told) {
                        return Ok((uuid, packet));
                    }
                }
                Signal::Removed { path } if *path == *self.device => {
                    return Err(io::ErrorKind::NotFound.into());
                }
                _ => {}
            }
        }
    }
}

/// The instrument as BlueZ knows it; one it has never heard is searched for.
pub(super) async fn find(
    bluez: &mut Bluez,
    adapter: &str,
    address: &str,
) -> anyhow::Result<(String, Properties)> {
    if let Some(known) = bluez.device(adapter, address).await? {
        return Ok(known);
    }
    bluez.discover(adapter).await?;
    let found = tokio::time::timeout(SEARCHED_FOR, appears(bluez, adapter, address)).await;
    bluez.call(adapter, ADAPTER, "StopDiscovery", &()).await?;
    found.with_context(|| format!("{address} is not heard"))?
}

async fn appears(bluez: &mut Bluez, adapter: &str, address: &str) -> anyhow::Result<(String, Properties)> {
    loop {
        if let Signal::Added { path, mut interfaces } = bluez.next().await?
            && is_beneath(&path, adapter)
            && let Some(properties) = interfaces.remove(DEVICE)
            && text(&properties, "Address") == Some(address)
        {
            return Ok((path.to_string(), properties));
        }
    }
}

/// Waits until BlueZ has read what the instrument offers.
async fn resolved(bluez: &mut Bluez, device: &str) -> anyhow::Result<()> {
    let (_, properties) = bluez.device_at(device).await?.context("it has gone")?;
    if flag(&properties, "ServicesResolved") == Some(true) {
        return Ok(());
    }
    let resolving = async {
        loop {
            match bluez.next().await? {
                Signal::Changed { path, properties } if *path == *device => {
                    if flag(&properties, "ServicesResolved") == Some(true) {
                        return Ok(());
                    }
                    if flag(&properties, "Connected") == Some(false) {
                        bail!("it has hung up");
                    }
                }
                Signal::Removed { path } if *path == *device => bail!("it has gone"),
                _ => {}
            }
        }
    };
    tokio::time::timeout(RESOLVED_WITHIN, resolving).await.context("its services are not resolved")?
}

/// The characteristics that are wanted, by path; at least one.
async fn characteristics(
    bluez: &Bluez,
    device: &str,
    wanted: impl Fn(Uuid) -> bool,
) -> anyhow::Result<Vec<(String, Uuid)>> {
    let offered = bluez.objects().await?.into_iter().filter_map(|(path, interfaces)| {
        let uuid: Uuid = text(interfaces.get(CHARACTERISTIC)?, "UUID")?.parse().ok()?;
        (is_beneath(&path, device) && wanted(uuid)).then(|| (path.to_string(), uuid))
    });
    let found: Vec<_> = offered.collect();
    ensure!(!found.is_empty(), "it does not have the characteristic");
    Ok(found)
}

/// Whether a refusal means that the instrument speaks to whom it is paired with only.
pub(super) fn wants_pairing(err: &zbus::Error) -> bool {
    let zbus::Error::MethodError(name, said, _) = err else { return false };
    let said = said.as_deref().unwrap_or_default();
    ["org.bluez.Error.NotPermitted", "org.bluez.Error.NotAuthorized"].contains(&name.as_str())
        || ["ATT error: 0x05", "ATT error: 0x0f", "Not paired"].iter().any(|word| said.contains(word))
}
