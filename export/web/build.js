/**
 * Builds the page into the Python package; `dmtdr export` copies it from there.
 */

import {build} from 'esbuild';
import {cpSync, mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

const here = new URL('./', import.meta.url);
const target = new URL('../../dmtdr_tf/exporting/web/page/', here);
const report = new URL('../../dmtdr_tf/reporting/templates/', here);
const runtime = new URL('node_modules/@litertjs/core/', here);
const WASM_BUILDS = ['threaded_', '', 'compat_'];

rmSync(target, {recursive: true, force: true});
mkdirSync(new URL('wasm/', target), {recursive: true});
for (const name of ['icon.svg', 'manifest.webmanifest',
  'service_worker.js', 'NOTICE.txt']) {
  cpSync(new URL(`static/${name}`, here), new URL(name, target));
}
// The page shares its styles, viewer and text on the model with the report.
const modelText = readFileSync(new URL('model.html', report), 'utf8')
  .replace(/\{#.*#\}\n/, '')
  .replace('{{ threshold }}', '<span id="threshold"></span>');
const index = readFileSync(new URL('static/index.html', here), 'utf8')
  .replace('<!-- model.html of the Python report -->\n', modelText);
if (!index.includes('id="threshold"')) {
  throw new Error('the text on the model is missing');
}
writeFileSync(new URL('index.html', target), index);
const styles =
  [new URL('report.css', report), new URL('static/page.css', here)];
writeFileSync(new URL('page.css', target),
  styles.map((file) => readFileSync(file, 'utf8')).join('\n'));
cpSync(new URL('report.js', report), new URL('viewer.js', target));
cpSync(new URL('../../LICENSE', here), new URL('LICENSE.txt', target));
for (const kind of WASM_BUILDS) {
  for (const suffix of ['js', 'wasm']) {
    const name = `litert_wasm_${kind}internal.${suffix}`;
    cpSync(new URL(`wasm/${name}`, runtime), new URL(`wasm/${name}`, target));
  }
}
const common = {bundle: true, minify: true, target: 'es2022',
  legalComments: 'inline', absWorkingDir: fileURLToPath(here)};
await build({...common, entryPoints: ['source/page/main.js'], format: 'esm',
  outfile: fileURLToPath(new URL('page.js', target))});
// The runtime starts with importScripts, which module workers lack.
await build({...common, entryPoints: ['source/worker/main.js'], format: 'iife',
  outfile: fileURLToPath(new URL('worker.js', target))});
console.log(`Written to ${fileURLToPath(target)}`);
