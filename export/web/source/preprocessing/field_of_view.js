/** The camera's field of view, found as dmtdr_tf/data/field_of_view.py does. */

import {areaResize} from './area_resize.js';
import {enlarge} from './bicubic_resize.js';
import {connectedParts, runsOf} from './components.js';
import {binomialBlur} from './gaussian_blur.js';
import {roundHalfEven, UngradableError} from './image.js';
import {ellipse, open} from './morphology.js';
import {histogram, momentsUpTo, percentile} from './statistics.js';

/** @import {FieldOfView, Photograph} from './image.js' */

// The same numbers, for the same reasons, as in Python.
const SEARCH_SIDE = 512;
const LEAST_CONTRAST = 8;
const THRESHOLD = 0.12;
const MAX_THRESHOLD = 0.35;
const FILLED = 0.4;
const LEAST_AREA = 0.1;
const WHITE = 235;

/**
 * Finds the square around the field of view.
 *
 * @param {Photograph} photograph
 * @returns {FieldOfView} The whole frame where the retina fills it.
 * @throws {UngradableError} There is none.
 */
export function findFieldOfView(photograph) {
  const {height, width} = photograph;
  const small = reduced(photograph);
  const box = boundingBox(small);
  const [ys, xs] = [height / small.height, width / small.width];
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
 * Crops to the field of view, pads with black, resizes.
 *
 * @param {Photograph} photograph
 * @param {FieldOfView} view
 * @param {number} size Side of the result, in pixels.
 * @returns {Photograph} Of three channels.
 */
export function cropPhotograph(photograph, view, size) {
  const {top, left, side} = view;
  const window = {top, left, height: side, width: side};
  if (side < size) return enlarge(photograph, window, size);
  return areaResize(photograph, window, size, size);
}

/** @param {Photograph} photograph */
function reduced(photograph) {
  const {height, width} = photograph;
  const scale = Math.min(1, SEARCH_SIDE / Math.max(height, width));
  const whole = {top: 0, left: 0, height, width};
  const rows = Math.max(1, roundHalfEven(height * scale));
  const columns = Math.max(1, roundHalfEven(width * scale));
  return areaResize(photograph, whole, rows, columns);
}

/**
 * @param {Photograph} photograph Of three channels.
 * @returns {{left: number, top: number, right: number, bottom: number}}
 */
function boundingBox({data, height, width}) {
  const highest = new Uint8Array(height * width);
  const lowest = new Uint8Array(height * width);
  for (let i = 0; i < highest.length; i++) {
    highest[i] = Math.max(data[3 * i], data[3 * i + 1], data[3 * i + 2]);
    lowest[i] = Math.min(data[3 * i], data[3 * i + 1], data[3 * i + 2]);
  }
  const grey = binomialBlur(highest, height, width);
  const counts = histogram(grey);
  const [dark, bright] = [percentile(counts, 1), percentile(counts, 90)];
  if (bright - dark < LEAST_CONTRAST) {
    throw new UngradableError(
      'the photograph shows no field of view: it is black or flat');
  }
  const box = dark > FILLED * bright ?
    {left: 0, top: 0, right: width, bottom: height} :
    largestPart(grey, height, width, threshold(counts, dark, bright));
  if (median(lowest, width, box) > WHITE) {
    throw new UngradableError(
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
  const {mean, deviation} = momentsUpTo(counts, least);
  const noise = mean + 4 * deviation;
  const most = dark + MAX_THRESHOLD * (bright - dark);
  return Math.min(Math.max(least, noise), most);
}

/**
 * @param {Uint8Array} grey
 * @param {number} height
 * @param {number} width
 * @param {number} least
 */
function largestPart(grey, height, width, least) {
  const reach = Math.max(1, roundHalfEven(Math.min(height, width) / 50));
  const data = grey.map((value) => (value > least ? 1 : 0));
  const opened = open({data, height, width}, ellipse(reach));
  const parts = connectedParts(runsOf(opened));
  const area = parts.reduce((most, part) => Math.max(most, part.area), 0);
  if (!area || area < LEAST_AREA * height * width) {
    throw new UngradableError(
      'the photograph shows no field of view: no bright disc covers a ' +
      'tenth of it');
  }
  return parts.find((part) => part.area === area) ?? parts[0];
}

/**
 * @param {Uint8Array} values
 * @param {number} width
 * @param {{left: number, top: number, right: number, bottom: number}} box
 */
function median(values, width, {left, top, right, bottom}) {
  const counts = new Float64Array(256);
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) counts[values[y * width + x]] += 1;
  }
  return percentile(counts, 50);
}
