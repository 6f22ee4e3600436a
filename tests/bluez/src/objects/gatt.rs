//! `org.bluez.GattService1` and `org.bluez.GattCharacteristic1`.

use std::collections::HashMap;

use zbus::message::Header;
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue};
use zbus::{Connection, interface};

use super::adapter::sender;
use super::{Shared, records};
use crate::air::{CONTROL_POINT, RecordsFailure, device_path, service_path};
use crate::error::{Error, Result};

pub(crate) struct Service {
    pub(crate) uuid: String,
    pub(crate) address: String,
}

#[interface(name = "org.bluez.GattService1")]
impl Service {
    #[zbus(property, name = "UUID")]
    fn uuid(&self) -> &str {
        &self.uuid
    }

    #[zbus(property)]
    fn device(&self) -> OwnedObjectPath {
        path(device_path(&self.address))
    }
}

pub(crate) struct Characteristic {
    pub(crate) shared: Shared,
    pub(crate) uuid: String,
    pub(crate) address: String,
    /// Its place among those of the instrument.
    pub(crate) nth: usize,
}

#[interface(name = "org.bluez.GattCharacteristic1")]
impl Characteristic {
    #[zbus(property, name = "UUID")]
    fn uuid(&self) -> &str {
        &self.uuid
    }

    #[zbus(property)]
    fn service(&self) -> OwnedObjectPath {
        path(service_path(&self.address))
    }

    #[zbus(property)]
    fn flags(&self) -> Vec<&str> {
        if self.uuid == CONTROL_POINT { vec!["indicate", "write"] } else { vec!["indicate"] }
    }

    fn start_notify(&self, #[zbus(header)] header: Header<'_>) -> Result<()> {
        self.shared.device(&self.address, |device| {
            if !device.speaks() {
                return Err(Error::NotPermitted("Not paired".into()));
            }
            if !device.listeners.insert((sender(&header), self.nth)) {
                return Err(Error::InProgress("In Progress".into()));
            }
            Ok(())
        })?
    }

    fn write_value(
        &self,
        value: Vec<u8>,
        _options: HashMap<String, OwnedValue>,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] bus: &Connection,
    ) -> Result<()> {
        if self.uuid != CONTROL_POINT {
            return Err(Error::NotPermitted("Write not permitted".into()));
        }
        let failure = self.shared.device(&self.address, |device| {
            if !device.speaks() {
                return Err(Error::NotPermitted("Not paired".into()));
            }
            if !device.listeners.contains(&(sender(&header), self.nth)) {
                return Err(Error::Failed("Operation failed with ATT error: 0x81".into()));
            }
            device.asked.push(value.clone());
            Ok(device.records_failures.pop_front())
        })??;
        if failure == Some(RecordsFailure::DoesNotTake) {
            return Err(Error::Failed("Operation failed with ATT error: 0x80".into()));
        }
        let (bus, shared, address) = (bus.clone(), self.shared.clone(), self.address.clone());
        tokio::spawn(async move { records::answer(&bus, &shared, &address, &value, failure).await });
        Ok(())
    }
}

fn path(text: String) -> OwnedObjectPath {
    ObjectPath::try_from(text).expect("paths are made of hexadecimal digits and underscores").into()
}
