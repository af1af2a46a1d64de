// The one texture of all looks: four independent fields of fractal noise that repeat seamlessly.
//
// Baked once, because then a shader gets four fields of four octaves for the price of one fetch:
// on a weak machine that is ten times cheaper than computing noise for each pixel. Coarser mip
// levels of it are the same fields without their detail, which is how uncertainty blurs.

export const SIDE = 256;
const CELLS = [4, 8, 16, 32]; // lattice cells a side of each octave; the finest are 8 texels
const GAIN = 0.52;

/** A small generator with a seed (mulberry32), so that every screen shows the same picture. */
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

/** One octave of gradient noise [SIDE × SIDE], within about ±0.7. */
function octave(cells, random) {
  const gradients = Array.from({ length: cells * cells }, () => {
    const angle = 2 * Math.PI * random();
    return [Math.cos(angle), Math.sin(angle)];
  });
  const field = new Float32Array(SIDE * SIDE);
  const texels = SIDE / cells;
  const at = (column, row, x, y) => {
    const [gx, gy] = gradients[(row % cells) * cells + (column % cells)];
    return gx * x + gy * y;
  };
  for (let j = 0; j < SIDE; j += 1) {
    const row = Math.floor(j / texels);
    const y = j / texels - row;
    const v = fade(y);
    for (let i = 0; i < SIDE; i += 1) {
      const column = Math.floor(i / texels);
      const x = i / texels - column;
      const u = fade(x);
      const above = at(column, row, x, y) * (1 - u) + at(column + 1, row, x - 1, y) * u;
      const below = at(column, row + 1, x, y - 1) * (1 - u) + at(column + 1, row + 1, x - 1, y - 1) * u;
      field[j * SIDE + i] = above * (1 - v) + below * v;
    }
  }
  return field;
}

/** The next coarser level: each texel the mean of four. */
export function coarser(texels, side) {
  const half = side / 2;
  const result = new Float32Array(half * half * 4);
  for (let i = 0; i < result.length; i += 1) {
    const channel = i % 4;
    const column = 2 * (((i - channel) / 4) % half);
    const row = 2 * Math.floor(i / 4 / half);
    const at = (x, y) => texels[4 * ((row + y) * side + column + x) + channel];
    result[i] = (at(0, 0) + at(1, 0) + at(0, 1) + at(1, 1)) / 4;
  }
  return result;
}

/** Four fields, interleaved: Float32Array [SIDE × SIDE × 4], each with mean 0 and deviation 0.35. */
export function bakeNoise(seed = 7) {
  const random = generator(seed);
  const texels = new Float32Array(SIDE * SIDE * 4);
  for (let channel = 0; channel < 4; channel += 1) {
    const sum = new Float32Array(SIDE * SIDE);
    CELLS.forEach((cells, k) => {
      octave(cells, random).forEach((value, i) => (sum[i] += value * GAIN ** k));
    });
    const mean = sum.reduce((a, b) => a + b) / sum.length;
    const deviation = Math.sqrt(sum.reduce((a, b) => a + (b - mean) ** 2, 0) / sum.length);
    sum.forEach((value, i) => (texels[4 * i + channel] = (0.35 * (value - mean)) / deviation));
  }
  return texels;
}
