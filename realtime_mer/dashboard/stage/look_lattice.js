// Lattice: a net of three families of threads, lit where they cross. Where the music is pleasant
// it is a regular weave; where it is not, noise pulls the families apart until they grate.

export const lattice = `
// Brightness of one net's threads in .x, of its knots in .y. Threads are lit softly around where
// a sine is zero; never thinner than a pixel of the canvas, or they would crawl.
vec2 net(vec2 q, float pitch, float width, vec3 pull) {
  float w = max(width, 0.8 * pitch * inversesqrt(size.x * size.y));
  vec3 y = sin(pitch * vec3(q.x, -0.5 * q.x + 0.8660254 * q.y, -0.5 * q.x - 0.8660254 * q.y) + pull);
  vec3 t = width * w / (w * w + y * y);
  return vec2(t.x + t.y + t.z, t.x * t.y + t.y * t.z + t.z * t.x);
}

void main() {
  vec2 p = place();
  float sharp = energy * (1.0 - 0.75 * blur);
  vec2 drift = 0.14 * way[0];
  vec4 wave = form(0.15 * p + drift, 1.0);
  vec4 cloud = field(0.17 * p + 0.17 * way[1] + 0.06 * wave.zw, 1.8 + 1.2 * blur - energy);
  vec2 axis = normalize(vec2(1.0, 0.55 + 0.25 * way[4].y));
  // The net is cloth: it hangs in folds, which stretch it and which the light rakes from above.
  vec2 q = vec2(dot(p, axis), dot(p, vec2(-axis.y, axis.x))) * (1.0 - 0.08 * breath)
         + 0.1 * way[3] + mix(0.17, 0.34, energy) * wave.xy;
  float fold = 3.4 * (form(0.15 * (p + vec2(0.035, 0.1)) + drift, 1.0).x - wave.x);
  float lit = clamp(0.5 + fold + 0.5 * cloud.z, 0.0, 1.3);
  lit *= lit;
  // What is unpleasant pulls each family by its own noise.
  vec3 pull = mix(4.0, 0.2, openness) * mix(0.6, 1.2, energy) * vec3(cloud.x, cloud.y, wave.w);
  float pitch = mix(9.0, 19.0, energy);
  float width = mix(0.34, 0.06, sharp);
  vec2 near = net(q, pitch, width, pull);
  vec2 far = net(0.7 * q.yx + 0.3 - 0.2 * wave.zw, pitch * 2.1, 2.0 * width, 1.4 * pull.zxy);

  float shift = 0.3 * cloud.w + 0.22 * cloud.x;
  vec3 light = ramp(0.5 * lit + 0.4 * shift) * mix(0.22, 0.3, energy) * (0.3 + lit);
  vec3 thread = ramp(0.6 + shift);
  light += thread * far.x * (0.03 + 0.13 * lit);
  light += thread * near.x * (0.05 + 0.75 * lit) * mix(0.5, 0.95, sharp);
  light += accent * near.y * (0.06 + lit) * mix(0.25, 0.9, sharp);
  light += gleam * near.y * near.y * lit * mix(0.02, 0.35, sharp);
  finish(light);
}`;
