//! BlueZ's own errors.

/// Named as on the bus: `org.bluez.Error.Failed` …
#[derive(Debug, zbus::DBusError)]
#[zbus(prefix = "org.bluez.Error")]
pub(crate) enum Error {
    #[zbus(error)]
    Bus(zbus::Error),
    Failed(String),
    NotReady(String),
    InProgress(String),
    NotPermitted(String),
    AlreadyConnected(String),
    AlreadyExists(String),
    AuthenticationFailed(String),
    DoesNotExist(String),
}

pub(crate) type Result<T> = std::result::Result<T, Error>;
