// The service worker: the page's own files from its cache, whatever the network does. VERSION, ROOT and FILES stand above.
// Data never passes through here: no POST, no list.json.

const CACHE = `doorstep-gate-${VERSION}`;
const OWN = new Set(FILES);

self.addEventListener("install", (event) => {
  const fresh = FILES.map((path) => new Request(path, {
    cache: path.startsWith(`${ROOT}app/`) ? "default" : "reload", credentials: "omit",
  }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(fresh)).then(() => self.skipWaiting()));
});

// The version before stays until the next one: a page that is just opening may still ask for its files.
self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    const own = (await caches.keys()).filter((name) => name.startsWith("doorstep-gate-") && name !== CACHE);
    await Promise.all(own.slice(0, -1).map((name) => caches.delete(name)));
    await self.clients.claim();
  })());
});

async function kept(path, request) {
  const cache = await caches.open(CACHE);
  const own = await cache.match(path, { ignoreVary: true });
  return own || (await caches.match(path, { ignoreVary: true })) || fetch(request);
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (OWN.has(pathname) || pathname.startsWith(`${ROOT}app/`)) event.respondWith(kept(pathname, request));
});
