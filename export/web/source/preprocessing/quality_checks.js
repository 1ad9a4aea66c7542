/** Measures of quality against their thresholds, like Python's rules.py. */

/** @import {Quality, Thresholds} from './quality.js' */

/**
 * One measure beside its threshold.
 *
 * @typedef {object} Check
 * @property {string} name
 * @property {string} value As a person reads it.
 * @property {string} bound
 * @property {boolean} good
 * @property {boolean} foreign Whether the picture is no fundus photograph at
 *     all if it is not good.
 * @property {string} reason Why the photograph is refused.
 */

/** @param {number} share */
const percent = (share) => `${Math.round(100 * share)} %`;
/** @param {number} value */
const ratio = (value) => value.toFixed(2);
/** @param {number} value */
const whole = (value) => value.toFixed(0);

/**
 * Compares the measures with the thresholds.
 *
 * @param {Quality} quality
 * @param {Thresholds} thresholds
 * @returns {Check[]}
 */
export function qualityChecks(quality, thresholds) {
  return [...poorChecks(quality, thresholds),
    ...foreignChecks(quality, thresholds)];
}

/**
 * @param {Check[]} checks
 * @returns {string} Why the photograph is refused; empty if it is not.
 */
export function refusal(checks) {
  const bad = checks.filter(({good}) => !good);
  const foreign = bad.filter((check) => check.foreign);
  const reasons = (foreign.length ? foreign : bad).map(({reason}) => reason);
  if (!reasons.length) return '';
  const beginning = foreign.length ? 'this is not a fundus photograph: ' :
    'this photograph cannot be graded, because ';
  return beginning + reasons.join(' and ');
}

/**
 * @param {string} name
 * @param {number} value
 * @param {number} bound
 * @param {(value: number) => string} text
 * @param {string} reason
 * @returns {Check}
 */
function atLeast(name, value, bound, text, reason) {
  return {
    name, reason, value: text(value), bound: `at least ${written(bound, text)}`,
    good: value >= bound, foreign: false,
  };
}

/**
 * @param {string} name
 * @param {number} value
 * @param {number} bound
 * @param {(value: number) => string} text
 * @param {string} reason
 * @returns {Check}
 */
function atMost(name, value, bound, text, reason) {
  return {
    name, reason, value: text(value), bound: `at most ${written(bound, text)}`,
    good: value <= bound, foreign: false,
  };
}

/**
 * @param {number} bound
 * @param {(value: number) => string} text
 */
const written = (bound, text) => (text === percent ? text(bound) : `${bound}`);

/**
 * @param {Quality} quality
 * @param {Thresholds} thresholds
 */
function poorChecks(quality, thresholds) {
  return [
    atLeast('Sharpness', quality.sharpness, thresholds.min_sharpness, ratio,
      'it is blurred'),
    atLeast('Brightness', quality.brightness, thresholds.min_brightness, ratio,
      'it is too dark'),
    atMost('Overexposed', quality.overexposed, thresholds.max_overexposed,
      percent, 'it is overexposed'),
    atLeast('In the frame', quality.field, thresholds.min_field, percent,
      'too little of the field of view is in it'),
    atLeast('Pixels across', quality.side, thresholds.min_side, whole,
      'its field of view is too small'),
  ];
}

/**
 * @param {Quality} quality
 * @param {Thresholds} thresholds
 */
function foreignChecks(quality, thresholds) {
  return [
    atMost('Aspect ratio', quality.aspect, thresholds.max_aspect, ratio,
      'it is too long'),
    atLeast('Saturation', quality.saturation, thresholds.min_saturation, ratio,
      'it has no color'),
    atLeast('Round outline', quality.roundness, thresholds.min_roundness,
      percent, 'there is no round field on a dark background'),
    atMost('Beside the field', quality.outside, thresholds.max_outside, percent,
      'there is something beside the field of view'),
    atLeast('Like a retina', quality.likeness, thresholds.min_likeness, ratio,
      'its colors and texture are not those of a retina'),
  ].map((check) => ({...check, foreign: true}));
}
