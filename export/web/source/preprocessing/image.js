/** Pictures as plain arrays, the same in a worker and under Node. */

/**
 * A picture of 8 bits. The first three channels are red, green and blue; a
 * fourth, as a canvas gives it, is not looked at.
 *
 * @typedef {object} Photograph
 * @property {Uint8Array | Uint8ClampedArray} data Row by row.
 * @property {number} width Columns.
 * @property {number} height Rows.
 * @property {number} channels 3 or 4.
 */

/**
 * The square around a camera's field of view, in pixels of the photograph. It
 * may reach outside, where it is black.
 *
 * @typedef {object} FieldOfView
 * @property {number} top First row; may be negative.
 * @property {number} left First column; may be negative.
 * @property {number} side Rows and columns.
 * @property {number} height Rows of the whole photograph.
 * @property {number} width Columns of the whole photograph.
 */

/** A photograph that cannot be graded; the message is for the user. */
export class UngradableError extends Error {}

/**
 * Rounds to the nearest integer, halves to the even one, as Python does.
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
