/** Bicubic resizing: OpenCV's to enlarge, TensorFlow's to reduce. */

import {antialiasedShares, enlargingShares} from './shares.js';

/** @import {Photograph, Rectangle} from './image.js' */
/** @import {Shares} from './shares.js' */

/**
 * Enlarges a rectangle of a photograph; black where it reaches outside.
 *
 * @param {Photograph} photograph
 * @param {Rectangle} rectangle
 * @param {number} size Rows and columns of the result.
 * @returns {Photograph} Of three channels.
 */
export function enlarge(photograph, rectangle, size) {
  const source = cutOut(photograph, rectangle);
  const data = new Uint8ClampedArray(size * size * 3);
  const rows = enlargingShares(rectangle.height, size);
  const columns = enlargingShares(rectangle.width, size);
  data.set(filter(source, rectangle.height, rectangle.width, rows, columns));
  return {data, width: size, height: size, channels: 3};
}

/**
 * Reduces a square photograph by the antialiased filter.
 *
 * @param {Photograph} photograph Square, of three channels.
 * @param {number} size Rows and columns of the result.
 * @returns {Float32Array} `[size, size, 3]` in [0, 1].
 */
export function reduceAntialiased(photograph, size) {
  const {data, width} = photograph;
  const shares = antialiasedShares(width, size);
  const source = new Float32Array(data.length);
  for (let i = 0; i < source.length; i++) source[i] = data[i] / 255;
  const reduced = filter(source, width, width, shares, shares);
  return reduced.map((value) => Math.min(Math.max(value, 0), 1));
}

/**
 * @param {Photograph} photograph
 * @param {Rectangle} rectangle
 * @returns {Float32Array} `[height, width, 3]` of the rectangle.
 */
function cutOut({data, width, height, channels}, rectangle) {
  const cut = new Float32Array(rectangle.height * rectangle.width * 3);
  for (let y = 0; y < rectangle.height; y++) {
    const row = rectangle.top + y;
    if (row < 0 || row >= height) continue;
    for (let x = 0; x < rectangle.width; x++) {
      const column = rectangle.left + x;
      if (column < 0 || column >= width) continue;
      const from = (row * width + column) * channels;
      const to = (y * rectangle.width + x) * 3;
      for (let c = 0; c < 3; c++) cut[to + c] = data[from + c];
    }
  }
  return cut;
}

/**
 * Filters along the rows, then along the columns.
 *
 * @param {Float32Array} source `[height, width, 3]`.
 * @param {number} height
 * @param {number} width
 * @param {Shares} rows
 * @param {Shares} columns
 * @returns {Float32Array}
 */
function filter(source, height, width, rows, columns) {
  const stride = (columns.first.length - 1) * 3;
  const lines = new Float32Array(height * stride);
  for (let y = 0; y < height; y++) {
    filterRow(source, y * width * 3, columns, lines, y * stride);
  }
  const size = rows.first.length - 1;
  const result = new Float32Array(size * stride);
  for (let y = 0; y < size; y++) {
    for (let entry = rows.first[y]; entry < rows.first[y + 1]; entry++) {
      const [from, weight] = [rows.index[entry] * stride, rows.weight[entry]];
      for (let i = 0; i < stride; i++) {
        result[y * stride + i] += weight * lines[from + i];
      }
    }
  }
  return result;
}

/**
 * @param {Float32Array} source
 * @param {number} from Where the row starts in it.
 * @param {Shares} columns
 * @param {Float32Array} lines Written to.
 * @param {number} to Where the row starts in it.
 */
function filterRow(source, from, {first, index, weight}, lines, to) {
  for (let x = 0; x + 1 < first.length; x++) {
    let red = 0;
    let green = 0;
    let blue = 0;
    for (let entry = first[x]; entry < first[x + 1]; entry++) {
      const at = from + 3 * index[entry];
      const share = weight[entry];
      red += share * source[at];
      green += share * source[at + 1];
      blue += share * source[at + 2];
    }
    lines[to + 3 * x] = red;
    lines[to + 3 * x + 1] = green;
    lines[to + 3 * x + 2] = blue;
  }
}
