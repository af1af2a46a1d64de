// The way the point has come in the last minute, fading with age.

import { css, markColour } from "./palette.js";

export const TRAIL_S = 60;
const TRACE_S = 0.08; // how often the point leaves a mark of where it was
const PIECES = 5; // pieces of curve between two estimates of the past
const SMOOTHED_MARKS = 18; // 1.5 s either way: the trail is the journey, not its tremble

export class Trail {
  marks = [];

  /** Begin with the way through past estimates. */
  retrace(estimates) {
    this.marks = smoothPath(estimates);
  }

  /** Stream time of the last mark, in seconds. */
  get last() {
    return this.marks.at(-1)?.time_s ?? -Infinity;
  }

  /** Leave a mark now, if the last one is old enough. */
  leave(valence, arousal, nowS) {
    if (nowS - this.last <= TRACE_S) return;
    this.marks.push({ valence, arousal, time_s: nowS });
    while (nowS - this.marks[0].time_s > TRAIL_S) this.marks.shift();
  }

  /**
   * Draw what is newer than afterS, and on to the end, a mark that was not left yet.
   *
   * Opaque strokes mixed towards the ground, kept where they are the brighter ones (on a
   * light page the darker): translucent strokes would show a bead at every joint. The
   * canvas must be opaque below.
   */
  draw(c, view, nowS, afterS = -Infinity, end = null) {
    const width = Math.max(2, view.size * 0.0075);
    const ground = view.dark ? 0 : 255;
    c.lineCap = "round";
    c.globalCompositeOperation = view.dark ? "lighten" : "darken";
    let before = null;
    // The few marks at the end are smoothed by few neighbours: the rest need not be looked at.
    const marks = end ? [...this.marks.slice(-3 * SMOOTHED_MARKS), end] : this.marks;
    for (const mark of smoothed(marks)) {
      const fade = 1 - (nowS - mark.time_s) / TRAIL_S;
      if (before && fade > 0 && mark.time_s > afterS) {
        const strength = 0.9 * fade ** 1.6;
        const colour = markColour(mark.valence, mark.arousal, view.dark);
        c.strokeStyle = css(colour.map((v) => Math.round(ground + (v - ground) * strength)));
        c.lineWidth = width * (0.3 + 0.7 * fade);
        c.beginPath();
        c.moveTo(view.x(before.valence), view.y(before.arousal));
        c.lineTo(view.x(mark.valence), view.y(mark.arousal));
        c.stroke();
      }
      before = mark;
    }
    c.globalCompositeOperation = "source-over";
  }
}

/**
 * The marks, each moved to the mean of its neighbours on both sides. There are ever fewer of
 * them towards the ends, so that the trail still ends exactly at the point.
 */
function smoothed(marks) {
  let sum = { valence: 0, arousal: 0 };
  const sums = [sum];
  for (const { valence, arousal } of marks) {
    sum = { valence: sum.valence + valence, arousal: sum.arousal + arousal };
    sums.push(sum);
  }
  return marks.map((mark, i) => {
    const reach = Math.min(SMOOTHED_MARKS, i, marks.length - 1 - i);
    const [first, last] = [sums[i - reach], sums[i + reach + 1]];
    const count = 2 * reach + 1;
    return {
      valence: (last.valence - first.valence) / count,
      arousal: (last.arousal - first.arousal) / count,
      time_s: mark.time_s,
    };
  });
}

/** A Catmull–Rom spline through the estimates. */
function smoothPath(points) {
  const path = [];
  for (let i = 0; i < points.length - 1; i += 1) {
    const four = [points[i - 1] ?? points[i], points[i], points[i + 1], points[i + 2] ?? points[i + 1]];
    for (let k = 0; k < PIECES; k += 1) {
      const t = k / PIECES;
      path.push({
        valence: spline(four.map((p) => p.valence), t),
        arousal: spline(four.map((p) => p.arousal), t),
        time_s: four[1].time_s + t * (four[2].time_s - four[1].time_s),
      });
    }
  }
  if (points.length) path.push(points.at(-1));
  return path;
}

const spline = ([a, b, c, d], t) =>
  b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
