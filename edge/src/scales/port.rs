//! Where our world ends: a line that can be opened, heard, and lost at any moment.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ::scales::Profile;
use serde::{Deserialize, Serialize};
use tokio_serial::{DataBits, SerialPortBuilderExt, SerialStream};

use super::line::{Bytes, Line};
use crate::config::{InstrumentSettings, Parity};

/// Something an instrument is heard on once it is opened.
pub trait Port: Send + 'static {
    /// The opened line.
    type Line: Line;

    /// Opens it; called again after every loss.
    fn open(&mut self, profile: Profile) -> impl Future<Output = io::Result<Self::Line>> + Send;
}

/// How characters travel on a serial line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wire {
    /// Baud rate.
    pub baud: u32,
    /// Parity.
    pub parity: Parity,
    /// Data bits, 7 or 8.
    pub data_bits: u8,
}

/// A serial port of this machine, by its path. The path may vanish and come back.
#[derive(Debug, Clone)]
pub struct SerialPort {
    path: PathBuf,
    wire: Wire,
}

impl SerialPort {
    /// The port at a path, set as an instrument's settings say.
    pub fn new(path: &Path, settings: &InstrumentSettings) -> Self {
        let InstrumentSettings { baud, parity, data_bits, .. } = *settings;
        Self::at(path.to_owned(), Wire { baud, parity, data_bits })
    }

    /// The port at a path.
    pub const fn at(path: PathBuf, wire: Wire) -> Self {
        Self { path, wire }
    }

    /// Opens it for its bytes alone.
    pub async fn raw(&self) -> io::Result<SerialStream> {
        // udev names and simulated instruments are links; the device behind may be another each time
        let path = tokio::fs::canonicalize(&self.path).await?;
        let parity = match self.wire.parity {
            Parity::None => tokio_serial::Parity::None,
            Parity::Even => tokio_serial::Parity::Even,
            Parity::Odd => tokio_serial::Parity::Odd,
        };
        let data_bits = if self.wire.data_bits == 7 { DataBits::Seven } else { DataBits::Eight };
        let line = tokio_serial::new(path.to_string_lossy(), self.wire.baud)
            .parity(parity)
            .data_bits(data_bits)
            .timeout(Duration::from_millis(100))
            .open_native_async()?;
        Ok(line)
    }
}

impl Port for SerialPort {
    type Line = Bytes<SerialStream>;

    async fn open(&mut self, profile: Profile) -> io::Result<Self::Line> {
        Ok(Bytes::new(self.raw().await?, profile))
    }
}
