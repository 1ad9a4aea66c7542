/** The finding in a photograph, in numbers and in words. */

import {BACKGROUND_SHARE} from '../preprocessing/constants.js';

/** @import {LesionArea} from './lesions.js' */

export const NO_EVIDENCE = 'no part of the photograph raised the score';
export const NOT_RELIABLE = 'not reliably detected by this model';

/**
 * @typedef {object} Verdict
 * @property {number} grade The most probable one.
 * @property {number} referable Probability of a referable grade.
 * @property {boolean} isReferable Whether that is at least a half.
 * @property {boolean} isAmbiguous Whether grade and referral disagree.
 */

/**
 * Reads the grade off its probabilities.
 *
 * @param {ArrayLike<number>} probabilities Of each grade.
 * @param {number} referableGrade Referable from this grade on.
 * @returns {Verdict}
 */
export function verdict(probabilities, referableGrade) {
  const all = Array.from(probabilities);
  const grade = all.indexOf(Math.max(...all));
  const referable = all.slice(referableGrade).reduce((a, b) => a + b, 0);
  const isReferable = referable >= 0.5;
  const isAmbiguous = isReferable !== (grade >= referableGrade);
  return {grade, referable, isReferable, isAmbiguous};
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
