/**
 * Keeps page and model for use without a network.
 *
 * `dmtdr export` writes `files.js`, which names the files and a version
 * computed from their contents: another model is another version.
 */

importScripts('files.js');

const {version, files, wasm} = self.DMTDR_FILES;
const PREFIX = `dmtdr ${self.registration.scope} `;
const CACHE = PREFIX + version;
// The page knows which of the WebAssembly builds this browser runs.
const build = new URL(self.location.href).searchParams.get('wasm');

self.addEventListener('install', (event) => {
  const names = [...files, ...(wasm[build] ?? [])];
  event.waitUntil(caches.open(CACHE)
    // Not from the browser's own cache: that may hold an earlier version.
    .then((cache) => cache.addAll(
      names.map((name) => new Request(name, {cache: 'no-cache'}))))
    .then(() => self.skipWaiting()));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(caches.keys()
    .then((names) => Promise.all(names
      .filter((name) => name.startsWith(PREFIX) && name !== CACHE)
      .map((name) => caches.delete(name))))
    .then(() => self.clients.claim()));
});

self.addEventListener('fetch', (event) => {
  if (event.request.method !== 'GET') return;
  event.respondWith(caches.open(CACHE)
    .then((cache) => cache.match(event.request, {ignoreSearch: true}))
    .then((kept) => kept ?? fetch(event.request)));
});
