//! Agrees when an instrument asks to be paired: it has no keys and no screen, and a technician chose its address.

use zbus::interface;
use zbus::zvariant::{ObjectPath, OwnedObjectPath};

use super::bluez::Bluez;

const PATH: &str = "/simpul/agent";
const MANAGER: &str = "org.bluez.AgentManager1";

struct Agent;

#[interface(name = "org.bluez.Agent1")]
impl Agent {
    fn release(&self) {}

    fn request_authorization(&self, device: OwnedObjectPath) {
        tracing::info!("{device} is paired");
    }

    fn cancel(&self) {}
}

/// Answers BlueZ's questions about pairings that we begin, for as long as this connection lives.
pub(super) async fn answer(bluez: &Bluez) -> zbus::Result<()> {
    bluez.bus().object_server().at(PATH, Agent).await?;
    let path = ObjectPath::try_from(PATH)?;
    bluez.call("/org/bluez", MANAGER, "RegisterAgent", &(path, "NoInputNoOutput")).await
}
