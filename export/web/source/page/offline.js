/** Keeps the page for use without a network. */

import {wasmBuild} from '../wasm_build.js';

/**
 * Registers the service worker and says how far it is.
 *
 * @param {(text: string) => void} tell
 */
export async function keepOffline(tell) {
  const workers = navigator.serviceWorker;
  // There is none over plain HTTP, nor in some private windows.
  if (!workers) return;
  const hadOne = Boolean(workers.controller);
  workers.addEventListener('controllerchange', () => {
    if (hadOne) tell('A new version is there: reload the page to use it.');
  });
  try {
    await workers.register(`service_worker.js?wasm=${await wasmBuild()}`);
    await workers.ready;
    tell('Works offline from now on.');
  } catch {
    tell('Needs the network: this browser did not keep the page.');
  }
}
