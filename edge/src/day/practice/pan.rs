//! A scale and a board without a child: what lies on them is said ten times a second, into memory.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use ::scales::{Dialect, Profile};
use tokio::io::{AsyncWriteExt, DuplexStream, duplex};
use tokio_util::sync::CancellationToken;

use crate::config::{InstrumentKind, InstrumentSettings, Parity};
use crate::scales::{Bytes, Port};

/// Where a board's slider rests, in tenths of a millimetre.
const RESTS: i64 = 6_000;

/// An instrument for practice.
pub(super) struct Pan {
    load: Arc<AtomicI64>,
    rests: i64,
}

/// Where the node plugs it in.
pub(super) struct Plug {
    load: Arc<AtomicI64>,
    dialect: Dialect,
    every: Duration,
    stop: CancellationToken,
}

impl Pan {
    /// An instrument as its settings say, and its plug; `pace` times faster than the world.
    pub(super) fn new(
        settings: &InstrumentSettings,
        pace: u32,
        stop: CancellationToken,
    ) -> Option<(Self, Plug)> {
        let rests = if settings.kind == InstrumentKind::LengthBoard { RESTS } else { 0 };
        let load = Arc::new(AtomicI64::new(rests));
        let dialect = Dialect::from_name(&settings.dialect)?;
        let plug =
            Plug { load: load.clone(), dialect, every: Duration::from_millis(100) / pace.max(1), stop };
        Some((Self { load, rests }, plug))
    }

    /// Somebody is on it: grams, or tenths of a millimetre.
    pub(super) fn put(&self, value: u32) {
        self.load.store(value.into(), Ordering::Release);
    }

    /// Nobody is.
    pub(super) fn lift(&self) {
        self.load.store(self.rests, Ordering::Release);
    }
}

impl Port for Plug {
    type Line = Bytes<DuplexStream>;

    async fn open(&mut self, profile: Profile) -> io::Result<Self::Line> {
        let (ours, theirs) = duplex(256);
        tokio::spawn(speak(ours, self.load.clone(), self.dialect, self.every, self.stop.clone()));
        Ok(Bytes::new(theirs, profile))
    }
}

async fn speak(
    mut line: DuplexStream,
    load: Arc<AtomicI64>,
    dialect: Dialect,
    every: Duration,
    stop: CancellationToken,
) {
    let mut beat = tokio::time::interval(every);
    let mut frame = [0; 64];
    while !stop.is_cancelled() {
        beat.tick().await;
        let Some(length) = ::scales::encode(dialect, load.load(Ordering::Acquire), true, &mut frame) else {
            return;
        };
        if line.write_all(&frame[..length]).await.is_err() {
            return;
        }
    }
}

/// What the node is told of them.
pub(super) fn settings(kind: InstrumentKind) -> InstrumentSettings {
    let board = kind == InstrumentKind::LengthBoard;
    InstrumentSettings {
        id: if board { "papan-latihan" } else { "timbangan-latihan" }.into(),
        name: if board { "Papan latihan" } else { "Timbangan latihan" }.into(),
        path: Some(if board { "latihan/papan" } else { "latihan/timbangan" }.into()),
        ble: None,
        dialect: if board { "digimatic13" } else { "ad_std" }.into(),
        baud: 9_600,
        parity: Parity::None,
        data_bits: 8,
        kind,
        division: 10,
        unit: None,
    }
}
