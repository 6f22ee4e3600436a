//! I²C that always ends: a chip that holds the bus costs a moment and is heard as silence, never as a board that hangs.

use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll, Waker};

use embassy_rp::i2c::{Async, Error, I2c, Instance};
use embassy_time::{Duration, Instant};
use embedded_hal::i2c::{ErrorKind, ErrorType, Operation};

/// The longest exchange is five bytes, 0.13 ms.
const PATIENCE: Duration = Duration::from_millis(1);

/// A bus whose exchanges end. Interrupts stay on meanwhile.
pub(crate) struct Bounded<'d, T: Instance>(I2c<'d, T, Async>);

impl<'d, T: Instance> Bounded<'d, T> {
    pub(crate) fn new(bus: I2c<'d, T, Async>) -> Self {
        Self(bus)
    }
}

impl<T: Instance> ErrorType for Bounded<'_, T> {
    type Error = ErrorKind;
}

impl<T: Instance> embedded_hal::i2c::I2c for Bounded<'_, T> {
    fn transaction(&mut self, address: u8, operations: &mut [Operation<'_>]) -> Result<(), ErrorKind> {
        let bus = &mut self.0;
        match operations {
            [Operation::Write(bytes)] => within(bus.write_async(address, bytes.iter().copied())),
            [Operation::Write(bytes), Operation::Read(into)] => {
                within(bus.write_read_async(address, bytes.iter().copied(), into))
            }
            // The chip asks for nothing else.
            _ => Err(ErrorKind::Other),
        }
    }
}

/// Waits for an exchange, but not for long. Dropped half way, it leaves the bus to the next one, which begins by switching
/// the controller off and on.
fn within(exchange: impl Future<Output = Result<(), Error>>) -> Result<(), ErrorKind> {
    let late = Instant::now() + PATIENCE;
    let mut exchange = pin!(exchange);
    // Asked again and again: a timer of the executor would want a waker of the executor.
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(done) = exchange.as_mut().poll(&mut context) {
            return done.map_err(|_| ErrorKind::Other);
        }
        if Instant::now() > late {
            return Err(ErrorKind::Other);
        }
    }
}
