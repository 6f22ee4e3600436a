//! What is on its way to a client, so that a client slow to listen never holds up anything but itself.

use std::future::pending;
use std::io;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use rumqttc::mqttbytes::v4::Packet;
use tokio::io::{AsyncWriteExt, WriteHalf};
use tokio::time::{Instant, timeout};

use super::greet::Stream;

/// Beyond this much unsent, a client gets no more until it takes some.
const FULL_BYTES: usize = 64 * 1024;
/// How long the last bytes of a connection may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// Bytes for one client, written as it takes them.
pub(super) struct Outbox {
    writer: WriteHalf<Stream>,
    bytes: BytesMut,
    unsent: bool,
    moved_at: Instant,
}

impl Outbox {
    pub(super) fn new(writer: WriteHalf<Stream>) -> Self {
        Self { writer, bytes: BytesMut::new(), unsent: false, moved_at: Instant::now() }
    }

    /// Adds a packet; it leaves while [`Outbox::drain`] is awaited.
    pub(super) fn push(&mut self, packet: &Packet) {
        if !self.unsent {
            self.moved_at = Instant::now();
        }
        self.unsent = true;
        let written = packet.write(&mut self.bytes, usize::MAX);
        debug_assert!(written.is_ok(), "what the gate writes is well formed: {written:?}");
    }

    pub(super) fn is_full(&self) -> bool {
        self.bytes.len() >= FULL_BYTES
    }

    /// When the client will have taken nothing for `stall`; `None` if nothing waits for it.
    pub(super) fn stalled_at(&self, stall: Duration) -> Option<Instant> {
        self.unsent.then(|| self.moved_at + stall)
    }

    /// Moves one step further; pends for ever when there is nothing to send. Safe to drop at any time.
    pub(super) async fn drain(&mut self) -> io::Result<()> {
        if !self.unsent {
            return pending().await;
        }
        if self.bytes.has_remaining() {
            if self.writer.write_buf(&mut self.bytes).await? == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
        } else {
            self.writer.flush().await?;
            self.unsent = false;
        }
        self.moved_at = Instant::now();
        Ok(())
    }

    /// Sends what is left and says goodbye, as far as the client still listens.
    pub(super) async fn close(mut self) {
        let farewell = async {
            self.writer.write_all_buf(&mut self.bytes).await?;
            self.writer.shutdown().await
        };
        // Whoever does not take it in time loses it; nodes resend what was not acknowledged.
        let _ = timeout(FAREWELL, farewell).await;
    }
}
