// Brings the parts together: what the stream says goes to the words, the numbers and the
// drawings, and one loop draws them.

import { browse, leaf } from "./browsing.js";
import { ink } from "./canvas.js";
import { Commands } from "./commands.js";
import { Connection, streamUrl } from "./connection.js";
import { Curve, plot } from "./curves.js";
import { Details } from "./details.js";
import { showFile, takeFile } from "./downloads.js";
import { typing } from "./elements.js";
import { Guest } from "./guest.js";
import { Levers } from "./levers.js";
import { LevelMeter } from "./meters.js";
import { Overview } from "./overview.js";
import { css, markColour } from "./palette.js";
import { Past } from "./past.js";
import { keep, picture } from "./picture.js";
import { Plane } from "./plane.js";
import { Routes, sourceList } from "./routes.js";
import { Series } from "./series.js";
import { Streams } from "./streams.js";
import { headers, lend, token } from "./token.js";
import { View } from "./view.js";
import { keepAwake } from "./wake.js";
import { CAPTIONS, STATES, clock, decibels, signed } from "./words.js";

const $ = (id) => document.getElementById(id);
const PLANE_MS = 30; // thirty pictures a second glide well, and leave the machine to the music
const STRIP_MS = 1000; // a pixel of it is seconds
const CURVES_MS = 50; // the curves creep: twenty pictures a second are smooth enough
const RESTING_MS = 100;
const GLOW_MS = 100; // the page's own glow repaints everything, so it follows in tenths
const SPOKEN_MS = 5000; // a screen reader is told a new word at most this often
const NEWS_MS = 4000;
const LATE_INTERVALS = 4;

const series = new Series();
const past = new Past();
const view = new View(past, viewed);
const plane = new Plane($("plane"), series);
const curves = [
  new Curve($("arousal_curve"), series, "arousal", past, view),
  new Curve($("valence_curve"), series, "valence", past, view),
];
const strip = new Overview($("strip"), past, view);
const meter = new LevelMeter($("meter"), $("meter_bar"));
const streams = new Streams($("streams"), (stream) => showAlone(stream));
const details = new Details($("details"));
const reduced = matchMedia("(prefers-reduced-motion: reduce)");

let hello = null;
let status = null;
let link = "connecting";
let lateLink = ""; // what is wrong with the link, in words, once it has failed
let roundTripMs = null;
let alone = 0; // of several streams, the one that fills the page; 0 shows all of them
let news = { text: "", untilMs: 0 };
let spokenMs = -Infinity;

const put = (id, text) => {
  const element = $(id);
  if (element.textContent !== text) element.textContent = text;
};

// What the stream says

function receive(message) {
  if (message.type === "hello") greet(message);
  else if (message.type === "estimate") take(message);
  else if (message.type === "status") heed(message);
  else if (message.type === "meters") routes.meter(message);
  else if (message.type === "done" || message.type === "error") commands.take(message);
  if (hello && (message.type === "hello" || message.type === "status")) details.show(hello, status, roundTripMs);
  describe();
}

function greet(message) {
  if (hello && hello.stream !== message.stream) announce("new stream");
  hello = message;
  status = null;
  mayCommand = message.may_command === true;
  $("controls").hidden = !mayCommand;
  if (!mayCommand) openDesk(false);
  else if (deskIsOpen()) openDesk(true);
  series.intervalS = past.intervalS = hello.interval_s;
  streams.begin(hello.streams ?? [], hello.interval_s);
  const ms = performance.now();
  for (const estimate of hello.history) streams.push(estimate, ms);
  showAlone(streams.size && !streams.series(alone) ? 0 : alone);
}

/** Of several streams, let one fill the page, or show all of them (0). */
function showAlone(stream) {
  alone = stream;
  const all = streams.size > 0 && !alone;
  document.body.dataset.many = all ? "all" : streams.size ? "one" : "";
  $("streams").hidden = !all;
  document.querySelector("main").hidden = all;
  $("all_streams").hidden = !streams.size || all;
  series.clear();
  const known = streams.size ? (streams.series(alone)?.estimates ?? []) : hello.history;
  const ms = performance.now();
  for (const estimate of known) series.push(estimate, ms);
  if (!all) recall();
  for (const kind of ["csv", "json"]) $(`take_${kind}`).href = historyUrl(`history.${kind}`);
  $("stage").search = historyUrl("");
  show(true);
  redraw();
  describe();
}

