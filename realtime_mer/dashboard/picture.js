// What the curves show, as a picture to keep.

import { font } from "./canvas.js";
import { clock } from "./words.js";

const RATIO = 2;
const WIDTH = 1400;
const EDGE = 40;
const TITLE = 28;

/**
 * Draw parts below each other and return the PNG as a blob.
 *
 * parts: { name, height, paint(context, { width, height, colour, dark }) }; from and to are the
 * stretch that is shown, in seconds; look: { ground, colour, dark }.
 */
export function picture({ parts, from, to, title, look }) {
  const width = WIDTH - 2 * EDGE;
  const tall = 2 * EDGE + 60 + parts.reduce((sum, { height }) => sum + TITLE + height + 24, 0);
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH * RATIO;
  canvas.height = tall * RATIO;
  const c = canvas.getContext("2d");
  c.scale(RATIO, RATIO);
  c.fillStyle = look.ground;
  c.fillRect(0, 0, WIDTH, tall);
  const ink = `rgb(${look.colour.join(" ")})`;
  c.fillStyle = ink;
  c.textBaseline = "top";
  c.font = font(26, 600);
  c.fillText(title, EDGE, EDGE);
  c.textAlign = "right";
  c.font = font(18, 450);
  c.fillText(`${clock(Math.max(0, from))} – ${clock(Math.max(0, to))}`, WIDTH - EDGE, EDGE + 6);
  let y = EDGE + 60;
  for (const { name, height, paint } of parts) {
    c.fillStyle = ink;
    c.textAlign = "left";
    c.textBaseline = "top";
    c.font = font(17, 550);
    c.fillText(name, EDGE, y);
    c.save();
    c.translate(EDGE, y + TITLE);
    paint(c, { width, height, colour: look.colour, dark: look.dark });
    c.restore();
    y += TITLE + height + 24;
  }
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

/** Let the browser keep a file. */
export function keep(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
