/** Whether the field of view is one disc, like Python's outline.py. */

import {
  FILLED_LIT, FIT_ROUNDS, LEAST_OUTLINE, LIT_LEVEL, MAX_RADIUS, OUTLINE_LEVEL,
  OUTLINE_WIDTH, WHOLE_LIT, WHOLE_OUTLINE,
} from './constants.js';
import {open, square} from './morphology.js';

/** @import {Box, FieldOfView} from './field_of_view.js' */
/** @import {Photograph} from './image.js' */
/** @import {Mask} from './morphology.js' */

/** @typedef {{x: number, y: number, radius: number}} Circle */
/** @typedef {[x: number, y: number]} Point */

/**
 * Fits a circle to the outline of the field of view.
 *
 * @param {Photograph} frame The whole photograph, reduced.
 * @param {FieldOfView} fieldOfView
 * @param {number} brightness Of the field of view, in [0, 1].
 * @returns {{roundness: number, outside: number}}
 */
export function measureOutline(frame, fieldOfView, brightness) {
  const lit = litPixels(frame, brightness);
  const box = boxInFrame(fieldOfView, lit);
  const points = outlineOf(lit, box);
  const [rows, columns] = [box.bottom - box.top, box.right - box.left];
  const length = points.length / (rows + columns);
  const filled = litShare(lit, box);
  if (length < WHOLE_OUTLINE && filled >= WHOLE_LIT) {
    return {roundness: 1, outside: 0};
  }
  if (length < LEAST_OUTLINE) {
    return {roundness: filled >= FILLED_LIT ? 1 : 0, outside: 0};
  }
  const circle = fitCircle(points, box);
  const most = MAX_RADIUS * Math.max(rows, columns);
  if (!(circle.radius > 0 && circle.radius <= most)) {
    return {roundness: 0, outside: 1};
  }
  const {x, y, radius} = circle;
  const near = points.filter(([px, py]) =>
    Math.abs(Math.hypot(px - x, py - y) - radius) <= OUTLINE_WIDTH * radius);
  return {
    roundness: near.length / points.length,
    outside: Math.max(litBeside(lit, circle), longer(circle, box, lit)),
  };
}

/**
 * @param {Photograph} frame
 * @param {number} brightness
 * @returns {Mask} What is not background, without specks.
 */
function litPixels({data, height, width}, brightness) {
  const level = Math.max(LIT_LEVEL, OUTLINE_LEVEL * 255 * brightness);
  const lit = new Uint8Array(height * width);
  for (let i = 0; i < lit.length; i++) {
    const highest = Math.max(data[3 * i], data[3 * i + 1], data[3 * i + 2]);
    lit[i] = highest >= level ? 1 : 0;
  }
  return open({data: lit, height, width}, square(1));
}

/**
 * @param {FieldOfView} fieldOfView
 * @param {Mask} frame
 * @returns {Box}
 */
function boxInFrame({top, left, side, height, width}, frame) {
  const end = (/** @type {number} */ stop, /** @type {number} */ all,
    /** @type {number} */ reduced) =>
    Math.ceil(Math.min(stop, all) * reduced / all);
  return {
    top: Math.floor(Math.max(top, 0) * frame.height / height),
    bottom: end(top + side, height, frame.height),
    left: Math.floor(Math.max(left, 0) * frame.width / width),
    right: end(left + side, width, frame.width),
  };
}

/**
 * @param {Mask} lit
 * @param {Box} box
 * @returns {number} Share of the box that is lit.
 */
function litShare({data, width}, {top, bottom, left, right}) {
  let count = 0;
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) count += data[y * width + x];
  }
  return count / ((bottom - top) * (right - left));
}

/**
 * @param {Mask} lit
 * @param {Box} box
 * @returns {Point[]} Ends of each lit row and column, not at the frame.
 */
function outlineOf({data, height, width}, box) {
  const {top, bottom, left, right} = box;
  /** @type {Point[]} */
  const points = [];
  for (let y = top; y < bottom; y++) {
    ends((x) => data[y * width + x], left, right, width)
      .forEach((x) => points.push([x, y + 0.5]));
  }
  for (let x = left; x < right; x++) {
    ends((y) => data[y * width + x], top, bottom, height)
      .forEach((y) => points.push([x + 0.5, y]));
  }
  return points;
}

