// Aurora: curtains of light that hang in the dark. The excited ones fold and ray, the calm ones
// are veils; the pleasant ones stand high and wide, the others lie low under a heavy sky.

export const aurora = `
void main() {
  vec2 p = place();
  float soft = 2.6 * blur;
  float sharp = energy * (1.0 - 0.65 * blur);
  float height = mix(0.14, 0.5, openness * openness) * (1.0 + 0.25 * breath);
  vec3 light = linear(palette[0]) * mix(0.3, 0.85, openness) * (0.75 + 0.6 * p.y);

  for (int i = 0; i < 4; i++) {
    float k = float(i);
    float depth = 1.0 - 0.2 * k;          // those behind are smaller, dimmer and slower
    vec2 drift = circle(turn[i] + 1.7 * k, 0.22 * depth);
    vec4 fold = field(vec2(0.17 * p.x, 0.05 * p.y) / depth + drift + 0.31 * k, 1.0 + soft);
    // The line on which the curtain stands, and the bend that its rays take.
    float foot = mix(-0.04, -0.26, openness) + 0.13 * (k - 1.5)
               + fold.x * mix(0.08, 0.24, energy);
    float bend = p.x + fold.y * mix(0.15, 0.55, energy) + 0.12 * p.y * fold.z;
    vec4 rays = field(vec2(mix(0.42, 0.95, energy) * bend / depth + 0.43 * k,
                           0.02 * p.y + 0.06 * sin(turn[(i + 1) % 4])), 1.2 * (1.0 - energy) + soft);
    float ray = smoothstep(mix(-1.3, -0.7, sharp), 0.75, rays.x + 0.5 * rays.y * energy);
    ray = pow(ray, mix(1.0, 3.4, sharp)) * mix(1.0, 2.0, sharp);
    float above = p.y - foot;
    float reach = height * depth * (0.65 + 0.8 * smoothstep(-0.5, 0.6, rays.z));
    float rise = smoothstep(-mix(0.14, 0.03, sharp), 0.02 + 0.06 * (1.0 - sharp), above);
    float glow = ray * rise * exp(-1.8 * max(above, 0.0) / reach);
    vec3 hue = ramp(0.8 - 0.42 * above / reach + 0.42 * fold.w + 0.1 * (k - 1.5));
    light += linear(hue) * glow * depth * mix(1.05, 1.8, energy);
    // The hem, where a curtain is brightest.
    float hem = exp(-abs(above) / mix(0.04, 0.011, sharp)) * ray;
    light += linear(palette[4]) * hem * depth * mix(0.04, 0.6, sharp) * life;
  }
  finish(light, p);
}`;
