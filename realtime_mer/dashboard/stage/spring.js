// A critically damped spring: it arrives as fast as it can without swinging over.

export class Spring {
  speed = 0;

  /** Begin at rest at a value. */
  constructor(value = 0) {
    this.value = value;
  }

  /**
   * Move towards target for dt seconds; rate is the spring's own frequency in rad/s, and
   * nine tenths of the way take 3.9 / rate seconds.
   *
   * This is the exact solution of x'' = rate² (target − x) − 2 rate x', not a step of Euler's:
   * two steps of 8 ms end where one of 16 ms does, so a slow machine shows the same glide.
   */
  step(target, rate, dt) {
    const decay = Math.exp(-rate * dt);
    const gap = this.value - target;
    const pull = this.speed + rate * gap;
    this.value = target + (gap + pull * dt) * decay;
    this.speed = (this.speed - rate * pull * dt) * decay;
    return this.value;
  }
}
