//! The part of BlueZ we talk to: its objects, a few calls, and its signals in the order they were sent.

use std::collections::HashMap;
use std::io;
use std::time::Duration;

use anyhow::Context;
use futures_util::StreamExt;
use serde::Serialize;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_util::task::AbortOnDropHandle;
use zbus::fdo::DBusProxy;
use zbus::message::Type;
use zbus::names::BusName;
use zbus::zvariant::{DynamicType, OwnedObjectPath, OwnedValue, Value};
use zbus::{Connection, MatchRule, Message, MessageStream};

const NAME: &str = "org.bluez";
pub(super) const ADAPTER: &str = "org.bluez.Adapter1";
pub(super) const DEVICE: &str = "org.bluez.Device1";
pub(super) const CHARACTERISTIC: &str = "org.bluez.GattCharacteristic1";

/// Longer than BlueZ itself tries to connect or to pair.
const ANSWERS_WITHIN: Duration = Duration::from_secs(60);

pub(super) type Properties = HashMap<String, OwnedValue>;
pub(super) type Interfaces = HashMap<String, Properties>;

/// BlueZ on one connection of our own. Dropping it ends whatever BlueZ does for us.
pub(super) struct Bluez {
    bus: Connection,
    signals: UnboundedReceiver<Signal>,
    _pump: AbortOnDropHandle<()>,
}

/// What BlueZ says unasked.
#[derive(Debug)]
pub(super) enum Signal {
    /// An object is new.
    Added { path: OwnedObjectPath, interfaces: Interfaces },
    /// BlueZ knows a device no more.
    Removed { path: OwnedObjectPath },
    /// Properties of an object have new values.
    Changed { path: OwnedObjectPath, properties: Properties },
    /// BlueZ has stopped or was started again; nothing known of it is true any more.
    Gone,
}

impl Bluez {
    /// Connects to the bus at `address`, the machine's own if left out. An error if BlueZ is not on it.
    pub(super) async fn connect(address: Option<&str>) -> zbus::Result<Self> {
        let bus = match address {
            Some(address) => zbus::connection::Builder::address(address)?.build().await?,
            None => Connection::system().await?,
        };
        let (sender, signals) = unbounded_channel();
        // Signals are taken off the bus whatever we are waiting for, else answers would queue behind them.
        let pump = tokio::spawn(pump(MessageStream::from(&bus), sender));
        let dbus = DBusProxy::new(&bus).await?;
        let said = MatchRule::builder().msg_type(Type::Signal).sender(NAME)?.build();
        let gone = MatchRule::builder()
            .msg_type(Type::Signal)
            .interface("org.freedesktop.DBus")?
            .member("NameOwnerChanged")?
            .arg(0, NAME)?
            .build();
        dbus.add_match_rule(said).await?;
        dbus.add_match_rule(gone).await?;
        dbus.get_name_owner(BusName::try_from(NAME)?).await?;
        Ok(Self { bus, signals, _pump: AbortOnDropHandle::new(pump) })
    }

    pub(super) const fn bus(&self) -> &Connection {
        &self.bus
    }

    /// Everything BlueZ knows now: properties by path and interface.
    pub(super) async fn objects(&self) -> zbus::Result<HashMap<OwnedObjectPath, Interfaces>> {
        let interface = Some("org.freedesktop.DBus.ObjectManager");
        let asked = self.bus.call_method(Some(NAME), "/", interface, "GetManagedObjects", &());
        within(asked).await?.body().deserialize()
    }

    /// The adapter of this name, else the first; and whether it is switched on. `None` if there is none.
    pub(super) async fn adapter(&self, name: Option<&str>) -> zbus::Result<Option<(String, bool)>> {
        let mut adapters: Vec<(OwnedObjectPath, Properties)> = self
            .objects()
            .await?
            .into_iter()
            .filter_map(|(path, mut interfaces)| Some((path, interfaces.remove(ADAPTER)?)))
            .filter(|(path, _)| name.is_none_or(|name| path.rsplit('/').next() == Some(name)))
            .collect();
        adapters.sort_by(|(one, _), (other, _)| one.as_str().cmp(other.as_str()));
        let first = adapters.into_iter().next();
        Ok(first.map(|(path, properties)| (path.to_string(), flag(&properties, "Powered") == Some(true))))
    }

    /// The same adapter, switched on.
    pub(super) async fn power_on(&self, name: Option<&str>) -> anyhow::Result<String> {
        let found = self.adapter(name).await?;
        let (path, is_on) = found.context("this machine has no such Bluetooth adapter")?;
        if !is_on {
            self.set(&path, ADAPTER, "Powered", true).await?;
        }
        Ok(path)
    }

    /// Has an adapter listen for advertisements of LE devices, repeated ones included.
    pub(super) async fn discover(&self, adapter: &str) -> zbus::Result<()> {
        let filter = HashMap::from([("Transport", Value::from("le")), ("DuplicateData", Value::from(true))]);
        self.call(adapter, ADAPTER, "SetDiscoveryFilter", &filter).await?;
        self.call(adapter, ADAPTER, "StartDiscovery", &()).await
    }

    /// The device an adapter knows under an address.
    pub(super) async fn device(
        &self,
        adapter: &str,
        address: &str,
    ) -> zbus::Result<Option<(String, Properties)>> {
        self.find_device(|path, properties| {
            is_beneath(path, adapter) && text(properties, "Address") == Some(address)
        })
        .await
    }

