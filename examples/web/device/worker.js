// Computes beside the page, so that that stays usable.

import { IndexNetError, UnloadedError, part } from "./errors.js";

const UNLOADED = "Parts of the page could not be loaded; try again when there is a network.";
const FAILED = "It took more memory than the browser gives a page, or failed otherwise; try a smaller photograph.";

const tasks = part(import("./cutting_out.js")); // and not at the top: what was sent meanwhile would be lost

addEventListener("message", async ({ data: { number, task, fields } }) => {
  try {
    const compute = (await tasks)[task];
    postMessage({ number, answer: await compute(fields, (progress) => postMessage({ number, progress })) });
  } catch (error) {
    if (error instanceof IndexNetError) return postMessage({ number, refusal: error.message });
    console.error(error);
    postMessage({ number, failure: error instanceof UnloadedError ? UNLOADED : FAILED });
  }
});
