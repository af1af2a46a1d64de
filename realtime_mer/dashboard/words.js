// Every word and number format of the page.

/** Words of the plane, counter-clockwise from positive valence; as realtime_mer/mood.py has them. */
export const SECTORS = [
  "happy",
  "joyful",
  "energetic",
  "tense",
  "gloomy",
  "sad",
  "quiet",
  "calm",
];

/** Direction of a word's sector from the centre, in radians. */
export const angleOf = (index) => (index * Math.PI) / 4;

const MINUS = "\u2212";

/** A number with its sign and two decimals: +0.62, −0.10, 0.00. */
export function signed(value, decimals = 2) {
  const text = Math.abs(value).toFixed(decimals);
  if (Number(text) === 0) return text;
  return (value < 0 ? MINUS : "+") + text;
}

/** A level in dBFS: −23.4; the floor is said as −∞. */
export const decibels = (value) => (value <= -120 ? `${MINUS}∞` : value.toFixed(1).replace("-", MINUS));

/** Stream time as minutes and seconds, with hours once there are any. */
export function clock(seconds) {
  const whole = Math.floor(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const [h, m, s] = parts.map((part) => String(part).padStart(2, "0"));
  return parts[0] ? `${parts[0]}:${m}:${s}` : `${m}:${s}`;
}

/** What the pill says for the state of the run. */
export const STATES = {
  running: "live",
  silent: "listening… silence",
  waiting: "waiting for sound",
  lost: "audio device lost",
  ended: "the file is over",
  serving: "ready",
};

/** What stands above the big word. */
export const CAPTIONS = {
  running: "the music feels",
  silent: "listening…",
  waiting: "waiting for sound",
  lost: "last heard",
  ended: "last heard",
  serving: "ready",
};

/** Rate as a person says it: 48 kHz, 44.1 kHz. */
export const kilohertz = (hertz) => `${Number((hertz / 1000).toFixed(3))} kHz`;

/** Channels as a person says them. */
export const channels = (count) =>
  count === 1 ? "mono" : count === 2 ? "stereo" : `${count} channels`;

/** Names of where the model runs. */
export const PROVIDERS = { cpu: "CPU", cuda: "GPU (CUDA)" };
