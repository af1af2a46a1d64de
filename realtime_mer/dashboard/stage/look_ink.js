// Ink: pigment that is drawn out in slow water. Noise bends the place at which noise is read,
// twice (Quilez, 2002, "domain warping"); the fields that did the bending choose the colour.

export const ink = `
void main() {
  vec2 p = place();
  float soft = 2.4 * blur;
  float sharp = energy * (1.0 - 0.6 * blur);
  // Open music spreads from the middle; closed music is drawn into it.
  p *= mix(1.25, 0.85, openness) * (1.0 - 0.07 * breath);
  vec2 s = 0.2 * p;
  vec4 first = field(s + circle(turn.x, 0.16), 0.6 + soft);
  vec4 second = field(s + mix(0.05, 0.16, energy) * first.xy + circle(turn.y + 2.0, 0.13), soft);
  vec2 bent = s + mix(0.06, 0.2, energy) * second.zw + 0.05 * first.zw + circle(slow, 0.1);
  vec4 third = field(bent * mix(1.0, 1.5, energy), soft);

  float body = smoothstep(mix(-0.1, -0.5, openness), 0.75, third.x + 0.45 * second.y);
  vec3 hue = tint(clamp(0.5 + 0.75 * second.x + 0.4 * first.w, 0.0, 1.0));
  vec3 light = linear(palette[0]) * 0.2 + linear(hue) * body * body * mix(1.0, 1.7, energy);

  // Threads where a field changes its sign: fine and many when excited, broad and few when calm.
  float width = mix(0.2, 0.035, sharp);
  float thread = width / (width + abs(third.y + 0.25 * second.w));
  float thread2 = width / (width + abs(third.z - 0.2 * first.x));
  light += linear(tint(clamp(0.35 + third.w, 0.0, 1.0))) * thread * thread * (0.2 + body) * mix(0.25, 0.9, energy);
  light += linear(palette[4]) * pow(thread2, 3.0) * body * mix(0.12, 1.0, sharp);
  finish(light, p);
}`;
