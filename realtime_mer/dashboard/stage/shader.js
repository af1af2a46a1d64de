// What all looks share: where a pixel is, the noise, the colours, and how light becomes a pixel.
//
// The shaders leave out what they can: nothing is computed for each pixel that is the same for
// all of them, and few functions are called that a weak graphics chip computes slowly.

export const VERTEX = `#version 300 es
// One triangle that covers the screen: (-1,-1), (3,-1), (-1,3).
void main() {
  gl_Position = vec4(vec2(gl_VertexID & 1, gl_VertexID >> 1) * 4.0 - 1.0, 0.0, 1.0);
}`;

/** The numbers that are passed on as they are in what Feeling.step returns. */
export const DRIVES = ["energy", "openness", "blur", "breath", "life"];

/** Every uniform. */
export const UNIFORMS = [
  "noise", "forms", "size", "way", "ground", "accent", "gleam", "cubic", "strength", ...DRIVES,
];

const HEAD = `#version 300 es
precision highp float;

uniform sampler2D noise;   // four fields of fractal noise, mean 0, about ±1 at most
uniform sampler2D forms;   // the same, cheaper: only for whole mip levels
uniform vec2 size;         // of the canvas in pixels
uniform vec2 way[5];       // points that go round the unit circle, each at its own pace
uniform vec3 ground;       // colours in linear light: the darkest,
uniform vec3 accent;       // the one beside the main colour,
uniform vec3 gleam;        // and the lightest
uniform vec3 cubic[4];     // all between them: coefficients of a cubic for each channel
uniform float energy;      // 0 calm .. 1 excited
uniform float openness;    // 0 unpleasant .. 1 pleasant
uniform float blur;        // 0 sure .. 1 unsure
uniform float breath;      // -0.5 softer than lately .. 0.5 louder
uniform float life;        // 0 silence .. 1 music
uniform float strength;    // 1, or less while two looks are mixed
out vec4 pixel;

// Place on the screen: centre 0, y up, one unit of area whatever the screen's shape, so that an
// ultra-wide and an upright screen show shapes of the same size.
vec2 place() {
  return (gl_FragCoord.xy - 0.5 * size) * inversesqrt(size.x * size.y);
}

// Four fields of noise; soft is a mip level: 0 with all detail, 3 only the large forms.
vec4 field(vec2 p, float soft) {
  return textureLod(noise, p, soft);
}

// The mip level below which a field, read at so many times the scale of the screen, has more
// detail than this canvas has pixels.
float finest(float scale) {
  return log2(512.0 * scale * inversesqrt(size.x * size.y));
}

vec4 form(vec2 p, float level) {
  return textureLod(forms, p, level);
}

// The colours in a row: 0 ground, 1/3 shade, 2/3 body, 1 accent. Going through them as light
// falls gives shadows a hue of their own; a colour that only darkens turns to mud.
vec3 ramp(float t) {
  t = clamp(t, 0.0, 1.0);
  return max(vec3(0.0), cubic[0] + t * (cubic[1] + t * (cubic[2] + t * cubic[3])));
}

// A pixel from linear light. Darker towards the edges, more so where the music is closed in; its
// reds and blues get more light, for the eye sees less of them. Silence is dim.
// Bright light runs softly into white instead of being cut off, and half a step of noise hides
// the bands that a projector shows in a dark gradient.
void finish(vec3 light) {
  vec2 edge = gl_FragCoord.xy / size * 2.0 - 1.0;
  float vignette = 1.0 - mix(0.7, 0.42, openness) * smoothstep(0.1, 1.9, dot(edge, edge));
  light *= mix(1.55, 1.0, openness) * vignette * (1.0 + 0.34 * breath) * mix(0.34, 1.0, life);
  light = 1.0 - exp(-light);
  // sRGB's curve from square roots, within 0.4 %, at a third of the cost of pow.
  vec3 r1 = sqrt(light), r2 = sqrt(r1), r3 = sqrt(r2);
  vec3 encoded = 0.585122381 * r1 + 0.783140355 * r2 - 0.368262736 * r3;
  uvec2 k = uvec2(gl_FragCoord.xy);
  uint h = (k.x * 1664525u + k.y * 22695477u) ^ (k.x << 13u) ^ (k.y * 2654435769u >> 7u);
  h = (h ^ (h >> 15u)) * 2246822519u;
  float grain = float(h >> 8u) / 16777216.0 - 0.5;
  pixel = vec4(encoded + grain * (1.2 / 255.0), strength);
}
`;

/** The whole fragment shader of a look. */
export const fragment = (body) => HEAD + body;
