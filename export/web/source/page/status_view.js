/** What the page is doing, for eyes and for screen readers. */

import {capitalize} from './elements.js';

export class StatusView {
  constructor() {
    this.text = /** @type {HTMLElement} */ (document.getElementById('status'));
    this.error = /** @type {HTMLElement} */ (document.getElementById('error'));
    this.bar = /** @type {HTMLProgressElement} */ (
      document.getElementById('progress'));
  }

  /**
   * Shows what the page is doing.
   *
   * @param {string} text
   * @param {number} share How much of it is done, in [0, 1].
   */
  work(text, share) {
    this.error.hidden = true;
    this.bar.hidden = false;
    this.bar.value = share;
    // A screen reader announces it once, not at every step of the bar.
    if (this.text.textContent !== text) this.text.textContent = text;
  }

  /** @param {string} text What to show while the page does nothing. */
  rest(text) {
    this.error.hidden = true;
    this.bar.hidden = true;
    this.text.textContent = text;
  }

  /**
   * Shows an error in one line.
   *
   * @param {string} message
   * @param {string} file The file at fault; empty for the page itself.
   */
  fail(message, file) {
    this.rest('');
    const line = file ? `${file}: ${message}` : capitalize(message);
    this.error.textContent = `${line}.`;
    this.error.hidden = false;
    this.error.scrollIntoView({block: 'center'});
  }
}