/** Load the whole set, as far as the server keeps it: a microphone's it does not. */
function recall() {
  if (guest.on || hello.ingest?.alone) past.begin();
  else past.load(historyUrl("history.json"));
}

function heed(message) {
  status = message;
  past.heed(message.controls?.marks ?? []);
  if (!mayCommand || message.controls.device === undefined) return;
  levers.show(message);
  routes.see(message.controls.routes);
}

function take(estimate) {
  streams.push(estimate, performance.now());
  if (streams.size && estimate.stream !== alone) return;
  const continues = series.push(estimate, performance.now());
  if (!continues) {
    announce("new stream");
    recall();
  }
  past.push(estimate);
  show(!continues || reduced.matches);
}

function announce(text) {
  news = { text, untilMs: performance.now() + NEWS_MS };
}

/** Numbers are the last estimate's own, at once; only the drawings glide. */
function show(jump) {
  plane.aim(jump);
  for (const curve of curves) curve.changed = true;
  const last = series.last;
  for (const name of ["arousal", "valence"]) {
    put(name, last ? signed(last[name]) : "–");
    put(`${name}_std`, last ? `±${last[`${name}_std`].toFixed(2)}` : "");
  }
  put("level", last ? decibels(last.level_db) : "–");
  if (last) meter.aim(last.level_db);
}

// Words

function runState() {
  if (["lost", "ended", "serving"].includes(status?.state)) return status.state;
  if (streams.size && !alone) return status?.state ?? "waiting";
  if (!series.last) return "waiting";
  return series.last.active ? "running" : "silent";
}

function describe() {
  const state = runState();
  const open = link === "open";
  const age = streams.size && !alone ? streams.age(performance.now()) : series.age(performance.now());
  const overdue = age > LATE_INTERVALS * 1000 * series.intervalS;
  document.body.dataset.link = link;
  document.body.dataset.state = state;
  let pill = STATES[state];
  if (!open) pill = link === "outdated" ? "please reload" : "connecting…";
  else if (performance.now() < news.untilMs) pill = news.text;
  else if (status?.controls.frozen) pill = "frozen";
  else if (overdue && (state === "running" || state === "silent")) pill = "no estimate comes";
  put("state", pill);
  put("caption", open ? CAPTIONS[state] : "connecting…");
  const device = hello ? (status?.device ?? hello.device.name) : "";
  put("source", alone ? `${streams.name(alone)} · ${device}` : device);
  const word = feeling(state);
  put("word", word);
  document.title = `${word === "\u00a0" ? "connecting" : word} · realtime-mer`;
  if (word !== $("spoken").textContent && performance.now() - spokenMs > SPOKEN_MS) {
    spokenMs = performance.now();
    put("spoken", word);
  }
  const notice = open ? (status?.message ?? "") : lateLink;
  $("notice").hidden = !notice;
  put("notice", notice);
}

function feeling(state) {
  if (!hello) return "\u00a0";
  if (streams.size && !alone) return `${streams.active} of ${streams.size} play`;
  if (!series.last) return "listening";
  return state === "silent" ? "silence" : series.last.mood;
}

// The past

function historyUrl(name) {
  const query = new URLSearchParams();
  if (alone) query.set("stream", alone);
  return query.size ? `${name}?${query}` : name;
}

const nowOf = () => series.now(performance.now(), reduced.matches);

/** Another stretch of the set is shown. */
function viewed() {
  for (const curve of curves) curve.changed = true;
  strip.changed = true;
  $("live").hidden = view.plain;
  document.body.dataset.view = view.live ? "now" : "past";
}

