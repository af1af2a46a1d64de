// Draws a look with WebGL2: one triangle, one texture and a handful of numbers.

import { cubicThrough, linearRgb } from "./colour.js";
import { SHADERS } from "./looks.js";
import { LEVELS, bakeNoise } from "./noise.js";
import { DRIVES, UNIFORMS, VERTEX, fragment } from "./shader.js";

export class PainterGl {
  kind = "webgl2";
  #gl;
  #programs = new Map();

  /** Throws where there is no WebGL2; the caller then takes the other painter. */
  constructor(canvas) {
    this.canvas = canvas;
    const wanted = { alpha: false, antialias: false, depth: false, powerPreference: "high-performance" };
    this.#gl = canvas.getContext("webgl2", wanted);
    if (!this.#gl) throw new Error("no WebGL2");
    // A driver may be restarted under a running show: the context goes and comes back.
    canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
    canvas.addEventListener("webglcontextrestored", () => this.#prepare());
    this.#prepare();
  }

  #prepare() {
    const gl = this.#gl;
    this.#programs.clear();
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    // Half floats: 8 bits would show as steps where a shader spreads a slope over the screen.
    bakeNoise().forEach(({ side, texels }, level) => {
      gl.texImage2D(gl.TEXTURE_2D, level, gl.RGBA16F, side, side, 0, gl.RGBA, gl.FLOAT, texels);
    });
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAX_LEVEL, LEVELS - 1);
    const texture = gl.getParameter(gl.TEXTURE_BINDING_2D);
    for (const [unit, filter] of [gl.LINEAR_MIPMAP_LINEAR, gl.LINEAR_MIPMAP_NEAREST].entries()) {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, texture);
      const sampler = gl.createSampler();
      gl.samplerParameteri(sampler, gl.TEXTURE_MIN_FILTER, filter);
      gl.samplerParameteri(sampler, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
      gl.bindSampler(unit, sampler);
    }
    gl.blendFunc(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA);
  }

  /** Make a look ready, so that changing to it does not stutter. */
  warm(look) {
    if (!this.#gl.isContextLost()) this.#program(look);
  }

  #program(look) {
    const gl = this.#gl;
    if (!this.#programs.has(look)) {
      const program = gl.createProgram();
      for (const [type, source] of [
        [gl.VERTEX_SHADER, VERTEX],
        [gl.FRAGMENT_SHADER, fragment(SHADERS[look])],
      ]) {
        const shader = gl.createShader(type);
        gl.shaderSource(shader, source);
        gl.compileShader(shader);
        if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS) && !gl.isContextLost()) {
          throw new Error(`${look}: ${gl.getShaderInfoLog(shader)}`);
        }
        gl.attachShader(program, shader);
      }
      gl.linkProgram(program);
      // A look need not use all of them: a place that is null takes a value and forgets it.
      const places = Object.fromEntries(
        UNIFORMS.map((name) => [name, gl.getUniformLocation(program, name)]),
      );
      this.#programs.set(look, { program, places });
    }
    return this.#programs.get(look);
  }

  /**
   * Draw one picture over the whole canvas.
   *
   * mood: what Feeling.step returns; colours: what scheme returns; layers: [look, strength] from
   * back to front, one of them but while two looks are mixed.
   */
  draw(mood, colours, layers) {
    const gl = this.#gl;
    if (gl.isContextLost()) return;
    gl.viewport(0, 0, this.canvas.width, this.canvas.height);
    layers.forEach(([look, strength], i) => {
      if (i) gl.enable(gl.BLEND);
      else gl.disable(gl.BLEND);
      this.#layer(look, i ? strength : 1, mood, colours);
    });
  }

  #layer(look, strength, mood, colours) {
    const gl = this.#gl;
    const { program, places } = this.#program(look);
    gl.useProgram(program);
    gl.uniform1i(places.noise, 0);
    gl.uniform1i(places.forms, 1);
    gl.uniform2f(places.size, this.canvas.width, this.canvas.height);
    gl.uniform2fv(places.way, mood.angles.flatMap((angle) => [Math.cos(angle), Math.sin(angle)]));
    const linear = colours.map(linearRgb);
    gl.uniform3fv(places.ground, linear[0]);
    gl.uniform3fv(places.accent, linear[3]);
    gl.uniform3fv(places.gleam, linear[4]);
    gl.uniform3fv(places.cubic, cubicThrough(linear).flat());
    for (const name of DRIVES) gl.uniform1f(places[name], mood[name]);
    gl.uniform1f(places.strength, strength);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }
}
