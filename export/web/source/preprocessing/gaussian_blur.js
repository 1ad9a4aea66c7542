/** Gaussian blurs of one channel with a mirrored border, like OpenCV's. */

import {BLUR_TAPS} from './constants.js';

/**
 * @param {number} sigma In pixels.
 * @returns {Float64Array} The taps that OpenCV uses for floating values.
 */
function gaussian(sigma) {
  const reach = (Math.round(sigma * 8 + 1) | 1) >> 1;
  const taps = Float64Array.from({length: 2 * reach + 1}, (_, i) =>
    Math.exp(-((i - reach) ** 2) / (2 * sigma * sigma)));
  const sum = taps.reduce((a, b) => a + b, 0);
  return taps.map((tap) => tap / sum);
}

/**
 * @param {number} index
 * @param {number} length
 * @returns {number} The index mirrored at the first and last sample.
 */
function mirrored(index, length) {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const within = ((index % period) + period) % period;
  return within < length ? within : period - within;
}

/**
 * Blurs by a separable filter.
 *
 * @param {ArrayLike<number>} values `[height, width]`.
 * @param {number} height
 * @param {number} width
 * @param {ArrayLike<number>} taps An odd number of them.
 * @returns {Float32Array}
 */
function separable(values, height, width, taps) {
  const reach = taps.length >> 1;
  const lines = new Float32Array(height * width);
  const result = new Float32Array(height * width);
  for (let k = 0; k < taps.length; k++) {
    for (let x = 0; x < width; x++) {
      const from = mirrored(x + k - reach, width);
      for (let y = 0; y < height; y++) {
        lines[y * width + x] += taps[k] * values[y * width + from];
      }
    }
  }
  for (let y = 0; y < height; y++) {
    for (let k = 0; k < taps.length; k++) {
      const from = mirrored(y + k - reach, height) * width;
      for (let x = 0; x < width; x++) {
        result[y * width + x] += taps[k] * lines[from + x];
      }
    }
  }
  return result;
}

/**
 * Blurs floating values by a standard deviation.
 *
 * @param {ArrayLike<number>} values `[height, width]`.
 * @param {number} height
 * @param {number} width
 * @param {number} sigma In pixels.
 * @returns {Float32Array}
 */
export function gaussianBlur(values, height, width, sigma) {
  return separable(values, height, width, gaussian(sigma));
}

/**
 * Blurs 8-bit values by the binomial filter of `BLUR_TAPS`.
 *
 * @param {ArrayLike<number>} values `[height, width]`.
 * @param {number} height
 * @param {number} width
 * @returns {Uint8Array} Halves are rounded up.
 */
export function binomialBlur(values, height, width) {
  // Small integers: the sums are exact.
  const sums = separable(values, height, width, BLUR_TAPS);
  const total = BLUR_TAPS.reduce((a, b) => a + b, 0) ** 2;
  return Uint8Array.from(sums, (sum) => Math.floor(sum / total + 0.5));
}
