/** A file's pixels, upright, in RGB. */

import {MAX_BROWSER_MEGABYTES} from '../preprocessing/constants.js';
import {hasSeam} from '../preprocessing/seam.js';
import {UserError} from '../user_error.js';
import {checkFile, uprightMatrix} from './file_header.js';

/** @import {Photograph} from '../preprocessing/image.js' */

// The screen gets a reduced picture; the model gets all pixels.
const PREVIEW_SIDE = 2048;
// The 8-bit value below which a 16-bit photograph has at most 12 bits.
const TWELVE_BITS = 16;

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
  const {pieces, orientation, isDeep, isJpeg} = await checkFile(bytes).catch(
    (error) => { throw new UserError(error.message); });
  const bitmap = await createImageBitmap(new Blob(pieces), {
    colorSpaceConversion: 'none',
    imageOrientation: 'from-image',
    premultiplyAlpha: 'none',
  }).catch(() => {
    throw new UserError(
      'the file is damaged, or of a kind this browser cannot decode');
  });
  try {
    const canvas = upright(bitmap, orientation);
    const photograph = pixelsOf(canvas);
    if (isDeep) refuseTwelveBits(photograph);
    if (isJpeg) refuseSeam(photograph, bitmap, orientation);
    return {photograph, preview: await previewOf(canvas)};
  } finally {
    bitmap.close();
  }
}

/**
 * Draws over black, turned and mirrored as EXIF says.
 *
 * @param {ImageBitmap} bitmap
 * @param {number} orientation
 * @returns {OffscreenCanvas}
 */
function upright(bitmap, orientation) {
  const {matrix, width, height} =
    uprightMatrix(orientation, bitmap.width, bitmap.height);
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', {willReadFrequently: true});
  if (!context) throw tooLarge(bitmap);
  // Transparent parts become black.
  context.fillRect(0, 0, width, height);
  const [a, b, c, d, e, f] = matrix;
  context.setTransform(a, b, c, d, e, f);
  context.drawImage(bitmap, 0, 0);
  return canvas;
}

/**
 * @param {OffscreenCanvas} canvas
 * @returns {Photograph}
 */
function pixelsOf(canvas) {
  const {width, height} = canvas;
  try {
    const context = /** @type {OffscreenCanvasRenderingContext2D} */ (
      canvas.getContext('2d'));
    const {data} = context.getImageData(0, 0, width, height);
    return {data, width, height, channels: 4};
  } catch {
    throw tooLarge(canvas);
  }
}

/** @param {{width: number, height: number}} size */
const tooLarge = ({width, height}) => new UserError(
  `${width} × ${height} pixels are too many for this browser; reduce the ` +
  'photograph first');

/** @param {Photograph} photograph */
function refuseTwelveBits({data}) {
  let highest = 0;
  for (let i = 0; i < data.length; i++) {
    if (i % 4 < 3 && data[i] > highest) highest = data[i];
  }
  if (highest > 0 && highest < TWELVE_BITS) {
    throw new UserError('the 16-bit photograph has values up to 4095 only, ' +
      '12 bits in 16; save it with 8 bits, or scaled to all 16');
  }
}

/**
 * @param {Photograph} photograph
 * @param {ImageBitmap} bitmap
 * @param {number} orientation
 */
function refuseSeam(photograph, {width, height}, orientation) {
  const {matrix} = uprightMatrix(orientation, width, height);
  if (hasSeam(photograph, matrix)) {
    throw new UserError('the JPEG file is damaged (from one of its blocks ' +
      'on, the brightness or color is shifted); copy it again');
  }
}

/** @param {OffscreenCanvas} canvas */
function previewOf(canvas) {
  const {width, height} = canvas;
  const factor = Math.min(1, PREVIEW_SIDE / Math.max(width, height));
  return createImageBitmap(canvas, {
    resizeWidth: Math.max(1, Math.round(width * factor)),
    resizeHeight: Math.max(1, Math.round(height * factor)),
    resizeQuality: 'high',
  });
}
