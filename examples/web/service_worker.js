// Keeps the files of the page, so that it works without a network, and isolates it, so that it may use threads.

const PREFIX = `indexnet-${registration.scope}-`; // another page of the host may have another folder
const CACHE = `${PREFIX}VERSION`; // build.py puts a hash of the files here
const HEADERS = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
  // Also of workers, which the page's own policy does not reach. OpenCV.js makes functions of strings.
  "Content-Security-Policy":
    "default-src 'self'; script-src 'self' 'unsafe-eval'; img-src 'self' blob: data:; base-uri 'none'; form-action 'none'",
};

// A new one takes the place of an old one when no page is open that may still load the old one's files.
addEventListener("activate", (event) => {
  event.waitUntil(forgetOthers().then(() => clients.claim()));
});

async function forgetOthers() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith(PREFIX) && name !== CACHE); // others are of other pages
  await Promise.all(old.map((name) => caches.delete(name)));
}

addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method === "GET" && new URL(request.url).origin === location.origin) event.respondWith(kept(request.url));
});

async function kept(address) {
  const cache = await caches.open(CACHE);
  const known = await cache.match(address, { ignoreSearch: true });
  if (known) return known;
  const answer = await fetch(address, { cache: "no-cache" }); // an older page may have left older files
  const { status, statusText } = answer;
  const headers = new Headers(answer.headers);
  for (const [name, value] of Object.entries(HEADERS)) headers.set(name, value);
  const isolated = new Response(answer.body, { status, statusText, headers });
  if (answer.ok) await cache.put(address, isolated.clone());
  return isolated;
}
