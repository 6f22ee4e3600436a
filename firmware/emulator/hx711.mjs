// An HX711 on two pins of the emulated board: 80 conversions a second, each clocked out by 25 pulses.

const CONVERSION_NS = 12.5e6;
const WAKING_NS = 50e6;
const OFF_AFTER_NS = 60e3;
// What the first four conversions after waking are off by, while the input settles.
const UNSETTLED_BY = 300000;

export class Hx711 {
  constructor(clock, sck, dout) {
    this.clock = clock;
    this.dout = dout;
    this.counts = 0;
    this.plugged = true;
    this.pulses = null;
    this.highSince = null;
    this.ready = clock.createAlarm(() => this.#convert());
    this.#wake();
    sck.addListener((level) => (level === 1 ? this.#raise() : this.#lower()));
  }

  load(counts) {
    this.counts = counts;
  }

  plug(plugged) {
    this.plugged = plugged;
    this.#show(true);
    if (plugged) this.#wake();
  }

  #show(level) {
    // The board pulls the line up: a wire that is not there reads high.
    this.dout.setInputValue(this.plugged ? level : true);
  }

  #wake() {
    this.settling = 4;
    this.pulses = null;
    this.#show(true);
    this.ready.schedule(WAKING_NS);
  }

  #convert() {
    const counts = this.counts + (this.settling > 0 ? UNSETTLED_BY : 0);
    this.settling = Math.max(0, this.settling - 1);
    this.word = Math.max(-0x800000, Math.min(0x7fffff, counts)) & 0xffffff;
    this.pulses = 0;
    this.#show(false);
  }

  #raise() {
    this.highSince = this.clock.nanos;
    if (this.pulses === null) return;
    this.pulses += 1;
    this.#show(this.pulses > 24 || ((this.word >> (24 - this.pulses)) & 1) === 1);
  }

  #lower() {
    if (this.highSince !== null && this.clock.nanos - this.highSince > OFF_AFTER_NS) this.#wake();
    this.highSince = null;
    if (this.pulses !== null && this.pulses >= 25) {
      this.pulses = null;
      this.ready.schedule(CONVERSION_NS);
    }
  }
}
