//! An instrument one connects to: found by address, paired where it asks for that, told to say its numbers.

use std::io;
use std::time::Duration;

use anyhow::{Context, bail};
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
    characteristic: String,
}

impl Connected {
    /// Finds the instrument, connects, and asks for what it says at a characteristic.
    pub(super) async fn open(
        mut bluez: Bluez,
        adapter: String,
        address: &str,
        uuid: Uuid,
    ) -> anyhow::Result<Self> {
        let (device, properties) = find(&mut bluez, &adapter, address).await?;
        // BlueZ forgets after a while whom nobody trusts.
        bluez.set(&device, DEVICE, "Trusted", true).await?;
        if flag(&properties, "Connected") != Some(true) {
            bluez.call(&device, DEVICE, "Connect", &()).await?;
        }
        resolved(&mut bluez, &device).await?;
        let characteristic = characteristic(&bluez, &device, uuid).await?;
        let line = Self { bluez, adapter, device, characteristic };
        match line.ask().await {
            Err(err) if wants_pairing(&err) => line.pair().await?,
            asked => asked?,
        }
        Ok(line)
    }

    async fn ask(&self) -> zbus::Result<()> {
        self.bluez.call(&self.characteristic, CHARACTERISTIC, "StartNotify", &()).await
    }

    /// It says its numbers only to whom it is paired with. Where BlueZ thinks that it is, the instrument has lost its
    /// half of the keys with its batteries: ours are thrown away, and the next opening begins from nothing.
    async fn pair(&self) -> anyhow::Result<()> {
        let (_, properties) = self.bluez.device_at(&self.device).await?.context("it has gone")?;
        if flag(&properties, "Paired") == Some(true) {
            let device = zbus::zvariant::ObjectPath::try_from(self.device.as_str())?;
            self.bluez.call(&self.adapter, ADAPTER, "RemoveDevice", &device).await?;
            bail!("it does not know the keys any more; it is paired anew");
        }
        self.bluez.call(&self.device, DEVICE, "Pair", &()).await.context("it does not pair")?;
        self.ask().await?;
        Ok(())
    }

    /// What it says next.
    pub(super) async fn packet(&mut self) -> io::Result<Vec<u8>> {
        loop {
            match self.bluez.next().await? {
                Signal::Changed { path, properties } if *path == *self.characteristic => {
                    if let Some(packet) = properties.get("Value").and_then(|value| bytes(value)) {
                        return Ok(packet);
                    }
                }
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
                Signal::Removed { path } if *path == *self.device => {
                    return Err(io::ErrorKind::NotFound.into());
                }
                _ => {}
            }
        }
    }
}

/// The instrument as BlueZ knows it; one it has never heard is searched for.
async fn find(bluez: &mut Bluez, adapter: &str, address: &str) -> anyhow::Result<(String, Properties)> {
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

async fn characteristic(bluez: &Bluez, device: &str, uuid: Uuid) -> anyhow::Result<String> {
    let uuid = uuid.to_string();
    let found = bluez.objects().await?.into_iter().find(|(path, interfaces)| {
        let offered = interfaces.get(CHARACTERISTIC).and_then(|properties| text(properties, "UUID"));
        is_beneath(path, device) && offered == Some(uuid.as_str())
    });
    let (path, _) = found.with_context(|| format!("it has no characteristic {uuid}"))?;
    Ok(path.to_string())
}

/// Whether a refusal means that the instrument speaks to whom it is paired with only.
fn wants_pairing(err: &zbus::Error) -> bool {
    let zbus::Error::MethodError(name, said, _) = err else { return false };
    let said = said.as_deref().unwrap_or_default();
    ["org.bluez.Error.NotPermitted", "org.bluez.Error.NotAuthorized"].contains(&name.as_str())
        || ["ATT error: 0x05", "ATT error: 0x0f", "Not paired"].iter().any(|word| said.contains(word))
}
