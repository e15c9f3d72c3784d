// What the page asks for, answered by the server. examples/web has another module in the place of this one.

const isLocal = ["127.0.0.1", "localhost", "[::1]"].includes(location.hostname);

/** Where photographs go, in a sentence. */
export const where = isLocal
  ? "Nothing leaves this computer."
  : "Photographs go to the computer that shows this page, and no further.";

if (location.search) history.replaceState(null, "", location.pathname); // the cookie has the token

/** The most bytes of a file and the most pixels of a photograph that are taken. */
export async function limits() {
  return (await fetch("limits")).json();
}

/**
 * Ask for a "trimap" or a "cutout" of a form. The answer has pictures, as blobs, and notes; an error's message is
 * for the person, and isAboutMarks says whether more marks may mend it.
 */
export async function ask(task, form) {
  let response;
  try {
    response = await fetch(task, { method: "POST", body: form });
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
  for (const name of ["trimap", "alpha", "cutout"]) if (name in answer) answer[name] = blobOf(answer[name]);
  return answer;
}

function blobOf(encoded) {
  const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
  return new Blob([bytes], { type: "image/png" });
}
