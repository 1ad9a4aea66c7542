/** Measures of a photograph's quality, like Python's quality.py. */

import {
  BLUR_SIGMAS, EDGE_MARGIN, LIT_LEVEL, QUALITY_SIDE, SATURATED_LEVEL,
} from './constants.js';
import {cropPhotograph} from './cropping.js';
import {gaussianBlur} from './gaussian_blur.js';
import {erodeFramed, square} from './morphology.js';

/** @import {FieldOfView} from './field_of_view.js' */
/** @import {Photograph} from './image.js' */

/**
 * @typedef {object} Quality
 * @property {number} sharpness Contrast of fine details divided by that of
 *     coarse ones.
 * @property {number} brightness Of the field of view, in [0, 1].
 * @property {number} overexposed Share of it that is saturated.
 * @property {number} field Share of the disc that is in the frame.
 */

/**
 * Python's QualityConfig, as `dmtdr export` writes it.
 *
 * @typedef {object} Thresholds
 * @property {boolean} gate Refuse photographs that are too poor.
 * @property {number} min_sharpness
 * @property {number} min_brightness
 * @property {number} max_overexposed
 * @property {number} min_field
 */

/**
 * Measures a photograph.
 *
 * @param {Photograph} photograph
 * @param {FieldOfView} fieldOfView
 * @returns {Quality}
 */
export function measureQuality(photograph, fieldOfView) {
  const side = Math.min(QUALITY_SIDE, fieldOfView.side);
  const {data} = cropPhotograph(photograph, fieldOfView, side);
  const lit = new Uint8Array(side * side);
  const green = new Float32Array(side * side);
  let [count, light, saturated] = [0, 0, 0];
  for (let i = 0; i < lit.length; i++) {
    const highest = Math.max(data[3 * i], data[3 * i + 1], data[3 * i + 2]);
    green[i] = data[3 * i + 1];
    if (highest < LIT_LEVEL) continue;
    lit[i] = 1;
    count += 1;
    light += highest;
    saturated += green[i] >= SATURATED_LEVEL ? 1 : 0;
  }
  if (!count) return {sharpness: 0, brightness: 0, overexposed: 0, field: 0};
  return {
    sharpness: sharpness(green, lit, side),
    brightness: light / count / 255,
    overexposed: saturated / count,
    field: shareOfDisc(lit, side),
  };
}

/**
 * @param {Float32Array} green
 * @param {Uint8Array} lit
 * @param {number} side
 * @returns {number} 0 where there is nothing to measure.
 */
function sharpness(green, lit, side) {
  const mask = {data: lit, height: side, width: side};
  const measured = erodeFramed(mask, square(EDGE_MARGIN)).data;
  const [one, two, three] = BLUR_SIGMAS.map(
    (sigma) => gaussianBlur(green, side, side, sigma));
  const fine = deviation(one, two, measured);
  const coarse = deviation(two, three, measured);
  return coarse > 0 ? fine / coarse : 0;
}

/**
 * @param {Float32Array} a
 * @param {Float32Array} b
 * @param {Uint8Array} measured Which pixels count.
 * @returns {number} The standard deviation of the difference.
 */
function deviation(a, b, measured) {
  let [count, sum, squares] = [0, 0, 0];
  for (let i = 0; i < measured.length; i++) {
    if (!measured[i]) continue;
    const difference = a[i] - b[i];
    count += 1;
    sum += difference;
    squares += difference * difference;
  }
  if (!count) return 0;
  return Math.sqrt(Math.max(squares / count - (sum / count) ** 2, 0));
}

/**
 * @param {Uint8Array} lit
 * @param {number} side
 * @returns {number} Share of the inscribed disc that is lit.
 */
function shareOfDisc(lit, side) {
  const disc = filledCircle(side);
  let [count, bright] = [0, 0];
  for (let i = 0; i < disc.length; i++) {
    count += disc[i];
    bright += disc[i] & lit[i];
  }
  return bright / count;
}

/**
 * The midpoint circle that OpenCV draws, of radius `side // 2`.
 *
 * @param {number} side
 * @returns {Uint8Array} `[side, side]`.
 */
function filledCircle(side) {
  const disc = new Uint8Array(side * side);
  const center = side >> 1;
  const fill = (/** @type {number} */ row, /** @type {number} */ reach) => {
    if (row < 0 || row >= side) return;
    const from = Math.max(center - reach, 0);
    disc.fill(1, row * side + from,
      row * side + Math.min(center + reach, side - 1) + 1);
  };
  let [error, x, y, plus, minus] = [0, center, 0, 1, (center << 1) - 1];
  while (x >= y) {
    fill(center - y, x);
    fill(center + y, x);
    fill(center - x, y);
    fill(center + x, y);
    y += 1;
    error += plus;
    plus += 2;
    if (error > 0) {
      error -= minus;
      x -= 1;
      minus -= 2;
    }
  }
  return disc;
}

/**
 * One measure beside its threshold.
 *
 * @typedef {object} Check
 * @property {string} name
 * @property {string} value As a person reads it.
 * @property {string} bound
 * @property {boolean} good
 * @property {string} reason Why the photograph cannot be graded.
 */

/** @param {number} share */
const percent = (share) => `${Math.round(100 * share)} %`;

/**
 * Compares the measures with the thresholds.
 *
 * @param {Quality} quality
 * @param {Thresholds} thresholds
 * @returns {Check[]}
 */
export function qualityChecks(quality, thresholds) {
  return [
    {
      name: 'Sharpness',
      value: quality.sharpness.toFixed(2),
      bound: `at least ${thresholds.min_sharpness}`,
      good: quality.sharpness >= thresholds.min_sharpness,
      reason: 'it is blurred',
    },
    {
      name: 'Brightness',
      value: quality.brightness.toFixed(2),
      bound: `at least ${thresholds.min_brightness}`,
      good: quality.brightness >= thresholds.min_brightness,
      reason: 'it is too dark',
    },
    {
      name: 'Overexposed',
      value: percent(quality.overexposed),
      bound: `at most ${percent(thresholds.max_overexposed)}`,
      good: quality.overexposed <= thresholds.max_overexposed,
      reason: 'it is overexposed',
    },
    {
      name: 'In the frame',
      value: percent(quality.field),
      bound: `at least ${percent(thresholds.min_field)}`,
      good: quality.field >= thresholds.min_field,
      reason: 'too little of the field of view is in it',
    },
  ];
}
