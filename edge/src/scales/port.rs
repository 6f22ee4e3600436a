//! Where our world ends: a serial line that can be opened, read, and pulled out at any moment.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::AsyncRead;
use tokio_serial::{DataBits, SerialPortBuilderExt, SerialStream};

use crate::config::{InstrumentSettings, Parity};

/// Something bytes can be read from once it is opened.
pub trait Port: Send + 'static {
    /// The opened line. An error or the end of it means that the cable is gone.
    type Line: AsyncRead + Unpin + Send;

    /// Opens it; called again after every loss.
    fn open(&mut self) -> impl Future<Output = io::Result<Self::Line>> + Send;
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
    /// The port an instrument's settings name.
    pub fn new(settings: &InstrumentSettings) -> Self {
        let InstrumentSettings { baud, parity, data_bits, .. } = *settings;
        Self::at(settings.path.clone(), Wire { baud, parity, data_bits })
    }

    /// The port at a path.
    pub const fn at(path: PathBuf, wire: Wire) -> Self {
        Self { path, wire }
    }
}

impl Port for SerialPort {
    type Line = SerialStream;

    async fn open(&mut self) -> io::Result<SerialStream> {
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
