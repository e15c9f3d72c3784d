/** Something that the person at the page can mend, in a sentence. */
export class IndexNetError extends Error {}
