/** A BMP file's header. */

export const CUT_SHORT = 'the BMP file is cut short; copy it again';
export const DAMAGED = 'the BMP file is damaged; copy it again';

const OLD_HEADER = 12;
// Only later headers can have a color profile behind the pixels.
const LAST_WITHOUT_PROFILE = 108;
const PLAIN = 0;
const MASKS = 3;
// Some programs fill up the file.
const MOST_FILL = 3;

/**
 * Checks the size, as the Python package does.
 *
 * @param {Uint8Array} bytes The whole file.
 * @param {(width: number, height: number) => void} checkSize Throws.
 * @param {(end: number) => void} refuseSecond Throws.
 * @throws {Error} The message says what is wrong, for the user.
 */
export function checkBmp(bytes, checkSize, refuseSecond) {
  const header = headerOf(bytes);
  // Rows from top to bottom have a negative height.
  const height = Math.abs(header.height);
  checkSize(Math.max(header.width, 0), height);
  if (header.length > bytes.length) throw new Error(CUT_SHORT);
  refuseSecond(header.length || bytes.length);
  if (header.length && header.length < bytes.length) throw new Error(DAMAGED);
  const isPlain = header.compression === PLAIN || header.compression === MASKS;
  if (isPlain && header.size <= LAST_WITHOUT_PROFILE) {
    const row = Math.floor((header.width * header.bits + 31) / 32) * 4;
    const rest = bytes.length - header.start - row * height;
    if (rest < 0 || rest > MOST_FILL) throw new Error(DAMAGED);
  }
}

/** @param {Uint8Array} bytes */
function headerOf(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  try {
    const size = view.getUint32(14, true);
    const isOld = size === OLD_HEADER;
    return {
      length: view.getUint32(2, true),
      start: view.getUint32(10, true),
      size,
      width: isOld ? view.getUint16(18, true) : view.getInt32(18, true),
      height: isOld ? view.getUint16(20, true) : view.getInt32(22, true),
      bits: view.getUint16(isOld ? 24 : 28, true),
      compression: isOld ? PLAIN : view.getUint32(30, true),
    };
  } catch {
    throw new Error(CUT_SHORT);
  }
}
