// The whole set as one strip: its height is arousal, its colour the feeling, marks above it,
// and a frame around the stretch that the curves show.

import { Surface, font, ink } from "./canvas.js";
import { css, markColour } from "./palette.js";
import { clock } from "./words.js";

// In line with the curves and the meter above it.
function place(width, height) {
  const label = Math.max(10, Math.min(14, height * 0.2));
  return { label, left: label * 2.1, right: width - Math.max(7, label * 0.7) };
}

const LEAST_S = 120;
const BAR_PX = 2;

export class Overview {
  constructor(canvas, past, view) {
    this.past = past;
    this.view = view;
    this.surface = new Surface(canvas, () => (this.changed = true));
    this.changed = true;
  }

  /** The time at a place of the strip, in CSS pixels from its left edge. */
  timeAt(x, nowS) {
    const { startS, spanS } = this.#range(nowS);
    const { left, right } = place(this.surface.width, this.surface.height);
    return startS + ((x - left) / (right - left)) * spanS;
  }

  #range(nowS) {
    const startS = this.past.startS;
    return { startS, spanS: Math.max(LEAST_S, nowS - startS) };
  }

  draw(dark, nowS) {
    this.changed = false;
    const c = this.surface.begin();
    const { width, height } = this.surface;
    if (width < 2 || height < 2) return;
    this.paint(c, { width, height, colour: ink(this.surface.canvas), dark }, nowS);
  }

  /** Draw into any context, in CSS pixels from its origin. */
  paint(c, { width, height, colour, dark }, nowS) {
    const { startS, spanS } = this.#range(nowS);
    const { label, left: begin, right } = place(width, height);
    const bottom = height - label * 1.8;
    const x = (time) => begin + ((time - startS) / spanS) * (right - begin);
    const { points, intervalS } = this.past.between(startS, nowS, (right - begin) / BAR_PX);
    for (const point of points) {
      const left = x(point.time_s - intervalS);
      const tall = point.active ? (0.12 + 0.88 * ((point.arousal + 1) / 2)) * bottom : 2;
      c.fillStyle = point.active
        ? css(markColour(point.valence, point.arousal, dark))
        : css(colour, 0.3);
      c.fillRect(left, bottom - tall, Math.max(1, x(point.time_s) - left + 0.4), tall);
    }
    c.fillStyle = css(colour, 0.18);
    c.fillRect(begin, bottom, right - begin, 1);
    for (const { time_s } of this.past.marks) {
      c.fillStyle = css(colour, 0.95);
      c.fillRect(Math.round(x(time_s)) - 0.5, 0, 1, bottom);
      c.beginPath();
      c.arc(x(time_s), 3, 3, 0, 2 * Math.PI);
      c.fill();
    }
    const end = this.view.endS(nowS);
    const from = Math.max(begin, x(end - this.view.spanS));
    const to = Math.min(right, x(end));
    c.fillStyle = css(colour, 0.07);
    c.fillRect(from, 0, to - from, bottom);
    c.strokeStyle = css(colour, 0.75);
    c.lineWidth = 1.5;
    c.strokeRect(from, 0.75, to - from, bottom - 0.75);
    c.font = font(label, 450);
    c.textBaseline = "bottom";
    c.fillStyle = css(colour, 0.62);
    c.textAlign = "left";
    c.fillText(clock(Math.max(0, startS)), begin, height);
    c.textAlign = "right";
    c.fillText(clock(Math.max(0, startS + spanS)), right + label * 0.5, height);
  }
}
