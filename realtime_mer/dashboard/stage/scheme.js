// Five colours of the picture, from deep to light, out of the dashboard's wheel (palette.js).

import { lch } from "../palette.js";
import { Spring } from "./spring.js";

const NEUTRAL = [0.74, 0.034, 255]; // moonlight: silence and the centre have no hue of their own
const FULL = 0.5; // distance from the centre where a feeling has its whole colour
const WIDEST = 1.3; // radians round the wheel to the outer colours, where it is most open
const NARROWEST = 0.3;

const RATE = 3.2; // rad/s: a feeling that crosses the centre changes colour, it does not blink

const oklab = ([lightness, chroma, hue]) => [
  lightness,
  chroma * Math.cos((hue * Math.PI) / 180),
  chroma * Math.sin((hue * Math.PI) / 180),
];

const mix = (a, b, t) => a.map((value, i) => value + (b[i] - value) * t);

/**
 * Five OKLab triples for a point of the plane: ground, shade, body, accent, light.
 *
 * The body is the colour that the dashboard has for this point. The others are those of feelings
 * beside it on the wheel: far ones where the music is pleasant (many colours that get on), near
 * ones where it is not (one colour, closed in). Shadows lie on the side away from yellow, which
 * turns to olive when it darkens; so joy has red shadows and calm has blue ones. What is tense
 * gets a cold spark in its lights, which does not belong.
 */
export function scheme(valence, arousal) {
  const angle = Math.atan2(arousal, valence);
  const radius = Math.hypot(valence, arousal);
  const strength = Math.sin((Math.min(1, radius / FULL) * Math.PI) / 2);
  const open = 0.5 + 0.5 * Math.tanh(2.2 * valence);
  const apart = NARROWEST + (WIDEST - NARROWEST) * open;
  const side = Math.tanh(5 * Math.sin(angle + 0.25));
  // At the centre the angle means nothing and may jump, but there every colour is the neutral one.
  const toned = (turn, lightness, chroma) => {
    const [l, c, h] = lch(Math.cos(angle + turn), Math.sin(angle + turn));
    const own = oklab([Math.min(0.92, l * lightness), c * chroma, h]);
    const none = oklab([NEUTRAL[0] * lightness, NEUTRAL[1] * chroma, NEUTRAL[2]]);
    return mix(none, own, strength);
  };
  const tense = Math.max(0, Math.min(1, 2.2 * arousal)) * (1 - open);
  return [
    toned((1.35 + 0.65 * Math.max(0, side)) * side * apart, 0.34, 0.55),
    toned((0.9 + 0.4 * Math.max(0, side)) * side * apart, 0.8, 0.95),
    toned(0, 1, 1),
    toned(-(0.45 + 0.25 * Math.max(0, side)) * side * apart, 1.06, 0.95),
    mix(toned(-0.3 * side * apart, 1.2, 0.42), oklab([0.9, 0.07, 200]), 0.75 * tense * strength),
  ];
}

/** The scheme of a feeling that moves, each colour gliding to where it should be. */
export class Colours {
  #springs = scheme(0, 0).map((colour) => colour.map((value) => new Spring(value)));

  /** The five colours dt seconds later; mood is what Feeling.step returns. */
  step({ valence, arousal }, dt) {
    const target = scheme(valence, arousal);
    return this.#springs.map((colour, i) =>
      colour.map((spring, k) => spring.step(target[i][k], RATE, dt)),
    );
  }
}
