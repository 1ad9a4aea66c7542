/** The camera's field of view, located like Python's field_of_view.py. */

import {UserError} from '../user_error.js';
import {areaResize} from './area_resize.js';
import {connectedComponents, runsOf} from './components.js';
import {
  BRIGHT_PERCENTILE, DARK_PERCENTILE, FILLED_SHARE, LEAST_AREA, LEAST_CONTRAST,
  MAX_THRESHOLD, NOISE_DEVIATIONS, OPENING_DIVISOR, SEARCH_SIDE,
  SMALL_PERCENTILE, THRESHOLD, WHITE_LEVEL,
} from './constants.js';
import {binomialBlur} from './gaussian_blur.js';
import {roundHalfEven} from './image.js';
import {ellipse, open} from './morphology.js';
import {histogram, momentsUpTo, percentile} from './statistics.js';

/** @import {Photograph} from './image.js' */

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

/**
 * @typedef {object} Box
 * @property {number} left First column.
 * @property {number} top First row.
 * @property {number} right Column after the last.
 * @property {number} bottom Row after the last.
 */

/**
 * Finds the square around the field of view.
 *
 * @param {Photograph} photograph
 * @returns {FieldOfView} The whole frame where the retina fills it.
 * @throws {UserError} There is none.
 */
export function findFieldOfView(photograph) {
  const {height, width} = photograph;
  const reduced = reduceFrame(photograph, SEARCH_SIDE);
  const box = boundingBox(reduced);
  const [ys, xs] = [height / reduced.height, width / reduced.width];
  const rows = [roundHalfEven(box.top * ys), roundHalfEven(box.bottom * ys)];
  const columns =
    [roundHalfEven(box.left * xs), roundHalfEven(box.right * xs)];
  const side = Math.max(rows[1] - rows[0], columns[1] - columns[0]);
  return {
    top: Math.floor((rows[0] + rows[1] - side) / 2),
    left: Math.floor((columns[0] + columns[1] - side) / 2),
    side,
    height,
    width,
  };
}

/**
 * Reduces a photograph by area averaging.
 *
 * @param {Photograph} photograph
 * @param {number} longest Most rows and columns of the result.
 * @returns {Photograph} Of three channels.
 */
export function reduceFrame(photograph, longest) {
  const {height, width} = photograph;
  const scale = Math.min(1, longest / Math.max(height, width));
  const whole = {top: 0, left: 0, height, width};
  const rows = Math.max(1, roundHalfEven(height * scale));
  const columns = Math.max(1, roundHalfEven(width * scale));
  return areaResize(photograph, whole, rows, columns);
}

/**
 * @param {Photograph} photograph Of three channels.
 * @returns {Box} Around the largest bright part.
 */
function boundingBox({data, height, width}) {
  const highest = new Uint8Array(height * width);
  const lowest = new Uint8Array(height * width);
  for (let i = 0; i < highest.length; i++) {
    highest[i] = Math.max(data[3 * i], data[3 * i + 1], data[3 * i + 2]);
    lowest[i] = Math.min(data[3 * i], data[3 * i + 1], data[3 * i + 2]);
  }
  const gray = binomialBlur(highest, height, width);
  const counts = histogram(gray);
  const dark = percentile(counts, DARK_PERCENTILE);
  const bright = percentile(counts, BRIGHT_PERCENTILE);
  if (bright - dark < LEAST_CONTRAST) {
    const small = percentile(counts, SMALL_PERCENTILE);
    throw new UserError('the photograph shows no field of view: ' +
      (small - dark >= LEAST_CONTRAST ?
        'it is mostly black, and its bright part covers less than a tenth ' +
        'of it' :
        'it is black or flat'));
  }
  const box = dark > FILLED_SHARE * bright ?
    {left: 0, top: 0, right: width, bottom: height} :
    largestPart(gray, height, width, threshold(counts, dark, bright));
  if (median(lowest, width, box) > WHITE_LEVEL) {
    throw new UserError(
      'the photograph shows no field of view: it is mostly white');
  }
  return box;
}

/**
 * @param {Float64Array} counts
 * @param {number} dark
 * @param {number} bright
 * @returns {number} Above the background's own noise, within bounds.
 */
function threshold(counts, dark, bright) {
  const least = dark + THRESHOLD * (bright - dark);
  const highest = dark + MAX_THRESHOLD * (bright - dark);
  const {mean, deviation} = momentsUpTo(counts, least);
  const noise = mean + NOISE_DEVIATIONS * deviation;
  return Math.min(Math.max(least, noise), highest);
}

/**
 * @param {Uint8Array} gray
 * @param {number} height
 * @param {number} width
 * @param {number} level What is brighter belongs to a part.
 * @returns {Box} Around the largest opened component.
 */
function largestPart(gray, height, width, level) {
  const radius =
    Math.max(1, roundHalfEven(Math.min(height, width) / OPENING_DIVISOR));
  const data = gray.map((value) => (value > level ? 1 : 0));
  const opened = open({data, height, width}, ellipse(radius));
  const components = connectedComponents(runsOf(opened));
  const area =
    components.reduce((most, {area}) => Math.max(most, area), 0);
  if (!area || area < LEAST_AREA * height * width) {
    throw new UserError(
      'the photograph shows no field of view: no bright disc covers a ' +
      'tenth of it');
  }
  return components.find((component) => component.area === area) ??
    components[0];
}

/**
 * @param {Uint8Array} values
 * @param {number} width
 * @param {Box} box
 */
function median(values, width, {left, top, right, bottom}) {
  const counts = new Float64Array(256);
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) counts[values[y * width + x]] += 1;
  }
  return percentile(counts, 50);
}