async function takePicture(event) {
  event.preventDefault();
  const nowS = nowOf();
  const [arousal, valence] = curves;
  const blob = await picture({
    parts: [
      { name: "Arousal", height: 280, paint: (c, look) => arousal.paint(c, look, nowS) },
      { name: "Valence", height: 280, paint: (c, look) => valence.paint(c, look, nowS) },
      { name: "The whole set", height: 130, paint: (c, look) => strip.paint(c, look, nowS) },
    ],
    from: view.endS(nowS) - view.spanS,
    to: view.endS(nowS),
    title: `${status?.device ?? hello?.device.name ?? ""} · ${new Date().toLocaleString()}`,
    look: {
      ground: getComputedStyle(document.body).backgroundColor,
      colour: ink(document.body),
      dark: window.theme.isDark(),
    },
  });
  keep(blob, `set-${clock(past.endS).replaceAll(":", "-")}.png`);
}

for (const curve of curves) browse(curve.surface.canvas, view, nowOf, plot);
leaf($("strip"), strip, view, nowOf);
$("live").addEventListener("click", () => view.follow());
$("take_png").addEventListener("click", takePicture);
for (const kind of ["csv", "json"]) $(`take_${kind}`).href = historyUrl(`history.${kind}`);

// Where a token is asked for, a link alone does not open what it leads to.
if (token !== null) {
  for (const id of ["take_csv", "take_json"]) $(id).addEventListener("click", takeFile);
  $("metrics").addEventListener("click", showFile);
  lend($("stage"));
}

// The link

const lost = "Connection lost. This page comes back by itself.";
let failures = 0;

function linked(state, about) {
  if (state === "lost") {
    commands.drop();
    routes.forget();
    failures = about.greeted ? 1 : failures + 1;
    lateLink = hello ? lost : failures > 1 ? "No answer from the tracker yet." : "";
    if (!about.greeted && failures === 2) askWhy();
  }
  if (state === "open") {
    failures = 0;
    lateLink = "";
  }
  if (state === "outdated") lateLink = "The tracker was updated: reload this page.";
  link = state === "lost" ? "connecting" : state;
  describe();
}

/** A browser does not say why a WebSocket was refused; plain HTTP does. */
async function askWhy() {
  try {
    const answer = await fetch($("metrics").href, { cache: "no-store", headers: headers() });
    if (answer.status === 401) lateLink = "This stream wants its token: open the address you were given.";
    if (answer.status === 429) lateLink = "Too many wrong tokens came from here: wait a minute.";
  } catch {
    // not there: the next attempt will tell
  }
  describe();
}

// Drawing

let drawnMs = performance.now();
let planeMs = 0;
let curvesMs = 0;
let meterMs = 0;
let stripMs = 0;
let glowMs = 0;
let painted = "";

/** The colour of the gliding point; in silence it drains away. */
function pointColour(dark) {
  const { valence, arousal, life } = plane.point;
  return markColour(valence * life, arousal * life, dark);
}

/** Words and glow take the point's colour; near the centre there is no glow, only grey. */
function paintPage(colour) {
  const { valence, arousal, life } = plane.point;
  const full = window.theme.isDark() ? 1 : 0.6;
  const glow = series.last ? full * life * Math.min(1, Math.hypot(valence, arousal) / 0.35) : 0;
  const paint = `${css(colour)} ${glow.toFixed(2)}`;
  if (paint === painted) return;
  painted = paint;
  const style = document.documentElement.style;
  style.setProperty("--mood", css(colour));
  style.setProperty("--glow", css(colour, glow.toFixed(2)));
}

