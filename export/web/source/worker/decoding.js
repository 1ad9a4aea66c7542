/** A file's pixels, upright, in RGB. */

import {
  MAX_BROWSER_MEGABYTES, MAX_BROWSER_MEGAPIXELS,
} from '../preprocessing/constants.js';
import {UserError} from '../user_error.js';
import {photographSize} from './file_header.js';

/** @import {Photograph} from '../preprocessing/image.js' */

// The screen gets a reduced picture; the model gets all pixels.
const PREVIEW_SIDE = 2048;

/**
 * Decodes a photograph. Like the Python package, it ignores the color profile
 * and makes transparent parts black.
 *
 * @param {Blob} file
 * @returns {Promise<{photograph: Photograph, preview: ImageBitmap}>} `preview`
 *     is reduced for the screen.
 * @throws {UserError} The message says what is wrong, for the user.
 */
export async function decodePhotograph(file) {
  if (file.size > MAX_BROWSER_MEGABYTES * 1e6) {
    throw new UserError(`the file has ${Math.round(file.size / 1e6)} ` +
      `megabytes, more than the ${MAX_BROWSER_MEGABYTES} this page reads`);
  }
  const bytes = new Uint8Array(await file.arrayBuffer());
  checkHeader(bytes);
  const bitmap = await createImageBitmap(new Blob([bytes]), {
    colorSpaceConversion: 'none',
    imageOrientation: 'from-image',
    premultiplyAlpha: 'none',
  }).catch(() => {
    throw new UserError(
      'the file is damaged, or of a kind this browser cannot decode');
  });
  try {
    const preview = await previewOf(bitmap);
    return {photograph: pixelsOf(bitmap), preview};
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
    throw new UserError(/** @type {Error} */ (error).message);
  }
  if (size.width * size.height > MAX_BROWSER_MEGAPIXELS * 1e6) {
    throw new UserError(`${size.width} × ${size.height} pixels are ` +
      `more than the ${MAX_BROWSER_MEGAPIXELS} megapixels this page reads; ` +
      'reduce the photograph first');
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
    throw new UserError(`${width} × ${height} pixels are too many for ` +
      'this browser; reduce the photograph first');
  }
}

/** @param {ImageBitmap} bitmap */
function previewOf(bitmap) {
  const {width, height} = bitmap;
  const factor = Math.min(1, PREVIEW_SIDE / Math.max(width, height));
  return createImageBitmap(bitmap, {
    resizeWidth: Math.max(1, Math.round(width * factor)),
    resizeHeight: Math.max(1, Math.round(height * factor)),
    resizeQuality: 'high',
  });
}
