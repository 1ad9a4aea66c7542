/** The result of one photograph. */

import {
  calibrationText, gradeSetText, NO_EVIDENCE, NOT_RELIABLE, percentText,
  visible,
} from '../results/finding.js';
import {canvasOf, capitalize, enlarge, setText, tableRow} from './elements.js';

/** @import {ModelInfo} from '../worker/engine.js' */

export class ResultView {
  /** @param {HTMLElement} article */
  constructor(article) {
    this.article = article;
    article.addEventListener('click', ({target}) => {
      const button = /** @type {Element} */ (target);
      if (button.closest('[data-print]')) window.print();
    });
  }

  /** @param {string} selector */
  part(selector) {
    return /** @type {HTMLElement} */ (this.article.querySelector(selector));
  }

  /**
   * Shows the photograph and its quality, before it is graded.
   *
   * @param {File} file
   * @param {any} answer From the worker.
   */
  showChecked(file, {checks, preview, width, height}) {
    const template = /** @type {HTMLTemplateElement} */ (
      document.getElementById('result-template'));
    this.article.replaceChildren(template.content.cloneNode(true));
    this.article.hidden = false;
    const now = new Date().toLocaleString();
    setText(this.article, {
      name: visible(file.name) || 'Photograph',
      details: `${width} × ${height} pixels, ${now}`,
    });
    this.showParts(false);
    const photograph = canvasOf(preview, `Fundus photograph ${visible(file.name)}`);
    const stage = this.part('[data-photograph]');
    stage.append(photograph);
    stage.style.setProperty('--ratio', `${width / height}`);
    this.part('[data-quality]').append(...checks.map(qualityRow));
  }

  /** Shows nothing. */
  clear() {
    this.article.hidden = true;
    this.article.replaceChildren();
  }

  /**
   * Shows, beside the photograph, why it has no grade.
   *
   * @param {string} message
   */
  showRefused(message) {
    const line = this.article.querySelector('[data-refused]');
    if (!line) return;
    line.textContent = `${capitalize(message)}.`;
    /** @type {HTMLElement} */ (line).hidden = false;
  }

  /** @param {boolean} graded Whether to show the parts of a graded result. */
  showParts(graded) {
    for (const part of this.article.querySelectorAll('[data-graded]')) {
      /** @type {HTMLElement} */ (part).hidden = !graded;
    }
  }

  /**
   * Shows the model's answer.
   *
   * @param {ModelInfo} info
   * @param {any} answer From the worker.
   */
  showGraded(info, answer) {
    this.showParts(true);
    this.showVerdict(info, answer);
    this.showLayers(info, answer);
    this.part('[data-bars]').append(...gradeNames(info).map((name, grade) =>
      gradeRow(name, grade, answer.probabilities[grade],
        grade === answer.verdict.grade)));
    this.showComparison(info, answer);
    setText(this.article, {
      warning: info.warning ? `${info.warning}.` : '',
      provenance: `Graded by dmtdr_tf ${info.dmtdr_tf}, ` +
        `weights ${info.weights}, trained on ${info.dataset}.`,
    });
    this.part('#result-title').focus({preventScroll: true});
    this.article.scrollIntoView();
  }

  /**
   * @param {ModelInfo} info
   * @param {any} answer
   */
  showVerdict(info, {verdict}) {
    const {grade, referable, threshold, isReferable, isAmbiguous} = verdict;
    setText(this.article, {
      grade: `Grade ${grade}`,
      gradeName: gradeNames(info)[grade],
      gradeSet: gradeSetText(verdict),
      referable: `probability of grade ${info.referable_grade} or higher: ` +
        `${Math.round(100 * referable)}%, referred from ` +
        `${(100 * threshold).toFixed(1)}% on` +
        (verdict.isCalibrated ? '' : '; not calibrated'),
      calibration: calibrationText(info.calibration),
    });
    const chip = this.part('[data-chip]');
    chip.textContent = isReferable ? 'Referable' : 'Not referable';
    chip.classList.add(isReferable ? 'yes' : 'no');
    this.part('[data-ambiguous]').hidden = !isAmbiguous;
  }

  /**
   * @param {ModelInfo} info
   * @param {any} answer
   */
  showLayers(info, {fieldOfView, evidence, lesions}) {
    this.showEvidence(evidence, fieldOfView);
    const layers = info.lesions.map((short, i) => {
      const canvas =
        canvasOf(lesions[i].layer, `Predicted ${info.lesion_names[i]}`);
      canvas.className = 'layer';
      canvas.dataset.layer = short;
      canvas.hidden = !isReliable(info, short);
      return canvas;
    });
    this.part('[data-photograph]').append(...layers);
    this.part('[data-lesions]').append(...info.lesions.map((_, i) =>
      lesionRow(info, i, lesions[i].area)));
  }

