// What all looks share: where a pixel is, the noise, the colours, and how light becomes a pixel.

export const VERTEX = `#version 300 es
// One triangle that covers the screen: (-1,-1), (3,-1), (-1,3).
void main() {
  gl_Position = vec4(vec2(gl_VertexID & 1, gl_VertexID >> 1) * 4.0 - 1.0, 0.0, 1.0);
}`;

/** The uniforms, in the order the painter looks them up. */
export const UNIFORMS = [
  "noise", "size", "turn", "slow", "palette",
  "energy", "openness", "blur", "breath", "life", "strength",
];

const HEAD = `#version 300 es
precision highp float;

uniform sampler2D noise;   // four fields of fractal noise, mean 0, about ±1 at most
uniform vec2 size;         // of the canvas in pixels
uniform vec4 turn;         // angles that turn with the speed of the music, 0..2π
uniform float slow;        // one more, the slowest
uniform vec3 palette[5];   // OKLab: ground, shade, body, accent, light
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
  return (gl_FragCoord.xy - 0.5 * size) / sqrt(size.x * size.y);
}

// Going round a circle is how everything moves: it has no end and needs no large numbers.
vec2 circle(float angle, float radius) {
  return radius * vec2(cos(angle), sin(angle));
}

// Four fields of noise; soft is a mip level: 0 with all detail, 3 only the large forms.
vec4 field(vec2 p, float soft) {
  return textureLod(noise, p, soft);
}

// OKLab (Ottosson, 2020) to linear sRGB.
vec3 linear(vec3 lab) {
  vec3 lms = mat3(1.0, 1.0, 1.0, 0.3963377774, -0.1055613458, -0.0894841775,
                  0.2158037573, -0.0638541728, -1.291485548) * lab;
  lms *= lms * lms;
  return max(vec3(0.0), mat3(4.0767416621, -1.2684380046, -0.0041960863,
    -3.3077115913, 2.6097574011, -0.7034186147, 0.2309699292, -0.3413193965, 1.707614701) * lms);
}

// The colours in a row: 0 ground, 1/3 shade, 2/3 body, 1 accent. Going through them as light
// falls gives shadows a hue of their own; a colour that only darkens turns to mud.
vec3 ramp(float t) {
  t = 3.0 * clamp(t, 0.0, 1.0);
  return t < 1.0 ? mix(palette[0], palette[1], t)
       : t < 2.0 ? mix(palette[1], palette[2], t - 1.0)
                 : mix(palette[2], palette[3], t - 2.0);
}

// A pixel from linear light: darker towards the edges, more so where the music is closed in;
// silence is dimmer than any music; bright light runs softly into white instead of being cut off; and half a step of noise, since
// a projector shows the bands of a dark gradient.
void finish(vec3 light, vec2 p) {
  vec2 edge = (gl_FragCoord.xy / size - 0.5) * 2.0;
  float vignette = 1.0 - mix(0.78, 0.42, openness) * smoothstep(0.35, 1.35, length(edge));
  light *= vignette * (1.0 + 0.34 * breath) * mix(0.62, 1.0, life);
  light = 1.0 - exp(-light);
  vec3 encoded = mix(12.92 * light, 1.055 * pow(light, vec3(1.0 / 2.4)) - 0.055,
                     step(0.0031308, light));
  uvec2 k = uvec2(gl_FragCoord.xy);
  uint h = (k.x * 1664525u + k.y * 22695477u) ^ (k.x << 13u) ^ (k.y * 2654435769u >> 7u);
  h = (h ^ (h >> 15u)) * 2246822519u;
  float grain = float(h >> 8u) / 16777216.0 - 0.5;
  pixel = vec4(encoded + grain * (1.2 / 255.0), strength);
}
`;

/** The whole fragment shader of a look. */
export const fragment = (body) => HEAD + body;
