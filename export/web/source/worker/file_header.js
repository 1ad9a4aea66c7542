/** The header of a JPEG or PNG file, read before anything is decoded. */

const JPEG_END = 0xd9;
const PNG_MAGIC = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const PNG_END = [0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82];

/**
 * Reads a photograph's size and refuses a file that is cut short: a browser
 * would silently fill the missing part with gray.
 *
 * @param {Uint8Array} bytes The whole file.
 * @returns {{width: number, height: number}}
 * @throws {Error} The message says what is wrong, for the user.
 */
export function photographSize(bytes) {
  if (!bytes.length) throw new Error('the file is empty');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return jpegSize(view);
  if (PNG_MAGIC.every((byte, i) => bytes[i] === byte)) return pngSize(view);
  throw new Error('the file is not a JPEG or PNG photograph');
}

/**
 * Walks the segments up to the end marker: an embedded thumbnail has an end
 * marker of its own.
 *
 * @param {DataView} view
 */
function jpegSize(view) {
  let size = {width: 0, height: 0};
  let at = 2;
  while (at + 1 < view.byteLength) {
    const marker = view.getUint8(at + 1);
    if (view.getUint8(at) !== 0xff || !isMarker(marker)) {
      at += 1;
      continue;
    }
    at += 2;
    if (marker === JPEG_END) return size;
    if (marker === 0x01 || marker === 0xd8) continue;
    if (isFrame(marker) && at + 7 <= view.byteLength) {
      size = {height: view.getUint16(at + 3), width: view.getUint16(at + 5)};
    }
    at += at + 2 <= view.byteLength ? Math.max(2, view.getUint16(at)) : 2;
  }
  throw new Error('the JPEG file is cut short; copy it again');
}

/**
 * 00 is stuffing, D0 to D7 are restarts inside a scan, FF is filling.
 *
 * @param {number} marker
 */
const isMarker = (marker) =>
  marker !== 0 && marker !== 0xff && (marker < 0xd0 || marker > 0xd7);

/** @param {number} marker */
const isFrame = (marker) => marker >= 0xc0 && marker < 0xd0 &&
  ![0xc4, 0xc8, 0xcc].includes(marker);

/** @param {DataView} view */
function pngSize(view) {
  const ends = (/** @type {number} */ at) =>
    PNG_END.every((byte, i) => view.getUint8(at + i) === byte);
  let at = view.byteLength - PNG_END.length;
  // Some programs append to the file after its end.
  while (at >= 33 && !ends(at)) at -= 1;
  if (at < 33) throw new Error('the PNG file is cut short; copy it again');
  return {width: view.getUint32(16), height: view.getUint32(20)};
}
