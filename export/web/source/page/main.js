/** The page: takes photographs, asks the worker, shows its answers. */

import {keepOffline} from './offline.js';
import {visible} from '../results/finding.js';
import {ResultView} from './result_view.js';
import {StatusView} from './status_view.js';

/** @import {ModelInfo} from '../worker/engine.js' */

const byId = (/** @type {string} */ id) =>
  /** @type {HTMLElement} */ (document.getElementById(id));
const inputs = /** @type {HTMLInputElement[]} */ (
  [byId('file'), byId('camera')]);
const status = new StatusView();
const worker = new Worker('worker.js');
const result = new ResultView(byId('result'));

/** @type {ModelInfo | null} */
let info = null;
/** @type {File | null} The photograph being graded. */
let current = null;
let requests = 0;

/** @param {File | null | undefined} file */
function grade(file) {
  if (!file) return;
  requests += 1;
  current = file;
  // Never show the result of another photograph.
  result.clear();
  status.work('Reading the photograph', 0);
  worker.postMessage({file, id: requests});
}

/** @param {ModelInfo} loaded */
function begin(loaded, /** @type {number} */ threads) {
  info = loaded;
  const warning = byId('warning');
  warning.textContent = loaded.warning ? `${loaded.warning}.` : '';
  /** @type {HTMLElement} */ (warning.parentElement).hidden = !loaded.warning;
  byId('threshold').textContent = `${loaded.lesion_threshold}`;
  const {low_res_size: low, high_res_size: high} = loaded;
  const rows = {
    'Trained on': loaded.dataset,
    'Preset': loaded.preset,
    'Input': `${low} × ${low} pixels`,
    'Output': `${high} × ${high} pixels`,
    'Evidence by': loaded.evidence,
    'Weights': loaded.weights,
    'Software': `dmtdr_tf ${loaded.dmtdr_tf}`,
    'Runs on': `this browser, ${threads} thread${threads > 1 ? 's' : ''}`,
  };
  for (const [label, value] of Object.entries(rows)) {
    const row = document.createElement('div');
    row.append(document.createElement('dt'), document.createElement('dd'));
    row.children[0].textContent = label;
    row.children[1].textContent = value;
    byId('about').append(row);
  }
  // A photograph chosen earlier comes next.
  if (!requests) status.rest('Ready');
  keepOffline((text) => { byId('offline').textContent = text; });
}

const answers = {
  progress: (/** @type {any} */ {text, share}) => status.work(text, share),
  ready: (/** @type {any} */ {info: loaded, threads}) => begin(loaded, threads),
  broken: (/** @type {any} */ {message}) => status.fail(message, ''),
  checked: (/** @type {any} */ answer) =>
    result.showChecked(/** @type {File} */ (current), answer),
  graded: (/** @type {any} */ answer) => {
    result.showGraded(/** @type {ModelInfo} */ (info), answer);
    status.rest(`Graded in ${answer.seconds.toFixed(1)} seconds`);
  },
  failed: (/** @type {any} */ {message}) => {
    status.fail(message, visible(current?.name ?? ''));
    result.showRefused(message);
  },
};

worker.addEventListener('message', ({data}) => {
  // Ignore the answer to a photograph that was replaced meanwhile.
  if ('id' in data && data.id !== requests) return;
  answers[/** @type {keyof typeof answers} */ (data.kind)](data);
});
worker.addEventListener('error', (event) => {
  event.preventDefault();
  status.fail('the page cannot run here: its worker did not start; reload ' +
    'it, or update the browser', '');
});

for (const input of inputs) {
  input.addEventListener('change', () => {
    grade(input.files?.[0]);
    // The same file may be chosen again.
    input.value = '';
  });
}
const drop = byId('drop');
// The whole page takes a dropped file: the browser would open it instead.
document.addEventListener('dragover', (event) => {
  event.preventDefault();
  drop.classList.add('over');
});
for (const kind of ['dragleave', 'drop']) {
  document.addEventListener(kind, () => drop.classList.remove('over'));
}
document.addEventListener('drop', (event) => {
  event.preventDefault();
  grade(event.dataTransfer?.files[0]);
});
document.addEventListener('paste', (event) => {
  grade(event.clipboardData?.files[0]);
});
