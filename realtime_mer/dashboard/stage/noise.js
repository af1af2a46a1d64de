// The one texture of all looks: four independent fields of fractal noise that repeat seamlessly.
//
// Baked once, because then a shader gets four fields of four octaves for the price of one fetch:
// on a weak machine that is much cheaper than computing noise for each pixel.

export const SIDE = 512;
export const LEVELS = 4; // 512, 256, 128 and 64 texels a side
const CELLS = [4, 8, 16, 32]; // lattice cells a side, of each octave
const GAIN = 0.52; // of an octave against the one before
const DEVIATION = 0.35;

/** A small generator with a seed (mulberry32), so that every screen shows the same fields. */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const fade = (t) => t * t * t * (t * (t * 6 - 15) + 10); // Perlin (2002): no creases at cell edges

/** Directions of one octave's slopes, as x and y of each lattice point [cells × cells × 2]. */
function slopes(cells, random) {
  const found = new Float32Array(2 * cells * cells);
  for (let i = 0; i < cells * cells; i += 1) {
    const angle = 2 * Math.PI * random();
    found[2 * i] = Math.cos(angle);
    found[2 * i + 1] = Math.sin(angle);
  }
  return found;
}

/** Add one octave of gradient noise (Perlin, 1985) to a channel of texels [side × side × 4]. */
function add(texels, side, channel, cells, gradients, gain) {
  const step = cells / side;
  for (let j = 0; j < side; j += 1) {
    const row = Math.floor(j * step);
    const y = j * step - row;
    const v = fade(y);
    const above = row * cells;
    const below = ((row + 1) % cells) * cells;
    for (let i = 0; i < side; i += 1) {
      const column = Math.floor(i * step);
      const x = i * step - column;
      const u = fade(x);
      const right = (column + 1) % cells;
      const a = 2 * (above + column);
      const b = 2 * (above + right);
      const c = 2 * (below + column);
      const d = 2 * (below + right);
      const top = (gradients[a] * x + gradients[a + 1] * y) * (1 - u) +
        (gradients[b] * (x - 1) + gradients[b + 1] * y) * u;
      const bottom = (gradients[c] * x + gradients[c + 1] * (y - 1)) * (1 - u) +
        (gradients[d] * (x - 1) + gradients[d + 1] * (y - 1)) * u;
      texels[4 * (j * side + i) + channel] += gain * (top * (1 - v) + bottom * v);
    }
  }
}

/**
 * The texture's levels, the finest first: { side, texels: Float32Array [side × side × 4] }, each
 * field with mean about 0 and deviation about 0.35.
 *
 * A level has only the octaves that it can show smoothly: the straight lines between texels would
 * be seen as creases where a shader bends the field. That is also how uncertainty blurs: the
 * coarser levels are the same fields without their detail.
 */
export function bakeNoise(seed = 7) {
  const random = generator(seed);
  const fields = Array.from({ length: 4 }, () => CELLS.map((cells) => slopes(cells, random)));
  // Gradient noise of slope 1 has a deviation of about 0.217 over the cell.
  const scale = DEVIATION / 0.217 / Math.hypot(...CELLS.map((_, k) => GAIN ** k));
  return Array.from({ length: LEVELS }, (_, level) => {
    const side = SIDE >> level;
    const texels = new Float32Array(4 * side * side);
    CELLS.forEach((cells, k) => {
      const texelsPerCell = side / cells;
      const shown = Math.min(1, Math.max(0, (texelsPerCell - 6) / 10));
      if (!shown) return;
      fields.forEach((octaves, channel) =>
        add(texels, side, channel, cells, octaves[k], shown * scale * GAIN ** k),
      );
    });
    return { side, texels };
  });
}
