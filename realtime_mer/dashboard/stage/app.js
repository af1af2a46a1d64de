// Brings the parts together: the stream drives the feeling, the feeling drives the picture.

import { Connection, streamUrl } from "../connection.js";
import { keepAwake } from "../wake.js";
import * as choices from "./choice.js";
import { Feeling } from "./feeling.js";
import { LOOKS } from "./looks.js";
import { LuminanceSampler } from "./luminance.js";
import { Pace } from "./pace.js";
import { Painter2d, SHARE } from "./painter_2d.js";
import { PainterGl } from "./painter_gl.js";
import { Colours } from "./scheme.js";

const $ = (id) => document.getElementById(id);
const LATE_INTERVALS = 4; // after as many missing estimates the picture glides to neutral
const MIX_S = 2.5; // from one look to the next
const FADE_MS = 1000; // of a word; style.css has it as well
const REST_MS = 3000;
const HINT_MS = 6000;
const PATIENCE_MS = 4000; // before a page that never heard anything says so

const choice = choices.load();
const reduced = matchMedia("(prefers-reduced-motion: reduce)");
const feeling = new Feeling();
const colours = new Colours();

// The picture

let canvas = $("picture");
let painter = openPainter();
let layers = [[choice.look, 1]];
const pace = new Pace(nativePixels());

/** WebGL where it works, else the plain canvas; ?renderer=2d asks for that one. */
function openPainter() {
  try {
    if (new URLSearchParams(location.search).get("renderer") === "2d") throw new Error("asked for");
    const painter = new PainterGl(canvas);
    painter.warm(choice.look);
    return painter;
  } catch {
    // A canvas that has tried WebGL gives nothing else any more.
    const fresh = canvas.cloneNode();
    canvas.replaceWith(fresh);
    canvas = fresh;
    return new Painter2d(canvas);
  }
}

function nativePixels() {
  return Math.max(1, innerWidth * innerHeight * devicePixelRatio ** 2);
}

/** Give the canvas the size that the machine can draw; it is stretched over the screen. */
function fit() {
  const pixels = pace.quality.pixels * (painter.kind === "2d" ? SHARE : 1);
  const scale = Math.min(1, Math.sqrt(pixels / nativePixels())) * devicePixelRatio;
  const width = Math.max(1, Math.round(innerWidth * scale));
  const height = Math.max(1, Math.round(innerHeight * scale));
  if (canvas.width === width && canvas.height === height) return;
  canvas.width = width; // this empties it, so it is done only right before drawing
  canvas.height = height;
}

let mood = feeling.step(0);

function frame(ms) {
  requestAnimationFrame(frame);
  const dt = pace.tick(ms);
  if (!dt) return;
  if (ms - heardMs > LATE_INTERVALS * 1000 * intervalS) feeling.release();
  feeling.calm = calm();
  mood = feeling.step(dt);
  layers = mixed(layers, dt);
  fit();
  painter.draw(mood, colours.step(mood, dt), layers);
  sampled?.push({ ms, cells: sampler.sample(canvas) });
}

/** The layers dt later. A change that has begun is ended first: cutting it short would flash. */
function mixed([[look], next], dt) {
  if (next && next[1] < 1) return [[look, 1], [next[0], Math.min(1, next[1] + dt / MIX_S)]];
  const now = next ? next[0] : look;
  return now === choice.look ? [[now, 1]] : [[now, 1], [choice.look, 0]];
}

addEventListener("resize", () => pace.quality.resize(nativePixels()));
document.addEventListener("visibilitychange", () => pace.forget());
// The window may be on the projector now, which may have another rate.
document.addEventListener("fullscreenchange", () => pace.measure());

// The stream

let link = "connecting";
let device = "";
let stream = 0; // of several, the one of ?stream=3, else the first
let greeted = false;
let intervalS = 0.5;
let heardMs = -Infinity;
let word = "";

function receive(message) {
  if (message.type === "hello") {
    greeted = true;
    device = message.device.name;
    intervalS = message.interval_s;
    const wanted = Number(new URLSearchParams(location.search).get("stream"));
    const numbers = (message.streams ?? []).map((each) => each.stream);
    stream = numbers.includes(wanted) ? wanted : (numbers[0] ?? 0);
    message.history.filter(ours).slice(-60).forEach(take);
  } else if (message.type === "estimate" && ours(message)) take(message);
  else if (message.type === "status") device = message.device;
}

