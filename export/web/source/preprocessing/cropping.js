/** Photographs cropped to the field of view, like Python's cropping.py. */

import {areaResize} from './area_resize.js';
import {enlarge} from './bicubic_resize.js';

/** @import {FieldOfView} from './field_of_view.js' */
/** @import {Photograph} from './image.js' */

/**
 * Crops to the field of view, pads with black, and resizes. Reduces by area
 * averaging and enlarges bicubically.
 *
 * @param {Photograph} photograph
 * @param {FieldOfView} fieldOfView
 * @param {number} size Side of the result, in pixels.
 * @returns {Photograph} Of three channels.
 */
export function cropPhotograph(photograph, fieldOfView, size) {
  const {top, left, side} = fieldOfView;
  const square = {top, left, height: side, width: side};
  if (side < size) return enlarge(photograph, square, size);
  return areaResize(photograph, square, size, size);
}
