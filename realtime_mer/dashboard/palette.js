// Colour of a point of the arousal–valence plane.
//
// Eight colours around the circumplex, one for each word, blended in OKLCH (Ottosson, 2020),
// where equal steps look equal. Hue runs round the wheel once; lightness differs between
// opposite and neighbouring words as well, so that they stay apart for readers who do not
// see red and green, or blue and yellow, as others do (tests/e2e checks it with the model of
// Machado, Oliveira and Fernandes, 2009). Position and word always say the same as colour.

// Lightness 0..1, chroma, hue in degrees; counter-clockwise from positive valence,
// in the order of the words in words.js. Hue is unwound so that it falls steadily.
const WHEEL = [
  [0.89, 0.16, 104],
  [0.81, 0.165, 74],
  [0.7, 0.19, 43],
  [0.6, 0.225, 14],
  [0.47, 0.19, -35],
  [0.55, 0.18, -90],
  [0.66, 0.125, -125],
  [0.74, 0.125, -180],
];
const CENTRE_LIGHTNESS = 0.93;
const FULL_RADIUS = 0.45; // from here outwards the colour is full: estimates are cautious

const lerp = (a, b, t) => a + (b - a) * t;

/** OKLCH of a point, as [lightness, chroma, hue in degrees]. */
export function lch(valence, arousal) {
  const turn = (Math.atan2(arousal, valence) / (2 * Math.PI) + 1) % 1;
  const place = turn * WHEEL.length;
  const before = Math.floor(place) % WHEEL.length;
  const after = (before + 1) % WHEEL.length;
  const t = place - Math.floor(place);
  const unwound = after === 0 ? WHEEL[0][2] - 360 : WHEEL[after][2];
  const radius = Math.sin((Math.min(1, Math.hypot(valence, arousal) / FULL_RADIUS) * Math.PI) / 2);
  return [
    lerp(CENTRE_LIGHTNESS, lerp(WHEEL[before][0], WHEEL[after][0], t), radius),
    lerp(WHEEL[before][1], WHEEL[after][1], t) * radius,
    lerp(WHEEL[before][2], unwound, t),
  ];
}

/** sRGB, three whole numbers 0..255; a colour no screen has is made paler until one has it. */
export function rgb([lightness, chroma, hue]) {
  let linear = linearRgb(lightness, chroma, hue);
  for (let c = chroma; outside(linear) && c > 0.002; linear = linearRgb(lightness, c, hue)) c *= 0.94;
  return linear.map((value) => {
    const x = Math.min(1, Math.max(0, value));
    return Math.round(255 * (x <= 0.0031308 ? 12.92 * x : 1.055 * x ** (1 / 2.4) - 0.055));
  });
}

const outside = (linear) => linear.some((value) => value < -0.002 || value > 1.002);

function linearRgb(lightness, chroma, hue) {
  const a = chroma * Math.cos((hue * Math.PI) / 180);
  const b = chroma * Math.sin((hue * Math.PI) / 180);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

/** The colour for marks and words: light on a dark page, dark enough to read on a light one. */
export function markColour(valence, arousal, dark) {
  const [lightness, chroma, hue] = lch(valence, arousal);
  if (dark) return rgb([Math.max(lightness, 0.58), chroma, hue]);
  // 0.32 to 0.62: at least 3:1 against the paper, which large type needs.
  return rgb([0.32 + (lightness - 0.47) * 0.66, Math.min(chroma, 0.17), hue]);
}

/** CSS colour of an sRGB triple. */
export const css = ([r, g, b], alpha = 1) => `rgb(${r} ${g} ${b} / ${alpha})`;
