/** The finding in a photograph, in numbers and in words. */

import {BACKGROUND_SHARE} from '../preprocessing/constants.js';

/** @import {LesionArea} from './lesions.js' */

export const NO_EVIDENCE = 'no part of the photograph raised the score';
export const NOT_RELIABLE = 'not reliably detected by this model';

/**
 * @typedef {object} Verdict
 * @property {number} grade The most probable one.
 * @property {number} referable Probability of a referable grade.
 * @property {number} threshold The probability that is referred.
 * @property {boolean} isReferable Whether `referable` reaches `threshold`.
 * @property {boolean} isAmbiguous Whether grade and referral disagree.
 * @property {boolean} isCalibrated Whether the probabilities are calibrated.
 * @property {[number, number] | null} gradeSet The lowest and the highest
 *     grade that may be the true one; null without such a set.
 */

/**
 * What `dmtdr calibrate` fitted; `model.json` has more of it.
 *
 * @typedef {object} Calibration
 * @property {number} referral_threshold
 * @property {number | null} least_probability Of a grade in the set; null
 *     without a set.
 * @property {number} photographs
 * @property {number} referable_photographs
 * @property {number} sensitivity
 * @property {number} specificity
 * @property {number | null} wanted_coverage
 */

/**
 * Reads grade, referral and set of grades off the probabilities.
 *
 * As `OperatingPoint` and `Graded` in Python.
 *
 * @param {ArrayLike<number>} probabilities Of each grade, by the model, which
 *     has applied the calibration's temperature.
 * @param {number} referableGrade Referable from this grade on.
 * @param {Calibration | null} [calibration] Null for a model without one.
 * @returns {Verdict}
 */
export function verdict(probabilities, referableGrade, calibration) {
  const all = Array.from(probabilities);
  const grade = all.indexOf(Math.max(...all));
  const referable = all.slice(referableGrade).reduce((a, b) => a + b, 0);
  const threshold = calibration?.referral_threshold ?? 0.5;
  const isReferable = referable >= threshold;
  return {
    grade,
    referable,
    threshold,
    isReferable,
    isAmbiguous: isReferable !== (grade >= referableGrade),
    isCalibrated: Boolean(calibration),
    gradeSet: gradeSet(all, grade, calibration?.least_probability),
  };
}

/**
 * @param {number[]} probabilities
 * @param {number} best The most probable grade.
 * @param {number | null} [least] The least probability of a grade in the set.
 * @returns {[number, number] | null}
 */
function gradeSet(probabilities, best, least) {
  if (least === null || least === undefined) return null;
  const inside = probabilities.map((p, i) => i === best || p >= least);
  return [inside.indexOf(true), inside.lastIndexOf(true)];
}

/**
 * @param {Verdict} verdict
 * @returns {string} The set in parentheses; empty for a set of one grade.
 */
export function gradeSetText({gradeSet}) {
  if (!gradeSet || gradeSet[0] === gradeSet[1]) return '';
  return ` (${gradeSet[0]} to ${gradeSet[1]})`;
}

/**
 * Says what referral and set mean, as the report does.
 *
 * @param {Calibration | null} [calibration]
 * @returns {string}
 */
export function calibrationText(calibration) {
  if (!calibration) {
    return 'This model is not calibrated: the probabilities are its own, and ' +
      'a photograph is referred from 50% on.';
  }
  const {referable_photographs: ill, photographs} = calibration;
  const percent = (/** @type {number} */ share) => Math.round(100 * share);
  const text = 'A photograph is referred from ' +
    `${(100 * calibration.referral_threshold).toFixed(1)}% on. At this ` +
    `threshold, ${percent(calibration.sensitivity)}% of ${ill} referable ` +
    `photographs and ${percent(1 - calibration.specificity)}% of ` +
    `${photographs - ill} others were referred; it was chosen on these same ` +
    'photographs, so expect less on others.';
  if (calibration.wanted_coverage === null) return text;
  return `${text} A range of grades in parentheses was fitted to hold the ` +
    `true grade of ${percent(calibration.wanted_coverage)}% of photographs ` +
    'like those; a grade without a range stands alone.';
}

/**
 * Computes what share of the square shows retina; its corners do not.
 *
 * @param {Float32Array} square `[size, size, 3]` in [0, 1].
 * @returns {number}
 */
export function retinaShare(square) {
  const brightest = new Float32Array(square.length / 3);
  for (let i = 0; i < brightest.length; i++) {
    brightest[i] =
      Math.max(square[3 * i], square[3 * i + 1], square[3 * i + 2]);
  }
  const sorted = brightest.slice().sort();
  const rank = 0.9 * (sorted.length - 1);
  const [lower, upper] = [sorted[Math.floor(rank)], sorted[Math.ceil(rank)]];
  const level = BACKGROUND_SHARE * (lower + (rank % 1) * (upper - lower));
  const lit = brightest.reduce((n, value) => n + (value > level ? 1 : 0), 0);
  return lit / brightest.length;
}

/**
 * Formats an area's percentage, never as a false zero.
 *
 * @param {LesionArea} area
 * @returns {string}
 */
export function percentText({pixels, percent}) {
  if (!pixels) return '0';
  if (percent < 0.01) return '< 0.01';
  return percent.toFixed(percent < 10 ? 2 : 1);
}

// Joiners are parts of words in some scripts and of emoji.
const HIDDEN = /(?![\u200c\u200d])[\p{C}\p{Zl}\p{Zp}]/gu;

/**
 * Writes out the characters that have no shape, like Python's `printable`: an
 * override of the direction of writing disguises the name of a file.
 *
 * @param {string} text
 * @returns {string}
 */
export function visible(text) {
  return text.replace(HIDDEN, (character) => {
    const code = /** @type {number} */ (character.codePointAt(0));
    const digits = code.toString(16);
    if (code < 0x100) return `\\x${digits.padStart(2, '0')}`;
    return code < 0x10000 ? `\\u${digits.padStart(4, '0')}` :
      `\\U${digits.padStart(8, '0')}`;
  });
}
