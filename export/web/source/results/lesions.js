/** Lesions in the pixels of the photograph: masks, areas and pictures. */

import {areaShares} from '../preprocessing/area_resize.js';
import {connectedParts} from '../preprocessing/components.js';
import {dilate, ellipse} from '../preprocessing/morphology.js';

/** @import {FieldOfView} from '../preprocessing/image.js' */
/** @import {Run} from '../preprocessing/components.js' */
/** @import {Shares} from '../preprocessing/area_resize.js' */

/**
 * The area of one kind of lesion.
 *
 * @typedef {object} LesionArea
 * @property {number} pixels Of the original photograph.
 * @property {number} percent Of the field of view.
 * @property {number} regions Connected regions.
 */

const FILL_ALPHA = 102;
const OUTLINE = 2;

/**
 * Shares of linear interpolation, the border's sample repeated.
 *
 * @param {number} from Source samples.
 * @param {number} to Samples of the result, at least as many.
 * @returns {Shares}
 */
function linearShares(from, to) {
  const index = new Int32Array(2 * to);
  const weight = new Float32Array(2 * to);
  for (let i = 0; i < to; i++) {
    const at = Math.min(Math.max((i + 0.5) * (from / to) - 0.5, 0), from - 1);
    index[2 * i] = Math.floor(at);
    index[2 * i + 1] = Math.min(index[2 * i] + 1, from - 1);
    weight[2 * i + 1] = at - index[2 * i];
    weight[2 * i] = 1 - weight[2 * i + 1];
  }
  return {first: Int32Array.from({length: to + 1}, (_, i) => 2 * i),
    index, weight};
}

/**
 * Puts one lesion's map back on the photograph and thresholds it.
 *
 * @param {Float32Array} maps `[size, size, count]` probabilities.
 * @param {number} lesion Which of them.
 * @param {number} count Kinds of lesions.
 * @param {FieldOfView} view The square that the maps are of.
 * @param {number} threshold A pixel is lesion from this probability on.
 * @returns {Run[]} In pixels of the photograph.
 */
export function lesionRuns(maps, lesion, count, view, threshold) {
  const size = Math.round(Math.sqrt(maps.length / count));
  const shares = view.side < size ?
    areaShares(size, view.side) : linearShares(size, view.side);
  const line = new Float32Array(size);
  const runs = [];
  const last = Math.min(view.top + view.side, view.height);
  for (let row = Math.max(view.top, 0); row < last; row++) {
    const highest = blendRows(maps, lesion, count, shares, row - view.top, line);
    // The mean of values below the threshold is below it too.
    if (highest >= threshold) thresholdRow(line, shares, view, row, threshold, runs);
  }
  return runs;
}

/**
 * @param {Float32Array} maps
 * @param {number} lesion
 * @param {number} count
 * @param {Shares} shares
 * @param {number} y Row of the square.
 * @param {Float32Array} line Written to.
 * @returns {number} The highest value of the line.
 */
function blendRows(maps, lesion, count, {first, index, weight}, y, line) {
  line.fill(0);
  for (let entry = first[y]; entry < first[y + 1]; entry++) {
    const from = index[entry] * line.length * count + lesion;
    for (let x = 0; x < line.length; x++) {
      line[x] += weight[entry] * maps[from + x * count];
    }
  }
  return line.reduce((most, value) => Math.max(most, value), 0);
}

/**
 * @param {Float32Array} line
 * @param {Shares} shares
 * @param {FieldOfView} view
 * @param {number} row
 * @param {number} threshold
 * @param {Run[]} runs Added to.
 */
function thresholdRow(line, {first, index, weight}, view, row, threshold, runs) {
  const end = Math.min(view.left + view.side, view.width);
  let start = -1;
  for (let column = Math.max(view.left, 0); column < end; column++) {
    const x = column - view.left;
    let value = 0;
    for (let entry = first[x]; entry < first[x + 1]; entry++) {
      value += weight[entry] * line[index[entry]];
    }
    if (value >= threshold && start < 0) start = column;
    if (value < threshold && start >= 0) {
      runs.push({row, start, end: column});
      start = -1;
    }
  }
  if (start >= 0) runs.push({row, start, end});
}

/**
 * Measures a lesion.
 *
 * @param {Run[]} runs From `lesionRuns`.
 * @param {number} fieldOfViewPixels Pixels of the photograph that show retina.
 * @returns {LesionArea}
 */
export function measureLesion(runs, fieldOfViewPixels) {
  const pixels = runs.reduce((sum, {start, end}) => sum + end - start, 0);
  return {
    pixels,
    percent: 100 * pixels / Math.max(fieldOfViewPixels, 1),
    regions: connectedParts(runs).length,
  };
}

/**
 * Draws a lesion as a transparent picture: lightly filled, outlined opaquely.
 *
 * @param {Run[]} runs From `lesionRuns`.
 * @param {FieldOfView} view Of the photograph.
 * @param {number} longest Most rows or columns of the picture.
 * @param {[number, number, number]} colour
 * @returns {{data: Uint8ClampedArray, width: number, height: number}} RGBA.
 */
export function lesionLayer(runs, view, longest, colour) {
  const factor = Math.min(1, longest / Math.max(view.height, view.width));
  const height = Math.max(1, Math.round(view.height * factor));
  const width = Math.max(1, Math.round(view.width * factor));
  const mask = {data: new Uint8Array(height * width), height, width};
  const [ys, xs] = [height / view.height, width / view.width];
  for (const {row, start, end} of runs) {
    const left = Math.floor(start * xs);
    const right = Math.min(Math.ceil(end * xs), width);
    for (let y = Math.floor(row * ys); y < Math.ceil((row + 1) * ys); y++) {
      mask.data.fill(1, y * width + left, y * width + right);
    }
  }
  const around = dilate(mask, ellipse(OUTLINE)).data;
  const data = new Uint8ClampedArray(4 * height * width);
  for (let i = 0; i < around.length; i++) {
    if (!around[i]) continue;
    data.set(colour, 4 * i);
    data[4 * i + 3] = mask.data[i] ? FILL_ALPHA : 255;
  }
  return {data, width, height};
}
