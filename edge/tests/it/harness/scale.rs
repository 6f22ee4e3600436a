//! Simulated instruments: what lies on them is said ten times a second.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use edge::config::{InstrumentKind, InstrumentSettings, Parity};
use edge::scales::{Bytes, Port};
use scales::{Dialect, Profile};
use tokio::io::{AsyncWriteExt, DuplexStream};
use tokio::sync::mpsc;

use super::PACE;

/// Where a simulated instrument is plugged in.
pub(crate) struct Socket(mpsc::Receiver<DuplexStream>);

impl Port for Socket {
    type Line = Bytes<DuplexStream>;

    async fn open(&mut self, profile: Profile) -> io::Result<Self::Line> {
        let line = self.0.recv().await.ok_or(io::ErrorKind::NotFound)?;
        Ok(Bytes::new(line, profile))
    }
}

/// A simulated instrument that says ten times a second what lies on it.
pub(crate) struct Scale {
    sockets: mpsc::Sender<DuplexStream>,
    load: Arc<AtomicI64>,
    dialect: Dialect,
    cable: Option<tokio::task::JoinHandle<()>>,
}

impl Scale {
    /// An instrument as set up, its cable not yet plugged in.
    pub(crate) fn new(setting: &InstrumentSettings) -> (Self, Socket) {
        let (sockets, socket) = mpsc::channel(1);
        let begins_at = if setting.kind == InstrumentKind::LengthBoard { 6_000 } else { 0 };
        let dialect = Dialect::from_name(&setting.dialect).unwrap();
        (Self { sockets, load: Arc::new(AtomicI64::new(begins_at)), dialect, cable: None }, Socket(socket))
    }

    pub(crate) fn put(&self, value: i64) {
        self.load.store(value, Ordering::Release);
    }

    /// Plugs the cable in.
    pub(crate) async fn plug(&mut self) {
        let (ours, theirs) = tokio::io::duplex(256);
        self.sockets.send(theirs).await.unwrap();
        self.cable = Some(tokio::spawn(speak(ours, self.load.clone(), self.dialect)));
    }

    /// Pulls it out.
    pub(crate) fn pull(&mut self) {
        self.cable.take().unwrap().abort();
    }
}

async fn speak(mut line: DuplexStream, load: Arc<AtomicI64>, dialect: Dialect) {
    let mut beat = tokio::time::interval(Duration::from_millis(100) / PACE);
    let mut frame = [0; 64];
    loop {
        beat.tick().await;
        let length = scales::encode(dialect, load.load(Ordering::Acquire), true, &mut frame).unwrap();
        if line.write_all(&frame[..length]).await.is_err() {
            return;
        }
    }
}

pub(crate) fn instrument(id: &str, kind: InstrumentKind) -> InstrumentSettings {
    let board = kind == InstrumentKind::LengthBoard;
    InstrumentSettings {
        id: id.into(),
        name: if board { "Papan ukur".into() } else { format!("Timbangan {id}") },
        path: Some("/nowhere".into()),
        ble: None,
        dialect: if board { "digimatic13".into() } else { "ad_std".into() },
        baud: 9600,
        parity: Parity::None,
        data_bits: 8,
        kind,
        division: 10,
        unit: None,
    }
}
