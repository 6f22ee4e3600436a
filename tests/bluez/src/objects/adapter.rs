//! `org.bluez.Adapter1`.

use std::collections::HashMap;

use zbus::message::Header;
use zbus::zvariant::{OwnedObjectPath, OwnedValue};
use zbus::{Connection, interface};

use super::{Shared, appear, changed, forget};
use crate::air::{ADAPTER, device_path};
use crate::error::{Error, Result};

pub(crate) struct Adapter(pub(crate) Shared);

#[interface(name = "org.bluez.Adapter1")]
impl Adapter {
    #[zbus(property)]
    fn address(&self) -> &str {
        "00:11:22:33:44:55"
    }

    #[zbus(property)]
    fn powered(&self) -> bool {
        self.0.look(|air| air.powered)
    }

    #[zbus(property)]
    fn set_powered(&self, on: bool) {
        self.0.change(|air| air.powered = on);
    }

    #[zbus(property)]
    fn discovering(&self) -> bool {
        self.0.look(|air| !air.discoverers.is_empty())
    }

    fn set_discovery_filter(&self, _filter: HashMap<String, OwnedValue>) -> Result<()> {
        self.0.is_powered()
    }

    async fn start_discovery(
        &self,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] bus: &Connection,
    ) -> Result<()> {
        self.0.is_powered()?;
        if !self.0.change(|air| air.discoverers.insert(sender(&header))) {
            return Err(Error::InProgress("Operation already in progress".into()));
        }
        self.tell(bus, "Discovering", true).await?;
        appear(bus, &self.0).await?;
        Ok(())
    }

    async fn stop_discovery(
        &self,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] bus: &Connection,
    ) -> Result<()> {
        if !self.0.change(|air| air.discoverers.remove(&sender(&header))) {
            return Err(Error::Failed("No discovery started".into()));
        }
        self.tell(bus, "Discovering", self.discovering()).await
    }

    async fn remove_device(
        &self,
        device: OwnedObjectPath,
        #[zbus(connection)] bus: &Connection,
    ) -> Result<()> {
        let found = self.0.look(|air| {
            let known = air.devices.keys().find(|address| device_path(address) == device.as_str());
            known.cloned()
        });
        match found {
            Some(address) => forget(bus, &self.0, &address).await,
            None => Err(Error::DoesNotExist("Does Not Exist".into())),
        }
    }
}

impl Adapter {
    async fn tell(&self, bus: &Connection, property: &str, is: bool) -> Result<()> {
        changed(bus, ADAPTER, "org.bluez.Adapter1", HashMap::from([(property, is.into())])).await?;
        Ok(())
    }
}

pub(super) fn sender(header: &Header<'_>) -> String {
    header.sender().map(ToString::to_string).unwrap_or_default()
}
