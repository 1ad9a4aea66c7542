/** Small parts of the page. */

/**
 * Fills the elements marked `data-text`.
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
 * Creates a row of a table.
 *
 * @param {...[string, string]} contents Text and class of each cell.
 * @returns {HTMLTableRowElement}
 */
export function tableRow(...contents) {
  const row = document.createElement('tr');
  for (const [text, name] of contents) {
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
 * @param {string} label What a screen reader calls it.
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
 * Enlarges a picture smoothly; a printer would show blocks.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {number} size Rows and columns of the result.
 * @returns {HTMLCanvasElement} The same.
 */
export function enlarge(canvas, size) {
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
 * @returns {string} The same with a capital first letter.
 */
export function capitalize(text) {
  return `${text[0].toUpperCase()}${text.slice(1)}`;
}
