/** The WebAssembly build of LiteRT.js that this browser can run. */

import {supportsFeature} from '@litertjs/core';

/**
 * Chooses a build: with threads if the page is isolated from other origins,
 * without relaxed SIMD if the browser has none.
 *
 * @returns {Promise<string>} The name of its files, without suffixes.
 */
export async function wasmBuild() {
  if (!await supportsFeature('relaxedSimd')) {
    return 'litert_wasm_compat_internal';
  }
  const threads = globalThis.crossOriginIsolated &&
    await supportsFeature('threads');
  return threads ? 'litert_wasm_threaded_internal' : 'litert_wasm_internal';
}
