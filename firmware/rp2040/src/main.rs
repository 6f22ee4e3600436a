//! The scale bridge on a Raspberry Pi Pico: a chip on its pins, a serial line on its USB plug.
#![no_std]
#![no_main]

#[cfg(feature = "nau7802")]
mod bus;
mod chip;
mod image;
mod serial;
mod storage;
mod thermometer;

use embassy_executor::Spawner;
use embassy_futures::join::join;
use embassy_futures::select::{Either, select};
use embassy_rp::watchdog::Watchdog;
use embassy_time::{Duration, Instant, Ticker};
use firmware::output::Output;
use firmware::{Board, Bridge, Sensor, Settings};
use panic_reset as _;

use crate::serial::{Asked, Said};
use crate::storage::Storage;
use crate::thermometer::Thermometer;

/// A chip is looked at so often.
const LOOK: Duration = Duration::from_millis(1);
/// Without a look for so long the board begins anew. Erasing the settings' sector may take 0.4 s of it.
const HUNG: Duration = Duration::from_secs(2);

#[embassy_executor::main]
async fn main(_spawner: Spawner) {
    let board = embassy_rp::init(embassy_rp::config::Config::default());
    let watchdog = Watchdog::new(board.WATCHDOG);
    let mut storage = Storage::new(board.FLASH);
    let firmware = image::name(&mut storage);
    let settings = storage.settings().unwrap_or(Settings::INFANT_SCALE);
    let thermometer = Thermometer::new(board.ADC, board.ADC_TEMP_SENSOR);
    #[cfg(feature = "hx711")]
    let chip = chip::hx711(board.PIN_2, board.PIN_3);
    #[cfg(feature = "nau7802")]
    let chip = chip::nau7802(board.I2C0, board.PIN_4, board.PIN_5);
    let bridge = Board::new(Bridge::new(chip, settings, firmware), storage);
    let (said, asked) = (Said::new(), Asked::new());
    join(
        serial::run(board.USB, settings.device, &said, &asked),
        weigh(bridge, thermometer, watchdog, &said, &asked),
    )
    .await;
}

/// Looks at the chip, speaks ten times a second, and does what it is told.
async fn weigh(
    mut board: Board<impl Sensor, Storage>,
    mut thermometer: Thermometer,
    mut watchdog: Watchdog,
    said: &Said,
    asked: &Asked,
) {
    let mut looks = Ticker::every(LOOK);
    watchdog.start(HUNG);
    loop {
        watchdog.feed(HUNG);
        let woken = select(looks.next(), asked.receive()).await;
        let began = Instant::now();
        match woken {
            Either::First(()) => {
                if let Some(output) = board.look(Instant::now().as_millis(), || thermometer.centi()) {
                    say(said, output);
                }
            }
            Either::Second(command) => say(said, board.obey(command)),
        }
        // What was missed is not made up for: without a pause the plug would have no turn.
        if began.elapsed() >= LOOK {
            looks.reset();
        }
    }
}

/// A reading nobody fetches is worth nothing a moment later.
fn say(said: &Said, output: Output) {
    let _ = said.try_send(output);
}
