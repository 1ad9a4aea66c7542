/** Measures of a photograph's quality, like Python's quality.py. */

import {
  BLUR_SIGMAS, EDGE_MARGIN, LIT_LEVEL, QUALITY_SIDE, SATURATED_LEVEL,
  SEARCH_SIDE,
} from './constants.js';
import {cropPhotograph} from './cropping.js';
import {reduceFrame} from './field_of_view.js';
import {gaussianBlur} from './gaussian_blur.js';
import {likeness} from './likeness.js';
import {erodeFramed, square} from './morphology.js';
import {measureOutline} from './outline.js';

/** @import {FieldOfView} from './field_of_view.js' */
/** @import {Photograph} from './image.js' */

/**
 * @typedef {object} Quality
 * @property {number} sharpness Contrast of fine details divided by that of
 *     coarse ones.
 * @property {number} brightness Of the field of view, in [0, 1].
 * @property {number} overexposed Share of it that is saturated.
 * @property {number} field Share of the disc that is in the frame.
 * @property {number} side Rows and columns of the field of view, in pixels.
 * @property {number} aspect The frame's longer side by its shorter side.
 * @property {number} saturation Mean saturation of its colors.
 * @property {number} roundness Share of its outline that lies on one circle.
 * @property {number} outside What is lit around it, relative to it.
 * @property {number} likeness How far its colors and texture are a retina's.
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
 * @property {number} min_side
 * @property {number} max_aspect
 * @property {number} min_saturation
 * @property {number} min_roundness
 * @property {number} max_outside
 * @property {number} min_likeness
 */

/**
 * Measures a photograph.
 *
 * @param {Photograph} photograph
 * @param {FieldOfView} fieldOfView
 * @returns {Quality}
 */
export function measureQuality(photograph, fieldOfView) {
  const {height, width} = photograph;
  const side = Math.min(QUALITY_SIDE, fieldOfView.side);
  const {data} = cropPhotograph(photograph, fieldOfView, side);
  const lit = new Uint8Array(side * side);
  const channels = [0, 1, 2].map(
    (c) => Float32Array.from(lit, (_, i) => data[3 * i + c]));
  const sums = {count: 0, light: 0, saturated: 0, saturation: 0};
  for (let i = 0; i < lit.length; i++) {
    const pixel = [data[3 * i], data[3 * i + 1], data[3 * i + 2]];
    const highest = Math.max(...pixel);
    if (highest < LIT_LEVEL) continue;
    lit[i] = 1;
    sums.count += 1;
    sums.light += highest;
    sums.saturated += pixel[1] >= SATURATED_LEVEL ? 1 : 0;
    sums.saturation += 1 - Math.min(...pixel) / highest;
  }
  const shape = {
    side: fieldOfView.side,
    aspect: Math.max(height, width) / Math.min(height, width),
  };
  if (!sums.count) return {...NOTHING, ...shape};
  const brightness = sums.light / sums.count / 255;
  const frame = reduceFrame(reduceFrame(photograph, SEARCH_SIDE), QUALITY_SIDE);
  return {
    ...measureDetails(channels, lit, side),
    brightness,
    overexposed: sums.saturated / sums.count,
    field: shareOfDisc(lit, side),
    ...shape,
    saturation: sums.saturation / sums.count,
    ...measureOutline(frame, fieldOfView, brightness),
  };
}

/** Measures where no pixel is lit. */
const NOTHING = {
  sharpness: 0, brightness: 0, overexposed: 0, field: 0, saturation: 0,
  roundness: 0, outside: 0, likeness: 0,
};

/**
 * @param {Float32Array[]} channels Red, green and blue, `[side, side]`.
 * @param {Uint8Array} lit At least one pixel.
 * @param {number} side
 */
function measureDetails(channels, lit, side) {
  const mask = {data: lit, height: side, width: side};
  const eroded = erodeFramed(mask, square(EDGE_MARGIN)).data;
  const blurred = channels.map((channel) => BLUR_SIGMAS.map(
    (sigma) => gaussianBlur(channel, side, side, sigma)));
  const [one, two, three] = blurred[1];
  const coarse = deviation(two, three, eroded);
  const measured = eroded.some((value) => value) ? eroded : lit;
  return {
    sharpness: coarse > 0 ? deviation(one, two, eroded) / coarse : 0,
    likeness: likeness(channels, blurred, measured, side),
  };
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
