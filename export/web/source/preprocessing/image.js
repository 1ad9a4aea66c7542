/** Pictures as plain arrays, the same in a worker and under Node. */

/**
 * A picture of 8 bits. The first three channels are red, green and blue; a
 * fourth, which a canvas adds, is ignored.
 *
 * @typedef {object} Photograph
 * @property {Uint8Array | Uint8ClampedArray} data Row by row.
 * @property {number} width Columns.
 * @property {number} height Rows.
 * @property {number} channels 3 or 4.
 */

/**
 * A rectangle of a picture; black where it reaches outside.
 *
 * @typedef {object} Rectangle
 * @property {number} top
 * @property {number} left
 * @property {number} height
 * @property {number} width
 */

/**
 * Rounds to the nearest integer, halves to the even one, like Python.
 *
 * @param {number} value
 * @returns {number}
 */
export function roundHalfEven(value) {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}
