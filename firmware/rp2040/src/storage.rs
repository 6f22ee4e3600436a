//! The last sector of the flash, where settings outlive the power.

use embassy_rp::Peri;
use embassy_rp::flash::{Blocking, ERASE_SIZE, Error, Flash};
use embassy_rp::peripherals::FLASH;
use firmware::settings::PAGE_LEN;
use firmware::{Memory, Settings};

const FLASH_SIZE: usize = 2 * 1024 * 1024;
const SECTOR: u32 = (FLASH_SIZE - ERASE_SIZE) as u32;

/// The flash of the board.
pub(crate) struct Storage(Flash<'static, FLASH, Blocking, FLASH_SIZE>);

impl Storage {
    pub(crate) fn new(flash: Peri<'static, FLASH>) -> Self {
        Self(Flash::new_blocking(flash))
    }

    /// What was kept; `None` if nothing was, or the power failed while it was.
    pub(crate) fn settings(&mut self) -> Option<Settings> {
        let mut page = [0; PAGE_LEN];
        self.read(SECTOR, &mut page).ok()?;
        Settings::decode(&page)
    }

    fn write(&mut self, settings: &Settings) -> Result<(), Error> {
        self.0.blocking_erase(SECTOR, SECTOR + ERASE_SIZE as u32)?;
        self.0.blocking_write(SECTOR, &settings.encode())
    }

    pub(crate) fn read(&mut self, from: u32, into: &mut [u8]) -> Result<(), Error> {
        self.0.blocking_read(from, into)
    }
}

impl Memory for Storage {
    /// The sector is erased, written, and read back.
    fn keep(&mut self, settings: &Settings) -> bool {
        self.write(settings).is_ok() && self.settings().as_ref() == Some(settings)
    }
}
