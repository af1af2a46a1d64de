// One dimension over the last two minutes, with bands of one and two standard deviations.
// The line takes the colour the plane had at that moment; silence is a dotted line.

import { Surface, font, ink } from "./canvas.js";
import { css, markColour } from "./palette.js";
import { KEPT_S } from "./series.js";

const STOPS = 40; // colours along the line

export class Curve {
  constructor(canvas, series, name) {
    this.series = series;
    this.name = name;
    this.surface = new Surface(canvas, () => (this.changed = true));
    this.changed = true;
  }

  draw(dark, nowS) {
    this.changed = false;
    const c = this.surface.begin();
    const { width, height } = this.surface;
    if (width < 2 || height < 2) return;
    const colour = ink(this.surface.canvas);
    const label = Math.max(10, Math.min(14, height * 0.1));
    const left = label * 2.1;
    const right = width - Math.max(7, label * 0.7);
    const top = label * 0.7;
    const bottom = height - label * 2;
    const x = (time) => right - ((nowS - time) / KEPT_S) * (right - left);
    const y = (value) => (top + bottom) / 2 - (value * (bottom - top)) / 2;
    this.#drawGrid(c, { x, y, left, right, label, colour, nowS, height });
    const points = this.series.estimates;
    if (!points.length) return;
    c.save();
    c.beginPath();
    c.rect(left, 0, width - left, bottom + label * 0.5);
    c.clip();
    const paint = this.#gradient(c, x, left, right, dark);
    for (const run of runs(points, this.series.intervalS)) this.#drawRun(c, run, x, y, paint, colour);
    c.restore();
    const last = points.at(-1);
    c.beginPath();
    c.arc(x(last.time_s), y(last[this.name]), Math.max(3.5, label * 0.38), 0, 2 * Math.PI);
    c.fillStyle = last.active ? css(markColour(last.valence, last.arousal, dark)) : css(colour, 0.6);
    c.fill();
  }

  #drawGrid(c, { x, y, left, right, label, colour, nowS, height }) {
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
    for (const [ago, text] of [
      [120, "2 min"],
      [90, ""],
      [60, "1 min"],
      [30, "30 s"],
      [0, "now"],
    ]) {
      c.strokeStyle = css(colour, 0.1);
      line(c, x(nowS - ago), y(1), x(nowS - ago), y(-1));
      c.textAlign = ago === 120 ? "left" : ago ? "center" : "right";
      c.fillText(text, ago ? x(nowS - ago) : right + label * 0.5, height);
    }
  }

  #gradient(c, x, left, right, dark) {
    const paint = c.createLinearGradient(left, 0, right, 0);
    const points = this.series.estimates;
    const every = Math.max(1, Math.ceil(points.length / STOPS));
    for (let i = points.length - 1; i >= 0; i -= every) {
      const place = (x(points[i].time_s) - left) / (right - left);
      const stop = Math.min(1, Math.max(0, place));
      paint.addColorStop(stop, css(markColour(points[i].valence, points[i].arousal, dark)));
      if (place < 0) break;
    }
    return paint;
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
