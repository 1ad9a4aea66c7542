/**
 * Looks for the seam of a flipped bit under Node, for the tests beside it.
 *
 * Arguments: width and height as stored, and orientation. Standard input: the
 * RGB bytes of upright pictures, one after the other. Standard output: a JSON
 * list with what `hasSeam` says of each.
 */

import {readFileSync} from 'node:fs';

const source = new URL('../../../export/web/source/', import.meta.url);
const {hasSeam} = await import(new URL('preprocessing/seam.js', source));
const {uprightMatrix} = await import(new URL('worker/file_header.js', source));

const [storedWidth, storedHeight, orientation] =
  process.argv.slice(2).map(Number);
const {matrix, width, height} =
  uprightMatrix(orientation, storedWidth, storedHeight);
const input = new Uint8Array(readFileSync(0));
const answers = [];
for (let at = 0; at < input.length; at += 3 * width * height) {
  const data = input.subarray(at, at + 3 * width * height);
  answers.push(hasSeam({data, width, height, channels: 3}, matrix));
}
console.log(JSON.stringify(answers));
