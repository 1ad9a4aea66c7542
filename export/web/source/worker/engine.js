/** The LiteRT model, loaded once and run for each photograph. */

import {loadAndCompile, loadLiteRt, Tensor} from '@litertjs/core';

import {wasmBuild} from '../wasm_build.js';

/** @import {CompiledModel} from '@litertjs/core' */

// Phones have slow cores beside the fast ones, which would hold these up.
const MAX_THREADS = 4;

/**
 * What the page must know about its model; `dmtdr export` writes it.
 *
 * @typedef {object} ModelInfo
 * @property {string} file
 * @property {string[]} grades
 * @property {number} referable_grade
 * @property {string[]} lesions
 * @property {string[]} lesion_names
 * @property {string[]} lesion_colours
 * @property {string[]} evidence_colours
 * @property {number} low_res_size
 * @property {number} high_res_size
 * @property {number} lesion_threshold
 * @property {import('../preprocessing/quality.js').Thresholds} quality
 * @property {string} weights
 * @property {string} evidence
 * @property {string} dataset
 * @property {string} preset
 * @property {string} dmtdr_tf
 * @property {string} [warning] What the page says first.
 * @property {string[] | null} [not_reliably_detected] Lesions, by short name;
 *     null if the model was not evaluated.
 * @property {import('../results/finding.js').Calibration | null} [calibration]
 */

export class Engine {
  /**
   * @param {CompiledModel} model
   * @param {ModelInfo} info
   * @param {number} threads
   */
  constructor(model, info, threads) {
    this.model = model;
    this.info = info;
    this.threads = threads;
  }

  /**
   * Loads the model and the runtime.
   *
   * @param {(text: string, share: number) => void} onProgress
   * @returns {Promise<Engine>}
   * @throws {Error} The message says what is missing, for the user.
   */
  static async load(onProgress) {
    if (typeof WebAssembly !== 'object') {
      throw new Error('this browser has no WebAssembly; update it, or use ' +
        'another one');
    }
    const info = await (await fetchFile('model.json')).json();
    const bytes = await download(info.file, (share) =>
      onProgress('Loading the model', 0.5 * share));
    onProgress('Starting the model', 0.6);
    const build = await wasmBuild();
    const threads = build.includes('threaded') ?
      Math.min(MAX_THREADS, navigator.hardwareConcurrency || 1) : 1;
    await startRuntime(build);
    onProgress('Starting the model', 0.9);
    const model = await loadAndCompile(bytes, {
      accelerator: 'wasm',
      cpuOptions: {numThreads: threads},
    }).catch(() => {
      throw new Error(`the model file ${info.file} is damaged; export the ` +
        'page again');
    });
    return new Engine(model, info, threads);
  }

  /**
   * Runs the model.
   *
   * @param {Float32Array} lowRes `[low_res_size, low_res_size, 3]` in [0, 1].
   * @returns {Promise<Record<string, Float32Array>>} The outputs by name.
   */
  async run(lowRes) {
    const size = this.info.low_res_size;
    const input = new Tensor(lowRes, [1, size, size, 3]);
    const outputs = await this.model.run({low_res: input});
    input.delete();
    /** @type {Record<string, Float32Array>} */
    const values = {};
    for (const [name, tensor] of Object.entries(outputs)) {
      // A copy: the tensor's memory is the runtime's.
      const memory = /** @type {Float32Array} */ (tensor.toTypedArray());
      values[name] = memory.slice();
      tensor.delete();
    }
    return values;
  }
}

/** @param {string} build From `wasmBuild`. */
async function startRuntime(build) {
  const folder = new URL('wasm/', self.location.href);
  // Its threads must load its own script, not this worker's.
  Object.assign(self, {Module: {
    locateFile: (/** @type {string} */ name) => new URL(name, folder).href,
    mainScriptUrlOrBlob: new URL(`${build}.js`, folder).href,
  }});
  await loadLiteRt(new URL(`${build}.js`, folder).href).catch(() => {
    throw new Error(`the runtime wasm/${build} cannot be started; reload the ` +
      'page, or export it again');
  });
}

/** @param {string} name */
async function fetchFile(name) {
  const response = await fetch(name).catch(() => null);
  if (response?.ok) return response;
  throw new Error(response ?
    `the file ${name} is missing beside the page; export the page again` :
    `the file ${name} cannot be reached; is the server still running?`);
}

/**
 * @param {string} name
 * @param {(share: number) => void} onProgress
 * @returns {Promise<Uint8Array>}
 */
async function download(name, onProgress) {
  const response = await fetchFile(name);
  const total = Number(response.headers.get('Content-Length'));
  if (!response.body) return new Uint8Array(await response.arrayBuffer());
  const reader = response.body.getReader();
  const parts = [];
  let length = 0;
  for (;;) {
    const {done, value} = await reader.read();
    if (done) break;
    parts.push(value);
    length += value.length;
    // A server that compresses gives the compressed length.
    if (total) onProgress(Math.min(length / total, 1));
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
