/** A JPEG file's segments, and whether its coded data are whole. */

import {MAX_JPEG_SCANS, MAX_JPEG_SEGMENTS} from '../preprocessing/constants.js';
import {directoryValue} from './directory.js';
import {checkScan, huffmanTable} from './jpeg_scan.js';

export const CUT_SHORT = 'the JPEG file is cut short; copy it again';
export const DAMAGED = 'the JPEG file is damaged; copy it again';
export const SEVERAL = 'the file holds more than one picture; save the ' +
  'photograph alone';

const SOI = 0xd8;
const END = 0xd9;
const SCAN = 0xda;
const PICTURES = 0xb001;
const ORIENTATION = 0x0112;

/**
 * A component of a frame.
 *
 * @typedef {object} Component
 * @property {number} id
 * @property {number} h Its sampling factors.
 * @property {number} v
 * @property {Uint8Array} bits How many low bits of each coefficient are still
 *     to come.
 * @property {Uint8Array} [known] Whether each coefficient is not zero, for
 *     scans that refine.
 */

/**
 * @typedef {object} Frame
 * @property {number} width
 * @property {number} height
 * @property {boolean} progressive
 * @property {Component[]} components
 */

/**
 * @typedef {object} Jpeg
 * @property {number} width As stored.
 * @property {number} height
 * @property {number} orientation That of EXIF, 1 to 8.
 * @property {Uint8Array[]} pieces The file without its EXIF, so that the
 *     orientation is applied in one way in every browser.
 * @property {number} end Where the picture ends.
 */

/**
 * Walks the segments up to the end marker: an embedded thumbnail has an end
 * marker of its own. The size is checked before any data.
 *
 * @param {Uint8Array} bytes The whole file.
 * @param {(width: number, height: number) => void} checkSize Throws.
 * @returns {Jpeg}
 * @throws {Error} The message says what is wrong, for the user.
 */
export function readJpeg(bytes, checkSize) {
  const walk = {
    /** @type {Frame | null} */ frame: null,
    /** @type {Map<number, Uint16Array>} */ tables: new Map(),
    interval: 0,
    scans: 0,
    orientation: 1,
    /** @type {Uint8Array[]} */ pieces: [],
  };
  // What comes before was taken.
  let taken = 0;
  let at = 2;
  for (let count = 0; count < MAX_JPEG_SEGMENTS; count++) {
    while (at + 1 < bytes.length && !isMarker(bytes, at)) at += 1;
    if (at + 1 >= bytes.length) throw new Error(CUT_SHORT);
    const marker = bytes[at + 1];
    at += 2;
    if (marker === END) {
      checkComplete(walk.frame);
      const {width, height} = /** @type {Frame} */ (walk.frame);
      const pieces = [...walk.pieces, bytes.subarray(taken, at)];
      return {width, height, orientation: walk.orientation, pieces, end: at};
    }
    if (marker === 0x01 || (marker >= 0xd0 && marker <= SOI)) continue;
    const length = Math.max(2, (bytes[at] << 8) | bytes[at + 1]);
    if (!(at + length <= bytes.length)) throw new Error(CUT_SHORT);
    const content = bytes.subarray(at + 2, at + length);
    at += length;
    if (isFrame(marker)) {
      if (walk.frame) throw new Error(DAMAGED);
      walk.frame = readFrame(marker, content);
      checkSize(walk.frame.width, walk.frame.height);
    } else if (marker === 0xc4) {
      readTables(content, walk.tables);
    } else if (marker === 0xdd) {
      walk.interval = (content[0] << 8) | content[1];
    } else if (marker === 0xe1 && isExif(content)) {
      walk.orientation = orientationOf(content);
      walk.pieces.push(bytes.subarray(taken, at - length - 2));
      taken = at;
    } else if (marker === 0xe2) {
      refuseSeveral(content);
    } else if (marker === SCAN) {
      walk.scans += 1;
      if (!walk.frame) throw new Error(DAMAGED);
      if (walk.scans > MAX_JPEG_SCANS) {
        throw new Error(`the JPEG file has more than ${MAX_JPEG_SCANS} ` +
          'scans; save it again');
      }
      const end = scanEnd(bytes, at);
      checkScan(walk.frame, scanHeader(content, walk.frame),
        bytes.subarray(at, end), walk.tables, walk.interval);
      at = end;
    }
  }
  throw new Error(DAMAGED);
}

/**
 * @param {Uint8Array} bytes
 * @param {number} at
 */
