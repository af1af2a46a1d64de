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
  vec4 first = form(s + 0.16 * way[0], 2.0);
  vec4 second = field(s + mix(0.05, 0.16, energy) * first.xy + 0.13 * way[1], soft);
  vec2 bent = s + mix(0.06, 0.2, energy) * second.zw + 0.05 * first.zw + 0.1 * way[4];
  vec4 third = field(bent * mix(1.0, 1.5, energy), soft);

  float body = smoothstep(mix(-0.25, -0.75, openness), 0.8, third.x + 0.45 * second.y);
  float shift = 0.38 * second.x + 0.3 * first.w;
  vec3 light = ramp(1.05 * body + shift * body) * (0.3 + mix(1.2, 1.6, energy) * body * body);

  // Threads where a field changes its sign: fine and bright when excited, broad and faint when
  // calm. They come and go along their way, or they would look like the lines of a map,
  // and are never so thin that a coarse canvas shows them as beads.
  float width = max(mix(0.16, 0.03, sharp), 14.0 * inversesqrt(size.x * size.y));
  float thread = width / (width + abs(third.y + 0.25 * second.w));
  float glint = width / (width + abs(third.z - 0.2 * first.x));
  float here = smoothstep(0.05, 0.6, third.w + 0.5 * first.y + 0.25);
  float there = smoothstep(0.0, 0.6, second.z - third.x + 0.25);
  light += ramp(0.75 + shift) * thread * thread * here * mix(0.25, 1.3, sharp);
  light += gleam * glint * glint * glint * there * body * mix(0.1, 1.5, sharp);
  finish(light);
}`;
