//! `org.bluez.AgentManager1`: who is asked when something wants to be paired.

use zbus::interface;
use zbus::message::Header;
use zbus::zvariant::OwnedObjectPath;

use super::Shared;
use super::adapter::sender;

pub(crate) struct Agents(pub(crate) Shared);

#[interface(name = "org.bluez.AgentManager1")]
impl Agents {
    fn register_agent(&self, agent: OwnedObjectPath, _capability: &str, #[zbus(header)] header: Header<'_>) {
        self.0.change(|air| air.agents.push((sender(&header), agent.to_string())));
    }

    fn unregister_agent(&self, agent: OwnedObjectPath, #[zbus(header)] header: Header<'_>) {
        let gone = (sender(&header), agent.to_string());
        self.0.change(|air| air.agents.retain(|held| *held != gone));
    }
}
