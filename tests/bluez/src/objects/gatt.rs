//! `org.bluez.GattService1` and `org.bluez.GattCharacteristic1`.

use zbus::interface;
use zbus::message::Header;
use zbus::zvariant::{ObjectPath, OwnedObjectPath};

use super::Shared;
use super::adapter::sender;
use crate::air::{device_path, service_path};
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
        vec!["indicate"]
    }

    fn start_notify(&self, #[zbus(header)] header: Header<'_>) -> Result<()> {
        self.shared.device(&self.address, |device| {
            if !device.speaks() {
                return Err(Error::NotPermitted("Not paired".into()));
            }
            if !device.listeners.insert(sender(&header)) {
                return Err(Error::InProgress("In Progress".into()));
            }
            Ok(())
        })?
    }
}

fn path(text: String) -> OwnedObjectPath {
    ObjectPath::try_from(text).expect("paths are made of hexadecimal digits and underscores").into()
}
