/** How much of each source sample goes into each sample of a result. */

import {ENLARGING_CUBIC, LEAST_SHARE, REDUCING_CUBIC} from './constants.js';

/**
 * The source cells of each cell of the result, and their weights.
 *
 * @typedef {object} Shares
 * @property {Int32Array} first Entry of each cell's first share; one more at
 *     the end.
 * @property {Int32Array} index Source cells.
 * @property {Float32Array} weight Their shares, which add up to 1.
 */

/**
 * Shares of area averaging along one axis.
 *
 * @param {number} from Source cells.
 * @param {number} to Cells of the result, at most as many.
 * @returns {Shares}
 */
export function areaShares(from, to) {
  const scale = from / to;
  const first = [0];
  /** @type {number[]} */
  const index = [];
  /** @type {number[]} */
  const weight = [];
  for (let cell = 0; cell < to; cell++) {
    const start = cell * scale;
    const end = start + scale;
    const length = Math.min(scale, from - start);
    const last = Math.min(Math.floor(end), from - 1);
    const whole = Math.min(Math.ceil(start), last);
    // OpenCV ignores smaller shares.
    if (whole - start > LEAST_SHARE) {
      index.push(whole - 1);
      weight.push((whole - start) / length);
    }
    for (let i = whole; i < last; i++) {
      index.push(i);
      weight.push(1 / length);
    }
    if (end - last > LEAST_SHARE) {
      index.push(last);
      weight.push(Math.min(end - last, 1, length) / length);
    }
    first.push(index.length);
  }
  return {
    first: Int32Array.from(first),
    index: Int32Array.from(index),
    weight: Float32Array.from(weight),
  };
}

/**
 * Shares of linear interpolation, the border's sample repeated.
 *
 * @param {number} from Source samples.
 * @param {number} to Samples of the result, at least as many.
 * @returns {Shares}
 */
export function linearShares(from, to) {
  return sharesOf(to, (cell) => {
    const center = (cell + 0.5) * (from / to) - 0.5;
    const start = Math.floor(center);
    return {start, weights: [1 - (center - start), center - start]};
  }, from);
}

/**
 * The cubic convolution kernel (Keys).
 *
 * @param {number} distance In samples.
 * @param {number} a The kernel's coefficient.
 * @returns {number}
 */
function cubic(distance, a) {
  const x = Math.abs(distance);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  return 0;
}

/**
 * OpenCV's shares to enlarge: four samples, the border's repeated.
 *
 * @param {number} from Source samples.
 * @param {number} to Samples of the result.
 * @returns {Shares}
 */
export function enlargingShares(from, to) {
  return sharesOf(to, (cell) => {
    const center = (cell + 0.5) * (from / to) - 0.5;
    const start = Math.floor(center) - 1;
    const weights = [0, 1, 2, 3].map(
      (k) => cubic(center - start - k, ENLARGING_CUBIC));
    return {start, weights};
  }, from);
}

/**
 * TensorFlow's shares with `antialias=True`: the kernel is stretched by the
 * scale, cut off at the border, and its weights add up to 1.
 *
 * @param {number} from Source samples.
 * @param {number} to Samples of the result, at most as many.
 * @returns {Shares}
 */
export function antialiasedShares(from, to) {
  const scale = from / to;
  return sharesOf(to, (cell) => {
    const center = (cell + 0.5) * scale;
    const start = Math.max(0, Math.ceil(center - 2 * scale - 0.5));
    const end = Math.min(from - 1, Math.floor(center + 2 * scale - 0.5));
    const weights = [];
    for (let k = start; k <= end; k++) {
      weights.push(cubic((k + 0.5 - center) / scale, REDUCING_CUBIC));
    }
    const sum = weights.reduce((a, b) => a + b, 0);
    return {start, weights: weights.map((weight) => weight / sum)};
  }, from);
}

/**
 * @param {number} to
 * @param {(cell: number) => {start: number, weights: number[]}} tapsOf
 * @param {number} from Source samples; outside, the border's are repeated.
 * @returns {Shares}
 */
function sharesOf(to, tapsOf, from) {
  const first = [0];
  /** @type {number[]} */
  const index = [];
  /** @type {number[]} */
  const weight = [];
  for (let cell = 0; cell < to; cell++) {
    const {start, weights} = tapsOf(cell);
    weights.forEach((share, k) => {
      index.push(Math.min(Math.max(start + k, 0), from - 1));
      weight.push(share);
    });
    first.push(index.length);
  }
  return {
    first: Int32Array.from(first),
    index: Int32Array.from(index),
    weight: Float32Array.from(weight),
  };
}
