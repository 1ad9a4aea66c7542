/** Reduction by area averaging, like OpenCV's INTER_AREA. */

import {areaShares} from './shares.js';

/** @import {Photograph, Rectangle} from './image.js' */
/** @import {Shares} from './shares.js' */

/**
 * Reduces a rectangle of a photograph.
 *
 * @param {Photograph} photograph
 * @param {Rectangle} rectangle
 * @param {number} height Rows of the result, at most those of the rectangle.
 * @param {number} width Columns of the result.
 * @returns {Photograph} Of three channels.
 */
export function areaResize(photograph, rectangle, height, width) {
  const rows = areaShares(rectangle.height, height);
  const columns = areaShares(rectangle.width, width);
  // Writing to it rounds halves to even, as OpenCV does.
  const data = new Uint8ClampedArray(height * width * 3);
  const line = new Float32Array(width * 3);
  const sums = new Float32Array(width * 3);
  const halves =
    rectangle.height === 2 * height && rectangle.width === 2 * width;
  for (let y = 0; y < height; y++) {
    sums.fill(0);
    for (let entry = rows.first[y]; entry < rows.first[y + 1]; entry++) {
      const row = rectangle.top + rows.index[entry];
      if (row < 0 || row >= photograph.height) continue;
      reduceRow(photograph, row, rectangle.left, columns, line);
      const weight = rows.weight[entry];
      for (let i = 0; i < line.length; i++) sums[i] += weight * line[i];
    }
    // OpenCV halves in integers, which rounds halves up.
    data.set(halves ? sums.map(roundHalfUp) : sums, y * width * 3);
  }
  return {data, width, height, channels: 3};
}

/** @param {number} value */
const roundHalfUp = (value) => Math.floor(value + 0.5);

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
