//! The USB plug as a serial line: what is said goes out, what is typed comes in.

use core::fmt::Write as _;

use embassy_futures::join::join3;
use embassy_rp::Peri;
use embassy_rp::peripherals::USB;
use embassy_rp::usb::{Driver, InterruptHandler};
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::channel::Channel;
use embassy_usb::class::cdc_acm::{CdcAcmClass, Receiver, Sender, State};
use embassy_usb::driver::EndpointError;
use embassy_usb::{Builder, Config};
use firmware::command::Refusal;
use firmware::output::Output;
use firmware::{Command, Line};

embassy_rp::bind_interrupts!(struct Interrupts {
    USBCTRL_IRQ => InterruptHandler<USB>;
});

/// Readings and answers on their way out; few, so that what is sent is never old.
pub(crate) type Said = Channel<NoopRawMutex, Output, 4>;
/// Commands on their way in.
pub(crate) type Asked = Channel<NoopRawMutex, Result<Command, Refusal>, 2>;

/// Full speed; a packet of exactly this length would be waited on for its end.
const PACKET: u16 = 64;

/// Vendor and product of pid.codes that are free for everybody's tests; the line is known by its serial number.
const VENDOR: u16 = 0x1209;
const PRODUCT: u16 = 0x0001;

/// Runs the plug for ever. `device` is the number on the label: two bridges on one node are told apart by it.
pub(crate) async fn run(usb: Peri<'static, USB>, device: u32, said: &Said, asked: &Asked) {
    let mut serial_number = SerialNumber::default();
    // Ten digits at most, and room for ten.
    let _ = write!(serial_number, "{device:08}");
    let mut config = Config::new(VENDOR, PRODUCT);
    config.manufacturer = Some("Simpul");
    config.product = Some("bridge");
    config.serial_number = Some(serial_number.text());
    config.max_power = 100;
    let (mut configuration, mut bos, mut control) = ([0; 128], [0; 16], [0; 64]);
    let mut state = State::new();
    let driver = Driver::new(usb, Interrupts);
    let mut builder = Builder::new(driver, config, &mut configuration, &mut bos, &mut [], &mut control);
    let (sender, receiver) = CdcAcmClass::new(&mut builder, &mut state, PACKET).split();
    let mut plug = builder.build();
    join3(plug.run(), speak(sender, said), hear(receiver, asked)).await;
}

async fn speak<'d>(mut sender: Sender<'d, Driver<'d, USB>>, said: &Said) {
    loop {
        sender.wait_connection().await;
        loop {
            let output = said.receive().await;
            // Until somebody opens the port, what is said is dropped: it must not be heard later as if it were new.
            if sender.dtr() && send(&mut sender, &output).await.is_err() {
                break;
            }
        }
    }
}

async fn send<'d>(sender: &mut Sender<'d, Driver<'d, USB>>, output: &Output) -> Result<(), EndpointError> {
    for part in output.bytes().chunks(usize::from(PACKET) - 1) {
        sender.write_packet(part).await?;
    }
    Ok(())
}

async fn hear<'d>(mut receiver: Receiver<'d, Driver<'d, USB>>, asked: &Asked) {
    let mut packet = [0; PACKET as usize];
    loop {
        receiver.wait_connection().await;
        let mut line = Line::default();
        while let Ok(length) = receiver.read_packet(&mut packet).await {
            for command in packet.iter().take(length).filter_map(|&byte| line.push(byte)) {
                asked.send(command).await;
            }
        }
    }
}

/// A number as text.
#[derive(Default)]
struct SerialNumber {
    digits: [u8; 10],
    len: usize,
}

impl SerialNumber {
    fn text(&self) -> &str {
        self.digits.get(..self.len).and_then(|digits| core::str::from_utf8(digits).ok()).unwrap_or("0")
    }
}

impl core::fmt::Write for SerialNumber {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        for byte in text.bytes() {
            *self.digits.get_mut(self.len).ok_or(core::fmt::Error)? = byte;
            self.len += 1;
        }
        Ok(())
    }
}
