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
    use firmware::Sensor;
    use firmware::hx711::Hx711;

    use super::{Peri, now_us};

    /// GP2 to PD_SCK, GP3 to DOUT; pulled up, so that a broken wire is heard as silence and not as zeros.
    pub(crate) fn hx711(sck: Peri<'static, PIN_2>, dout: Peri<'static, PIN_3>) -> impl Sensor {
        let (sck, dout) = (Output::new(sck, Level::Low), Input::new(dout, Pull::Up));
        Hx711::new(sck, dout, Delay, now_us)
    }
}

#[cfg(feature = "nau7802")]
mod nau7802 {
    use embassy_rp::i2c::{Config, I2c};
    use embassy_rp::peripherals::{I2C0, PIN_4, PIN_5};
    use firmware::Sensor;
    use firmware::nau7802::Nau7802;

    use super::{Peri, now_us};

    /// GP4 to SDA, GP5 to SCL.
    pub(crate) fn nau7802(
        bus: Peri<'static, I2C0>,
        sda: Peri<'static, PIN_4>,
        scl: Peri<'static, PIN_5>,
    ) -> impl Sensor {
        let mut config = Config::default();
        config.frequency = 400_000;
        Nau7802::new(I2c::new_blocking(bus, scl, sda, config), now_us)
    }
}
