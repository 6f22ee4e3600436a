//! An instrument whose dialect nobody knows yet: heard wherever an instrument may say numbers.

use std::collections::HashMap;
use std::io;

use super::advert::{Advertised, packets};
use super::bluez::Bluez;
use super::gatt::{Connected, find};
use super::{Place, Source, agent};
use crate::config::BleSettings;

/// An instrument that is listened to at every place at once.
pub struct Stranger {
    source: Source,
    /// What was said last at each place: an advertisement that is repeated says nothing new.
    told: HashMap<Place, Vec<u8>>,
}

impl Stranger {
    /// Listens to the advertisements of one that says numbers there; connects to any other, and pairs where it must.
    ///
    /// # Errors
    /// When BlueZ or its adapter is not there, when the instrument is not heard, does not connect or does not pair.
    pub async fn open(ble: &BleSettings, bus: Option<&str>) -> anyhow::Result<Self> {
        let mut bluez = Bluez::connect(bus).await?;
        let adapter = bluez.power_on(ble.adapter.as_deref()).await?;
        let address = ble.address.as_str();
        let (_, properties) = find(&mut bluez, &adapter, address).await?;
        let advertised = packets(&properties, &Place::ADVERTISED);
        if advertised.iter().any(|(place, packet)| place.is_spoken(packet)) {
            let source = Advertised::open(bluez, adapter, address, Place::ADVERTISED.to_vec()).await?;
            // What BlueZ remembers may have been said before anything known was put there.
            let told = source.remembered.iter().cloned().collect();
            return Ok(Self { source: Source::Advertised(source), told });
        }
        agent::answer(&bluez).await?;
        let source = Connected::open(bluez, adapter, address, Place::may_be_at).await?;
        Ok(Self { source: Source::Connected(source), told: HashMap::new() })
    }

    /// What it says next, and where.
    ///
    /// # Errors
    /// When it has hung up or Bluetooth has stopped; it is to be opened again.
    pub async fn packet(&mut self) -> io::Result<(Place, Vec<u8>)> {
        loop {
            let (place, packet) = self.source.packet().await?;
            let before = self.told.insert(place, packet.clone());
            if !place.is_advertised() || before.as_ref() != Some(&packet) {
                return Ok((place, packet));
            }
        }
    }
}
