/**
 * Runs the page's reading of probabilities under Node, for the test beside it.
 *
 * Standard input: JSON, `probabilities` of each photograph, and `calibration`.
 * Standard output: JSON, the verdicts and the texts of their sets.
 */

import {readFileSync} from 'node:fs';

const source = new URL('../../../export/web/source/', import.meta.url);
const {calibrationText, gradeSetText, verdict} =
  await import(new URL('results/finding.js', source));

const {probabilities, calibration} = JSON.parse(readFileSync(0, 'utf8'));
const verdicts = probabilities.map((row) => verdict(row, 2, calibration));
console.log(JSON.stringify({
  verdicts,
  sets: verdicts.map(gradeSetText),
  text: calibrationText(calibration),
}));
