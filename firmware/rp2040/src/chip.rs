//! Which pins a chip is wired to. The same table stands in deploy/bridge.

#[cfg(feature = "hx711")]
pub(crate) use self::hx711::hx711;
#[cfg(feature = "nau7802")]
pub(crate) use self::nau7802::nau7802;
use embassy_rp::Peri;
use embassy_time::Instant;

fn now_us() -> u64 {
    Instant::now().as_micros()
}

#[cfg(feature = "hx711")]
mod hx711 {
    use embassy_rp::gpio::{Input, Level, Output, Pull};
    use embassy_rp::peripherals::{PIN_2, PIN_3};
    use embassy_time::Delay;
    use firmware::hx711::Hx711;
    use firmware::{Fault, Sensor};

    use super::{Peri, now_us};

    /// GP2 to PD_SCK, GP3 to DOUT; pulled up, so that a broken wire is heard as silence and not as zeros.
    pub(crate) fn hx711(sck: Peri<'static, PIN_2>, dout: Peri<'static, PIN_3>) -> impl Sensor {
        let (sck, dout) = (Output::new(sck, Level::Low), Input::new(dout, Pull::Up));
        Undisturbed(Hx711::new(sck, dout, Delay, now_us))
    }

    /// An interrupt between two edges of the clock could switch the chip off. Nothing is waited for meanwhile: 25 pulses, or
    /// a restart of 100 µs.
    struct Undisturbed<S>(S);

    impl<S: Sensor> Sensor for Undisturbed<S> {
        fn poll(&mut self) -> Result<Option<i32>, Fault> {
            critical_section::with(|_| self.0.poll())
        }
    }
}

#[cfg(feature = "nau7802")]
mod nau7802 {
    use embassy_rp::i2c::{Config, I2c, InterruptHandler};
    use embassy_rp::peripherals::{I2C0, PIN_4, PIN_5};
    use firmware::Sensor;
    use firmware::nau7802::Nau7802;

    use super::{Peri, now_us};
    use crate::bus::Bounded;

    embassy_rp::bind_interrupts!(struct Interrupts {
        I2C0_IRQ => InterruptHandler<I2C0>;
    });

    /// GP4 to SDA, GP5 to SCL.
    pub(crate) fn nau7802(
        bus: Peri<'static, I2C0>,
        sda: Peri<'static, PIN_4>,
        scl: Peri<'static, PIN_5>,
    ) -> impl Sensor {
        let mut config = Config::default();
        config.frequency = 400_000;
        Nau7802::new(Bounded::new(I2c::new_async(bus, scl, sda, Interrupts, config)), now_us)
    }
}
