/** Keeps the page for use without a network. */

import {wasmBuild} from '../wasm_build.js';

/**
 * Registers the service worker and shows its state.
 *
 * @param {(text: string) => void} showState
 */
export async function keepOffline(showState) {
  const workers = navigator.serviceWorker;
  // Plain HTTP and some private windows have none.
  if (!workers) return;
  const hadOne = Boolean(workers.controller);
  workers.addEventListener('controllerchange', () => {
    if (hadOne) showState('A new version is ready: reload the page to use it.');
  });
  try {
    await workers.register(`service_worker.js?wasm=${await wasmBuild()}`);
    await workers.ready;
    showState('Works offline from now on.');
  } catch {
    showState('Needs the network: this browser did not keep the page.');
  }
}
