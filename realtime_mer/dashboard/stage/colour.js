// Colours as a shader wants them: linear light, and a curve through four of them.

/** OKLab (Ottosson, 2020) to linear sRGB, not below zero. */
export function linearRgb([lightness, a, b]) {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ].map((value) => Math.max(0, value));
}

/**
 * Coefficients c0..c3 (a triple each) of the cubic that passes through four colours at 0, 1/3,
 * 2/3 and 1: Lagrange's polynomial, multiplied out.
 */
export function cubicThrough([a, b, c, d]) {
  const each = (f) => a.map((_, i) => f(a[i], b[i], c[i], d[i]));
  return [
    each((p) => p),
    each((p, q, r, s) => -5.5 * p + 9 * q - 4.5 * r + s),
    each((p, q, r, s) => 9 * p - 22.5 * q + 18 * r - 4.5 * s),
    each((p, q, r, s) => -4.5 * p + 13.5 * q - 13.5 * r + 4.5 * s),
  ];
}
