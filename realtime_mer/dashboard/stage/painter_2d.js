// Draws a look without WebGL: soft light on a dark ground, in the same colours and with the same
// motion, though with less to see. The canvas is small and the browser enlarges it softly.

export const SHARE = 0.12; // of the pixels WebGL would draw: every one costs far more here

const LIGHTS = 14;
const THREADS = 9;
const ORDER = [2, 3, 2, 1]; // of the colours: mostly the body, least the shade
const GOLDEN = 2.39996; // the golden angle spreads any number of lights evenly

const css = ([l, a, b], alpha) => `oklab(${l.toFixed(4)} ${a.toFixed(4)} ${b.toFixed(4)} / ${alpha.toFixed(3)})`;

export class Painter2d {
  kind = "2d";

  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { alpha: false });
  }

  warm() {}

  /** As PainterGl.draw. */
  draw(mood, colours, layers) {
    const c = this.context;
    const { width, height } = this.canvas;
    const unit = Math.sqrt(width * height);
    layers.forEach(([look, strength], i) => {
      c.globalAlpha = i ? strength : 1;
      c.globalCompositeOperation = "source-over";
      const [l, a, b] = colours[0];
      c.fillStyle = css([0.45 * l * (0.5 + 0.5 * mood.life), a, b], 1);
      c.fillRect(0, 0, width, height);
      c.globalCompositeOperation = "screen";
      c.save();
      c.translate(width / 2, height / 2);
      c.scale(unit, unit);
      if (look === "lattice") threads(c, mood, colours);
      else lights(c, mood, colours, look === "aurora" ? [0.45, 1.9] : [1.25, 0.9]);
      c.restore();
    });
    c.globalAlpha = 1;
  }
}

/** Soft lights that wander; stretch is their width and height. */
function lights(c, mood, colours, [wide, high]) {
  const { energy, openness, blur, breath, life, angles } = mood;
  const spread = 0.3 + 0.35 * openness;
  for (let i = 0; i < LIGHTS; i += 1) {
    const angle = i * GOLDEN + 0.8 * Math.sin(angles[i % 5] + i);
    const far = spread * Math.sqrt((i + 0.5) / LIGHTS) * (1.15 + 0.3 * Math.sin(angles[(i + 2) % 5] + 2 * i));
    const size = (0.32 - 0.14 * energy + 0.12 * blur) * (1 + 0.4 * breath) * (0.75 + 0.5 * ((i * 0.618) % 1));
    c.save();
    c.translate(1.2 * far * Math.cos(angle), 0.8 * far * Math.sin(angle));
    c.rotate(0.25 * Math.sin(angles[(i + 1) % 5] + i));
    c.scale(size * wide, size * high);
    const glow = c.createRadialGradient(0, 0, 0, 0, 0, 1);
    const colour = colours[ORDER[i % 4]];
    const alpha = (0.45 + 0.3 * energy) * (0.4 + 0.6 * life);
    // Sure and excited music has edges, the rest has none.
    const edge = 0.25 + 0.5 * energy * (1 - blur);
    glow.addColorStop(0, css(colour, alpha));
    glow.addColorStop(edge, css(colour, alpha * 0.55));
    glow.addColorStop(1, css(colour, 0));
    c.fillStyle = glow;
    c.fillRect(-1, -1, 2, 2);
    c.restore();
  }
}

/** Three families of threads; the unpleasant ones are bent. */
function threads(c, mood, colours) {
  const { energy, openness, blur, breath, life, angles } = mood;
  const apart = (0.2 - 0.08 * energy) * (1 + 0.1 * breath);
  const bend = 0.02 + 0.16 * (1 - openness);
  c.lineWidth = 0.004 + 0.03 * (1 - energy) + 0.03 * blur;
  c.lineCap = "round";
  for (let family = 0; family < 3; family += 1) {
    c.save();
    c.rotate((family * Math.PI) / 3 + 0.25 * Math.sin(angles[4]));
    c.strokeStyle = css(colours[ORDER[family]], (0.5 + 0.45 * energy) * (0.4 + 0.6 * life));
    for (let k = -THREADS; k <= THREADS; k += 1) {
      c.beginPath();
      for (let x = -1.5; x <= 1.5; x += 0.15) {
        const y = apart * (k + 0.5 * Math.sin(angles[family])) +
          bend * Math.sin(3 * x + angles[(family + 1) % 4] + k) + 0.05 * Math.sin(2 * x + angles[3]);
        c.lineTo(x, y);
      }
      c.stroke();
    }
    c.restore();
  }
}
