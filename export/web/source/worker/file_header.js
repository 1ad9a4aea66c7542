/** A photograph's file, checked before a browser decodes it. */

import {
  MAX_ASPECT_RATIO, MAX_BROWSER_MEGAPIXELS,
} from '../preprocessing/constants.js';
import {checkBmp} from './bmp_file.js';
import {readJpeg, SEVERAL} from './jpeg_file.js';
import {checkPngData, readPng} from './png_file.js';
import {readWebP} from './webp_file.js';

const PNG_MAGIC = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const RIFF_MAGIC = [0x52, 0x49, 0x46, 0x46];
const WEBP_MAGIC = [0x57, 0x45, 0x42, 0x50];
const BMP_MAGIC = [0x42, 0x4d];

/**
 * What the decoding needs.
 *
 * @typedef {object} PhotographFile
 * @property {BlobPart[]} pieces For the browser's decoder.
 * @property {number} orientation To be undone after it, 1 to 8.
 * @property {boolean} isDeep Whether the file has 16 bits a sample.
 * @property {boolean} isJpeg
 */

/**
 * Checks a file as the Python package does. Browsers silently fill what a
 * damaged file lacks with gray.
 *
 * @param {Uint8Array} bytes The whole file.
 * @returns {Promise<PhotographFile>}
 * @throws {Error} The message says what is wrong, for the user.
 */
export async function checkFile(bytes) {
  if (!bytes.length) throw new Error('the file is empty');
  const file = {pieces: /** @type {BlobPart[]} */ ([bytes]), orientation: 1,
    isDeep: false, isJpeg: false};
  if (bytes[0] === 0xff && bytes[1] === 0xd8) {
    const {end, pieces, orientation} = readJpeg(bytes, checkSize);
    refuseSecond(bytes, end);
    return {...file, pieces: /** @type {BlobPart[]} */ (pieces), orientation,
      isJpeg: true};
  }
  if (begins(bytes, 0, PNG_MAGIC)) {
    const png = readPng(bytes, checkSize);
    refuseSecond(bytes, png.end);
    await checkPngData(png);
    return {...file, pieces: /** @type {BlobPart[]} */ (png.pieces),
      orientation: png.orientation, isDeep: png.depth === 16};
  }
  if (begins(bytes, 0, RIFF_MAGIC) && begins(bytes, 8, WEBP_MAGIC)) {
    const {end, pieces, orientation} = readWebP(bytes, checkSize);
    refuseSecond(bytes, end);
    return {...file, pieces: /** @type {BlobPart[]} */ (pieces), orientation};
  }
  if (begins(bytes, 0, BMP_MAGIC)) {
    checkBmp(bytes, checkSize, (end) => refuseSecond(bytes, end));
    return file;
  }
  throw new Error('the file is not a JPEG, PNG, WebP or BMP photograph; TIFF ' +
    'and other kinds must be converted first');
}

/**
 * Where a stored pixel lies in the upright picture: the matrix of a canvas.
 *
 * @param {number} orientation That of EXIF; 2 to 8 turn or mirror.
 * @param {number} width As stored.
 * @param {number} height As stored.
 * @returns {{matrix: number[], width: number, height: number}} With the size
 *     of the upright picture.
 */
export function uprightMatrix(orientation, width, height) {
  const matrix = [
    [1, 0, 0, 1, 0, 0],
    [-1, 0, 0, 1, width, 0],
    [-1, 0, 0, -1, width, height],
    [1, 0, 0, -1, 0, height],
    [0, 1, 1, 0, 0, 0],
    [0, 1, -1, 0, height, 0],
    [0, -1, -1, 0, height, width],
    [0, -1, 1, 0, 0, width],
  ][orientation - 1] ?? [1, 0, 0, 1, 0, 0];
  const turned = orientation >= 5 && orientation <= 8;
  return {matrix, width: turned ? height : width,
    height: turned ? width : height};
}

/**
 * @param {number} width
 * @param {number} height
 */
function checkSize(width, height) {
  if (!width || !height) {
    throw new Error('the file is damaged: its header has no size');
  }
  if (width * height > MAX_BROWSER_MEGAPIXELS * 1e6) {
    throw new Error(`${width} × ${height} pixels are more than the ` +
      `${MAX_BROWSER_MEGAPIXELS} megapixels this page reads; reduce the ` +
      'photograph first');
  }
  if (Math.max(width, height) > MAX_ASPECT_RATIO * Math.min(width, height)) {
    throw new Error(`${width} × ${height} pixels are a strip, not a ` +
      `photograph: one side is more than ${MAX_ASPECT_RATIO} times the other`);
  }
}

/**
 * @param {Uint8Array} bytes
 * @param {number} end Where the first picture ends.
 */
function refuseSecond(bytes, end) {
  for (let at = end; at + 4 <= bytes.length; at++) {
    const fourth = bytes[at + 3];
    const isJpeg = begins(bytes, at, [0xff, 0xd8, 0xff]) &&
      (fourth === 0xdb || fourth === 0xc0 || (fourth >> 4) === 0xe);
    if (isJpeg || begins(bytes, at, PNG_MAGIC)) throw new Error(SEVERAL);
  }
}

/**
 * @param {Uint8Array} bytes
 * @param {number} at
 * @param {number[]} magic
 */
const begins = (bytes, at, magic) =>
  magic.every((byte, i) => bytes[at + i] === byte);
