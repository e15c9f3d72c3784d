// What the page asks the server for.

/** Send a form to one of the server's addresses and return its answer; an error's message is for the person. */
export async function ask(address, form) {
  let response;
  try {
    response = await fetch(address, { method: "POST", body: form });
  } catch {
    throw new Error("The server does not answer. Is indexnet serve still running?");
  }
  const isJson = response.headers.get("content-type")?.startsWith("application/json");
  const answer = isJson ? await response.json() : {};
  if (!response.ok) {
    const error = new Error(answer.detail ?? "The server failed; the terminal in which it runs says why.");
    error.isAboutMarks = response.status === 400;
    throw error;
  }
  return answer;
}

/** A function that answers to the newest question only: others wait until it is quiet, and lose their turn. */
export function newestOnly(answer, quiet) {
  let newest = 0;
  let running = null;
  const question = async (...what) => {
    const number = ++newest;
    await new Promise((resolve) => setTimeout(resolve, quiet));
    while (running) await running;
    if (number !== newest) return;
    running = answer(() => number === newest, ...what);
    try {
      await running;
    } finally {
      running = null;
    }
  };
  question.cancel = () => { newest++; };
  return question;
}

export function blobOf(encoded) {
  const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
  return new Blob([bytes], { type: "image/png" });
}
