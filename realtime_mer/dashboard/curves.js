// One dimension over the last two minutes, or another stretch of the set, with bands of one
// and two standard deviations.
// The line takes the colour the plane had at that moment; silence is a dotted line.

import { Surface, font, ink } from "./canvas.js";
import { css, markColour } from "./palette.js";
import { clock } from "./words.js";

const STOPS = 40; // colours along the line
const STEPS_S = [2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200];
const MOST_TICKS = 6;
const ROOM = { 120: 6, 60: 11, 30: 18 }; // widths, in letters' heights, from which a time is said

/** Where a curve is drawn in a canvas of this size, in CSS pixels. */
export function plot(width, height) {
  const label = Math.max(10, Math.min(14, height * 0.1));
  return {
    label,
    left: label * 2.1,
    right: width - Math.max(7, label * 0.7),
    top: label * 0.7,
    bottom: height - label * 2,
  };
}

export class Curve {
  /** series has the last two minutes, past the whole set, view which of it is shown. */
  constructor(canvas, series, name, past, view) {
    this.series = series;
    this.past = past;
    this.view = view;
    this.name = name;
    this.surface = new Surface(canvas, () => (this.changed = true));
    this.changed = true;
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
    const { label, left, right, top, bottom } = plot(width, height);
    const { spanS, plain } = this.view;
    const endS = this.view.endS(nowS);
    const x = (time) => right - ((endS - time) / spanS) * (right - left);
    const y = (value) => (top + bottom) / 2 - (value * (bottom - top)) / 2;
    this.#drawGrid(c, { x, y, left, right, label, colour, endS, height });
    const { points, intervalS } = plain
      ? { points: this.series.estimates, intervalS: this.series.intervalS }
      : this.past.between(endS - spanS, endS, (right - left) / 1.5);
    this.#drawMarks(c, { x, left, right, top, bottom, label, colour });
    if (!points.length) return;
    c.save();
    c.beginPath();
    c.rect(left, 0, width - left, bottom + label * 0.5);
    c.clip();
    const paint = gradient(c, points, x, left, right, dark);
    for (const run of runs(points, intervalS)) this.#drawRun(c, run, x, y, paint, colour);
    c.restore();
    if (!this.view.live) return;
    const last = this.series.last ?? points.at(-1);
    c.beginPath();
    c.arc(x(last.time_s), y(last[this.name]), Math.max(3.5, label * 0.38), 0, 2 * Math.PI);
    c.fillStyle = last.active ? css(markColour(last.valence, last.arousal, dark)) : css(colour, 0.6);
    c.fill();
  }

