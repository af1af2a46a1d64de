// Lattice: a net of three families of threads, lit where they cross. Where the music is pleasant
// it is a regular weave; where it is not, noise pulls the families apart until they grate.

export const lattice = `
// Threads side by side along x, as light 0..1: thin ones, never thinner than a pixel of the
// canvas (grain, in radians of the weave), or they would crawl.
float threads(float x, float width, float grain) {
  float w = max(width, grain);
  float y = sin(x) * sin(x);
  return width / w * w * w / (w * w + y);
}

// One net: brightness of its threads in .x, of its knots in .y.
vec2 net(vec2 q, float pitch, float width, vec3 pull) {
  float grain = 0.8 * pitch / sqrt(size.x * size.y);
  float a = threads(pitch * q.x + pull.x, width, grain);
  float b = threads(pitch * dot(q, vec2(-0.5, 0.8660254)) + pull.y, width, grain);
  float c = threads(pitch * dot(q, vec2(-0.5, -0.8660254)) + pull.z, width, grain);
  return vec2(a + b + c, a * b + b * c + c * a);
}

void main() {
  vec2 p = place();
  float sharp = energy * (1.0 - 0.75 * blur);
  float soft = 2.0 + 1.2 * blur - energy;
  vec2 drift = circle(turn.x, 0.14);
  vec4 wave = field(0.13 * p + drift, soft);
  vec4 cloud = field(0.17 * p + circle(turn.y + 1.0, 0.17) + 0.06 * wave.zw, 1.0 + soft);
  float tilt = 0.5 + 0.25 * sin(slow);
  // The net is cloth: it hangs in folds, which stretch it and which the light rakes from above.
  vec2 q = mat2(cos(tilt), -sin(tilt), sin(tilt), cos(tilt)) * p * (1.0 - 0.08 * breath)
         + circle(turn.w, 0.1) + mix(0.16, 0.36, energy) * wave.xy;
  float fold = 3.4 * (field(0.13 * (p + vec2(0.04, 0.11)) + drift, soft + 0.5).x - wave.x);
  float lit = clamp(0.5 + fold + 0.5 * cloud.z, 0.0, 1.3);
  lit *= lit;
  // What is unpleasant pulls each family by its own noise.
  vec3 pull = mix(3.2, 0.2, openness) * mix(0.6, 1.2, energy) * vec3(cloud.x, cloud.y, wave.w);
  float pitch = mix(9.0, 19.0, energy);
  float width = mix(0.34, 0.06, sharp);
  vec2 near = net(q, pitch, width, pull);
  vec2 far = net(0.7 * q.yx + 0.3 - 0.2 * wave.zw, pitch * 2.1, 2.0 * width, 1.4 * pull.zxy);

  float shift = 0.3 * cloud.w + 0.22 * cloud.x;
  vec3 light = linear(ramp(0.5 * lit + 0.4 * shift)) * mix(0.22, 0.3, energy) * (0.3 + lit);
  light += linear(ramp(0.4 + shift)) * far.x * (0.03 + 0.13 * lit);
  light += linear(ramp(0.7 + shift)) * near.x * (0.05 + 0.75 * lit) * mix(0.5, 0.95, sharp);
  light += linear(palette[3]) * near.y * (0.06 + lit) * mix(0.25, 0.9, sharp);
  light += linear(palette[4]) * near.y * near.y * lit * mix(0.02, 0.35, sharp);
  finish(light, p);
}`;
