/** Bicubic resizing: OpenCV's to enlarge, TensorFlow's to reduce. */

/** @import {Photograph} from './image.js' */
/** @import {Window} from './area_resize.js' */

/**
 * The cubic convolution kernel (Keys).
 *
 * @param {number} distance In samples.
 * @param {number} sharpness -0.75 in OpenCV, -0.5 in TensorFlow.
 * @returns {number}
 */
function cubic(distance, sharpness) {
  const x = Math.abs(distance);
  const a = sharpness;
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  return 0;
}

/**
 * A filter for each cell of the result.
 *
 * @typedef {{start: number, weights: number[]}[]} Taps
 */

/**
 * OpenCV's taps: four samples, the border's repeated.
 *
 * @param {number} from Source samples.
 * @param {number} to Samples of the result.
 * @returns {Taps} `start` may lie outside the source.
 */
function enlargingTaps(from, to) {
  return Array.from({length: to}, (_, i) => {
    const centre = (i + 0.5) * (from / to) - 0.5;
    const start = Math.floor(centre) - 1;
    const weights = [0, 1, 2, 3].map((k) => cubic(centre - start - k, -0.75));
    return {start, weights};
  });
}

/**
 * TensorFlow's taps with `antialias=True`: the kernel is stretched by the
 * scale, cut off at the border, and its weights add up to 1.
 *
 * @param {number} from Source samples.
 * @param {number} to Samples of the result, at most as many.
 * @returns {Taps}
 */
function reducingTaps(from, to) {
  const scale = from / to;
  return Array.from({length: to}, (_, i) => {
    const centre = (i + 0.5) * scale;
    const start = Math.max(0, Math.ceil(centre - 2 * scale - 0.5));
    const end = Math.min(from - 1, Math.floor(centre + 2 * scale - 0.5));
    const weights = [];
    for (let k = start; k <= end; k++) {
      weights.push(cubic((k + 0.5 - centre) / scale, -0.5));
    }
    const sum = weights.reduce((a, b) => a + b, 0);
    return {start, weights: weights.map((weight) => weight / sum)};
  });
}

/**
 * Enlarges a rectangle of a photograph; black where it reaches outside.
 *
 * @param {Photograph} photograph
 * @param {Window} window
 * @param {number} size Rows and columns of the result.
 * @returns {Photograph} Of three channels.
 */
export function enlarge(photograph, window, size) {
  const source = cutOut(photograph, window);
  const data = new Uint8ClampedArray(size * size * 3);
  const rows = enlargingTaps(window.height, size);
  const columns = enlargingTaps(window.width, size);
  data.set(filter(source, window.height, window.width, rows, columns));
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
  const side = photograph.width;
  const taps = reducingTaps(side, size);
  const source = Float32Array.from(photograph.data, (value) => value / 255);
  const reduced = filter(source, side, side, taps, taps);
  return reduced.map((value) => Math.min(Math.max(value, 0), 1));
}

/**
 * @param {Photograph} photograph
 * @param {Window} window
 * @returns {Float32Array} `[height, width, 3]` of the window.
 */
function cutOut({data, width, height, channels}, window) {
  const cut = new Float32Array(window.height * window.width * 3);
  for (let y = 0; y < window.height; y++) {
    const row = window.top + y;
    if (row < 0 || row >= height) continue;
    for (let x = 0; x < window.width; x++) {
      const column = window.left + x;
      if (column < 0 || column >= width) continue;
      const from = (row * width + column) * channels;
      const to = (y * window.width + x) * 3;
      for (let c = 0; c < 3; c++) cut[to + c] = data[from + c];
    }
  }
  return cut;
}

/**
 * Filters rows, then columns.
 *
 * @param {Float32Array} source `[height, width, 3]`.
 * @param {number} height
 * @param {number} width
 * @param {Taps} rows
 * @param {Taps} columns
 * @returns {Float32Array}
 */
function filter(source, height, width, rows, columns) {
  const lines = new Float32Array(height * columns.length * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < columns.length; x++) {
      const {start, weights} = columns[x];
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (let k = 0; k < weights.length; k++) {
          const at = Math.min(Math.max(start + k, 0), width - 1);
          sum += weights[k] * source[(y * width + at) * 3 + c];
        }
        lines[(y * columns.length + x) * 3 + c] = sum;
      }
    }
  }
  const stride = columns.length * 3;
  const result = new Float32Array(rows.length * stride);
  for (let y = 0; y < rows.length; y++) {
    const {start, weights} = rows[y];
    const to = y * stride;
    for (let k = 0; k < weights.length; k++) {
      const from = Math.min(Math.max(start + k, 0), height - 1) * stride;
      for (let i = 0; i < stride; i++) {
        result[to + i] += weights[k] * lines[from + i];
      }
    }
  }
  return result;
}
