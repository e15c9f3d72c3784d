// Computes beside the page, so that that stays usable.

import { IndexNetError } from "./errors.js";

const UNLOADED = "Parts of the page could not be loaded; try again when there is a network.";
const FAILED = "It took more memory than the browser gives a page, or failed otherwise; try a smaller photograph.";

const tasks = import("./cutting_out.js"); // and not at the top: what was sent meanwhile would be lost
tasks.catch(() => {}); // whoever asks is told

addEventListener("message", async ({ data: { number, task, fields } }) => {
  let failed = UNLOADED;
  try {
    const compute = (await tasks)[task];
    failed = FAILED;
    postMessage({ number, answer: await compute(fields, (progress) => postMessage({ number, progress })) });
  } catch (error) {
    if (error instanceof IndexNetError) return postMessage({ number, refusal: error.message });
    console.error(error);
    postMessage({ number, failure: failed });
  }
});
