// Answers for the page and what it is drawn with, so that it opens where no node is. Nothing with a person in it ever
// passes through here: what is kept of people lies sealed in the page's own store.
const here = self;

here.addEventListener("install", (event) => {
  const fetchAll = async () => {
    const cache = await caches.open(NAME);
    await cache.addAll(KEPT.map((path) => new Request(path, { cache: "reload" })));
    await here.skipWaiting();
  };
  event.waitUntil(fetchAll());
});

here.addEventListener("activate", (event) => {
  const takeOver = async () => {
    for (const name of await caches.keys()) if (name.startsWith("rumah-") && name !== NAME) await caches.delete(name);
    await here.clients.claim();
  };
  event.waitUntil(takeOver());
});

here.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== here.location.origin) return;
  if (!KEPT.includes(address.pathname)) return;
  const answer = async () => (await caches.match(address.pathname, { cacheName: NAME })) || fetch(event.request);
  event.respondWith(answer());
});
