/**
 * A shift of brightness that a flipped bit leaves in a JPEG file, as
 * dmtdr_tf/preprocessing/decoding/seam.py explains it.
 */

import {
  BRIGHTEST_SHOWN, DARKEST_SHOWN, JUMP_SPREAD, LARGEST_JUMP, LEAST_CELLS,
  LEAST_JUMP, LEAST_PIXELS, LEAST_SHOWN,
} from './constants.js';

/** @import {Photograph} from './image.js' */

const BLOCK = 8;
const HEIGHTS = [1, 2];
// Of two rows' mean steps together, before anything else is looked at.
const LEAST_SHIFT = 0.9 * LEAST_SHOWN * LEAST_JUMP;

/**
 * Where the stored pixels lie in a picture that was turned upright.
 *
 * @typedef {object} Grid
 * @property {Photograph['data']} data
 * @property {number} rows Of blocks.
 * @property {number} columns Of blocks.
 * @property {number} start The first stored pixel.
 * @property {number} right The step to the next pixel of a stored row.
 * @property {number} down The step to the next stored row.
 */

/**
 * The number of pixels that could show a shift, the sums of their jumps and of
 * the squared jumps, for each block.
 *
 * @typedef {Float64Array[]} Sums
 */

/**
 * Tells whether a decoded JPEG file has the seam of a flipped bit.
 *
 * @param {Photograph} photograph Upright.
 * @param {number[]} matrix From `uprightMatrix`: how it was turned.
 * @returns {boolean} Whether blocks are shifted from one of them on.
 */
export function hasSeam(photograph, matrix) {
  const grid = storedGrid(photograph, matrix);
  if (grid.rows < 4 || grid.columns < 2 * LEAST_CELLS + 1) return false;
  const means = stepMeans(grid);
  for (const height of HEIGHTS) {
    for (let row = 0; row + height < grid.rows - 1; row++) {
      for (let channel = 0; channel < 3; channel++) {
        const shift = means[3 * row + channel] +
          means[3 * (row + height) + channel];
        // Few pairs of rows are shifted at all.
        if (Math.abs(shift) < LEAST_SHIFT) continue;
        if (isSeam(blockSums(grid, row, channel),
          blockSums(grid, row + height, channel), grid.columns)) return true;
      }
    }
  }
  return false;
}

/**
 * @param {Photograph} photograph
 * @param {number[]} matrix
 * @returns {Grid}
 */
function storedGrid({data, width, height, channels}, [a, b, c, d, e, f]) {
  const [storedWidth, storedHeight] = a ? [width, height] : [height, width];
  // From the middle of the first stored pixel to that of an upright one.
  const x = (a + c - 1) / 2 + e;
  const y = (b + d - 1) / 2 + f;
  return {
    data,
    rows: Math.floor(storedHeight / BLOCK),
    columns: Math.floor(storedWidth / BLOCK),
    start: channels * (y * width + x),
    right: channels * (b * width + a),
    down: channels * (d * width + c),
  };
}

/**
 * The mean step from each row of blocks to the next, for each channel.
 *
 * @param {Grid} grid
 */
function stepMeans({data, rows, columns, start, right, down}) {
  const means = new Float64Array(3 * (rows - 1));
  const width = columns * BLOCK;
  for (let row = 0; row < rows - 1; row++) {
    let at = start + (row + 1) * BLOCK * down;
    for (let column = 0; column < width; column++, at += right) {
      for (let channel = 0; channel < 3; channel++) {
        means[3 * row + channel] +=
          data[at + channel] - data[at + channel - down];
      }
    }
  }
  return means.map((sum) => sum / width);
}

/**
 * @param {Grid} grid
 * @param {number} row The row of blocks above the lines that may be shifted.
 * @param {number} channel
 * @returns {Sums}
 */
function blockSums({data, columns, start, right, down}, row, channel) {
  const sums = [0, 1, 2].map(() => new Float64Array(columns));
  let at = start + (row + 1) * BLOCK * down + channel;
  for (let column = 0; column < columns * BLOCK; column++, at += right) {
    const above = data[at - down];
    const below = data[at];
    if (Math.min(above, below) <= DARKEST_SHOWN ||
        Math.max(above, below) >= BRIGHTEST_SHOWN) continue;
    const slope =
      (above - data[at - 2 * down] + data[at + down] - below) / 2;
    const jump = Math.max(-LARGEST_JUMP,
      Math.min(LARGEST_JUMP, below - above - slope));
    const cell = Math.floor(column / BLOCK);
    sums[0][cell] += 1;
    sums[1][cell] += jump;
    sums[2][cell] += jump ** 2;
  }
  return sums;
}

/**
 * Whether a shift begins at any block of the first of two rows.
 *
 * @param {Sums} first
 * @param {Sums} second
 * @param {number} columns
 */
function isSeam(first, second, columns) {
  const totals = [first, second].map((sums) =>
    sums.map((values) => values.reduce((sum, value) => sum + value, 0)));
  const left = [[0, 0, 0], [0, 0, 0]];
  for (let column = 0; column < columns - LEAST_CELLS; column++) {
    [first, second].forEach((sums, row) => sums.forEach((values, i) => {
      left[row][i] += values[column];
    }));
    if (column < LEAST_CELLS) continue;
    const right = left.map((sums, row) =>
      sums.map((sum, i) => totals[row][i] - sum));
    // On the seam and beside it: the rest of one row, the beginning of the
    // next.
    if (isShift([right[0], left[1]], [left[0], right[1]], columns)) return true;
  }
  return false;
}

/**
 * @param {number[][]} on Weight, jump and square of both parts of the seam.
 * @param {number[][]} off Those beside it.
 * @param {number} columns
 */
function isShift(on, off, columns) {
  const [weight, jump, square] = on[0].map((value, i) => value + on[1][i]);
  const count = Math.max(weight, 1);
  const mean = jump / count;
  const most = JUMP_SPREAD * Math.abs(mean);
  const spread = Math.sqrt(Math.max(square / count - mean ** 2, 0));
  return weight >= LEAST_SHOWN * BLOCK * columns &&
    Math.abs(mean) >= LEAST_JUMP && spread <= most &&
    on.every(([pixels, sum]) => pixels >= LEAST_PIXELS &&
      Math.abs(sum / Math.max(pixels, 1) - mean) <= most) &&
    off.every(([pixels, , squares]) =>
      Math.sqrt(squares / Math.max(pixels, 1)) <= most);
}