/**
 * @param {(at: number) => number} isLit
 * @param {number} start
 * @param {number} stop
 * @param {number} length Of the frame.
 * @returns {number[]} Where the first lit pixel begins and the last ends.
 */
function ends(isLit, start, stop, length) {
  let [first, last] = [start, stop];
  while (first < stop && !isLit(first)) first++;
  if (first === stop) return [];
  while (!isLit(last - 1)) last--;
  return [...(first > 1 ? [first] : []), ...(last < length - 1 ? [last] : [])];
}

/**
 * Kasa's fit, repeated with the weights of Cauchy's robust estimator.
 *
 * @param {Point[]} points
 * @param {Box} box
 * @returns {Circle}
 */
function fitCircle(points, {top, bottom, left, right}) {
  const middle = {x: (left + right) / 2, y: (top + bottom) / 2};
  const unit = Math.max(bottom - top, right - left) / 2;
  /** @type {Point[]} */
  const relative = points.map(
    ([x, y]) => [(x - middle.x) / unit, (y - middle.y) / unit]);
  let weights = points.map(() => 1);
  let circle = {x: 0, y: 0, radius: 0};
  for (let round = 0; round < FIT_ROUNDS; round++) {
    circle = weightedCircle(relative, weights);
    const {x, y, radius} = circle;
    if (radius <= 0) break;
    weights = relative.map(([u, v]) => {
      const off = (Math.hypot(u - x, v - y) / radius - 1) / OUTLINE_WIDTH;
      return 1 / (1 + off * off);
    });
  }
  return {
    x: middle.x + circle.x * unit,
    y: middle.y + circle.y * unit,
    radius: circle.radius * unit,
  };
}

/**
 * Solves u^2 + v^2 = a u + b v + c for center and radius.
 *
 * @param {Point[]} points
 * @param {number[]} weights
 * @returns {Circle} Of radius 0 where there is none.
 */
function weightedCircle(points, weights) {
  let [uu, uv, vv, u1, v1, n, uq, vq, q1] = new Array(9).fill(0);
  points.forEach(([u, v], i) => {
    const weight = weights[i];
    const squares = u * u + v * v;
    uu += weight * u * u;
    uv += weight * u * v;
    vv += weight * v * v;
    u1 += weight * u;
    v1 += weight * v;
    n += weight;
    uq += weight * u * squares;
    vq += weight * v * squares;
    q1 += weight * squares;
  });
  const columns = [[uu, uv, u1], [uv, vv, v1], [u1, v1, n]];
  const whole = determinant(columns);
  if (Math.abs(whole) < 1e-9) return {x: 0, y: 0, radius: 0};
  const right = [uq, vq, q1];
  const [a, b, c] = columns.map((_, i) =>
    determinant(columns.map((column, j) => (i === j ? right : column))) /
    whole);
  const squared = c + (a * a + b * b) / 4;
  return {x: a / 2, y: b / 2, radius: Math.sqrt(Math.max(squared, 0))};
}

/** @param {number[][]} columns Three by three. */
function determinant([[a, b, c], [d, e, f], [g, h, i]]) {
  return a * (e * i - f * h) - d * (b * i - c * h) + g * (b * f - c * e);
}

/**
 * @param {Mask} lit
 * @param {Circle} circle
 * @returns {number} What is lit outside, relative to what is lit inside.
 */
function litBeside({data, height, width}, {x, y, radius}) {
  const reach = ((1 + 2 * OUTLINE_WIDTH) * radius + 1) ** 2;
  let [inside, outside] = [0, 0];
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      if (!data[row * width + column]) continue;
      const squares = (column + 0.5 - x) ** 2 + (row + 0.5 - y) ** 2;
      if (squares <= reach) inside++; else outside++;
    }
  }
  return outside / Math.max(inside, 1);
}

/**
 * @param {Circle} circle
 * @param {Box} box
 * @param {Mask} frame
 * @returns {number} How much longer the box is than the circle in the frame.
 */
function longer({x, y, radius}, {top, bottom, left, right}, {height, width}) {
  const rows = Math.min(y + radius, height) - Math.max(y - radius, 0);
  const columns = Math.min(x + radius, width) - Math.max(x - radius, 0);
  const longest = Math.max(bottom - top, right - left);
  return longest / Math.max(rows, columns, 1) - 1;
}
