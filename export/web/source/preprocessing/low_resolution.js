/** The model's input, made as dmtdr_tf/reporting/predictor.py makes it. */

import {reduceAntialiased} from './bicubic_resize.js';
import {cropPhotograph} from './field_of_view.js';

/** @import {FieldOfView, Photograph} from './image.js' */

/**
 * Brings a photograph's square to the model's input size.
 *
 * @param {Photograph} photograph
 * @param {FieldOfView} view
 * @param {number} lowResSize Side of the model's input, in pixels.
 * @param {number} highResSize Side of its output.
 * @returns {Float32Array} `[lowResSize, lowResSize, 3]` in [0, 1].
 */
export function lowResolution(photograph, view, lowResSize, highResSize) {
  if (view.side < highResSize) {
    const {data} = cropPhotograph(photograph, view, lowResSize);
    return Float32Array.from(data, (value) => value / 255);
  }
  const highRes = cropPhotograph(photograph, view, highResSize);
  return reduceAntialiased(highRes, lowResSize);
}
