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
 * Makes a square picture of values in [0, 1].
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
 * Draws evidence by its colour map, as opaque as there is evidence.
 *
 * @param {Float32Array} evidence `[size, size]` in [0, 1].
 * @param {[number, number, number][]} colours 256 of them.
 * @returns {Picture}
 */
export function evidencePicture(evidence, colours) {
  const size = Math.round(Math.sqrt(evidence.length));
  const data = new Uint8ClampedArray(4 * size * size);
  for (let i = 0; i < evidence.length; i++) {
    const level = Math.round(255 * Math.min(Math.max(evidence[i], 0), 1));
    const colour = colours[level];
    data[4 * i] = colour[0];
    data[4 * i + 1] = colour[1];
    data[4 * i + 2] = colour[2];
    data[4 * i + 3] = level;
  }
  return {data, width: size, height: size};
}

/**
 * Reads a colour.
 *
 * @param {string} hex As `#rrggbb`.
 * @returns {[number, number, number]}
 */
export function rgb(hex) {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}
