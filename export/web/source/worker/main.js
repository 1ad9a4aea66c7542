/** The worker: decodes, checks and grades photographs, off the page. */

import {findFieldOfView} from '../preprocessing/field_of_view.js';
import {UngradableError} from '../preprocessing/image.js';
import {lowResolution} from '../preprocessing/low_resolution.js';
import {checkQuality, measureQuality} from '../preprocessing/quality.js';
import {retinaShare, verdict} from '../results/finding.js';
import {lesionLayer, lesionRuns, measureLesion} from '../results/lesions.js';
import {evidencePicture, pictureOf, rgb} from '../results/pictures.js';
import {decodePhotograph} from './decoding.js';
import {Engine} from './engine.js';

/** @import {FieldOfView} from '../preprocessing/image.js' */

const LAYER_SIDE = 1024;
const OUTPUTS =
  ['super_resolution', 'lesions', 'grade_probabilities', 'evidence'];

/**
 * @param {object} message
 * @param {Transferable[]} [transfer]
 */
const post = (message, transfer = []) =>
  /** @type {any} */ (self).postMessage(message, transfer);

const tell = (/** @type {string} */ text, /** @type {number} */ share) =>
  post({kind: 'progress', text, share});

const loading = Engine.load(tell);
loading.then(
  ({info, threads}) => post({kind: 'ready', info, threads}),
  (error) => post({kind: 'broken', message: error.message}));

/**
 * Grades one photograph.
 *
 * @param {File} file
 * @param {number} id Of the request, sent back with what comes of it.
 */
async function grade(file, id) {
  const engine = await loading;
  const started = performance.now();
  tell('Reading the photograph', 0.05);
  const {photograph, shown} = await decodePhotograph(file);
  tell('Checking its quality', 0.2);
  const view = findFieldOfView(photograph);
  const quality = measureQuality(photograph, view);
  const checks = checkQuality(quality, engine.info.quality);
  const {width, height} = photograph;
  post({kind: 'checked', id, checks, shown, width, height}, [shown]);
  refusePoor(checks, engine.info.quality.gate);
  tell('Grading', 0.4);
  const {low_res_size: low, high_res_size: high} = engine.info;
  const lowRes = lowResolution(photograph, view, low, high);
  const outputs = await engine.run(lowRes);
  checkFinite(outputs);
  tell('Drawing the result', 0.9);
  const result = resultOf(engine, view, lowRes, outputs);
  const seconds = (performance.now() - started) / 1000;
  post({kind: 'graded', id, view, quality, seconds, ...result});
}

/**
 * @param {import('../preprocessing/quality.js').Check[]} checks
 * @param {boolean} gate
 */
function refusePoor(checks, gate) {
  const reasons = checks.filter(({good}) => !good).map(({reason}) => reason);
  if (gate && reasons.length) {
    throw new UngradableError(
      `this photograph cannot be graded, because ${reasons.join(' and ')}`);
  }
}

/**
 * @param {Float32Array | undefined} values
 * @returns {boolean} False where there are none.
 */
function areFinite(values) {
  if (!values) return false;
  let sum = 0;
  // Zero times a number is zero, unless it is infinite or none.
  for (let i = 0; i < values.length; i++) sum += 0 * values[i];
  return sum === 0;
}

/** @param {Record<string, Float32Array>} outputs */
function checkFinite(outputs) {
  for (const name of OUTPUTS) {
    if (!areFinite(outputs[name])) {
      throw new Error(`the model's ${name} is missing or not finite; export ` +
        'the page again');
    }
  }
}

/**
 * @param {Engine} engine
 * @param {FieldOfView} view
 * @param {Float32Array} lowRes
 * @param {Record<string, Float32Array>} outputs
 */
function resultOf({info}, view, lowRes, outputs) {
  const retina = retinaShare(lowRes) * view.side ** 2;
  const lesions = info.lesion_colours.map((colour, i) => {
    const runs = lesionRuns(outputs.lesions, i, info.lesions.length, view,
      info.lesion_threshold);
    return {
      area: measureLesion(runs, retina),
      layer: lesionLayer(runs, view, LAYER_SIDE, rgb(colour)),
    };
  });
  const probabilities = Array.from(outputs.grade_probabilities);
  return {
    probabilities,
    verdict: verdict(probabilities, info.referable_grade),
    lesions,
    evidence: evidencePicture(outputs.evidence, info.evidence_colours.map(rgb)),
    lowRes: pictureOf(lowRes),
    superResolution: pictureOf(outputs.super_resolution),
  };
}

// One after the other: the model holds one photograph at a time.
let queue = Promise.resolve();
self.addEventListener('message', ({data: {file, id}}) => {
  queue = queue.then(() => grade(file, id)).catch((error) => {
    const message = error instanceof UngradableError ?
      error.message : `the photograph has no result: ${error.message}`;
    post({kind: 'failed', id, message});
  });
});