  #drawMarks(c, { x, left, right, top, bottom, label, colour }) {
    c.font = font(label * 0.9, 500);
    c.textBaseline = "top";
    c.textAlign = "left";
    for (const { time_s, label: text } of this.past.marks) {
      const at = Math.round(x(time_s)) + 0.5;
      if (at < left || at > right) continue;
      c.strokeStyle = css(colour, 0.5);
      c.setLineDash([3, 3]);
      line(c, at, top, at, bottom);
      c.setLineDash([]);
      c.fillStyle = css(colour, 0.85);
      const wide = c.measureText(text).width;
      c.fillText(text, Math.min(at + 4, right - wide), top);
    }
  }

  #drawGrid(c, { x, y, left, right, label, colour, endS, height }) {
    c.font = font(label, 450);
    c.textBaseline = "middle";
    c.textAlign = "right";
    c.lineWidth = 1;
    for (const [value, text] of [
      [1, "+1"],
      [0, "0"],
      [-1, "\u22121"],
    ]) {
      c.strokeStyle = css(colour, value ? 0.1 : 0.24);
      line(c, left, y(value), right, y(value));
      c.fillStyle = css(colour, 0.62);
      c.fillText(text, left - label * 0.6, y(value));
    }
    c.textBaseline = "bottom";
    if (!this.view.plain) {
      this.#drawTimes(c, { x, y, left, right, label, colour, endS, height });
      return;
    }
    for (const [ago, text] of [
      [120, "2 min"],
      [90, ""],
      [60, "1 min"],
      [30, "30 s"],
      [0, "now"],
    ]) {
      c.strokeStyle = css(colour, 0.1);
      line(c, x(endS - ago), y(1), x(endS - ago), y(-1));
      // Where there is little room, only what stands at the ends is said.
      if (right - left < label * (ROOM[ago] ?? 0)) continue;
      c.textAlign = ago === 120 ? "left" : ago ? "center" : "right";
      c.fillText(text, ago ? x(endS - ago) : right + label * 0.5, height);
    }
  }

  #drawTimes(c, { x, y, left, right, label, colour, endS, height }) {
    const { spanS } = this.view;
    const wanted = Math.min(MOST_TICKS, (right - left) / (label * 5));
    const step = STEPS_S.find((seconds) => spanS / seconds <= wanted) ?? STEPS_S.at(-1);
    c.textAlign = "center";
    for (let time = Math.ceil((endS - spanS) / step) * step; time <= endS; time += step) {
      if (time < 0) continue;
      c.strokeStyle = css(colour, 0.1);
      line(c, x(time), y(1), x(time), y(-1));
      const text = clock(time);
      const half = c.measureText(text).width / 2;
      c.fillText(text, Math.min(right + label * 0.5 - half, Math.max(left + half, x(time))), height);
    }
  }

  #drawRun(c, { active, points }, x, y, paint, colour) {
    const std = `${this.name}_std`;
    c.fillStyle = active ? paint : css(colour, 0.7);
    for (const [deviations, alpha] of [
      [2, 0.1],
      [1, 0.2],
    ]) {
      c.beginPath();
      for (const p of points) c.lineTo(x(p.time_s), y(Math.min(1, p[this.name] + deviations * p[std])));
      for (const p of points.toReversed()) {
        c.lineTo(x(p.time_s), y(Math.max(-1, p[this.name] - deviations * p[std])));
      }
      c.globalAlpha = active ? alpha : alpha * 0.4;
      c.fill();
    }
    c.globalAlpha = 1;
    c.strokeStyle = active ? paint : css(colour, 0.5);
    c.lineWidth = active ? 2.75 : 1.75;
    c.setLineDash(active ? [] : [2, 5]);
    c.lineJoin = "round";
    c.beginPath();
    for (const p of points) c.lineTo(x(p.time_s), y(p[this.name]));
    c.stroke();
    c.setLineDash([]);
  }
}

/** The colours the plane had, from left to right. */
function gradient(c, points, x, left, right, dark) {
  const paint = c.createLinearGradient(left, 0, right, 0);
  const every = Math.max(1, Math.ceil(points.length / STOPS));
  for (let i = points.length - 1; i >= 0; i -= every) {
    const place = (x(points[i].time_s) - left) / (right - left);
    const stop = Math.min(1, Math.max(0, place));
    paint.addColorStop(stop, css(markColour(points[i].valence, points[i].arousal, dark)));
    if (place < 0) break;
  }
  return paint;
}

/** Stretches of music and of silence; each begins where the last one ends, but not over a gap. */
function runs(points, intervalS) {
  const all = [];
  for (const point of points) {
    const run = all.at(-1);
    const before = run?.points.at(-1);
    if (before && point.time_s - before.time_s > 3.5 * intervalS) {
      all.push({ active: point.active, points: [point] });
    } else if (run?.active === point.active) {
      run.points.push(point);
    } else {
      all.push({ active: point.active, points: before ? [before, point] : [point] });
    }
  }
  return all;
}

function line(c, x0, y0, x1, y1) {
  c.beginPath();
  c.moveTo(x0, y0);
  c.lineTo(x1, y1);
  c.stroke();
}
