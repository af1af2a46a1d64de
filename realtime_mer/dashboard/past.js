// The whole set: what the server has kept of it, and what has come since.

import { headers } from "./token.js";

const RETRY_MS = 4000;
const NAMES = ["arousal", "valence", "arousal_std", "valence_std", "level_db"];

export class Past {
  intervalS = 0.5;
  changed = true;
  #columns = emptyColumns();
  #marks = [];
  #latest = [];
  #loadedS = -Infinity;
  #load = 0;

  /** Begin anew, with nothing. */
  begin() {
    this.#load += 1;
    this.#columns = emptyColumns();
    this.#marks = [];
    this.#latest = [];
    this.#loadedS = -Infinity;
    this.changed = true;
  }

  /** Begin anew, as the server has it; address is where it keeps the set. */
  async load(address) {
    this.begin();
    const load = this.#load;
    let answer = null;
    while (load === this.#load && answer === null) {
      try {
        const response = await fetch(address, { cache: "no-store", headers: headers() });
        if (response.ok) answer = await response.json();
        else if (response.status !== 503) return;
      } catch {
        // away just now: tried again, or given up when the stream begins anew
      }
      if (answer === null) await new Promise((go) => setTimeout(go, RETRY_MS));
    }
    if (load !== this.#load || answer.format !== 1) return;
    const since = this.#columns;
    const loaded = answer.columns;
    this.#columns = { time_s: loaded.time_s, active: loaded.active };
    for (const name of NAMES) this.#columns[name] = loaded[name];
    this.#loadedS = loaded.time_s.at(-1) ?? -Infinity;
    since.time_s.forEach((time, i) => {
      if (time > this.#loadedS) for (const name in since) this.#columns[name].push(since[name][i]);
    });
    this.#marks = answer.marks;
    this.changed = true;
  }

  push(estimate) {
    const columns = this.#columns;
    if (estimate.time_s <= (columns.time_s.at(-1) ?? -Infinity)) return;
    columns.time_s.push(estimate.time_s);
    columns.active.push(Number(estimate.active));
    for (const name of NAMES) columns[name].push(estimate[name]);
    this.changed = true;
  }

  /** Marks as the status has them: the newest, of which the older are loaded already. */
  heed(marks) {
    if (marks.length !== this.#latest.length) this.changed = true;
    this.#latest = marks;
  }

  get marks() {
    // The estimate a mark is kept with comes one interval after it.
    const newer = this.#latest.filter(({ time_s }) => time_s + this.intervalS > this.#loadedS);
    return [...this.#marks, ...newer];
  }

  get startS() {
    return this.#columns.time_s.length ? this.#columns.time_s[0] - this.intervalS : 0;
  }

  get endS() {
    return this.#columns.time_s.at(-1) ?? 0;
  }

  /**
   * The stretch between two times in at most so many points, each the mean of those it
   * stands for; intervalS is then the time between two of them.
   */
  between(startS, endS, most) {
    const { time_s: times, active } = this.#columns;
    const first = Math.max(0, search(times, startS) - 1);
    const last = Math.min(times.length, search(times, endS) + 1);
    const every = Math.max(1, Math.ceil((last - first) / most));
    const points = [];
    // Groups begin at whole multiples, so that they do not change while the view moves.
    for (let from = Math.floor(first / every) * every; from < last; from += every) {
      const to = Math.min(times.length, from + every);
      const count = to - from;
      const point = { time_s: times[to - 1] };
      for (const name of NAMES) {
        let sum = 0;
        for (let i = from; i < to; i += 1) sum += this.#columns[name][i];
        point[name] = sum / count;
      }
      let sounding = 0;
      for (let i = from; i < to; i += 1) sounding += active[i];
      point.active = 2 * sounding >= count;
      points.push(point);
    }
    return { points, intervalS: every * this.intervalS };
  }
}

function emptyColumns() {
  return { time_s: [], active: [], ...Object.fromEntries(NAMES.map((name) => [name, []])) };
}

/** How many times are before this one. */
function search(times, time) {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
