// How bright the picture is, place by place: what a test looks at to see that nothing flashes.

export const COLUMNS = 16;
export const ROWS = 9;

export class LuminanceSampler {
  #context;

  constructor() {
    const canvas = new OffscreenCanvas(COLUMNS, ROWS);
    this.#context = canvas.getContext("2d", { willReadFrequently: true });
    this.#context.imageSmoothingQuality = "high";
  }

  /**
   * Relative luminance 0..1 (WCAG 2) of each cell, row by row from the top. To be called in the
   * same frame as the drawing: a WebGL canvas is empty afterwards.
   */
  sample(canvas) {
    this.#context.drawImage(canvas, 0, 0, COLUMNS, ROWS);
    const { data } = this.#context.getImageData(0, 0, COLUMNS, ROWS);
    const linear = (value) => {
      const x = value / 255;
      return x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;
    };
    return Array.from({ length: COLUMNS * ROWS }, (_, i) => {
      const [r, g, b] = data.slice(4 * i, 4 * i + 3);
      return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    });
  }
}
