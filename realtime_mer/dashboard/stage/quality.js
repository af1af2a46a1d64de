// How finely the picture is drawn: a machine that cannot keep up draws fewer pixels, then fewer
// frames. Pure: it is told how long each frame took and answers with what to do.
//
// Going down is quick (a stutter is seen at once), going up is a trial: a page cannot see how
// much time is left in a frame, so it tries the finer picture and remembers when that failed,
// waiting twice as long before the next trial. That keeps it from swinging up and down.

export const FINEST_PIXELS = 2560 * 1440; // these soft pictures gain nothing from more
const COARSEST_PIXELS = 40_000;
const STEP = 0.7; // pixels of a rung, as a share of the rung above it
const DIVISORS = [1, 2, 3, 4]; // the share of frames that is drawn, once pixels do not help

const WINDOW_MS = 800; // what is judged together
const LATE = 1.4; // a frame that took this many times what it should is late
const TOO_MANY_LATE = 0.2;
const FEW_LATE = 0.05;
const SLOW = 0.85; // share of the next lower rate's interval from which on that rate costs nothing
const FIRST_WAIT_MS = 1200; // before a finer picture is tried
const LONGEST_WAIT_MS = 120_000;
const TRIAL_MS = 4000; // a finer picture that fails within this time was a failed trial

export class Quality {
  rung = 0;
  divisor = DIVISORS[0];
  #rungs = [1];
  #frames = 0;
  #late = 0;
  #windowMs = 0;
  #sinceChangeMs = 0;
  #raised = false; // whether the last change was upwards
  #waitMs = FIRST_WAIT_MS;

  /** nativePixels: how many the screen has; displayMs: time between two of its frames. */
  constructor(nativePixels, displayMs = 1000 / 60) {
    this.displayMs = displayMs;
    this.resize(nativePixels);
    // Begin in the middle: a strong machine is at the top within seconds, and a weak one
    // never shows a stutter first.
    this.rung = Math.min(2, this.#rungs.length - 1);
  }

  /** The screen has another size: keep about the number of pixels that was found to work. */
  resize(nativePixels) {
    const pixels = this.pixels;
    const rungs = [Math.min(nativePixels, FINEST_PIXELS)];
    while (rungs.at(-1) * STEP > COARSEST_PIXELS) rungs.push(rungs.at(-1) * STEP);
    this.#rungs = rungs;
    if (this.rung === 0) return; // as fine as the screen allows, then and now
    const found = rungs.findIndex((count) => count <= pixels * 1.01);
    this.rung = found < 0 ? rungs.length - 1 : found;
  }

  /** Pixels to draw. */
  get pixels() {
    return this.#rungs[this.rung];
  }

  /** Whether there is nothing left to give up but frames. */
  get coarsest() {
    return this.rung === this.#rungs.length - 1;
  }

  /** Time between two drawn frames when all is well; 120 Hz and more are halved to about 60. */
  get targetMs() {
    return this.displayMs * this.divisor * this.skip;
  }

  /** Frames of the display for each that could be drawn. */
  get skip() {
    return Math.max(1, Math.floor(16.7 / this.displayMs + 0.25));
  }

  /** Say that a frame was drawn ms after the one before; returns whether anything changes. */
  frame(ms) {
    this.#frames += 1;
    // A frame may be so late that others are missing: it counts for all of them.
    const missing = Math.round(ms / this.targetMs) - 1;
    if (ms > LATE * this.targetMs) this.#late += Math.min(10, Math.max(1, missing));
    this.#windowMs += ms;
    this.#sinceChangeMs += ms;
    if (this.#windowMs < WINDOW_MS) return false;
    const share = this.#late / (this.#frames + this.#late);
    const meanMs = this.#windowMs / this.#frames;
    this.#restart();
    if (share > TOO_MANY_LATE) return this.#lower(share, meanMs);
    if (this.#raised && this.#sinceChangeMs > TRIAL_MS) this.#passed();
    if (share < FEW_LATE && this.#sinceChangeMs > this.#waitMs) return this.#raise();
    return false;
  }

  /** Forget the frames so far: the page was hidden, or the picture had to be made anew. */
  forget() {
    this.#restart();
  }

  #restart() {
    this.#frames = 0;
    this.#late = 0;
    this.#windowMs = 0;
  }

  /** The trial went well, so the next one need not wait long. */
  #passed() {
    this.#raised = false;
    this.#waitMs = FIRST_WAIT_MS;
  }

  #lower(share, meanMs) {
    const last = this.#rungs.length - 1;
    const place = DIVISORS.indexOf(this.divisor);
    // Frames that come late because other programs hold them up come no sooner for being fewer:
    // they are given up only where no more could be drawn anyway, and then come evenly.
    if (this.rung === last) {
      const next = DIVISORS[place + 1];
      if (!next || meanMs < SLOW * this.displayMs * this.skip * next) return false;
    }
    const failed = this.#raised;
    this.#raised = false;
    this.#sinceChangeMs = 0;
    if (failed) this.#waitMs = Math.min(LONGEST_WAIT_MS, Math.max(4000, this.#waitMs * 2));
    // A failed trial is taken back and no more; else a machine in need is helped at once.
    const rungs = share > 0.45 && !failed ? 2 : 1;
    if (this.rung < last) this.rung = Math.min(last, this.rung + rungs);
    else this.divisor = DIVISORS[place + 1];
    return true;
  }

  #raise() {
    const place = DIVISORS.indexOf(this.divisor);
    if (place > 0) this.divisor = DIVISORS[place - 1];
    else if (this.rung > 0) this.rung -= 1;
    else return false;
    this.#raised = true;
    this.#sinceChangeMs = 0;
    return true;
  }
}

/**
 * Milliseconds between two frames of the display, from intervals measured while nothing is drawn.
 *
 * The quick third counts: a busy machine makes intervals longer, never shorter. It is rounded to
 * a rate that displays have, because a wrong guess would be taken for a machine that is too slow.
 */
export function displayPeriod(intervals) {
  const sorted = intervals.filter((ms) => ms > 2).sort((a, b) => a - b);
  if (!sorted.length) return 1000 / 60;
  const hertz = 1000 / sorted[Math.floor(sorted.length / 3)];
  const rates = [24, 25, 30, 48, 50, 60, 72, 75, 90, 100, 120, 144, 165, 240];
  const nearest = rates.reduce((a, b) => (Math.abs(b / hertz - 1) < Math.abs(a / hertz - 1) ? b : a));
  return 1000 / nearest;
}
