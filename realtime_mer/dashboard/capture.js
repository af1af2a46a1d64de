// Runs in the browser's audio thread: the microphone's channels, mixed to one, in blocks of
// 16-bit samples.

const BLOCK_SAMPLES = 2048; // 43 ms at 48 kHz

class Capture extends AudioWorkletProcessor {
  #block = new Int16Array(BLOCK_SAMPLES);
  #filled = 0;

  process([channels]) {
    if (!channels.length) return true; // nothing is connected just now
    for (let i = 0; i < channels[0].length; i += 1) {
      let sum = 0;
      for (const channel of channels) sum += channel[i];
      const sample = Math.round((32768 * sum) / channels.length);
      this.#block[this.#filled] = Math.min(32767, Math.max(-32768, sample));
      this.#filled += 1;
      if (this.#filled === BLOCK_SAMPLES) {
        this.port.postMessage(this.#block.buffer, [this.#block.buffer]);
        this.#block = new Int16Array(BLOCK_SAMPLES);
        this.#filled = 0;
      }
    }
    return true;
  }
}

registerProcessor("capture", Capture);
