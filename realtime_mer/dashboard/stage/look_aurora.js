// Aurora: curtains of light that hang in the dark. The excited ones fold and ray, the calm ones
// are veils; the pleasant ones stand high and wide, the others lie low under a heavy sky.

export const aurora = `
void main() {
  vec2 p = place();
  float often = mix(0.42, 1.15, energy); // rays on a screen's width
  // A whole mip level, for here a mixture of two costs more than all the rest; doubt and calm
  // take the contrast out of the rays instead, until they are a veil.
  float level = clamp(floor(finest(1.15) + 0.5), 0.0, 3.0);
  float sharp = energy * (1.0 - 0.65 * blur);
  float height = mix(0.14, 0.5, openness * openness) * (1.0 + 0.25 * breath);
  float hem = mix(0.06, 0.018, sharp);
  vec3 light = ground * mix(0.3, 0.85, openness) * (0.75 + 0.6 * p.y);

  for (int i = 0; i < 3; i++) {
    float k = float(i);
    float depth = 1.0 - 0.24 * k;          // those behind are smaller and dimmer
    vec4 fold = form(vec2(0.17 * p.x, 0.05 * p.y) / depth + 0.22 * depth * way[i] + 0.31 * k, 1.0);
    // The line on which the curtain stands, and the bend that its rays take.
    float foot = mix(-0.04, -0.26, openness) + 0.17 * (k - 1.0) + fold.x * mix(0.08, 0.24, energy);
    float bend = p.x + fold.y * mix(0.15, 0.55, energy) + 0.3 * p.y * fold.z;
    vec4 rays = form(vec2(often * bend / depth + 0.43 * k,
                           0.02 * p.y + 0.06 * way[i + 1].y), level);
    float ray = smoothstep(mix(-1.3, -0.7, sharp), 0.75, mix(0.45, 1.0, sharp) * (rays.x + 0.5 * rays.y * energy));
    ray *= mix(1.0, 2.0 * ray * ray, sharp);
    float above = p.y - foot;
    float reach = max(above, 0.0) / (height * depth * (0.65 + 0.8 * smoothstep(-0.5, 0.6, rays.z)));
    float fall = 1.0 / (1.0 + 0.35 * reach + reach * reach);
    float rise = smoothstep(-mix(0.14, 0.03, sharp), 0.08 - 0.06 * sharp, above);
    light += ramp(0.8 - 0.42 * reach + 0.42 * fold.w + 0.12 * (k - 1.0))
           * ray * rise * fall * depth * mix(1.3, 2.1, energy);
    // The hem, where a curtain is brightest.
    float edge = hem * hem / (hem * hem + above * above);
    light += gleam * edge * edge * ray * depth * mix(0.03, 0.55, sharp) * life;
  }
  finish(light);
}`;
