// Several streams side by side: a card for each, with its name, its word, where it is on the
// plane, both values and the level. A card that is chosen fills the page.

import { Surface } from "./canvas.js";
import { h, say } from "./elements.js";
import { css, markColour } from "./palette.js";
import { Series } from "./series.js";
import { decibels, signed } from "./words.js";

const TRAIL_S = 30;
const FLOOR_DB = -60;
const NARROWEST_PX = 230; // a card
const SHAPE = 2.1; // width to height at which a card reads best
const INSET = 0.86; // share of the half width that -1..1 takes

export class Streams {
  #grid;
  #choose;
  #cards = new Map();

  /** choose is called with the number of the card that was chosen. */
  constructor(grid, choose) {
    this.#grid = grid;
    this.#choose = choose;
    new ResizeObserver(() => this.#arrange()).observe(grid);
  }

  get size() {
    return this.#cards.size;
  }

  /** Begin anew with these streams: [{ stream, name }]; none where a run has one alone. */
  begin(streams, intervalS) {
    this.#cards.clear();
    const cards = streams.map(({ stream, name }) => {
      const card = new Card(name, intervalS, () => this.#choose(stream));
      this.#cards.set(stream, card);
      return card.element;
    });
    this.#grid.replaceChildren(...cards);
    this.#arrange();
  }

  /** As many columns as make the cards largest; where the page may be longer, as fit. */
  #arrange() {
    const { clientWidth: width, clientHeight: height } = this.#grid;
    const most = Math.max(1, Math.floor(width / NARROWEST_PX));
    const upright = width < 700 || width < innerHeight;
    let best = upright ? Math.max(1, Math.floor(width / (1.4 * NARROWEST_PX))) : 1;
    const size = (columns) =>
      Math.min(width / columns / SHAPE, height / Math.ceil(this.size / columns));
    for (let columns = 2; !upright && columns <= Math.min(most, this.size); columns += 1) {
      if (size(columns) > size(best)) best = columns;
    }
    this.#grid.style.setProperty("--columns", String(best));
  }

  push(estimate, ms) {
    this.#cards.get(estimate.stream)?.push(estimate, ms);
  }

  series(stream) {
    return this.#cards.get(stream)?.series ?? null;
  }

  name(stream) {
    return this.#cards.get(stream)?.name ?? "";
  }

  /** How many are active now. */
  get active() {
    return [...this.#cards.values()].filter((card) => card.series.last?.active).length;
  }

  /** Milliseconds since any of them was heard of. */
  age(ms) {
    return Math.min(Infinity, ...[...this.#cards.values()].map((card) => card.series.age(ms)));
  }

  /** Draw those that have changed; all of them where the colours have. */
  draw(dark, all = false) {
    for (const card of this.#cards.values()) if (all || card.changed) card.draw(dark);
  }
}

class Card {
  series = new Series();
  changed = true;
  #parts;
  #surface;

  constructor(name, intervalS, choose) {
    this.name = name;
    this.series.intervalS = intervalS;
    const cell = (label) => {
      const value = h("output", {}, "–");
      const line = h("div", { class: "figure" }, h("span", { class: "what" }, label), value);
      return { value, line };
    };
    const arousal = cell("Arousal");
    const valence = cell("Valence");
    const canvas = h("canvas", { "aria-hidden": "true" });
    const word = h("span", { class: "mood" }, "listening");
    const level = h("output", {}, "–");
    const meter = h("span", { class: "meter", "aria-hidden": "true" });
    this.#parts = { arousal: arousal.value, valence: valence.value, word, level, meter };
    this.element = h(
      "button",
      { type: "button", class: "stream", onclick: choose, title: `${name} alone` },
      h("span", { class: "name" }, name),
      word,
      h("span", { class: "small_plane" }, canvas),
      h("span", { class: "figures" }, arousal.line, valence.line),
      h("span", { class: "loudness" }, meter, level),
    );
    this.#surface = new Surface(canvas, () => (this.changed = true));
  }

  push(estimate, ms) {
    this.series.push(estimate, ms);
    this.changed = true;
  }

  draw(dark) {
    this.changed = false;
    this.#paint(dark);
    const last = this.series.last;
    if (!last) return;
    const { arousal, valence, word, level, meter } = this.#parts;
    say(arousal, signed(last.arousal));
    say(valence, signed(last.valence));
    say(word, last.active ? last.mood : "silence");
    say(level, `${decibels(last.level_db)} dBFS`);
    const share = Math.min(1, Math.max(0, 1 - last.level_db / FLOOR_DB));
    meter.style.setProperty("--share", share.toFixed(3));
    const colour = markColour(last.valence, last.arousal, dark);
    this.element.style.setProperty("--own", css(colour));
    this.element.classList.toggle("rests", !last.active);
  }

  /** Axes, the way of the last half minute, and the point with its uncertainty. */
  #paint(dark) {
    const c = this.#surface.begin();
    const { width, height } = this.#surface;
    const half = (Math.min(width, height) / 2) * INSET;
    if (half < 4) return;
    const x = (valence) => width / 2 + valence * half;
    const y = (arousal) => height / 2 - arousal * half;
    c.strokeStyle = dark ? "rgb(243 241 236 / 0.2)" : "rgb(26 27 33 / 0.2)";
    c.lineWidth = 1;
    c.beginPath();
    c.moveTo(x(-1), y(0));
    c.lineTo(x(1), y(0));
    c.moveTo(x(0), y(-1));
    c.lineTo(x(0), y(1));
    c.stroke();
    c.beginPath();
    c.arc(x(0), y(0), half, 0, 2 * Math.PI);
    c.stroke();
    const last = this.series.last;
    if (!last) return;
    this.#trail(c, x, y, last, dark);
    const colour = markColour(last.valence, last.arousal, dark);
    c.beginPath();
    c.ellipse(x(last.valence), y(last.arousal), half * last.valence_std, half * last.arousal_std, 0, 0, 2 * Math.PI);
    c.fillStyle = css(colour, 0.16);
    c.strokeStyle = css(colour, 0.6);
    c.fill();
    c.stroke();
    c.beginPath();
    c.arc(x(last.valence), y(last.arousal), Math.max(4, half * 0.085), 0, 2 * Math.PI);
    c.fillStyle = last.active ? css(colour) : "transparent";
    c.strokeStyle = css(colour);
    c.lineWidth = 2;
    c.fill();
    c.stroke();
  }

  #trail(c, x, y, last, dark) {
    c.lineWidth = 2;
    c.lineCap = "round";
    let before = null;
    for (const mark of this.series.estimates) {
      const fade = 1 - (last.time_s - mark.time_s) / TRAIL_S;
      if (before && fade > 0) {
        c.strokeStyle = css(markColour(mark.valence, mark.arousal, dark), 0.75 * fade);
        c.beginPath();
        c.moveTo(x(before.valence), y(before.arousal));
        c.lineTo(x(mark.valence), y(mark.arousal));
        c.stroke();
      }
      before = mark;
    }
  }
}
