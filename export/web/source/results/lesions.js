/** Lesions in the pixels of the photograph: masks, areas and pictures. */

import {connectedComponents} from '../preprocessing/components.js';
import {ellipse} from '../preprocessing/morphology.js';
import {areaShares, linearShares} from '../preprocessing/shares.js';

/** @import {FieldOfView} from '../preprocessing/field_of_view.js' */
/** @import {Run} from '../preprocessing/components.js' */
/** @import {Shares} from '../preprocessing/shares.js' */
/** @import {Picture} from './pictures.js' */

/**
 * The area of one kind of lesion.
 *
 * @typedef {object} LesionArea
 * @property {number} pixels Of the original photograph.
 * @property {number} percent Of the field of view.
 * @property {number} regions Connected components.
 */

const FILL_ALPHA = 102;
const OUTLINE_RADIUS = 2;

/**
 * Puts one lesion's map back on the photograph and thresholds it, like
 * Python's `uncrop`.
 *
 * @param {Float32Array} maps `[size, size, count]` probabilities.
 * @param {number} lesion Which of them.
 * @param {number} count Kinds of lesions.
 * @param {FieldOfView} fieldOfView The square that the maps show.
 * @param {number} threshold A pixel is lesion from this probability on.
 * @returns {Run[]} In pixels of the photograph.
 */
export function lesionRuns(maps, lesion, count, fieldOfView, threshold) {
  const size = Math.round(Math.sqrt(maps.length / count));
  const shares = fieldOfView.side < size ?
    areaShares(size, fieldOfView.side) : linearShares(size, fieldOfView.side);
  const line = new Float32Array(size);
  /** @type {Run[]} */
  const runs = [];
  const last = Math.min(fieldOfView.top + fieldOfView.side, fieldOfView.height);
  for (let row = Math.max(fieldOfView.top, 0); row < last; row++) {
    const y = row - fieldOfView.top;
    const highest = blendRows(maps, lesion, count, shares, y, line);
    // The mean of values below the threshold is below it too.
    if (highest < threshold) continue;
    thresholdRow(line, shares, fieldOfView, row, threshold, runs);
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
  let most = 0;
  for (let x = 0; x < line.length; x++) most = Math.max(most, line[x]);
  return most;
}

/**
 * @param {Float32Array} line
 * @param {Shares} shares
 * @param {FieldOfView} fieldOfView
 * @param {number} row
 * @param {number} threshold
 * @param {Run[]} runs Added to.
 */
function thresholdRow(line, shares, fieldOfView, row, threshold, runs) {
  const {first, index, weight} = shares;
  const end = Math.min(fieldOfView.left + fieldOfView.side, fieldOfView.width);
  let start = -1;
  for (let column = Math.max(fieldOfView.left, 0); column < end; column++) {
    const x = column - fieldOfView.left;
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
    regions: connectedComponents(runs).length,
  };
}

/**
 * Draws a lesion as a transparent picture: lightly filled, outlined opaquely.
 *
 * @param {Run[]} runs From `lesionRuns`.
 * @param {FieldOfView} fieldOfView Of the photograph.
 * @param {number} longest Most rows or columns of the picture.
 * @param {[number, number, number]} color
 * @returns {Picture}
 */
export function lesionLayer(runs, fieldOfView, longest, color) {
  const {height: rows, width: columns} = fieldOfView;
  const factor = Math.min(1, longest / Math.max(rows, columns));
  const height = Math.max(1, Math.round(rows * factor));
  const width = Math.max(1, Math.round(columns * factor));
  const alpha = new Uint8Array(height * width);
  const small = reducedRuns(runs, height / rows, width / columns);
  // First the band around the lesion, then the lesion over it.
  ellipse(OUTLINE_RADIUS).forEach((reach, i) => {
    paint(alpha, height, width, small, i - OUTLINE_RADIUS, reach, 255);
  });
  paint(alpha, height, width, small, 0, 0, FILL_ALPHA);
  const data = new Uint8ClampedArray(4 * height * width);
  for (let i = 0; i < alpha.length; i++) {
    if (!alpha[i]) continue;
    data[4 * i] = color[0];
    data[4 * i + 1] = color[1];
    data[4 * i + 2] = color[2];
    data[4 * i + 3] = alpha[i];
  }
  return {data, width, height};
}

/**
 * @param {Run[]} runs
 * @param {number} ys Factor, at most 1.
 * @param {number} xs Factor, at most 1.
 * @returns {Run[]} All cells that a run touches: no lesion vanishes.
 */
function reducedRuns(runs, ys, xs) {
  return runs.flatMap(({row, start, end}) => {
    const rows = [];
    for (let y = Math.floor(row * ys); y < (row + 1) * ys; y++) {
      const left = Math.floor(start * xs);
      rows.push({row: y, start: left, end: Math.ceil(end * xs)});
    }
    return rows;
  });
}

/**
 * @param {Uint8Array} alpha `[height, width]`, written to.
 * @param {number} height
 * @param {number} width
 * @param {Run[]} runs
 * @param {number} down Rows to move the runs by.
 * @param {number} reach Columns to widen them by.
 * @param {number} value
 */
function paint(alpha, height, width, runs, down, reach, value) {
  for (const {row, start, end} of runs) {
    const y = row + down;
    if (y < 0 || y >= height) continue;
    alpha.fill(value, y * width + Math.max(start - reach, 0),
      y * width + Math.min(end + reach, width));
  }
}
