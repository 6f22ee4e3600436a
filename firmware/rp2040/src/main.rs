//! The scale bridge on a Raspberry Pi Pico: a chip on its pins, a serial line on its USB plug.
#![no_std]
#![no_main]

mod chip;
mod image;
mod serial;
mod storage;
mod thermometer;

use embassy_executor::Spawner;
use embassy_futures::join::join;
use embassy_futures::select::{Either, select};
use embassy_time::{Duration, Instant, Ticker};
use firmware::command::{Answer, Refusal};
use firmware::output::Output;
use firmware::{Bridge, Command, Sensor, Settings};
use panic_reset as _;

use crate::serial::{Asked, Said};
use crate::storage::Storage;
use crate::thermometer::Thermometer;

/// A chip is looked at so often, and so many looks make a point.
const LOOK: Duration = Duration::from_millis(1);
const LOOKS_A_POINT: u32 = 100;

#[embassy_executor::main]
async fn main(_spawner: Spawner) {
    let board = embassy_rp::init(embassy_rp::config::Config::default());
    let mut storage = Storage::new(board.FLASH);
    let firmware = image::name(&mut storage);
    let settings = storage.settings().unwrap_or(Settings::INFANT_SCALE);
    let thermometer = Thermometer::new(board.ADC, board.ADC_TEMP_SENSOR);
    #[cfg(feature = "hx711")]
    let chip = chip::hx711(board.PIN_2, board.PIN_3);
    #[cfg(feature = "nau7802")]
    let chip = chip::nau7802(board.I2C0, board.PIN_4, board.PIN_5);
    let bridge = Bridge::new(chip, settings, firmware);
    let (said, asked) = (Said::new(), Asked::new());
    join(
        serial::run(board.USB, settings.device, &said, &asked),
        weigh(bridge, storage, thermometer, &said, &asked),
    )
    .await;
}

/// Looks at the chip, speaks ten times a second, and does what it is told.
async fn weigh(
    mut bridge: Bridge<impl Sensor>,
    mut storage: Storage,
    mut thermometer: Thermometer,
    said: &Said,
    asked: &Asked,
) {
    let mut looks = Ticker::every(LOOK);
    let mut nth = 0;
    loop {
        match select(looks.next(), asked.receive()).await {
            Either::First(()) => {
                // An interrupt between two edges of the clock could switch the chip off.
                critical_section::with(|_| bridge.poll());
                nth += 1;
                if nth >= LOOKS_A_POINT {
                    nth = 0;
                    let message = bridge.report(Instant::now().as_millis(), thermometer.centi());
                    let settled = bridge.settled();
                    say(said, Output::reading(&message, bridge.mode(), settled));
                }
            }
            Either::Second(command) => {
                let answer = command.and_then(|command| obey(&mut bridge, &mut storage, command));
                say(
                    said,
                    match &answer {
                        Ok(answer) => Output::answer(answer),
                        Err(refusal) => Output::answer(refusal),
                    },
                );
            }
        }
    }
}

fn obey(
    bridge: &mut Bridge<impl Sensor>,
    storage: &mut Storage,
    command: Command,
) -> Result<Answer, Refusal> {
    let answer = bridge.obey(command)?;
    if answer == Answer::Saved {
        storage.keep(bridge.settings()).map_err(|_| Refusal::NotSaved)?;
    }
    Ok(answer)
}

/// A reading nobody fetches is worth nothing a moment later.
fn say(said: &Said, output: Output) {
    let _ = said.try_send(output);
}