    /// The device at a path.
    pub(super) async fn device_at(&self, path: &str) -> zbus::Result<Option<(String, Properties)>> {
        self.find_device(|at, _| at == path).await
    }

    async fn find_device(
        &self,
        is_it: impl Fn(&str, &Properties) -> bool,
    ) -> zbus::Result<Option<(String, Properties)>> {
        let devices = self.objects().await?.into_iter().filter_map(|(path, mut interfaces)| {
            let properties = interfaces.remove(DEVICE)?;
            Some((path.to_string(), properties))
        });
        Ok(devices.into_iter().find(|(path, properties)| is_it(path, properties)))
    }

    /// Calls a method whose answer does not matter beyond that it is no error.
    pub(super) async fn call(
        &self,
        path: &str,
        interface: &str,
        method: &str,
        body: &(impl Serialize + DynamicType),
    ) -> zbus::Result<()> {
        within(self.bus.call_method(Some(NAME), path, Some(interface), method, body)).await?;
        Ok(())
    }

    /// Writes a value at a characteristic and waits until the instrument has it. The call needs nothing of ours while it
    /// is under way.
    pub(super) fn write(
        &self,
        characteristic: String,
        value: Vec<u8>,
    ) -> impl Future<Output = zbus::Result<()>> + Send + use<> {
        let bus = self.bus.clone();
        async move {
            let options = HashMap::from([("type", Value::from("request"))]);
            let body = (value, options);
            let call = bus.call_method(Some(NAME), characteristic, Some(CHARACTERISTIC), "WriteValue", &body);
            within(call).await?;
            Ok(())
        }
    }

    /// Sets a property.
    pub(super) async fn set(&self, path: &str, interface: &str, name: &str, to: bool) -> zbus::Result<()> {
        let body = (interface, name, Value::from(to));
        self.call(path, "org.freedesktop.DBus.Properties", "Set", &body).await
    }

    /// The next signal. Nothing is lost when this is dropped half way.
    pub(super) async fn next(&mut self) -> io::Result<Signal> {
        match self.signals.recv().await {
            None | Some(Signal::Gone) => Err(io::Error::other("Bluetooth has stopped on this machine")),
            Some(signal) => Ok(signal),
        }
    }
}

async fn within(call: impl Future<Output = zbus::Result<Message>>) -> zbus::Result<Message> {
    let answered = tokio::time::timeout(ANSWERS_WITHIN, call).await;
    answered.unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut).into()))
}

async fn pump(mut messages: MessageStream, signals: UnboundedSender<Signal>) {
    while let Some(Ok(message)) = messages.next().await {
        if let Some(signal) = Signal::read(&message)
            && signals.send(signal).is_err()
        {
            return;
        }
    }
}

impl Signal {
    fn read(message: &Message) -> Option<Self> {
        let header = message.header();
        if header.message_type() != Type::Signal {
            return None;
        }
        let body = message.body();
        match header.member()?.as_str() {
            "InterfacesAdded" => {
                let (path, interfaces) = body.deserialize().ok()?;
                Some(Self::Added { path, interfaces })
            }
            "InterfacesRemoved" => {
                // A device that hangs up loses other interfaces and stays.
                let (path, gone): (OwnedObjectPath, Vec<String>) = body.deserialize().ok()?;
                gone.iter().any(|interface| interface == DEVICE).then_some(Self::Removed { path })
            }
            "PropertiesChanged" => {
                let (_, properties, _): (String, Properties, Vec<String>) = body.deserialize().ok()?;
                Some(Self::Changed { path: header.path()?.to_owned().into(), properties })
            }
            "NameOwnerChanged" => Some(Self::Gone),
            _ => None,
        }
    }
}

/// Whether an object belongs to another.
pub(super) fn is_beneath(path: &str, above: &str) -> bool {
    path.strip_prefix(above).is_some_and(|rest| rest.starts_with('/'))
}

/// A property that is yes or no; `None` if it is not there.
pub(super) fn flag(properties: &Properties, name: &str) -> Option<bool> {
    properties.get(name)?.downcast_ref().ok()
}

/// Whether an adapter's new properties say that it listens no more.
pub(super) fn is_deaf(properties: &Properties) -> bool {
    ["Powered", "Discovering"].iter().any(|name| flag(properties, name) == Some(false))
}

/// A property that is text.
pub(super) fn text<'a>(properties: &'a Properties, name: &str) -> Option<&'a str> {
    properties.get(name)?.downcast_ref().ok()
}

/// A property that is several texts; none if it is not there.
pub(super) fn texts(properties: &Properties, name: &str) -> Vec<String> {
    let value = properties.get(name).and_then(|value| value.try_clone().ok());
    value.and_then(|value| Vec::try_from(value).ok()).unwrap_or_default()
}

/// How strongly a device is heard just now, in dBm; `None` if it is not.
pub(super) fn strength(properties: &Properties) -> Option<i16> {
    properties.get("RSSI")?.downcast_ref().ok()
}

/// Bytes, alone or in a dictionary of whatever.
pub(super) fn bytes(value: &Value<'_>) -> Option<Vec<u8>> {
    let value = if let Value::Value(inner) = value { inner } else { value };
    Vec::try_from(value.try_clone().ok()?).ok()
}
