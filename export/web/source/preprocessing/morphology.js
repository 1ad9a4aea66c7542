/** Erosion and opening of masks. */

import {roundHalfEven} from './image.js';

/**
 * A mask of 0 and 1.
 *
 * @typedef {object} Mask
 * @property {Uint8Array} data `[height, width]`.
 * @property {number} height
 * @property {number} width
 */

/**
 * A symmetric structuring element: entry `i` is how far its row `i - center`
 * reaches to either side, in pixels.
 *
 * @typedef {Int32Array} Shape
 */

/**
 * OpenCV's ellipse.
 *
 * @param {number} radius Rows and columns are twice that plus one.
 * @returns {Shape}
 */
export function ellipse(radius) {
  return Int32Array.from({length: 2 * radius + 1}, (_, i) => {
    const y = i - radius;
    return roundHalfEven(Math.sqrt(radius * radius - y * y));
  });
}

/**
 * @param {number} radius
 * @returns {Shape} A square.
 */
export function square(radius) {
  return new Int32Array(2 * radius + 1).fill(radius);
}

/**
 * @param {Mask} mask
 * @returns {Int32Array} Sums of each row up to each pixel, one longer.
 */
function rowSums({data, height, width}) {
  const sums = new Int32Array(height * (width + 1));
  for (let y = 0; y < height; y++) {
    const at = y * (width + 1);
    for (let x = 0; x < width; x++) {
      sums[at + x + 1] = sums[at + x] + data[y * width + x];
    }
  }
  return sums;
}

/**
 * Keeps each pixel around which the whole shape is set.
 *
 * @param {Mask} mask
 * @param {Shape} shape
 * @param {boolean} framed Whether the outside of the picture is dark;
 *     otherwise it does not count.
 * @returns {Mask}
 */
function erode(mask, shape, framed) {
  const {height, width} = mask;
  const sums = rowSums(mask);
  const data = new Uint8Array(height * width).fill(1);
  const center = shape.length >> 1;
  for (let i = 0; i < shape.length; i++) {
    for (let y = 0; y < height; y++) {
      const row = y + i - center;
      if (row >= 0 && row < height) {
        erodeRow(data, y * width, width, sums, row, shape[i], framed);
      } else if (framed) {
        data.fill(0, y * width, (y + 1) * width);
      }
    }
  }
  return {data, height, width};
}

/**
 * @param {Uint8Array} data Written to.
 * @param {number} to Where its row starts.
 * @param {number} width
 * @param {Int32Array} sums From `rowSums`.
 * @param {number} row The row to look at.
 * @param {number} reach How far to look to either side.
 * @param {boolean} framed
 */
function erodeRow(data, to, width, sums, row, reach, framed) {
  const at = row * (width + 1);
  for (let x = 0; x < width; x++) {
    const left = Math.max(x - reach, 0);
    const right = Math.min(x + reach + 1, width);
    const length = framed ? 2 * reach + 1 : right - left;
    if (sums[at + right] - sums[at + left] < length) data[to + x] = 0;
  }
}

/**
 * Erodes; the outside of the picture is dark.
 *
 * @param {Mask} mask
 * @param {Shape} shape
 * @returns {Mask}
 */
export function erodeFramed(mask, shape) {
  return erode(mask, shape, true);
}

/**
 * Erodes, then dilates, which is the complement's erosion.
 *
 * @param {Mask} mask
 * @param {Shape} shape
 * @returns {Mask}
 */
export function open(mask, shape) {
  const eroded = inverted(erode(mask, shape, false));
  return inverted(erode(eroded, shape, false));
}

/** @param {Mask} mask */
function inverted({data, height, width}) {
  return {data: data.map((value) => 1 - value), height, width};
}
