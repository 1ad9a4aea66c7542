/** A file's pixels, upright, in RGB. */

import {UngradableError} from '../preprocessing/image.js';
import {photographSize} from './file_header.js';

/** @import {Photograph} from '../preprocessing/image.js' */

const MAX_MEGABYTES = 100;
const MAX_MEGAPIXELS = 100;
// Of what is shown; the model looks at all pixels.
const SHOWN_SIDE = 2048;

/**
 * Decodes a photograph. The colour profile is ignored and transparent parts
 * are black, as in the Python package.
 *
 * @param {Blob} file
 * @returns {Promise<{photograph: Photograph, shown: ImageBitmap}>} `shown` is
 *     reduced for the screen.
 * @throws {UngradableError} The message says what is wrong, for the user.
 */
export async function decodePhotograph(file) {
  if (file.size > MAX_MEGABYTES * 1e6) {
    throw new UngradableError(`the file has ${Math.round(file.size / 1e6)} ` +
      `megabytes, more than the ${MAX_MEGABYTES} this page reads`);
  }
  const bytes = new Uint8Array(await file.arrayBuffer());
  checkHeader(bytes);
  const bitmap = await createImageBitmap(new Blob([bytes]), {
    colorSpaceConversion: 'none',
    imageOrientation: 'from-image',
    premultiplyAlpha: 'none',
  }).catch(() => {
    throw new UngradableError(
      'the file is damaged, or of a kind this browser cannot decode');
  });
  try {
    const shown = await reducedForScreen(bitmap);
    return {photograph: pixelsOf(bitmap), shown};
  } finally {
    bitmap.close();
  }
}

/** @param {Uint8Array} bytes */
function checkHeader(bytes) {
  let size;
  try {
    size = photographSize(bytes);
  } catch (error) {
    throw new UngradableError(/** @type {Error} */ (error).message);
  }
  if (size.width * size.height > MAX_MEGAPIXELS * 1e6) {
    throw new UngradableError(`${size.width} × ${size.height} pixels are ` +
      `more than the ${MAX_MEGAPIXELS} megapixels this page reads; reduce ` +
      'the photograph first');
  }
}

/**
 * @param {ImageBitmap} bitmap
 * @returns {Photograph}
 */
function pixelsOf(bitmap) {
  const {width, height} = bitmap;
  try {
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d', {willReadFrequently: true});
    if (!context) throw new Error();
    // Transparent parts become black.
    context.fillRect(0, 0, width, height);
    context.drawImage(bitmap, 0, 0);
    const {data} = context.getImageData(0, 0, width, height);
    return {data, width, height, channels: 4};
  } catch {
    throw new UngradableError(`${width} × ${height} pixels are too many for ` +
      'this browser; reduce the photograph first');
  }
}

/** @param {ImageBitmap} bitmap */
function reducedForScreen(bitmap) {
  const {width, height} = bitmap;
  const factor = Math.min(1, SHOWN_SIDE / Math.max(width, height));
  return createImageBitmap(bitmap, {
    resizeWidth: Math.max(1, Math.round(width * factor)),
    resizeHeight: Math.max(1, Math.round(height * factor)),
    resizeQuality: 'high',
  });
}
