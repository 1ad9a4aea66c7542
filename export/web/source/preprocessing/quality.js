/** Measures of a photograph's quality, as dmtdr_tf/data/quality.py has them. */

import {cropPhotograph} from './field_of_view.js';
import {gaussianBlur} from './gaussian_blur.js';
import {erodeFramed, square} from './morphology.js';

/** @import {FieldOfView, Photograph} from './image.js' */

// The same numbers, for the same reasons, as in Python.
const SIDE = 256;
const BLURS = [1, 2, 4];
const MARGIN = 12;
const LIT = 16;
const SATURATED = 250;

/**
 * @typedef {object} Quality
 * @property {number} sharpness Contrast of fine details beside coarse ones.
 * @property {number} brightness Of the field of view, in [0, 1].
 * @property {number} overexposed Share of it that is saturated.
 * @property {number} field Share of the disc that is in the frame.
 */

/**
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
 * @param {FieldOfView} view
 * @returns {Quality}
 */
export function measureQuality(photograph, view) {
  const side = Math.min(SIDE, view.side);
  const {data} = cropPhotograph(photograph, view, side);
  const lit = new Uint8Array(side * side);
  const green = new Float32Array(side * side);
  let [count, light, saturated] = [0, 0, 0];
  for (let i = 0; i < lit.length; i++) {
    const highest = Math.max(data[3 * i], data[3 * i + 1], data[3 * i + 2]);
    green[i] = data[3 * i + 1];
    if (highest < LIT) continue;
    lit[i] = 1;
    count += 1;
    light += highest;
    saturated += green[i] >= SATURATED ? 1 : 0;
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
  const where = erodeFramed(mask, square(MARGIN)).data;
  const [one, two, three] = BLURS.map(
    (sigma) => gaussianBlur(green, side, side, sigma));
  const fine = deviation(one, two, where);
  const coarse = deviation(two, three, where);
  return coarse > 0 ? fine / coarse : 0;
}

/**
 * @param {Float32Array} a
 * @param {Float32Array} b
 * @param {Uint8Array} where
 * @returns {number} The standard deviation of the difference.
 */
function deviation(a, b, where) {
  let [count, sum, squares] = [0, 0, 0];
  for (let i = 0; i < where.length; i++) {
    if (!where[i]) continue;
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
  const centre = side >> 1;
  const fill = (/** @type {number} */ row, /** @type {number} */ reach) => {
    if (row < 0 || row >= side) return;
    const from = Math.max(centre - reach, 0);
    disc.fill(1, row * side + from,
      row * side + Math.min(centre + reach, side - 1) + 1);
  };
  let [error, x, y, plus, minus] = [0, centre, 0, 1, (centre << 1) - 1];
  while (x >= y) {
    fill(centre - y, x);
    fill(centre + y, x);
    fill(centre - x, y);
    fill(centre + x, y);
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
 * @param {Thresholds} limits
 * @returns {Check[]}
 */
export function checkQuality(quality, limits) {
  return [
    {
      name: 'Sharpness',
      value: quality.sharpness.toFixed(2),
      bound: `at least ${limits.min_sharpness}`,
      good: quality.sharpness >= limits.min_sharpness,
      reason: 'it is blurred',
    },
    {
      name: 'Brightness',
      value: quality.brightness.toFixed(2),
      bound: `at least ${limits.min_brightness}`,
      good: quality.brightness >= limits.min_brightness,
      reason: 'it is too dark',
    },
    {
      name: 'Overexposed',
      value: percent(quality.overexposed),
      bound: `at most ${percent(limits.max_overexposed)}`,
      good: quality.overexposed <= limits.max_overexposed,
      reason: 'it is overexposed',
    },
    {
      name: 'In the frame',
      value: percent(quality.field),
      bound: `at least ${percent(limits.min_field)}`,
      good: quality.field >= limits.min_field,
      reason: 'too little of the field of view is in it',
    },
  ];
}
