/** Small parts that pages are made of. */

/**
 * Fills the elements that are marked `data-text`.
 *
 * @param {HTMLElement} parent
 * @param {Record<string, string>} texts By the mark's value.
 */
export function setText(parent, texts) {
  for (const [name, text] of Object.entries(texts)) {
    for (const element of parent.querySelectorAll(`[data-text="${name}"]`)) {
      element.textContent = text;
    }
  }
}

/**
 * Makes a table's row.
 *
 * @param {...[string, string]} all Text and class of each cell.
 * @returns {HTMLTableRowElement}
 */
export function cells(...all) {
  const row = document.createElement('tr');
  for (const [text, name] of all) {
    const cell = row.insertCell();
    cell.textContent = text;
    cell.className = name;
  }
  return row;
}

/**
 * Draws a picture.
 *
 * @param {ImageBitmap | import('../results/pictures.js').Picture} picture
 * @param {string} label What a screen reader says of it.
 * @returns {HTMLCanvasElement}
 */
export function canvasOf(picture, label) {
  const canvas = document.createElement('canvas');
  canvas.width = picture.width;
  canvas.height = picture.height;
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', label);
  const context = /** @type {CanvasRenderingContext2D} */ (
    canvas.getContext('2d'));
  if (picture instanceof ImageBitmap) {
    context.drawImage(picture, 0, 0);
    picture.close();
  } else {
    const {data, width, height} = picture;
    context.putImageData(new ImageData(data, width, height), 0, 0);
  }
  return canvas;
}

/**
 * Enlarges a picture smoothly, which a printer would not do.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {number} size Rows and columns of the result.
 * @returns {HTMLCanvasElement} The same.
 */
export function enlarged(canvas, size) {
  const copy = new OffscreenCanvas(canvas.width, canvas.height);
  copy.getContext('2d')?.drawImage(canvas, 0, 0);
  canvas.width = size;
  canvas.height = size;
  const context = /** @type {CanvasRenderingContext2D} */ (
    canvas.getContext('2d'));
  context.imageSmoothingQuality = 'high';
  context.drawImage(copy, 0, 0, size, size);
  return canvas;
}

/**
 * @param {string} text
 * @returns {string} The same, begun by a capital.
 */
export function capitalised(text) {
  return `${text[0].toUpperCase()}${text.slice(1)}`;
}
