/** The model's input, computed like Python's model_input.py. */

import {reduceAntialiased} from './bicubic_resize.js';
import {cropPhotograph} from './cropping.js';

/** @import {FieldOfView} from './field_of_view.js' */
/** @import {Photograph} from './image.js' */

/**
 * Crops a photograph to its field of view and reduces it.
 *
 * @param {Photograph} photograph
 * @param {FieldOfView} fieldOfView
 * @param {number} lowResSize Side of the model's input, in pixels.
 * @param {number} highResSize Side of its output.
 * @returns {Float32Array} `[lowResSize, lowResSize, 3]` in [0, 1].
 */
export function modelInput(photograph, fieldOfView, lowResSize, highResSize) {
  if (fieldOfView.side < highResSize) {
    const {data} = cropPhotograph(photograph, fieldOfView, lowResSize);
    return Float32Array.from(data, (value) => value / 255);
  }
  const highRes = cropPhotograph(photograph, fieldOfView, highResSize);
  return reduceAntialiased(highRes, lowResSize);
}
