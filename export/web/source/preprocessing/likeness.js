/** How far colors and texture are a retina's, like Python's likeness.py. */

import {
  FEATURE_LIMIT, FEATURE_MEANS, FEATURE_SCALES, HIDDEN_BIASES, HIDDEN_WEIGHTS,
  LEAST_DETAIL, LEAST_ROOT, LEAST_VARIANCE, LEVEL_OFFSET, OUTPUT_BIAS,
  OUTPUT_WEIGHTS,
} from './constants.js';

/**
 * Returns the probability that the colors and texture are a retina's.
 *
 * @param {ArrayLike<number>[]} channels Red, green and blue, `[side, side]`.
 * @param {Float32Array[][]} blurred For each channel, its three blurs.
 * @param {Uint8Array} measured Which pixels count; at least one.
 * @param {number} side
 * @returns {number} In [0, 1].
 */
export function likeness(channels, blurred, measured, side) {
  const pick = (/** @type {ArrayLike<number>} */ values) =>
    Float64Array.from(values).filter((_, i) => measured[i]);
  const pixels = channels.map(pick);
  const smooth = blurred.map(([, , coarse]) => pick(coarse));
  const detail = blurred.map(([fine], c) =>
    pick(fine).map((value, i) => value - smooth[c][i]));
  const features = [
    ...colors(pixels),
    ...contrasts(pixels, smooth, detail),
    ...distribution(detail[1]),
    ...ridges(blurred[1][1], measured, side),
  ];
  const scaled = features.map((feature, i) => {
    const value = (feature - FEATURE_MEANS[i]) / FEATURE_SCALES[i];
    return Math.min(Math.max(value, -FEATURE_LIMIT), FEATURE_LIMIT);
  });
  const logit = HIDDEN_BIASES.reduce((sum, bias, unit) => {
    const input = scaled.reduce(
      (total, value, i) => total + value * HIDDEN_WEIGHTS[i][unit], bias);
    return sum + Math.tanh(input) * OUTPUT_WEIGHTS[unit];
  }, OUTPUT_BIAS);
  return 1 / (1 + Math.exp(-logit));
}

/** @param {Float64Array} values */
function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** @param {Float64Array} values */
function deviation(values) {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
}

/**
 * Mean color, its spread, and the order of the channels.
 *
 * @param {Float64Array[]} channels
 */
function colors([red, green, blue]) {
  const total = red.map((r, i) => Math.max(r + green[i] + blue[i], 1));
  const saturation = red.map((r, i) => {
    const highest = Math.max(r, green[i], blue[i], 1);
    return 1 - Math.min(r, green[i], blue[i]) / highest;
  });
  return [
    mean(red) / mean(total),
    mean(green) / mean(total),
    deviation(red.map((r, i) => r / total[i])),
    deviation(green.map((g, i) => g / total[i])),
    mean(red.map((r, i) => Number(r > green[i]))),
    mean(green.map((g, i) => Number(g >= blue[i]))),
    mean(saturation),
  ];
}

/**
 * How much each channel varies, and how far the channels vary alike.
 *
 * @param {Float64Array[]} pixels
 * @param {Float64Array[]} smooth
 * @param {Float64Array[]} detail
 */
function contrasts(pixels, smooth, detail) {
  const means = pixels.map((values) => mean(values) + LEVEL_OFFSET);
  const contrast = detail.map(
    (values, c) => Math.log(deviation(values) / means[c] + LEAST_DETAIL));
  return [
    ...contrast,
    contrast[0] - contrast[1],
    deviation(smooth[0]) / means[0],
    deviation(smooth[1]) / means[1],
    correlation(detail[0], detail[1]),
    correlation(detail[2], detail[1]),
    correlation(smooth[0], smooth[1]),
  ];
}

/**
 * @param {Float64Array} a
 * @param {Float64Array} b
 */
function correlation(a, b) {
  const [ma, mb] = [mean(a), mean(b)];
  const covariance = mean(a.map((value, i) => (value - ma) * (b[i] - mb)));
  return covariance / (deviation(a) * deviation(b) + LEAST_VARIANCE);
}

/**
 * Skewness and kurtosis of the green details.
 *
 * @param {Float64Array} detail
 */
function distribution(detail) {
  const middle = mean(detail);
  const spread = deviation(detail) + LEAST_DETAIL;
  const moment = (/** @type {number} */ power) =>
    mean(detail.map((value) => (value - middle) ** power)) / spread ** power;
  return [moment(3), Math.log(moment(4) + 1)];
}

/**
 * Dark and bright lines, from the eigenvalues of second differences.
 *
 * @param {Float32Array} green `[side, side]`.
 * @param {Uint8Array} measured
 * @param {number} side
 */
function ridges(green, measured, side) {
  const at = (/** @type {number} */ y, /** @type {number} */ x) =>
    green[Math.min(Math.max(y, 0), side - 1) * side +
      Math.min(Math.max(x, 0), side - 1)];
  let [count, dark, bright, strength, roots, squares] = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < measured.length; i++) {
    if (!measured[i]) continue;
    const [y, x] = [Math.floor(i / side), i % side];
    const middle = 2 * green[i];
    const xx = at(y, x + 1) + at(y, x - 1) - middle;
    const yy = at(y + 1, x) + at(y - 1, x) - middle;
    const xy = (at(y + 1, x + 1) + at(y - 1, x - 1) - at(y + 1, x - 1) -
      at(y - 1, x + 1)) / 4;
    const half = (xx + yy) / 2;
    const root = Math.hypot((xx - yy) / 2, xy);
    count += 1;
    dark += Math.max(half + root - Math.abs(half - root), 0);
    bright += Math.max(root - half - Math.abs(half + root), 0);
    strength += Math.abs(half);
    roots += root;
    squares += root * root;
  }
  const lines = (dark + bright) / count + LEAST_DETAIL;
  const energy = squares / count / (roots / count + LEAST_ROOT) ** 2;
  return [
    (dark - bright) / count / lines,
    Math.log(lines / (strength / count + LEAST_DETAIL)),
    Math.log(energy + 1),
  ];
}
