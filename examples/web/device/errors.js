/** Something that the person at the page can mend, in a sentence. */
export class IndexNetError extends Error {}

/** A part of the page could not be loaded. */
export class UnloadedError extends Error {}

/** Wait for a part of the page; only whoever needs it is told if it could not be loaded. */
export function part(promise) {
  const loaded = promise.catch((error) => {
    throw new UnloadedError(error.message, { cause: error });
  });
  loaded.catch(() => {});
  return loaded;
}
