// Which stretch of the set is shown: the last two minutes as they come, or any other.

export const LIVE_SPAN_S = 120;
const SHORTEST_S = 10;

export class View {
  spanS = LIVE_SPAN_S;
  #endS = null; // null: now
  #past;
  #changed;

  /** changed is called whenever another stretch is shown. */
  constructor(past, changed) {
    this.#past = past;
    this.#changed = changed;
  }

  get live() {
    return this.#endS === null;
  }

  /** Whether nothing was chosen: what the page shows when it opens. */
  get plain() {
    return this.live && this.spanS === LIVE_SPAN_S;
  }

  endS(nowS) {
    return this.#endS ?? nowS;
  }

  /** Move by so many seconds, to the past where they are negative. */
  pan(seconds, nowS) {
    this.#go(this.endS(nowS) + seconds, this.spanS, nowS);
  }

  /** Show a stretch factor times as long, keeping the time under the pointer in its place. */
  zoom(factor, aroundS, nowS) {
    const whole = Math.max(LIVE_SPAN_S, nowS - this.#past.startS);
    const span = Math.min(whole, Math.max(SHORTEST_S, this.spanS * factor));
    const end = this.endS(nowS);
    if (this.live) this.#go(end, span, nowS);
    else this.#go(aroundS + ((end - aroundS) * span) / this.spanS, span, nowS);
  }

  /** Show the stretch with this time in its middle. */
  centre(timeS, nowS) {
    this.#go(timeS + this.spanS / 2, this.spanS, nowS);
  }

  /** Show the whole set. */
  whole(nowS) {
    this.#go(nowS, Math.max(LIVE_SPAN_S, nowS - this.#past.startS), nowS);
  }

  follow() {
    this.#endS = null;
    this.spanS = LIVE_SPAN_S;
    this.#changed();
  }

  #go(endS, spanS, nowS) {
    this.spanS = spanS;
    const earliest = Math.min(nowS, this.#past.startS + spanS);
    const end = Math.max(earliest, endS);
    this.#endS = end >= nowS - 0.25 ? null : end;
    this.#changed();
  }
}
