/**
 * Runs the page's preprocessing under Node, for the tests beside it.
 *
 * Arguments: width, height, low_res_size, high_res_size, and the thresholds of
 * quality as JSON, or null. Standard input: the photograph's RGB bytes.
 * Standard output: a line of JSON, then the model's input as float32.
 */

import {readFileSync, writeSync} from 'node:fs';

const source = new URL('../../../export/web/source/preprocessing/',
  import.meta.url);
const {findFieldOfView} = await import(new URL('field_of_view.js', source));
const {measureQuality} = await import(new URL('quality.js', source));
const {qualityChecks, refusal} =
  await import(new URL('quality_checks.js', source));
const {modelInput} = await import(new URL('model_input.js', source));

const [width, height, low, high, thresholds] =
  process.argv.slice(2).map((text) => JSON.parse(text));
const data = new Uint8Array(readFileSync(0));
const photograph = {data, width, height, channels: 3};

/** @param {Uint8Array} bytes */
function write(bytes) {
  let at = 0;
  while (at < bytes.length) at += writeSync(1, bytes, at);
}

const answer = {};
let lowRes = new Float32Array(0);
try {
  const fieldOfView = findFieldOfView(photograph);
  answer.field_of_view = fieldOfView;
  answer.quality = measureQuality(photograph, fieldOfView);
  if (thresholds) {
    answer.refusal = refusal(qualityChecks(answer.quality, thresholds));
  }
  lowRes = modelInput(photograph, fieldOfView, low, high);
} catch (error) {
  answer.error = error.message;
}
write(new TextEncoder().encode(`${JSON.stringify(answer)}\n`));
write(new Uint8Array(lowRes.buffer));
