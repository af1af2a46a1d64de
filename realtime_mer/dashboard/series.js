// The recent past of the stream, and the moment "now" between two estimates.

export const KEPT_S = 120;

export class Series {
  estimates = [];
  intervalS = 0.5;
  #arrivedMs = 0;
  #nowS = 0;
  #drawnMs = 0;

  clear() {
    this.estimates = [];
    this.#nowS = 0;
  }

  get last() {
    return this.estimates.at(-1);
  }

  /** Take an estimate; returns false if it belongs to a new stream, which it then begins. */
  push(estimate, arrivedMs) {
    const continues = !this.last || estimate.sequence > this.last.sequence;
    if (!continues) this.clear();
    this.estimates.push(estimate);
    this.#arrivedMs = arrivedMs;
    const oldest = estimate.time_s - KEPT_S - 2 * this.intervalS;
    while (this.estimates[0].time_s < oldest) this.estimates.shift();
    return continues;
  }

  /** Milliseconds since the last estimate came. */
  age(ms) {
    return this.last ? ms - this.#arrivedMs : Infinity;
  }

  /**
   * Stream time to draw at, in seconds. It runs on between estimates, at most one interval
   * and a half, and is eased so that an estimate that comes early or late moves nothing by
   * a jerk.
   */
  now(ms, still) {
    if (!this.last) return 0;
    const ahead = still ? 0 : Math.min(this.age(ms) / 1000, 1.5 * this.intervalS);
    const target = this.last.time_s + ahead;
    const dt = (ms - this.#drawnMs) / 1000;
    this.#drawnMs = ms;
    const gap = target - (this.#nowS + dt);
    this.#nowS =
      still || Math.abs(gap) > 2 ? target : this.#nowS + dt + gap * Math.min(1, dt / 0.5);
    return this.#nowS;
  }
}
