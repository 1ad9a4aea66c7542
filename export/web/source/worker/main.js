/** The worker: decodes, checks and grades photographs off the main thread. */

import {findFieldOfView} from '../preprocessing/field_of_view.js';
import {modelInput} from '../preprocessing/model_input.js';
import {measureQuality} from '../preprocessing/quality.js';
import {qualityChecks, refusal} from '../preprocessing/quality_checks.js';
import {retinaShare, verdict} from '../results/finding.js';
import {lesionLayer, lesionRuns, measureLesion} from '../results/lesions.js';
import {evidencePicture, pictureOf, rgb} from '../results/pictures.js';
import {UserError} from '../user_error.js';
import {decodePhotograph} from './decoding.js';
import {Engine} from './engine.js';

/** @import {FieldOfView} from '../preprocessing/field_of_view.js' */

const LAYER_SIDE = 1024;
const OUTPUTS =
  ['super_resolution', 'lesions', 'grade_probabilities', 'evidence'];

/**
 * @param {object} message
 * @param {Transferable[]} [transfer]
 */
const post = (message, transfer = []) =>
  /** @type {any} */ (self).postMessage(message, transfer);

/**
 * @param {string} text
 * @param {number} share
 */
const reportProgress = (text, share) => post({kind: 'progress', text, share});

const loading = Engine.load(reportProgress);
loading.then(
  ({info, threads}) => post({kind: 'ready', info, threads}),
  (error) => post({kind: 'broken', message: error.message}));

/**
 * Grades one photograph.
 *
 * @param {File} file
 * @param {number} id Of the request; every answer to it carries it.
 */
async function grade(file, id) {
  const engine = await loading;
  const started = performance.now();
  reportProgress('Reading the photograph', 0.05);
  const {photograph, preview} = await decodePhotograph(file);
  reportProgress('Checking its quality', 0.2);
  const fieldOfView = findFieldOfView(photograph);
  const quality = measureQuality(photograph, fieldOfView);
  const checks = qualityChecks(quality, engine.info.quality);
  const {width, height} = photograph;
  post({kind: 'checked', id, checks, preview, width, height}, [preview]);
  const reason = engine.info.quality.gate ? refusal(checks) : '';
  if (reason) throw new UserError(reason);
  reportProgress('Grading', 0.4);
  const {low_res_size: low, high_res_size: high} = engine.info;
  const lowRes = modelInput(photograph, fieldOfView, low, high);
  const outputs = await engine.run(lowRes);
  checkFinite(outputs);
  reportProgress('Drawing the result', 0.9);
  const result = resultOf(engine, fieldOfView, lowRes, outputs);
  const seconds = (performance.now() - started) / 1000;
  post({kind: 'graded', id, fieldOfView, quality, seconds, ...result});
}

/**
 * @param {Float32Array | undefined} values
 * @returns {boolean} False where there are none.
 */
function areFinite(values) {
  if (!values) return false;
  let sum = 0;
  // Zero times a number is zero, unless the number is infinite or NaN.
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
 * @param {FieldOfView} fieldOfView
 * @param {Float32Array} lowRes
 * @param {Record<string, Float32Array>} outputs
 */
function resultOf({info}, fieldOfView, lowRes, outputs) {
  const retina = retinaShare(lowRes) * fieldOfView.side ** 2;
  const lesions = info.lesion_colours.map((color, i) => {
    const runs = lesionRuns(outputs.lesions, i, info.lesions.length,
      fieldOfView, info.lesion_threshold);
    return {
      area: measureLesion(runs, retina),
      layer: lesionLayer(runs, fieldOfView, LAYER_SIDE, rgb(color)),
    };
  });
  const probabilities = Array.from(outputs.grade_probabilities);
  return {
    probabilities,
    verdict: verdict(probabilities, info.referable_grade, info.calibration),
    lesions,
    evidence: evidenceOf(outputs.evidence, info),
    lowRes: pictureOf(lowRes),
    superResolution: pictureOf(outputs.super_resolution),
  };
}

/**
 * @param {Float32Array} evidence
 * @param {import('./engine.js').ModelInfo} info
 * @returns The picture; null where there is nothing to draw.
 */
function evidenceOf(evidence, info) {
  // Below half a level of 255 nothing is visible, as in Python.
  if (evidence.every((value) => value < 0.5 / 255)) return null;
  return evidencePicture(evidence, info.evidence_colours.map(rgb));
}

// One after the other: the model holds one photograph at a time.
let queue = Promise.resolve();
self.addEventListener('message', ({data: {file, id}}) => {
  queue = queue.then(() => grade(file, id)).catch((error) => {
    const message = error instanceof UserError ?
      error.message : `the photograph has no result: ${error.message}`;
    post({kind: 'failed', id, message});
  });
});
