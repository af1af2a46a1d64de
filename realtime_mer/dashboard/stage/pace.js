// Which frames are drawn, how long each stands for, and how that goes.

import { Quality, displayPeriod } from "./quality.js";

const MEASURED = 20; // frames of the display that are timed with nothing drawn
const LONGEST_STEP_S = 0.25;
const REMEMBERED = 240;

export class Pace {
  frames = 0;
  #ticks = 0;
  #tickMs = null;
  #drawnMs = null;
  #intervals = [];
  #measuring = true;
  #recent = [];

  constructor(nativePixels) {
    this.quality = new Quality(nativePixels);
  }

  /** Time the display anew; the picture stands still meanwhile, for about a third of a second. */
  measure() {
    this.#measuring = true;
    this.#intervals = [];
    this.#tickMs = null;
  }

  /** The page was hidden: what was late does not count. */
  forget() {
    this.#tickMs = null;
    this.#drawnMs = null;
    this.quality.forget();
  }

  /** Take a frame of the display; returns seconds to move the picture by, or 0 to draw nothing. */
  tick(ms) {
    if (this.#measuring) {
      if (this.#tickMs !== null) this.#intervals.push(ms - this.#tickMs);
      this.#tickMs = ms;
      if (this.#intervals.length < MEASURED) return 0;
      this.quality.displayMs = displayPeriod(this.#intervals);
      this.#measuring = false;
      this.forget();
    }
    this.#ticks += 1;
    if (this.#ticks % (this.quality.divisor * this.quality.skip)) return 0;
    this.frames += 1;
    this.#recent.push(ms);
    if (this.#recent.length > REMEMBERED) this.#recent.shift();
    const since = this.#drawnMs === null ? this.quality.targetMs : ms - this.#drawnMs;
    this.#drawnMs = ms;
    this.quality.frame(since);
    return Math.min(LONGEST_STEP_S, Math.max(0.001, since / 1000));
  }

  /** Frames a second over the last two seconds, counted from what was really drawn. */
  get drawnHz() {
    const last = this.#recent.at(-1);
    const within = this.#recent.filter((ms) => ms > last - 2000);
    return within.length > 1 ? (1000 * (within.length - 1)) / (last - within[0]) : 0;
  }
}
