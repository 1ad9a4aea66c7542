/** The model's outputs as RGBA pictures. */

/**
 * A picture for a canvas.
 *
 * @typedef {object} Picture
 * @property {Uint8ClampedArray<ArrayBuffer>} data RGBA.
 * @property {number} width
 * @property {number} height
 */

/**
 * Draws values in [0, 1] as a square picture.
 *
 * @param {Float32Array} values `[size, size, 3]`.
 * @returns {Picture}
 */
export function pictureOf(values) {
  const size = Math.round(Math.sqrt(values.length / 3));
  const data = new Uint8ClampedArray(4 * size * size).fill(255);
  for (let i = 0; i < size * size; i++) {
    for (let c = 0; c < 3; c++) data[4 * i + c] = 255 * values[3 * i + c];
  }
  return {data, width: size, height: size};
}

/**
 * Draws evidence by its color map; opacity follows the evidence.
 *
 * @param {Float32Array} evidence `[size, size]` in [0, 1].
 * @param {[number, number, number][]} colors 256 of them.
 * @returns {Picture}
 */
export function evidencePicture(evidence, colors) {
  const size = Math.round(Math.sqrt(evidence.length));
  const data = new Uint8ClampedArray(4 * size * size);
  for (let i = 0; i < evidence.length; i++) {
    const level = Math.round(255 * Math.min(Math.max(evidence[i], 0), 1));
    const color = colors[level];
    data[4 * i] = color[0];
    data[4 * i + 1] = color[1];
    data[4 * i + 2] = color[2];
    data[4 * i + 3] = level;
  }
  return {data, width: size, height: size};
}

/**
 * Parses a color.
 *
 * @param {string} hex As `#rrggbb`.
 * @returns {[number, number, number]}
 */
export function rgb(hex) {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}
