/**
 * Checks files under Node, for the tests beside it.
 *
 * Standard input: for each file its length, 32 bits with the lowest byte
 * first, and its content. Standard output: a JSON list with what `checkFile`
 * says of each: "" or the reason, and the orientation.
 */

import {readFileSync} from 'node:fs';

const {checkFile} = await import(new URL(
  '../../../export/web/source/worker/file_header.js', import.meta.url));

const input = new Uint8Array(readFileSync(0));
const view = new DataView(input.buffer);
const answers = [];
for (let at = 0; at < input.length;) {
  const length = view.getUint32(at, true);
  const bytes = input.slice(at + 4, at + 4 + length);
  at += 4 + length;
  answers.push(await checkFile(bytes).then(
    ({orientation}) => ['', orientation], (error) => [error.message, 0]));
}
console.log(JSON.stringify(answers));
