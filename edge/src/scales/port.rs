//! Where our world ends: a serial line that can be opened, read, and pulled out at any moment.

use std::io;
use std::time::Duration;

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

/// A serial port of this machine, by the path in the settings. The path may vanish and come back.
#[derive(Debug, Clone)]
pub struct SerialPort(InstrumentSettings);

impl SerialPort {
    /// The port an instrument's settings name.
    pub fn new(settings: &InstrumentSettings) -> Self {
        Self(settings.clone())
    }
}

impl Port for SerialPort {
    type Line = SerialStream;

    async fn open(&mut self) -> io::Result<SerialStream> {
        // udev names and simulated instruments are links; the device behind may be another each time
        let path = tokio::fs::canonicalize(&self.0.path).await?;
        let parity = match self.0.parity {
            Parity::None => tokio_serial::Parity::None,
            Parity::Even => tokio_serial::Parity::Even,
            Parity::Odd => tokio_serial::Parity::Odd,
        };
        let data_bits = if self.0.data_bits == 7 { DataBits::Seven } else { DataBits::Eight };
        let line = tokio_serial::new(path.to_string_lossy(), self.0.baud)
            .parity(parity)
            .data_bits(data_bits)
            .timeout(Duration::from_millis(100))
            .open_native_async()?;
        Ok(line)
    }
}
