// What lies still on the plane: the field of colour, rings, axes, and the eight words.

import { font } from "./canvas.js";
import { css, lch, markColour, rgb } from "./palette.js";
import { SECTORS, angleOf } from "./words.js";

const FIELD_PX = 96;
const WORD_RADIUS = { straight: 0.88, diagonal: 1.07 };
const RINGS = [0.25, 0.5, 0.75];
const AXIS = 0.72; // the axes end before the words begin

/** Draw it all; view has size, half, dark, ink and the maps x and y to CSS pixels. */
export function drawChart(c, view, word) {
  c.imageSmoothingQuality = "high";
  c.drawImage(field(view.dark), 0, 0, view.width, view.height);
  drawGrid(c, view);
  drawWords(c, view, word);
}

function drawGrid(c, { x, y, half, size, ink }) {
  c.lineWidth = 1;
  c.strokeStyle = css(ink, 0.13);
  for (const radius of RINGS) {
    c.beginPath();
    c.arc(x(0), y(0), radius * half, 0, 2 * Math.PI);
    c.stroke();
  }
  c.strokeStyle = css(ink, 0.26);
  c.beginPath();
  c.moveTo(x(-AXIS), y(0));
  c.lineTo(x(AXIS), y(0));
  c.moveTo(x(0), y(-AXIS));
  c.lineTo(x(0), y(AXIS));
  c.stroke();
  const px = Math.max(10, size * 0.0165);
  c.font = font(px, 500);
  c.fillStyle = css(ink, 0.6);
  c.letterSpacing = `${px * 0.08}px`;
  c.textAlign = "right";
  c.textBaseline = "top";
  c.fillText("valence →", x(AXIS), y(0) + px * 0.6);
  c.save();
  c.translate(x(0) - px * 0.6, y(AXIS));
  c.rotate(-Math.PI / 2);
  c.textBaseline = "bottom";
  c.fillText("arousal →", 0, 0);
  c.restore();
  c.letterSpacing = "0px";
}

function drawWords(c, { x, y, width, size, dark, ink }, word) {
  const px = Math.max(11.5, size * 0.0245);
  c.textAlign = "center";
  c.textBaseline = "middle";
  SECTORS.forEach((sector, index) => {
    const radius = index % 2 ? WORD_RADIUS.diagonal : WORD_RADIUS.straight;
    const valence = radius * Math.cos(angleOf(index));
    const arousal = radius * Math.sin(angleOf(index));
    const here = sector === word;
    c.font = font(here ? px * 1.2 : px, here ? 650 : 450);
    c.fillStyle = here ? css(markColour(valence, arousal, dark)) : css(ink, 0.62);
    const room = c.measureText(sector).width / 2 + px * 0.4; // keeps long words inside
    c.fillText(sector, Math.min(width - room, Math.max(room, x(valence))), y(arousal));
  });
}

const fields = new Map();

/** The colours of the whole plane, deep for a dark page, pale for a light one. */
function field(dark) {
  if (!fields.has(dark)) fields.set(dark, fieldImage(dark));
  return fields.get(dark);
}

function fieldImage(dark) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = FIELD_PX;
  const c = canvas.getContext("2d");
  const image = c.createImageData(FIELD_PX, FIELD_PX);
  for (let row = 0; row < FIELD_PX; row += 1) {
    for (let column = 0; column < FIELD_PX; column += 1) {
      const valence = (column / (FIELD_PX - 1)) * 2 - 1;
      const arousal = 1 - (row / (FIELD_PX - 1)) * 2;
      const [lightness, chroma, hue] = lch(valence, arousal);
      const radius = Math.min(1, Math.hypot(valence, arousal));
      const pixel = dark
        ? rgb([0.13 + 0.13 * radius * lightness, chroma * 0.34 * radius, hue])
        : rgb([0.985 - 0.09 * radius * (1.3 - lightness), chroma * 0.24, hue]);
      image.data.set([...pixel, 255], 4 * (row * FIELD_PX + column));
    }
  }
  c.putImageData(image, 0, 0);
  return canvas;
}
