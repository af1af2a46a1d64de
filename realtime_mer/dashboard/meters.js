// The input level, -60 to 0 dBFS: quick to rise, slower to fall, with its peak held.

import { Surface, font, ink } from "./canvas.js";
import { css } from "./palette.js";

const FLOOR_DB = -60;
const RISE_S = 0.06;
const FALL_S = 0.35;
const HOLD_S = 2;
const PEAK_FALL_DB_PER_S = 14;
const LABELS_DB = [-60, -48, -36, -24, -12, 0];
const FEW_LABELS_DB = [-60, -40, -20, 0];
const HOT_DB = -6; // a mean level this high has clipped peaks for certain
const HOT = [255, 84, 84];

export class LevelMeter {
  #target = FLOOR_DB;
  #shown = FLOOR_DB;
  #peak = FLOOR_DB;
  #held = 0;

  constructor(element, canvas) {
    this.element = element;
    this.surface = new Surface(canvas, () => (this.changed = true));
    this.changed = true;
  }

  aim(levelDb) {
    this.#target = Math.min(0, Math.max(FLOOR_DB, levelDb));
    this.changed = true;
    this.element.setAttribute("aria-valuenow", this.#target.toFixed(1));
  }

  /** Move on by dt seconds; true while anything still moves. */
  step(dt, still) {
    const gap = this.#target - this.#shown;
    this.#shown += still ? gap : gap * (1 - Math.exp(-dt / (gap > 0 ? RISE_S : FALL_S)));
    this.#held += dt;
    if (this.#shown >= this.#peak) {
      this.#peak = this.#shown;
      this.#held = 0;
    } else if (this.#held > HOLD_S) {
      this.#peak = Math.max(this.#shown, this.#peak - PEAK_FALL_DB_PER_S * dt);
    }
    return Math.abs(gap) > 0.05 || this.#peak - this.#shown > 0.05;
  }

  draw(colour) {
    this.changed = false;
    const c = this.surface.begin();
    const { width, height } = this.surface;
    if (width < 2 || height < 2) return;
    const page = ink(this.surface.canvas);
    const label = Math.max(10, Math.min(14, height * 0.24));
    const left = label * 2.1;
    const right = width - Math.max(7, label * 0.7);
    const bar = height - label * 1.8;
    const place = (db) => left + ((db - FLOOR_DB) / -FLOOR_DB) * (right - left);
    const step = Math.max(5, (right - left) / 90);
    const count = Math.floor((right - left) / step);
    const pitch = (right - left) / count;
    const peakAt = Math.round((place(this.#peak) - left) / pitch) - 1;
    for (let i = 0; i < count; i += 1) {
      const db = FLOOR_DB + ((i + 1) / count) * -FLOOR_DB;
      const lit = db <= this.#shown + 1e-6;
      const peak = i === peakAt && this.#peak > FLOOR_DB + 0.5;
      const mark = db > HOT_DB ? HOT : colour;
      c.fillStyle = lit || peak ? css(mark, peak && !lit ? 1 : 0.92) : css(page, 0.1);
      c.beginPath();
      c.roundRect(left + i * pitch, 0, pitch * 0.62, bar, pitch * 0.25);
      c.fill();
    }
    c.font = font(label, 450);
    c.textBaseline = "bottom";
    c.fillStyle = css(page, 0.62);
    for (const db of right - left < 320 ? FEW_LABELS_DB : LABELS_DB) {
      c.textAlign = db === FLOOR_DB ? "left" : db ? "center" : "right";
      c.fillText(String(db).replace("-", "\u2212"), place(db) + (db ? 0 : label * 0.5), height);
    }
  }
}