const ours = (estimate) => (estimate.stream ?? 0) === stream;

function take(estimate) {
  heardMs = performance.now();
  feeling.aim(estimate, intervalS);
  word = estimate.active ? estimate.mood : "";
}

// What is written

let notice = { text: "f: full screen · h: help", untilMs: performance.now() + HINT_MS };
let shownWord = "";
let wordMs = 0;

function write() {
  const ms = performance.now();
  // Trouble is not projected: the picture drifts, and h says why. Only a page that never heard
  // anything says so by itself, for then somebody stands before it who wants to know.
  const unheard = !greeted && ms > PATIENCE_MS ? "No answer from the tracker (or its token is missing)." : "";
  const text = unheard || (ms < notice.untilMs && !document.fullscreenElement ? notice.text : "");
  if (text) $("notice").textContent = text;
  $("notice").classList.toggle("shown", text !== "");
  const heard = ms - heardMs < LATE_INTERVALS * 1000 * intervalS;
  const wanted = choice.words && heard ? word : "";
  if (wanted !== shownWord && shownWord) {
    $("word").classList.remove("shown");
    shownWord = "";
    wordMs = ms + FADE_MS; // out, then in
  } else if (wanted !== shownWord && ms > wordMs) {
    $("word").textContent = shownWord = wanted;
    $("word").classList.add("shown");
  }
  if (!$("help").hidden) describe();
}

function describe() {
  const { drawn_hz, width, height, renderer } = statistics();
  const state = { open: device || "connected", outdated: "the tracker was updated: reload this page" };
  $("state").textContent = [
    state[link] ?? "connecting…",
    `${choice.look}${calm() ? ", calm" : ""}`,
    `${drawn_hz.toFixed(0)} frames/s, ${width} × ${height}, ${renderer}`,
  ].join("\n");
}

// Keys

const calm = () => choice.calm ?? reduced.matches;

const KEYS = {
  f: () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen?.().catch(() => {});
  },
  n: () => (choice.look = LOOKS[(LOOKS.indexOf(choice.look) + 1) % LOOKS.length]),
  w: () => (choice.words = !choice.words),
  c: () => (choice.calm = !calm()),
  h: () => ($("help").hidden = !$("help").hidden),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.key === "Escape") $("help").hidden = true;
  const act = KEYS[event.key.toLowerCase()];
  if (!act) return;
  act();
  choices.save(choice);
  write();
});
document.addEventListener("dblclick", KEYS.f);

// A pointer that rests is in the way of the picture.
let rest = setTimeout(() => document.body.classList.add("resting"), REST_MS);
addEventListener("pointermove", () => {
  document.body.classList.remove("resting");
  clearTimeout(rest);
  rest = setTimeout(() => document.body.classList.add("resting"), REST_MS);
});

// For tests and for the curious, on the browser's console

let sampler = null;
let sampled = null;

function statistics() {
  const { quality } = pace;
  return {
    renderer: painter.kind,
    look: choice.look,
    mixing: layers.length > 1,
    calm: calm(),
    words: choice.words,
    link,
    width: canvas.width,
    height: canvas.height,
    rung: quality.rung,
    coarsest: quality.coarsest,
    divisor: quality.divisor,
    frames: pace.frames,
    drawn_hz: pace.drawnHz,
    display_hz: 1000 / quality.displayMs,
    valence: mood.valence,
    arousal: mood.arousal,
    energy: mood.energy,
    life: mood.life,
  };
}

/** Begin to note the luminance of every frame. */
function watch() {
  sampler ??= new LuminanceSampler();
  sampled = [];
}

/** End it and return [{ ms, cells }]. */
function watched() {
  const result = sampled ?? [];
  sampled = null;
  return result;
}

window.stage = { statistics, watch, watched };

keepAwake();
setInterval(write, 250);
requestAnimationFrame(frame);
// The other looks are made ready one by one once the first is running.
LOOKS.forEach((look, i) => setTimeout(() => painter.warm(look), 1500 * (i + 1)));
new Connection(streamUrl(new URL(`../${location.search}`, import.meta.url)), {
  link: (state) => (link = state === "lost" ? "connecting" : state),
  message: receive,
  roundTrip: () => {},
});
