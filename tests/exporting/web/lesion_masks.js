/**
 * Runs the page's lesion masks under Node, for the tests beside it.
 *
 * Arguments: a field of view as JSON, how many lesions, the threshold.
 * Standard input: maps `[size, size, lesions]` as float32. Standard output:
 * JSON, for each lesion its area and its runs (row, start, end).
 */

import {readFileSync} from 'node:fs';

const source = new URL('../../../export/web/source/', import.meta.url);
const {lesionRuns, measureLesion} =
  await import(new URL('results/lesions.js', source));

const [fieldOfView, count, threshold, retina] = process.argv.slice(2).map(
  (text) => JSON.parse(text));
const bytes = readFileSync(0);
const maps = new Float32Array(Uint8Array.from(bytes).buffer);
const lesions = Array.from({length: count}, (_, lesion) => {
  const runs = lesionRuns(maps, lesion, count, fieldOfView, threshold);
  return {
    ...measureLesion(runs, retina),
    runs: runs.map(({row, start, end}) => [row, start, end]),
  };
});
console.log(JSON.stringify(lesions));
