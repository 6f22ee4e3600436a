//! A meter of blood pressure or glucose that tells what it measured.

use std::io;
use std::sync::{Arc, Mutex};

use edge::config::InstrumentSettings;
use edge::scales::{Heard, Line, Port, Vital};
use scales::{Outcome, Profile, decode};
use tokio::sync::Mutex as Held;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

use super::{Node, PATIENCE};

/// A meter on the table; what it says is heard at once.
pub(crate) struct Meter(UnboundedSender<Vec<u8>>);

/// Where its packets come out.
struct Wire(Arc<Held<UnboundedReceiver<Vec<u8>>>>);

struct Packets {
    told: Arc<Held<UnboundedReceiver<Vec<u8>>>>,
    profile: Profile,
}

impl Port for Wire {
    type Line = PacketLine;

    async fn open(&mut self, profile: Profile) -> io::Result<PacketLine> {
        Ok(PacketLine(Packets { told: self.0.clone(), profile }))
    }
}

/// An opened line of packets.
pub(crate) struct PacketLine(Packets);

impl Line for PacketLine {
    const SPEAKS_ALWAYS: bool = false;

    async fn hear(&mut self, heard: &Mutex<Heard>) -> io::Result<Outcome> {
        let packet = self.0.told.lock().await.recv().await.ok_or(io::ErrorKind::UnexpectedEof)?;
        heard.lock().unwrap().take(&packet);
        Ok(decode(self.0.profile, &packet))
    }
}

impl Node {
    /// Puts a meter on the table.
    pub(crate) fn meter(&self, id: &str, vital: Vital) -> Meter {
        let (sender, packets) = mpsc::unbounded_channel();
        let setting = InstrumentSettings {
            name: id.into(),
            dialect: vital.dialect().name().into(),
            division: 1,
            ..super::instrument(id, vital.kind())
        };
        let setting = InstrumentSettings {
            path: None,
            ble: Some(edge::config::BleSettings {
                address: "C0:26:DA:0A:0B:0F".to_owned().try_into().unwrap(),
                adapter: None,
                characteristic: None,
            }),
            ..setting
        };
        self.edge.instruments.add(&setting, Wire(Arc::new(Held::new(packets)))).unwrap();
        Meter(sender)
    }
}

impl Meter {
    /// It tells something, whatever that is worth.
    pub(crate) fn says(&self, packet: &[u8]) {
        self.0.send(packet.to_vec()).unwrap();
    }

    /// It tells something that may be offered, and the node has heard it.
    pub(crate) async fn tells(&self, node: &Node, packet: &[u8]) {
        let mut changes = node.edge.instruments.watch_offered();
        changes.borrow_and_update();
        self.says(packet);
        tokio::time::timeout(PATIENCE, changes.changed()).await.expect("it was never offered").unwrap();
    }
}
