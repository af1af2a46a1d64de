// The arousal–valence plane: a field of colour lit by the point that travels over it, and
// the point's uncertainty as ellipses of one and two standard deviations.

import { Surface, ink } from "./canvas.js";
import { drawChart } from "./chart.js";
import { css, lch, markColour, rgb } from "./palette.js";
import { TRAIL_S, Trail } from "./trail.js";

const SPRING_PER_S = 10; // stiffness: 96 % of a step is covered in half a second
const INSET = 0.95; // share of the half width that -1..1 takes
const BACKDROP_S = 0.25; // chart and old trail fade too slowly to be drawn every time

export class Plane {
  /** What is drawn: eased values, not the last estimate's own. */
  point = { valence: 0, arousal: 0, valence_std: 0.4, arousal_std: 0.4, life: 0, level: 0 };
  #speed = { valence: 0, arousal: 0, valence_std: 0, arousal_std: 0, life: 0, level: 0 };
  #target = null;
  #trail = new Trail();
  #backdrop = document.createElement("canvas");
  #backdropOf = ""; // what the backdrop shows, so that a change is noticed
  #backdropS = 0;

  constructor(canvas, series) {
    this.series = series;
    this.surface = new Surface(canvas, () => (this.changed = true));
    this.changed = true;
  }

  /** The series has changed: aim at its last estimate, or be there at once. */
  aim(jump) {
    const last = this.series.last;
    this.changed = true;
    if (!last) {
      this.#target = null;
      this.#trail.retrace([]);
      return;
    }
    this.#target = {
      valence: last.valence,
      arousal: last.arousal,
      valence_std: last.valence_std,
      arousal_std: last.arousal_std,
      life: last.active ? 1 : 0,
      level: Math.min(1, Math.max(0, (last.level_db + 60) / 54)),
    };
    if (jump || last.time_s - this.#trail.last > 4 * this.series.intervalS) {
      Object.assign(this.point, this.#target);
      for (const name of Object.keys(this.#speed)) this.#speed[name] = 0;
      const steps = Math.ceil(TRAIL_S / this.series.intervalS) + 2;
      this.#trail.retrace(this.series.estimates.slice(-steps));
      this.#backdropOf = "";
    }
  }

  /** Move on by dt seconds; true while anything still moves. */
  step(dt, nowS) {
    if (!this.#target) return false;
    // A critically damped spring, solved exactly: it bends where a mere easing would kink.
    const decay = Math.exp(-SPRING_PER_S * dt);
    let rest = 0;
    for (const [name, target] of Object.entries(this.#target)) {
      const gap = this.point[name] - target;
      const push = (this.#speed[name] + SPRING_PER_S * gap) * dt;
      this.point[name] = target + (gap + push) * decay;
      this.#speed[name] = (this.#speed[name] - SPRING_PER_S * push) * decay;
      rest = Math.max(rest, Math.abs(gap), Math.abs(this.#speed[name]));
    }
    this.#trail.leave(this.point.valence, this.point.arousal, nowS);
    return rest > 2e-3;
  }

  draw(dark, nowS, word) {
    this.changed = false;
    const c = this.surface.begin();
    const { width, height, canvas } = this.surface;
    const size = Math.min(width, height);
    if (size < 2) return;
    const half = (size / 2) * INSET;
    const view = {
      width,
      height,
      size,
      half,
      dark,
      x: (valence) => width / 2 + valence * half,
      y: (arousal) => height / 2 - arousal * half,
    };
    this.#layBackdrop(c, view, nowS, word);
    c.drawImage(this.#backdrop, 0, 0, canvas.width, canvas.height, 0, 0, width, height);
    if (!this.#target) return;
    this.#drawLantern(c, view);
    const { valence, arousal } = this.point;
    this.#trail.draw(c, view, nowS, this.#backdropS, { valence, arousal, time_s: nowS });
    this.#drawEllipses(c, view);
    this.#drawPoint(c, view);
  }

  /** Draw chart and trail aside, now and then: the picture starts from a copy of them. */
  #layBackdrop(c, view, nowS, word) {
    const { canvas } = this.surface;
    const shows = [canvas.width, canvas.height, view.dark, word].join();
    const age = nowS - this.#backdropS;
    if (shows === this.#backdropOf && age >= 0 && age < BACKDROP_S) return;
    if (this.#backdrop.width !== canvas.width || this.#backdrop.height !== canvas.height) {
      this.#backdrop.width = canvas.width;
      this.#backdrop.height = canvas.height;
    }
    this.#backdropOf = shows;
    this.#backdropS = nowS;
    const b = this.#backdrop.getContext("2d", { alpha: false });
    b.setTransform(c.getTransform());
    drawChart(b, { ...view, ink: ink(canvas) }, word);
    if (this.#target) this.#trail.draw(b, view, nowS);
  }

  /** The point is a lantern: around it the field shines in full, further when it is loud. */
  #drawLantern(c, view) {
    const { valence, arousal, life, level } = this.point;
    const reach = view.size * (0.34 + 0.16 * level);
    const x = view.x(valence);
    const y = view.y(arousal);
    const colour = view.dark ? rgb(lch(valence, arousal)) : markColour(valence, arousal, false);
    const glow = c.createRadialGradient(x, y, 0, x, y, reach);
    const strength = (view.dark ? 0.42 : 0.34) * (0.35 + 0.65 * life);
    for (const t of [0, 0.15, 0.3, 0.5, 0.7, 0.85, 1]) {
      glow.addColorStop(t, css(colour, strength * (1 - t) ** 2.2));
    }
    c.globalCompositeOperation = view.dark ? "screen" : "source-over";
    c.fillStyle = glow;
    c.fillRect(x - reach, y - reach, 2 * reach, 2 * reach);
    c.globalCompositeOperation = "source-over";
  }

  #drawEllipses(c, view) {
    const { valence, arousal, valence_std: wide, arousal_std: high } = this.point;
    const colour = markColour(valence, arousal, view.dark);
    c.lineWidth = Math.max(1.25, view.size * 0.002);
    for (const [deviations, fill, stroke, dash] of [
      [2, 0.07, 0.4, [2, 6]],
      [1, 0.13, 0.85, []],
    ]) {
      c.beginPath();
      const rx = deviations * wide * view.half;
      const ry = deviations * high * view.half;
      c.ellipse(view.x(valence), view.y(arousal), rx, ry, 0, 0, 2 * Math.PI);
      c.fillStyle = css(colour, fill);
      c.fill();
      c.setLineDash(dash);
      c.strokeStyle = css(colour, stroke);
      c.stroke();
    }
    c.setLineDash([]);
  }

  /** A full disc while there is music, a ring in silence. */
  #drawPoint(c, view) {
    const { valence, arousal, life, level } = this.point;
    const colour = markColour(valence, arousal, view.dark);
    const white = [255, 255, 255];
    const radius = Math.max(5.5, view.size * 0.0135);
    const full = 0.12 + 0.88 * life;
    c.shadowColor = css(colour, 0.95);
    // A shadow is measured in the canvas's own pixels, whatever the transform.
    c.shadowBlur = radius * (1.2 + 2.2 * level) * life * devicePixelRatio;
    c.beginPath();
    c.arc(view.x(valence), view.y(arousal), radius, 0, 2 * Math.PI);
    c.fillStyle = css(view.dark ? white : colour, full);
    c.fill();
    c.shadowBlur = 0;
    c.lineWidth = Math.max(2, radius * 0.3);
    c.strokeStyle = view.dark || life < 0.5 ? css(colour) : css(white, life);
    c.stroke();
  }
}
