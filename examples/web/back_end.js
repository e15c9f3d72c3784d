// What the page asks for, answered on this device: by a worker beside the page.

/** Where photographs go, in a sentence. */
export const where = "Nothing leaves this device.";

const LIMITS = { bytes: 50_000_000, pixels: 16_000_000 }; // no larger canvas is there in Safari on a phone
const STOPPED = "The browser stopped what computes here, or could not load it; try again, or a smaller photograph.";
const waiting = new Map(); // by the numbers of questions: what to do with the answers
let questions = 0;
let worker = null;

// Without a service worker the page works, too, as long as there is its host.
const ready = installed().catch(() => {}).then(startWorker);

/** The most bytes of a file and the most pixels of a photograph that are taken. */
export async function limits() {
  await ready;
  return LIMITS;
}

/**
 * Ask for a "trimap" or a "cutout" of a form. The answer has pictures, as blobs, and notes; an error's message is
 * for the person, and isAboutMarks says whether more marks may mend it. `progress` is told what share is done.
 */
export async function ask(task, form, progress = () => {}) {
  await ready;
  if (!worker) startWorker();
  const number = ++questions;
  return new Promise((resolve, reject) => {
    waiting.set(number, { resolve, reject, progress });
    worker.postMessage({ number, task, fields: Object.fromEntries(form) });
  });
}

function startWorker() {
  worker = new Worker(new URL("device/worker.js", import.meta.url), { type: "module" });
  worker.addEventListener("message", ({ data: { number, progress, answer, refusal, failure } }) => {
    if (progress !== undefined) return waiting.get(number).progress(progress);
    if (failure) return stopWorker(failure); // its memory may be in disorder
    const { resolve, reject } = waiting.get(number);
    waiting.delete(number);
    if (answer) resolve(answer);
    else reject(Object.assign(new Error(refusal), { isAboutMarks: true }));
  });
  worker.addEventListener("error", () => stopWorker(STOPPED));
}

function stopWorker(reason) {
  worker.terminate();
  worker = null; // until something is asked
  for (const { reject } of waiting.values()) reject(new Error(reason));
  waiting.clear();
}

/**
 * Have the service worker between the page and its host: it keeps all files, and lets the network compute with
 * several threads. When the page comes for the first time, that takes over before anything large is loaded.
 */
async function installed() {
  const registration = await navigator.serviceWorker.register("service_worker.js");
  const first = registration.active ? null : registration.installing ?? registration.waiting;
  if (!first) return;
  await new Promise((resolve) => {
    const hear = () => ["activated", "redundant"].includes(first.state) && resolve();
    first.addEventListener("statechange", hear);
    hear();
  });
  if (first.state !== "activated") return;
  location.reload();
  await new Promise(() => {}); // nothing else, until then
}
