// Runs a bridge's image: `node run.mjs bridge-hx711.bin hx711`, or with the other chip.
//
// What the board says on USB comes out on standard output, byte for byte. Standard input takes lines:
//   load COUNTS   what the load cell's converter counts from now on
//   plug, unplug  the wire to the converter
//   hold, release the clock of its bus, held low (nau7802)
//   type WORDS    typed on the board's serial line
//   pace N        N seconds of the board's time in one of ours; 0 for as fast as it goes
//   hang          the processor executes nothing any more, while time goes on
// Standard error says when the board's serial line is open, and, at the end of input, how the time went. When the board's
// watchdog fires, all ends with exit code 3.

import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { LogLevel, ConsoleLogger, Simulator, USBCDC } from 'rp2040js';
import { Hx711 } from './hx711.mjs';
import { Nau7802 } from './nau7802.mjs';

const FLASH_AT = 0x10000000;
const STACK_AT = 0x20041000;
// The diode at 27 °C: 0.706 V of 3.3 V in 4096 steps.
const DIODE = Math.round((0.706 / 3.3) * 4096);
const SLICE_NS = 20e6;
const WATCHDOG = 0x40058;
const WATCHDOG_FIRED = 3;

const simulator = new Simulator();
const board = simulator.rp2040;
const clock = simulator.clock;
board.logger = new ConsoleLogger(LogLevel.Error);
board.flash.set(readFileSync(process.argv[2]));
board.adc.channelValues[4] = DIODE;
board.core.PC = FLASH_AT;
board.core.SP = STACK_AT;

const chip =
  process.argv[3] === 'nau7802'
    ? new Nau7802(clock, board.i2c[0])
    : new Hx711(clock, board.gpio[2], board.gpio[3]);
const line = new USBCDC(board.usbCtrl);
line.onDeviceConnected = () => console.error('open');
line.onSerialData = (bytes) => process.stdout.write(Buffer.from(bytes));

// "Somebody has opened the port" is said to the board's first interface; USBCDC says it to the board as a whole.
line.cdcSetControlLineState = () => {
  board.usbCtrl.sendSetupPacket(Uint8Array.of(0x21, 0x22, 3, 0, 0, 0, 0, 0));
  line.initialized = true;
};

// A real controller keeps a buffer of the board's until the host has filled it, and a real host fills it when something
// is typed. The emulated one gives it back at once, empty.
const usb = board.usbCtrl;
const BUFFER_CONTROL_AT = 0x84;
const HELD = 1 << 10;
function hold(held) {
  const at = BUFFER_CONTROL_AT + line.outEndpoint * 8;
  const control = board.usbDPRAMView.getUint32(at, true);
  board.usbDPRAMView.setUint32(at, held ? control | HELD : control & ~HELD, true);
}
const answer = usb.onEndpointRead;
let waiting = null;
usb.onEndpointRead = (endpoint, size) => {
  if (endpoint !== line.outEndpoint) return answer(endpoint, size);
  hold(true);
  if (line.txFIFO.itemCount > 0) answer(endpoint, size);
  else waiting = [endpoint, size];
};
const finish = usb.finishRead;
usb.finishRead = (endpoint, bytes) => {
  if (endpoint === line.outEndpoint) hold(false);
  finish.call(usb, endpoint, bytes);
};
function type(text) {
  Buffer.from(text).forEach((byte) => line.sendSerialByte(byte));
  if (waiting) answer(...waiting);
  waiting = null;
}

board.peripherals[WATCHDOG].onWatchdogTrigger = () => {
  console.error('the watchdog fired');
  process.exit(WATCHDOG_FIRED);
};

let hangs = false;
let pace = 0;
let anchor = { board: clock.nanos, ours: performance.now() };
const orders = {
  load: (counts) => chip.load(Number(counts)),
  plug: () => chip.plug(true),
  unplug: () => chip.plug(false),
  hold: () => chip.hold(true),
  release: () => chip.hold(false),
  hang: () => {
    hangs = true;
  },
  type: (...words) => type(`${words.join(' ')}\r\n`),
  pace: (factor) => {
    pace = Number(factor);
    anchor = { board: clock.nanos, ours: performance.now() };
  },
};
createInterface({ input: process.stdin })
  .on('line', (text) => {
    const [order, ...words] = text.trim().split(/\s+/);
    if (orders[order]) orders[order](...words);
    else console.error(`no such order: ${text}`);
  })
  .on('close', () => {
    console.error(`${(clock.nanos / 1e9).toFixed(1)} s of the board's time`);
    process.exit(0);
  });

// Runs a slice of the board's time, or as much of it as is due.
function run() {
  const due = pace === 0 ? Infinity : anchor.board + (performance.now() - anchor.ours) * 1e6 * pace;
  const until = Math.min(clock.nanos + SLICE_NS, due);
  while (clock.nanos < until) {
    if (hangs || board.core.waiting) clock.tick(Math.max(1, Math.min(clock.nanosToNextAlarm, until - clock.nanos)));
    else clock.tick(board.core.executeInstruction() * 8);
  }
  setTimeout(run, clock.nanos >= due ? 5 : 0);
}
run();
