/** Erosion, opening and connected parts of masks. */

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
 * A shape that is symmetric: `reach[i]` is how far the row `i - centre`
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
 * Sets each pixel for which `holds` is true of all rows of the shape.
 *
 * @param {Mask} mask
 * @param {Shape} shape
 * @param {(count: number, inside: number, length: number) => boolean} holds Of
 *     the pixels set in a row of the shape, those inside the picture, and all.
 * @param {number} outside What a row outside the picture counts as.
 * @returns {Mask}
 */
function overRows(mask, shape, holds, outside) {
  const {height, width} = mask;
  const sums = rowSums(mask);
  const data = new Uint8Array(height * width).fill(1);
  const centre = shape.length >> 1;
  for (let i = 0; i < shape.length; i++) {
    const length = 2 * shape[i] + 1;
    for (let y = 0; y < height; y++) {
      const row = y + i - centre;
      if (row < 0 || row >= height) {
        if (!outside) data.fill(0, y * width, (y + 1) * width);
        continue;
      }
      const at = row * (width + 1);
      for (let x = 0; x < width; x++) {
        const left = Math.max(x - shape[i], 0);
        const right = Math.min(x + shape[i] + 1, width);
        const count = sums[at + right] - sums[at + left];
        if (!holds(count, right - left, length)) data[y * width + x] = 0;
      }
    }
  }
  return {data, height, width};
}

/**
 * Erodes; outside of the picture is dark.
 *
 * @param {Mask} mask
 * @param {Shape} shape
 * @returns {Mask}
 */
export function erodeFramed(mask, shape) {
  return overRows(mask, shape, (count, _, length) => count === length, 0);
}

/**
 * Erodes; outside of the picture does not count.
 *
 * @param {Mask} mask
 * @param {Shape} shape
 * @returns {Mask}
 */
function erode(mask, shape) {
  return overRows(mask, shape, (count, inside) => count === inside, 1);
}

/**
 * Dilates: the complement's erosion.
 *
 * @param {Mask} mask
 * @param {Shape} shape
 * @returns {Mask}
 */
export function dilate(mask, shape) {
  return inverted(erode(inverted(mask), shape));
}

/**
 * Erodes, then dilates.
 *
 * @param {Mask} mask
 * @param {Shape} shape
 * @returns {Mask}
 */
export function open(mask, shape) {
  return dilate(erode(mask, shape), shape);
}

/** @param {Mask} mask */
function inverted({data, height, width}) {
  return {data: data.map((value) => 1 - value), height, width};
}
