// Five colours of the picture, from deep to light, out of the dashboard's wheel (palette.js).

import { lch } from "../palette.js";

const NEUTRAL = [0.72, 0.028, 252]; // moonlight: silence and the centre have no hue of their own
const FULL = 0.5; // distance from the centre where a feeling has its whole colour
const WIDEST = 1.0; // radians round the wheel to the outer colours, where it is most open
const NARROWEST = 0.28;

const oklab = ([lightness, chroma, hue]) => [
  lightness,
  chroma * Math.cos((hue * Math.PI) / 180),
  chroma * Math.sin((hue * Math.PI) / 180),
];

/** The wheel's colour at full strength, turned by an angle. */
function onWheel(angle) {
  return lch(Math.cos(angle), Math.sin(angle));
}

/**
 * Five OKLab triples for a point of the plane: ground, shade, body, accent, light.
 *
 * The body is the colour that the dashboard has for this point. Shade and accent are those of
 * feelings to its left and right on the wheel: far ones where the music is pleasant (many colours
 * that get on), near ones where it is not (one colour, closed in). What is tense gets a cold
 * spark in its lights, which does not belong.
 */
export function scheme(valence, arousal) {
  const angle = Math.atan2(arousal, valence);
  const radius = Math.hypot(valence, arousal);
  const strength = Math.sin((Math.min(1, radius / FULL) * Math.PI) / 2);
  const open = 0.5 + 0.5 * Math.tanh(2.2 * valence);
  const apart = NARROWEST + (WIDEST - NARROWEST) * open;
  // At the centre the angle means nothing and may jump, but there every colour is the neutral one.
  const toned = (turn, lightness, chroma) => {
    const [l, c, h] = onWheel(angle + turn);
    const own = oklab([Math.min(0.9, l * lightness), c * chroma, h]);
    const none = oklab([NEUTRAL[0] * lightness, NEUTRAL[1] * chroma, NEUTRAL[2]]);
    return own.map((value, i) => none[i] + (value - none[i]) * strength);
  };
  const tense = Math.max(0, Math.min(1, 2.2 * arousal)) * (1 - open);
  const light = toned(0.25 * apart, 1.18, 0.5);
  const cold = oklab([0.9, 0.07, 200]);
  return [
    toned(-0.6 * apart, 0.3, 0.55),
    toned(-apart, 0.74, 0.95),
    toned(0, 0.95, 1),
    toned(apart, 1, 0.95),
    light.map((value, i) => value + (cold[i] - value) * 0.75 * tense * strength),
  ];
}
