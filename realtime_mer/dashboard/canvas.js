// A canvas in CSS pixels that is sharp on any screen, and what both drawings share.

export class Surface {
  width = 0;
  height = 0;
  #ratio = 1;

  /** changed is called when the size has changed and everything must be drawn anew. */
  constructor(canvas, changed) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    new ResizeObserver(([entry]) => {
      this.#fit(entry.contentRect.width, entry.contentRect.height);
      changed();
    }).observe(canvas);
  }

  #fit(width, height) {
    this.width = width;
    this.height = height;
    this.#ratio = devicePixelRatio || 1;
    this.canvas.width = Math.max(1, Math.round(width * this.#ratio));
    this.canvas.height = Math.max(1, Math.round(height * this.#ratio));
  }

  /** Empty the canvas and return its context, in CSS pixels. */
  begin() {
    // The window may have moved to a screen of another density without changing its size.
    if (devicePixelRatio !== this.#ratio) this.#fit(this.width, this.height);
    const c = this.context;
    c.setTransform(this.#ratio, 0, 0, this.#ratio, 0, 0);
    c.clearRect(0, 0, this.width, this.height);
    return c;
  }
}

/** The page's ink, as an sRGB triple. */
export function ink(element) {
  const [r, g, b] = getComputedStyle(element).color.match(/[\d.]+/g).map(Number);
  return [r, g, b];
}

/** A canvas font of the page's own family. */
export const font = (px, weight = 400) =>
  `${weight} ${px}px ${getComputedStyle(document.body).fontFamily}`;
