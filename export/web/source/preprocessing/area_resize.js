/** Reduction by area averaging, as OpenCV's INTER_AREA does it. */

import {areaShares} from './shares.js';

/** @import {Photograph} from './image.js' */
/** @import {Shares} from './shares.js' */

/**
 * A rectangle of a picture; black where it reaches outside.
 *
 * @typedef {object} Window
 * @property {number} top
 * @property {number} left
 * @property {number} height
 * @property {number} width
 */

/**
 * Reduces a rectangle of a photograph.
 *
 * @param {Photograph} photograph
 * @param {Window} window
 * @param {number} height Rows of the result, at most those of the window.
 * @param {number} width Columns of the result.
 * @returns {Photograph} Of three channels.
 */
export function areaResize(photograph, window, height, width) {
  const rows = areaShares(window.height, height);
  const columns = areaShares(window.width, width);
  // It rounds halves to even when written to, as OpenCV does.
  const data = new Uint8ClampedArray(height * width * 3);
  const line = new Float32Array(width * 3);
  const sums = new Float32Array(width * 3);
  const halved = window.height === 2 * height && window.width === 2 * width;
  for (let y = 0; y < height; y++) {
    sums.fill(0);
    for (let entry = rows.first[y]; entry < rows.first[y + 1]; entry++) {
      const row = window.top + rows.index[entry];
      if (row < 0 || row >= photograph.height) continue;
      reduceRow(photograph, row, window.left, columns, line);
      const weight = rows.weight[entry];
      for (let i = 0; i < line.length; i++) sums[i] += weight * line[i];
    }
    // Its way of halving is another one, and rounds halves up.
    if (halved) for (let i = 0; i < sums.length; i++) sums[i] = up(sums[i]);
    data.set(sums, y * width * 3);
  }
  return {data, width, height, channels: 3};
}

/** @param {number} value */
const up = (value) => Math.floor(value + 0.5);

/**
 * @param {Photograph} photograph
 * @param {number} row
 * @param {number} left
 * @param {Shares} columns
 * @param {Float32Array} line Written to.
 */
function reduceRow(photograph, row, left, columns, line) {
  const {data, width, channels} = photograph;
  const {first, index, weight} = columns;
  const origin = row * width;
  for (let x = 0; x + 1 < first.length; x++) {
    let red = 0;
    let green = 0;
    let blue = 0;
    for (let entry = first[x]; entry < first[x + 1]; entry++) {
      const column = left + index[entry];
      if (column < 0 || column >= width) continue;
      const at = (origin + column) * channels;
      const share = weight[entry];
      red += share * data[at];
      green += share * data[at + 1];
      blue += share * data[at + 2];
    }
    line[3 * x] = red;
    line[3 * x + 1] = green;
    line[3 * x + 2] = blue;
  }
}