  /**
   * Lays the map over the photograph, and draws both for the printer.
   *
   * @param {import('../results/pictures.js').Picture | null} evidence Null if
   *     no part of the photograph raised the score.
   * @param {import('../preprocessing/field_of_view.js').FieldOfView} square
   */
  showEvidence(evidence, square) {
    this.part('[data-evidence]').hidden = !evidence;
    for (const part of this.article.querySelectorAll('[data-no-evidence]')) {
      /** @type {HTMLElement} */ (part).hidden = Boolean(evidence);
    }
    setText(this.article, {
      noEvidence: NO_EVIDENCE,
      noEvidenceSentence: `${capitalize(NO_EVIDENCE)}.`,
    });
    if (!evidence) return;
    const map = canvasOf(evidence, 'Evidence map');
    map.className = 'layer evidence';
    map.dataset.layer = 'evidence';
    map.hidden = true;
    // It covers the square around the field of view.
    const {top, left, side, width, height} = square;
    map.style.left = `${100 * left / width}%`;
    map.style.top = `${100 * top / height}%`;
    map.style.width = `${100 * side / width}%`;
    map.style.height = `${100 * side / height}%`;
    const stage = this.part('[data-photograph]');
    const photograph = /** @type {HTMLCanvasElement} */ (
      stage.querySelector('canvas'));
    stage.append(map);
    this.part('.printed.evidence').append(
      overlaid(photograph, map, square, 'Evidence over the photograph'));
  }

  /**
   * @param {ModelInfo} info
   * @param {any} answer
   */
  showComparison(info, {lowRes, superResolution}) {
    const before = enlarge(canvasOf(lowRes, 'Low-resolution input'),
      info.high_res_size);
    const after = canvasOf(superResolution, 'Super-resolved view');
    after.className = 'layer after';
    const divider = document.createElement('i');
    divider.className = 'divider';
    this.part('[data-comparison]').append(before, after, divider);
    setText(this.article, {
      lowResSize: `${info.low_res_size} × ${info.low_res_size}`,
      highResSize: `${info.high_res_size} × ${info.high_res_size}`,
    });
  }
}

/**
 * @param {ModelInfo} info
 * @returns {string[]} The names that the report uses.
 */
function gradeNames({grades}) {
  return ['no DR', ...grades.slice(1)];
}

/**
 * Draws a map over a copy of the photograph.
 *
 * @param {HTMLCanvasElement} photograph
 * @param {HTMLCanvasElement} map Of the square around the field of view.
 * @param {import('../preprocessing/field_of_view.js').FieldOfView} square
 * @param {string} label What a screen reader calls it.
 * @returns {HTMLCanvasElement}
 */
function overlaid(photograph, map, {top, left, side, width}, label) {
  const canvas = document.createElement('canvas');
  canvas.width = photograph.width;
  canvas.height = photograph.height;
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', label);
  const context = /** @type {CanvasRenderingContext2D} */ (
    canvas.getContext('2d'));
  context.drawImage(photograph, 0, 0);
  const factor = photograph.width / width;
  context.globalAlpha = 0.7;
  context.drawImage(map, left * factor, top * factor, side * factor,
    side * factor);
  return canvas;
}

/**
 * @param {ModelInfo} info
 * @param {string} short A lesion's short name.
 * @returns {boolean} False if the model cannot find it.
 */
function isReliable(info, short) {
  return !info.not_reliably_detected?.includes(short);
}

/** @param {import('../preprocessing/quality_checks.js').Check} check */
function qualityRow({name, value, bound, good}) {
  const row = tableRow([good ? '✓' : '✕', 'mark'], [value, 'number value'],
    [bound, 'bound']);
  row.className = good ? '' : 'poor';
  row.cells[0].setAttribute('role', 'img');
  row.cells[0].setAttribute('aria-label', good ? 'good' : 'too poor');
  const heading = document.createElement('th');
  heading.scope = 'row';
  heading.textContent = name;
  row.cells[0].after(heading);
  return row;
}

/**
 * @param {string} name
 * @param {number} grade
 * @param {number} probability
 * @param {boolean} best
 */
function gradeRow(name, grade, probability, best) {
  const percent = `${(100 * probability).toFixed(1)}%`;
  const row = tableRow(['', 'bar'], [percent, 'number']);
  row.className = best ? 'best' : '';
  const heading = document.createElement('th');
  heading.scope = 'row';
  const number = document.createElement('b');
  number.className = 'step';
  number.textContent = `${grade}`;
  heading.append(number, ` ${name}`);
  row.prepend(heading);
  const bar = document.createElement('i');
  bar.style.width = `${100 * probability}%`;
  row.cells[1].append(bar);
  return row;
}

/**
 * @param {ModelInfo} info
 * @param {number} i Which lesion.
 * @param {import('../results/lesions.js').LesionArea} area
 */
function lesionRow(info, i, area) {
  const short = info.lesions[i];
  const reliable = isReliable(info, short);
  const row = reliable ? tableRow([percentText(area), 'number'],
    // Narrow spaces between thousands.
    [area.pixels.toLocaleString('fr'), 'number'],
    [`${area.regions}`, 'number']) : tableRow([NOT_RELIABLE, '']);
  if (!reliable) row.cells[0].colSpan = 3;
  row.className = reliable && area.pixels ? '' : 'none';
  const heading = document.createElement('th');
  heading.scope = 'row';
  const label = document.createElement('label');
  const box = document.createElement('input');
  box.type = 'checkbox';
  box.checked = reliable;
  box.dataset.toggle = short;
  const swatch = document.createElement('i');
  swatch.className = 'swatch';
  swatch.style.setProperty('--colour', info.lesion_colours[i]);
  const text = document.createElement('span');
  const small = document.createElement('small');
  small.textContent = short;
  text.append(`${capitalize(info.lesion_names[i])} `, small);
  label.append(box, swatch, text);
  heading.append(label);
  row.prepend(heading);
  return row;
}