const isMarker = (bytes, at) => bytes[at] === 0xff &&
  bytes[at + 1] !== 0 && bytes[at + 1] !== 0xff;

/** @param {number} marker */
const isFrame = (marker) => marker >= 0xc0 && marker < 0xd0 &&
  ![0xc4, 0xc8, 0xcc].includes(marker);

/**
 * @param {number} marker
 * @param {Uint8Array} content
 * @returns {Frame}
 */
function readFrame(marker, content) {
  const count = content[5];
  let reason = '';
  if (content[0] !== 8) reason = `of ${content[0]} bits`;
  else if (marker >= 0xc9) reason = 'with arithmetic coding';
  else if (marker > 0xc2) reason = 'lossless or hierarchical';
  else if (count === 4) reason = 'of CMYK colors';
  else if (count !== 1 && count !== 3) reason = 'of unknown colors';
  if (reason) {
    throw new Error(`a JPEG file ${reason} cannot be decoded; save it as an ` +
      'ordinary JPEG or PNG file');
  }
  if (content.length !== 6 + 3 * count) throw new Error(DAMAGED);
  const components = Array.from({length: count}, (_, i) => ({
    id: content[6 + 3 * i],
    h: content[7 + 3 * i] >> 4,
    v: content[7 + 3 * i] & 15,
    bits: new Uint8Array(64).fill(255),
  }));
  if (components.some(({h, v}) => !h || !v || h > 4 || v > 4)) {
    throw new Error(DAMAGED);
  }
  return {
    height: (content[1] << 8) | content[2],
    width: (content[3] << 8) | content[4],
    progressive: marker === 0xc2,
    components,
  };
}

/**
 * @param {Uint8Array} content
 * @param {Map<number, Uint16Array>} tables
 */
function readTables(content, tables) {
  let at = 0;
  while (at < content.length) {
    const counts = content.subarray(at + 1, at + 17);
    const total = counts.reduce((sum, count) => sum + count, 0);
    if (at + 17 + total > content.length) throw new Error(DAMAGED);
    const symbols = content.subarray(at + 17, at + 17 + total);
    tables.set(content[at], huffmanTable(counts, symbols));
    at += 17 + total;
  }
}

/**
 * Where a scan's data end, before fill bytes; restarts belong to them.
 *
 * @param {Uint8Array} bytes
 * @param {number} start
 */
function scanEnd(bytes, start) {
  for (let at = start; at + 1 < bytes.length; at++) {
    if (!isMarker(bytes, at)) continue;
    if (bytes[at + 1] >= 0xd0 && bytes[at + 1] <= 0xd7) continue;
    while (at > start && bytes[at - 1] === 0xff) at -= 1;
    return at;
  }
  throw new Error(CUT_SHORT);
}

/**
 * @param {Uint8Array} content
 * @param {Frame} frame
 */
function scanHeader(content, frame) {
  const count = content[0];
  if (content.length !== 4 + 2 * count || !count) throw new Error(DAMAGED);
  const members = Array.from({length: count}, (_, i) => ({
    component: frame.components.find(({id}) => id === content[1 + 2 * i]),
    tables: content[2 + 2 * i],
  }));
  let [first, last, low] = content.subarray(-3);
  // A sequential scan brings all, whatever its header says.
  if (!frame.progressive) [first, last, low] = [0, 63, 0];
  if (members.some(({component}) => !component) || first > last || last > 63) {
    throw new Error(DAMAGED);
  }
  for (const {component} of members) component?.bits.fill(low & 15, first, last + 1);
  return {members, first, last, refines: low >> 4 > 0};
}

/**
 * A progressive file that was cut between two scans lacks details.
 *
 * @param {Frame | null} frame
 */
function checkComplete(frame) {
  if (!frame) throw new Error(DAMAGED);
  if (frame.components.some(({bits}) => bits.some((low) => low))) {
    throw new Error(CUT_SHORT);
  }
}

/** @param {Uint8Array} content */
const isExif = (content) =>
  String.fromCharCode(...content.subarray(0, 6)) === 'Exif\0\0';

/** @param {Uint8Array} content */
function orientationOf(content) {
  const value = directoryValue(content.subarray(6), ORIENTATION, 1);
  return value >= 1 && value <= 8 ? value : 1;
}

/** @param {Uint8Array} content */
function refuseSeveral(content) {
  const name = String.fromCharCode(...content.subarray(0, 4));
  if (name === 'MPF\0' &&
      directoryValue(content.subarray(4), PICTURES, 1) > 1) {
    throw new Error(SEVERAL);
  }
}
