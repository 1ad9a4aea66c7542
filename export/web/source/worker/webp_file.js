/** A WebP file's chunks. */

import {directoryValue} from './directory.js';

export const CUT_SHORT = 'the WebP file is cut short; copy it again';
export const DAMAGED = 'the WebP file is damaged; copy it again';

const FIRST = 12;
const FRAME = 8;
const ORIENTATION = 0x0112;
// Of the flags in VP8X: whether the file has EXIF.
const HAS_EXIF = 0x08;

/**
 * @typedef {object} WebP
 * @property {number} orientation That of EXIF, 1 to 8.
 * @property {Uint8Array[]} pieces The file without its EXIF, which not every
 *     browser applies.
 * @property {number} end Where the file ends.
 */

/**
 * Walks the chunks and checks the size, as the Python package does.
 *
 * @param {Uint8Array} bytes The whole file.
 * @param {(width: number, height: number) => void} checkSize Throws.
 * @returns {WebP}
 * @throws {Error} The message says what is wrong, for the user.
 */
export function readWebP(bytes, checkSize) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = FRAME + view.getUint32(4, true);
  if (end > bytes.length) throw new Error(CUT_SHORT);
  /** @type {Map<string, Uint8Array>} */
  const chunks = new Map();
  const pieces = [bytes.slice(0, FIRST)];
  for (let at = FIRST; at + FRAME <= end;) {
    const name = String.fromCharCode(...bytes.subarray(at, at + 4));
    const size = view.getUint32(at + 4, true);
    if (at + FRAME + size > end) throw new Error(CUT_SHORT);
    chunks.set(name, bytes.subarray(at + FRAME, at + FRAME + size));
    const next = Math.min(at + FRAME + size + size % 2, end);
    if (name !== 'EXIF') pieces.push(bytes.slice(at, next));
    if (name === 'VP8X' && size) pieces[pieces.length - 1][FRAME] &= ~HAS_EXIF;
    at = next;
  }
  if (chunks.has('ANIM') || chunks.has('ANMF')) {
    throw new Error('the WebP file is animated; save one picture of it');
  }
  checkSize(...pictureSize(chunks));
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  new DataView(pieces[0].buffer).setUint32(4, length - FRAME, true);
  return {orientation: orientationOf(chunks.get('EXIF')), pieces, end};
}

/**
 * Width and height: lossy, or lossless.
 *
 * @param {Map<string, Uint8Array>} chunks
 * @returns {[number, number]}
 */
function pictureSize(chunks) {
  const lossy = chunks.get('VP8 ');
  const content = lossy ?? chunks.get('VP8L');
  if (!content || content.length < (lossy ? 10 : 5)) throw new Error(DAMAGED);
  const view = new DataView(content.buffer, content.byteOffset);
  if (lossy) {
    return [view.getUint16(6, true) & 0x3fff, view.getUint16(8, true) & 0x3fff];
  }
  const bits = view.getUint32(1, true);
  return [(bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1];
}

/** @param {Uint8Array | undefined} exif With or without its introduction. */
function orientationOf(exif) {
  if (!exif) return 1;
  const isLong = String.fromCharCode(...exif.subarray(0, 6)) === 'Exif\0\0';
  return directoryValue(isLong ? exif.subarray(6) : exif, ORIENTATION, 1);
}
