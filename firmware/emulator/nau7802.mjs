// A NAU7802 on the emulated board's first bus: set up by its registers, 80 conversions a second.

import { I2CMode } from 'rp2040js';

const ADDRESS = 0x2a;
const CALIBRATION_NS = 344e6;
const CONVERSION_NS = 12.5e6;
// What the first four conversions are off by, while the input settles.
const UNSETTLED_BY = 300000;

export class Nau7802 {
  constructor(clock, bus) {
    this.clock = clock;
    this.bus = bus;
    this.counts = 0;
    this.plugged = true;
    this.held = false;
    this.registers = new Uint8Array(32);
    bus.onConnect = (address, mode) => {
      if (this.held) return; // the clock stays low: nobody can go on
      // What is written first names the register; a read goes on from there.
      if (mode === I2CMode.Write) this.at = null;
      bus.completeConnect(this.plugged && address === ADDRESS);
    };
    bus.onWriteByte = (byte) => {
      if (this.at === null) this.at = byte;
      else this.#write(this.at++, byte);
      bus.completeWrite(true);
    };
    bus.onReadByte = () => bus.completeRead(this.#read());
  }

  load(counts) {
    this.counts = counts;
  }

  plug(plugged) {
    this.plugged = plugged;
    if (plugged) this.registers.fill(0);
  }

  // Holds the clock of the bus low, or lets go of it.
  hold(held) {
    this.held = held;
    if (!held) this.bus.completeConnect(false);
  }

  #live() {
    const now = this.clock.nanos;
    const registers = this.registers;
    if (registers[0] & 0x02) registers[0] |= 0x08;
    if (registers[2] & 0x04 && now >= this.calibrated) {
      registers[2] &= ~0x04;
      this.settling = 4;
      this.next = now + CONVERSION_NS;
    }
    const converting = (registers[0] & 0x96) === 0x96 && (registers[2] & 0x0c) === 0 && registers[1] === 0x2f;
    if (converting && now >= this.next) {
      const counts = this.counts + (this.settling > 0 ? UNSETTLED_BY : 0);
      const word = Math.max(-0x800000, Math.min(0x7fffff, counts));
      registers.set([word >> 16, word >> 8, word].map((byte) => byte & 0xff), 0x12);
      registers[0] |= 0x20;
      this.settling = Math.max(0, this.settling - 1);
      this.next = now + CONVERSION_NS;
    }
  }

  #write(register, byte) {
    this.#live();
    if (register === 0 && byte & 1) this.registers.fill(0);
    else this.registers[register] = byte;
    if (register === 2 && byte & 0x04) this.calibrated = this.clock.nanos + CALIBRATION_NS;
  }

  #read() {
    this.#live();
    const register = this.at++;
    if (register === 0x14) this.registers[0] &= ~0x20;
    return this.registers[register];
  }
}
