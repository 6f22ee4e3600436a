//! The thermometer inside the chip: a diode, good to a few degrees, which suffices to see a warm room from a cold one.

use embassy_rp::Peri;
use embassy_rp::adc::{Adc, Blocking, Channel, Config};
use embassy_rp::peripherals::{ADC, ADC_TEMP_SENSOR};

/// The diode and the converter behind it.
pub(crate) struct Thermometer {
    adc: Adc<'static, Blocking>,
    diode: Channel<'static>,
}

impl Thermometer {
    pub(crate) fn new(adc: Peri<'static, ADC>, diode: Peri<'static, ADC_TEMP_SENSOR>) -> Self {
        Self { adc: Adc::new_blocking(adc, Config::default()), diode: Channel::new_temp_sensor(diode) }
    }

    /// Hundredths of a degree Celsius; `None` for what no room has.
    pub(crate) fn centi(&mut self) -> Option<i16> {
        let steps = i32::from(self.adc.blocking_read(&mut self.diode).ok()?);
        // 0.706 V at 27 °C, 1.721 mV less for each degree more; 4096 steps of 3.3 V.
        let microvolts = steps * 3300 * 125 / 512;
        let centi = 2_700 - (microvolts - 706_000) * 100 / 1_721;
        i16::try_from(centi).ok().filter(|centi| (-4_000..=8_500).contains(centi))
    }
}
