//! The objects BlueZ shows on the bus. They hold nothing: what is true stands in the air.

mod adapter;
mod agents;
mod device;
mod gatt;
mod records;

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::StreamExt;
use tokio::sync::watch;
use zbus::message::Type;
use zbus::zvariant::Value;
use zbus::{Connection, MatchRule, MessageStream};

use crate::air::{ADAPTER, Air, Device, characteristic_path, device_path, service_path};
use crate::error::{Error, Result};

pub(crate) use adapter::Adapter;
pub(crate) use agents::Agents;
pub(crate) use device::DeviceObject;
pub(crate) use gatt::{Characteristic, Service};

/// The air, shared by all objects; whoever waits for something watches it.
#[derive(Debug, Clone)]
pub(crate) struct Shared(Arc<watch::Sender<Air>>);

impl Shared {
    pub(crate) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(Air { powered: true, ..Air::default() })))
    }

    pub(crate) fn look<T>(&self, look: impl FnOnce(&Air) -> T) -> T {
        look(&self.0.borrow())
    }

    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Air) -> T) -> T {
        let mut outcome = None;
        self.0.send_modify(|air| outcome = Some(change(air)));
        outcome.expect("the change was made")
    }

    pub(crate) fn device<T>(&self, address: &str, change: impl FnOnce(&mut Device) -> T) -> Result<T> {
        let gone = || Error::DoesNotExist("Does Not Exist".into());
        self.change(|air| air.devices.get_mut(address).map(change)).ok_or_else(gone)
    }

    pub(crate) async fn until(&self, wanted: impl FnMut(&Air) -> bool) {
        // The sender is held by ourselves, so waiting ends only with what is wanted.
        let _ = self.0.subscribe().wait_for(wanted).await;
    }

    pub(crate) fn is_powered(&self) -> Result<()> {
        let powered = self.look(|air| air.powered);
        if powered { Ok(()) } else { Err(Error::NotReady("Resource Not Ready".into())) }
    }
}

/// Says that properties of an object have new values.
pub(crate) async fn changed(
    bus: &Connection,
    path: &str,
    interface: &str,
    properties: HashMap<&str, Value<'_>>,
) -> zbus::Result<()> {
    let body = (interface, properties, Vec::<String>::new());
    bus.emit_signal(None::<&str>, path, "org.freedesktop.DBus.Properties", "PropertiesChanged", &body).await
}

/// Says that an instrument has told something at one of its characteristics.
pub(crate) async fn told(bus: &Connection, address: &str, nth: usize, packet: &[u8]) -> zbus::Result<()> {
    let value = HashMap::from([("Value", Value::from(packet.to_vec()))]);
    changed(bus, &characteristic_path(address, nth), "org.bluez.GattCharacteristic1", value).await
}

/// Shows every instrument that is heard now and was not known before.
pub(crate) async fn appear(bus: &Connection, shared: &Shared) -> zbus::Result<()> {
    let new: Vec<String> = shared.change(|air| {
        let listening = air.powered && !air.discoverers.is_empty();
        let heard = air.devices.values_mut().filter(|device| listening && device.awake && !device.known);
        heard
            .map(|device| {
                device.known = true;
                device.made.address.clone()
            })
            .collect()
    });
    for address in new {
        show(bus, shared, &address).await?;
    }
    Ok(())
}

pub(crate) async fn show(bus: &Connection, shared: &Shared, address: &str) -> zbus::Result<()> {
    let object = DeviceObject { shared: shared.clone(), address: address.to_owned() };
    bus.object_server().at(device_path(address), object).await?;
    Ok(())
}

/// Takes an instrument's object away; with it goes the pairing.
pub(crate) async fn forget(bus: &Connection, shared: &Shared, address: &str) -> Result<()> {
    hang_up(bus, shared, address).await?;
    shared.device(address, |device| {
        (device.known, device.paired, device.trusted) = (false, false, false);
    })?;
    bus.object_server().remove::<DeviceObject, _>(device_path(address)).await?;
    Ok(())
}

/// Ends a connection from whichever side.
pub(crate) async fn hang_up(bus: &Connection, shared: &Shared, address: &str) -> Result<()> {
    let (was, count) = shared.device(address, |device| {
        device.listeners.clear();
        device.resolved = false;
        (std::mem::take(&mut device.connected), device.made.characteristics().len())
    })?;
    if !was {
        return Ok(());
    }
    for nth in 0..count {
        bus.object_server().remove::<Characteristic, _>(characteristic_path(address, nth)).await?;
    }
    bus.object_server().remove::<Service, _>(service_path(address)).await?;
    let now = HashMap::from([("ServicesResolved", false.into()), ("Connected", false.into())]);
    changed(bus, &device_path(address), "org.bluez.Device1", now).await?;
    Ok(())
}

/// Ends what was done for programs that have left the bus.
pub(crate) async fn miss_clients(bus: Connection, shared: Shared) -> zbus::Result<()> {
    let left = MatchRule::builder()
        .msg_type(Type::Signal)
        .interface("org.freedesktop.DBus")?
        .member("NameOwnerChanged")?
        .build();
    let mut signals = MessageStream::for_match_rule(left, &bus, None).await?;
    drop(bus);
    while let Some(Ok(signal)) = signals.next().await {
        let (name, _, now): (String, String, String) = signal.body().deserialize()?;
        if now.is_empty() {
            shared.change(|air| {
                air.discoverers.remove(&name);
                air.agents.retain(|(agent, _)| *agent != name);
                for device in air.devices.values_mut() {
                    device.listeners.retain(|(listener, _)| *listener != name);
                }
            });
        }
    }
    Ok(())
}

/// Everything at its place on a new connection, before it takes its name.
pub(crate) async fn lay_out(bus: &Connection, shared: &Shared) -> zbus::Result<()> {
    let server = bus.object_server();
    server.at("/", zbus::fdo::ObjectManager).await?;
    server.at("/org/bluez", Agents(shared.clone())).await?;
    server.at(ADAPTER, Adapter(shared.clone())).await?;
    let known: Vec<String> = shared.look(|air| {
        let known = air.devices.values().filter(|device| device.known);
        known.map(|device| device.made.address.clone()).collect()
    });
    for address in known {
        show(bus, shared, &address).await?;
    }
    Ok(())
}
