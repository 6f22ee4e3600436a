//! An instrument that tells everybody: its numbers are in its advertisements, and nobody connects.

use std::io;

use super::bluez::{Bluez, DEVICE, Properties, Signal, bytes, is_beneath, is_deaf, text};
use super::place::Place;
use zbus::zvariant::{Dict, Value};

/// The air, listened to for one instrument.
pub(super) struct Advertised {
    bluez: Bluez,
    adapter: String,
    address: String,
    places: Vec<Place>,
    /// The instrument, while BlueZ remembers it.
    device: Option<String>,
    /// What BlueZ remembered of it when listening began.
    pub(super) remembered: Vec<(Place, Vec<u8>)>,
    /// Heard in one advertisement and not given yet, the next one last.
    heard: Vec<(Place, Vec<u8>)>,
}

impl Advertised {
    /// Begins to listen.
    pub(super) async fn open(
        bluez: Bluez,
        adapter: String,
        address: &str,
        places: Vec<Place>,
    ) -> anyhow::Result<Self> {
        let known = bluez.device(&adapter, address).await?;
        let remembered = known.as_ref().map(|(_, properties)| packets(properties, &places));
        bluez.discover(&adapter).await?;
        Ok(Self {
            bluez,
            adapter,
            address: address.to_owned(),
            places,
            device: known.map(|(path, _)| path),
            remembered: remembered.unwrap_or_default(),
            heard: Vec::new(),
        })
    }

    /// What it says next.
    pub(super) async fn packet(&mut self) -> io::Result<(Place, Vec<u8>)> {
        loop {
            if let Some(packet) = self.heard.pop() {
                return Ok(packet);
            }
            match self.bluez.next().await? {
                Signal::Added { path, mut interfaces } if is_beneath(&path, &self.adapter) => {
                    let Some(properties) = interfaces.remove(DEVICE) else { continue };
                    if text(&properties, "Address") == Some(&self.address) {
                        self.device = Some(path.to_string());
                        self.heard = packets(&properties, &self.places);
                    }
                }
                Signal::Removed { path } if self.device.as_deref() == Some(path.as_str()) => {
                    self.device = None;
                }
                Signal::Changed { path, properties } if self.device.as_deref() == Some(path.as_str()) => {
                    self.heard = packets(&properties, &self.places);
                }
                Signal::Changed { path, properties } if *path == *self.adapter && is_deaf(&properties) => {
                    return Err(io::ErrorKind::NetworkDown.into());
                }
                _ => {}
            }
        }
    }
}

/// The packets at some places in the properties of an advertisement.
pub(super) fn packets(properties: &Properties, places: &[Place]) -> Vec<(Place, Vec<u8>)> {
    let at = |&place| packets_at(properties, place).into_iter().map(move |packet| (place, packet));
    places.iter().flat_map(at).collect()
}

fn packets_at(properties: &Properties, place: Place) -> Vec<Vec<u8>> {
    let (name, wanted) = match place {
        Place::ServiceData(uuid) => ("ServiceData", Some(uuid.to_string())),
        _ => ("ManufacturerData", None),
    };
    let Some(dict) = properties.get(name).and_then(|value| value.downcast_ref::<Dict<'_, '_>>().ok()) else {
        return Vec::new();
    };
    let ours = |key: &Value<'_>| match (&wanted, key) {
        (Some(wanted), Value::Str(key)) => key.as_str() == wanted,
        (None, Value::U16(_)) => true,
        _ => false,
    };
    dict.iter().filter(|(key, _)| ours(key)).filter_map(|(_, value)| bytes(value)).collect()
}