function frame(ms) {
  requestAnimationFrame(frame);
  const dt = Math.min(0.25, Math.max(0, (ms - drawnMs) / 1000));
  drawnMs = ms;
  const still = reduced.matches;
  const dark = window.theme.isDark();
  if (streams.size && !alone) {
    streams.draw(dark);
    return;
  }
  const nowS = series.now(ms, still);
  const moving = plane.step(still ? 10 : dt, nowS);
  const colour = series.last ? pointColour(dark) : [140, 144, 152];
  if (ms - glowMs > GLOW_MS) {
    glowMs = ms;
    paintPage(colour);
  }
  const since = ms - planeMs;
  if (plane.changed || (!still && since > (moving ? PLANE_MS : RESTING_MS))) {
    planeMs = ms;
    plane.draw(dark, nowS, series.last?.active ? series.last.mood : "");
  }
  const creep = !still && view.live && ms - curvesMs > CURVES_MS && series.age(ms) < 2000 * series.intervalS;
  if (creep || curves.some((curve) => curve.changed)) {
    curvesMs = ms;
    for (const curve of curves) curve.draw(dark, nowS);
  }
  if (strip.changed || (past.changed && ms - stripMs > STRIP_MS)) {
    stripMs = ms;
    if (past.changed) for (const curve of curves) curve.changed = true;
    past.changed = false;
    strip.draw(dark, nowS);
    $("strip").setAttribute("aria-valuemax", past.endS.toFixed(1));
    $("strip").setAttribute("aria-valuenow", view.endS(nowS).toFixed(1));
    $("strip").setAttribute("aria-valuetext", view.live ? "now" : clock(view.endS(nowS)));
  }
  const swings = meter.step(dt, still) && !still;
  if (meter.changed || ((swings || moving) && ms - meterMs > PLANE_MS)) {
    meterMs = ms;
    meter.draw(colour);
  }
}

function redraw() {
  streams.draw(window.theme.isDark(), true);
  plane.changed = meter.changed = strip.changed = true;
  for (const curve of curves) curve.changed = true;
}

// Controls

let mayCommand = false;
const commands = new Commands((message) => connection?.send(message) ?? false);
const levers = new Levers(commands);
const routes = new Routes(commands, $("route_list"), $("route_add"));
document.body.append(sourceList());

const deskIsOpen = () => !$("desk").hidden;

/** The drawer beside the picture; values of routes come only while it is open. */
function openDesk(open) {
  const was = deskIsOpen();
  $("desk").hidden = !open;
  document.body.classList.toggle("working", open);
  $("controls").setAttribute("aria-expanded", String(open));
  if (mayCommand && (open || was)) commands.ask("meters", { on: open }).catch(() => {});
  if (open) {
    levers.open();
    if (!was) $("desk").focus({ preventScroll: true });
  } else if (was) $("controls").focus({ preventScroll: true });
}

$("controls").addEventListener("click", () => openDesk(!deskIsOpen()));
$("desk_close").addEventListener("click", () => openDesk(false));

function fullScreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen?.().catch(() => {});
}

$("all_streams").addEventListener("click", () => showAlone(0));
$("theme").addEventListener("click", window.theme.toggle);
$("fullscreen").addEventListener("click", fullScreen);
document.addEventListener("themechange", redraw);
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && deskIsOpen()) openDesk(false);
  else if (event.key === "Escape" && alone) showAlone(0);
  if (typing(event)) return;
  if (event.key === "c" && mayCommand) openDesk(!deskIsOpen());
  if (event.key === "m" && mayCommand) {
    levers.mark();
    announce("marked");
  }
  if (event.key === "f") fullScreen();
  if (event.key === "t") window.theme.toggle();
});

// A pointer that rests is in the way of the picture.
let rest = 0;
addEventListener("pointermove", () => {
  document.body.classList.remove("resting");
  clearTimeout(rest);
  rest = setTimeout(() => document.body.classList.add("resting"), 3000);
});

let connection = null;
keepAwake();
setInterval(describe, 500);
requestAnimationFrame(frame);
const guest = new Guest({
  address: (path) => streamUrl(location.href, path),
  message: receive,
  back: () => connection.again(),
});
connection = new Connection(streamUrl(location.href), {
  link: (state, about) => guest.on || linked(state, about),
  message: (message) => {
    if (message.type === "hello") guest.see(message);
    if (!guest.on) receive(message);
  },
  roundTrip: (ms) => {
    roundTripMs = ms;
    if (hello) details.show(hello, status, roundTripMs);
  },
});
