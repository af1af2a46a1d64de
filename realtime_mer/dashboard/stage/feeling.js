// From estimates to what the picture is driven by: a few smooth numbers and five angles.
//
// Pure: it knows no clock, no socket and no canvas.

import { Spring } from "./spring.js";

// Rates of the springs in rad/s. Estimates come twice a second; these pass a change on within
// two seconds and take 9/10 and more from anything faster than three times a second, which is
// what keeps the picture from flashing whatever comes in.
const RATE = { point: 2.8, blur: 1.6, rise: 4.5, fall: 1.8, life: 1.1, calm: 1.0 };
const CALM_RATE = 0.5; // all springs in calm mode, as a share
const CALM_SPEED = 0.22; // all motion in calm mode, as a share

const LEVEL_MEAN_S = 15; // breathing is about this long a mean, so that any fader setting breathes
const LEVEL_RANGE_DB = 18;
const FLOOR_DB = -80;

// Estimates are cautious: most music stays within 0.6 of the centre.
const reach = (x) => Math.tanh(1.9 * x) / Math.tanh(1.9);
const clamp = (x, low, high) => Math.min(high, Math.max(low, x));

// How fast each of the angles turns, in rad/s at a speed of 1. They have no common multiple,
// so the picture never comes back to where it was.
const TURNS = [1, 0.618, 0.414, 0.267, 0.157];

export class Feeling {
  #valence = new Spring();
  #arousal = new Spring();
  #blur = new Spring(0.5);
  #level = new Spring();
  #life = new Spring();
  #calm = new Spring();
  #target = { valence: 0, arousal: 0, blur: 0.5, level: 0, life: 0 };
  #meanDb = null;
  #angles = [0.4, 1.9, 3.1, 4.6, 5.5];
  calm = false;

  /** Take an estimate as the stream brings it. */
  aim(estimate, intervalS = 0.5) {
    const spread = Math.hypot(estimate.arousal_std, estimate.valence_std) / Math.SQRT2;
    const level = Math.max(FLOOR_DB, estimate.level_db);
    if (estimate.active) {
      const share = 1 - Math.exp(-intervalS / LEVEL_MEAN_S);
      this.#meanDb = this.#meanDb === null ? level : this.#meanDb + share * (level - this.#meanDb);
    }
    this.#target = {
      valence: estimate.valence,
      arousal: estimate.arousal,
      blur: clamp((spread - 0.08) / 0.34, 0, 1),
      level: clamp((level - (this.#meanDb ?? level)) / LEVEL_RANGE_DB, -0.5, 0.5),
      life: estimate.active ? 1 : 0,
    };
  }

  /** Nothing is known any more: glide to neutral. */
  release() {
    this.#target = { ...this.#target, level: 0, life: 0 };
  }

  /** Let dt seconds pass and return what to draw. */
  step(dt) {
    const { valence, arousal, blur, level, life } = this.#target;
    const calm = clamp(this.#calm.step(this.calm ? 1 : 0, RATE.calm, dt), 0, 1);
    const slow = 1 + (CALM_RATE - 1) * calm;
    this.#valence.step(valence, RATE.point * slow, dt);
    this.#arousal.step(arousal, RATE.point * slow, dt);
    this.#blur.step(blur, RATE.blur * slow, dt);
    const swell = level > this.#level.value ? RATE.rise : RATE.fall;
    this.#level.step(level, swell * slow, dt);
    this.#life.step(life, RATE.life * slow, dt);
    const drawn = this.#drawn(calm);
    const speed = drawn.speed * (1 + (CALM_SPEED - 1) * calm);
    // Angles, not a growing time: they turn round exactly at 2π, so that the hundredth hour
    // of a show is computed as precisely as the first.
    this.#angles = this.#angles.map((angle, i) => (angle + TURNS[i] * speed * dt) % (2 * Math.PI));
    return { ...drawn, angles: this.#angles };
  }

  #drawn(calm) {
    const life = clamp(this.#life.value, 0, 1);
    const arousal = reach(this.#arousal.value) * life;
    const valence = reach(this.#valence.value) * life;
    const energy = 0.5 + 0.5 * arousal; // silence and neutral lie in the middle of the range …
    return {
      valence: this.#valence.value * life, // as the palette wants it
      arousal: this.#arousal.value * life,
      energy: energy * (0.35 + 0.65 * life), // … but silence is slower than any music
      openness: 0.5 + 0.5 * valence,
      blur: clamp(this.#blur.value * life + 0.55 * (1 - life), 0, 1),
      breath: this.#level.value * life * (1 - calm),
      life,
      speed: 0.03 + 0.36 * life * energy ** 2,
    };
  }
}
