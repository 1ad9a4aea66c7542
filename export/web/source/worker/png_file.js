/** A PNG file's chunks, checksums and data. */

import {directoryValue} from './directory.js';

export const CUT_SHORT = 'the PNG file is cut short; copy it again';
export const DAMAGED = 'the PNG file is damaged; copy it again';

const SIGNATURE = 8;
const FRAME = 12;
const ORIENTATION = 0x0112;
const SAMPLES = new Map([[0, 1], [2, 3], [3, 1], [4, 2], [6, 4]]);
// Adam7: the first column and row of a pass, and the steps between them.
const PASSES = [
  [0, 0, 8, 8], [4, 0, 8, 8], [0, 4, 4, 8], [2, 0, 4, 4], [0, 2, 2, 4],
  [1, 0, 2, 2], [0, 1, 1, 2],
];

/**
 * @typedef {object} Png
 * @property {number} width As stored.
 * @property {number} height
 * @property {number} depth Bits a sample.
 * @property {number} orientation That of EXIF, 1 to 8.
 * @property {Uint8Array[]} data The compressed pieces.
 * @property {number} dataSize Their bytes, decompressed.
 * @property {Uint8Array[]} pieces The file without its EXIF, which not every
 *     browser applies.
 * @property {number} end Where the file ends.
 */

/**
 * Walks the chunks up to the last. The size is checked before any data.
 *
 * @param {Uint8Array} bytes The whole file.
 * @param {(width: number, height: number) => void} checkSize Throws.
 * @returns {Png}
 * @throws {Error} The message says what is wrong, for the user.
 */
export function readPng(bytes, checkSize) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < SIGNATURE + FRAME + 13) throw new Error(CUT_SHORT);
  const png = {
    width: view.getUint32(16), height: view.getUint32(20), depth: bytes[24],
    orientation: 1, data: /** @type {Uint8Array[]} */ ([]), dataSize: 0,
    pieces: [bytes.subarray(0, SIGNATURE)], end: 0,
  };
  if (chunkName(bytes, SIGNATURE) !== 'IHDR') throw new Error(DAMAGED);
  checkSize(png.width, png.height);
  png.dataSize = dataSize(png, SAMPLES.get(bytes[25]) ?? 0, bytes[28] === 1);
  for (let at = SIGNATURE; ;) {
    if (at + FRAME > bytes.length) throw new Error(CUT_SHORT);
    const length = view.getUint32(at);
    const end = at + FRAME + length;
    if (end > bytes.length) throw new Error(CUT_SHORT);
    if (crc32(bytes.subarray(at + 4, end - 4)) !== view.getUint32(end - 4)) {
      throw new Error(DAMAGED);
    }
    const name = chunkName(bytes, at);
    const content = bytes.subarray(at + 8, end - 4);
    if (name === 'acTL') {
      throw new Error('the PNG file is animated; save one picture of it');
    }
    if (name === 'IDAT') png.data.push(content);
    if (name === 'eXIf') {
      png.orientation = directoryValue(content, ORIENTATION, 1);
    } else {
      png.pieces.push(bytes.subarray(at, end));
    }
    at = end;
    if (name === 'IEND') return {...png, end};
  }
}

/**
 * Refuses compressed data that are damaged, too short or too long.
 *
 * @param {Png} png
 * @throws {Error} The message says what is wrong, for the user.
 */
export async function checkPngData({data, dataSize}) {
  const stream = new Blob(/** @type {BlobPart[]} */ (data)).stream()
    .pipeThrough(new DecompressionStream('deflate'));
  const reader = stream.getReader();
  let found = 0;
  try {
    for (;;) {
      const {done, value} = await reader.read();
      if (done) break;
      found += value.length;
      if (found > dataSize) break;
    }
  } catch {
    throw new Error(DAMAGED);
  } finally {
    reader.cancel().catch(() => {});
  }
  if (found !== dataSize) {
    throw new Error(found < dataSize ? CUT_SHORT : DAMAGED);
  }
}

/**
 * @param {Uint8Array} bytes
 * @param {number} at
 */
const chunkName = (bytes, at) =>
  String.fromCharCode(...bytes.subarray(at + 4, at + 8));

/**
 * The bytes of all rows, each with its filter's byte.
 *
 * @param {{width: number, height: number, depth: number}} png
 * @param {number} samples
 * @param {boolean} interlaced
 */
function dataSize({width, height, depth}, samples, interlaced) {
  let size = 0;
  for (const [left, top, right, down] of
    interlaced ? PASSES : [[0, 0, 1, 1]]) {
    const columns = Math.ceil((width - left) / right);
    const rows = Math.ceil((height - top) / down);
    if (columns > 0 && rows > 0) {
      size += rows * (1 + Math.ceil(columns * depth * samples / 8));
    }
  }
  return size;
}

const CRC_TABLE = Uint32Array.from({length: 256}, (_, value) => {
  for (let bit = 0; bit < 8; bit++) {
    value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  }
  return value;
});

/**
 * @param {Uint8Array} bytes
 * @returns {number}
 */
function crc32(bytes) {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) {
    crc = CRC_TABLE[(crc ^ bytes[i]) & 255] ^ (crc >>> 8);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
