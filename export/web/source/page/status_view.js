/** What the page is doing, for eyes and for screen readers. */

import {capitalised} from './elements.js';

export class StatusView {
  constructor() {
    this.text = /** @type {HTMLElement} */ (document.getElementById('status'));
    this.error = /** @type {HTMLElement} */ (document.getElementById('error'));
    this.bar = /** @type {HTMLProgressElement} */ (
      document.getElementById('progress'));
  }

  /**
   * Shows that something goes on.
   *
   * @param {string} text
   * @param {number} share How much of it is done, in [0, 1].
   */
  work(text, share) {
    this.error.hidden = true;
    this.bar.hidden = false;
    this.bar.value = share;
    // Said once, not at every step of the bar.
    if (this.text.textContent !== text) this.text.textContent = text;
  }

  /** @param {string} text What there is to say while nothing goes on. */
  rest(text) {
    this.error.hidden = true;
    this.bar.hidden = true;
    this.text.textContent = text;
  }

  /**
   * Shows one clear line.
   *
   * @param {string} message
   * @param {string} file What it is about; empty for the page.
   */
  fail(message, file) {
    this.rest('');
    const line = file ? `${file}: ${message}` : capitalised(message);
    this.error.textContent = `${line}.`;
    this.error.hidden = false;
    this.error.scrollIntoView({block: 'center'});
  }
}
