// Lattice: plane waves that cross, as in a quasicrystal. Where the music is pleasant the waves
// agree and make a rose of order; where it is not, noise bends them until they grate.

export const lattice = `
const float WAVES = 7.0;

void main() {
  vec2 p = place();
  float soft = 2.0 + 1.5 * blur;
  float sharp = energy * (1.0 - 0.7 * blur);
  vec4 bend = field(0.16 * p + circle(slow, 0.2), soft);
  vec2 q = p + mix(0.34, 0.09, openness) * mix(0.5, 1.3, energy) * bend.xy + circle(turn.w, 0.12);
  float pitch = mix(13.0, 26.0, energy) * (1.0 - 0.05 * breath);
  float sum = 0.0;
  float cross = 0.0;
  for (float k = 0.0; k < WAVES; k++) {
    float angle = 3.14159265 * k / WAVES + 0.15 * sin(slow);
    // Each wave runs at its own angle of the four, so no two stay in step.
    float wave = cos(pitch * dot(q, vec2(cos(angle), sin(angle))) + 2.0 * sin(turn[int(k) % 4] + k));
    sum += wave;
    cross += wave * cos(2.0 * angle + turn.z);
  }
  sum /= WAVES;
  cross /= WAVES;
  float node = smoothstep(mix(0.0, 0.14, sharp), mix(0.75, 0.5, sharp), sum);
  float width = mix(0.3, 0.05, sharp);
  float line = width / (width + abs(sum + 0.12));
  float region = smoothstep(-0.55, 0.65, bend.z + 0.5 * bend.w);
  vec3 hue = tint(clamp(0.5 + 0.8 * cross + 0.55 * bend.w, 0.0, 1.0));
  vec3 light = linear(palette[0]) * 0.22;
  light += linear(hue) * (0.75 * node + line * line * mix(0.22, 0.5, energy)) * (0.25 + 0.95 * region);
  light += linear(palette[4]) * pow(node, 4.0) * region * mix(0.12, 0.8, sharp);
  finish(light, p);
}`;
