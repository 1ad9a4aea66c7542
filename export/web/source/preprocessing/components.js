/** Connected components of a mask, 8-connected. */

/** @import {Mask} from './morphology.js' */

/**
 * Set pixels of a row, side by side. Runs are sorted by row, then by column.
 *
 * @typedef {object} Run
 * @property {number} row
 * @property {number} start First column.
 * @property {number} end Column after the last.
 */

/**
 * A connected component: its area and bounding box.
 *
 * @typedef {object} Component
 * @property {number} area In pixels.
 * @property {number} left First column.
 * @property {number} top First row.
 * @property {number} right Column after the last.
 * @property {number} bottom Row after the last.
 */

/**
 * Lists the runs of a mask.
 *
 * @param {Mask} mask
 * @returns {Run[]}
 */
export function runsOf({data, height, width}) {
  const runs = [];
  for (let row = 0; row < height; row++) {
    for (let x = 0; x < width; x++) {
      if (!data[row * width + x]) continue;
      const start = x;
      while (x < width && data[row * width + x]) x++;
      runs.push({row, start, end: x});
    }
  }
  return runs;
}

/**
 * Finds the connected components of a mask.
 *
 * @param {Run[]} runs
 * @returns {Component[]} In the order of their first pixels.
 */
export function connectedComponents(runs) {
  const parents = runs.map((_, i) => i);
  let above = 0;
  runs.forEach(({row, start, end}, i) => {
    while (runs[above].row < row - 1 ||
      (runs[above].row === row - 1 && runs[above].end < start)) above++;
    for (let j = above; runs[j].row === row - 1 && runs[j].start <= end; j++) {
      const [a, b] = [rootOf(parents, i), rootOf(parents, j)];
      parents[Math.max(a, b)] = Math.min(a, b);
    }
  });
  return measureComponents(runs, parents);
}

/**
 * @param {number[]} parents
 * @param {number} run
 * @returns {number}
 */
function rootOf(parents, run) {
  while (parents[run] !== run) {
    parents[run] = parents[parents[run]];
    run = parents[run];
  }
  return run;
}

/**
 * @param {Run[]} runs
 * @param {number[]} parents
 * @returns {Component[]}
 */
function measureComponents(runs, parents) {
  /** @type {Map<number, Component>} */
  const components = new Map();
  runs.forEach(({start, end, row}, i) => {
    const root = rootOf(parents, i);
    const component = components.get(root) ??
      {area: 0, left: start, top: row, right: end, bottom: row + 1};
    component.area += end - start;
    component.left = Math.min(component.left, start);
    component.right = Math.max(component.right, end);
    component.bottom = row + 1;
    components.set(root, component);
  });
  return [...components.values()];
}
