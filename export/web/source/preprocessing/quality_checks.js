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
 * @property {'foreign' | 'poor' | 'looks'} kind Which of `BEGINNINGS` tells
 *     the reason.
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
    ...foreignChecks(quality, thresholds), looksCheck(quality, thresholds)];
}

/**
 * @param {Check[]} checks
 * @returns {string} Why the photograph is refused; empty if it is not.
 */
export function refusal(checks) {
  const bad = checks.filter(({good}) => !good);
  for (const [kind, beginning] of BEGINNINGS) {
    const reasons = bad.filter((check) => check.kind === kind);
    if (!reasons.length) continue;
    return beginning + reasons.map(({reason}) => reason).join(' and ');
  }
  return '';
}

/** In the order of judgment; the first kind that refuses gives the reasons. */
const BEGINNINGS = /** @type {const} */ ([
  ['foreign', 'this is not a fundus photograph: '],
  ['poor', 'this photograph cannot be graded, because '],
  ['looks', 'this is not a fundus photograph: '],
]);

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
    good: value >= bound, kind: 'poor',
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
    good: value <= bound, kind: 'poor',
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
  ].map((check) => ({...check, kind: /** @type {const} */ ('foreign')}));
}

/**
 * @param {Quality} quality
 * @param {Thresholds} thresholds
 * @returns {Check}
 */
function looksCheck({likeness}, {min_likeness: bound}) {
  const check = atLeast('Like a retina', likeness, bound, ratio,
    'its colors and texture are not those of a retina');
  return {...check, kind: 'looks'};
}
