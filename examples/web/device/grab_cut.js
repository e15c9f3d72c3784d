// Segmentation of a part of a photograph by its colours: keras_indexnet/data/trimap/grab_cut.py.

import { BACKGROUND, FOREGROUND, UNKNOWN } from "./levels.js";
import { Plane, largest, rounded } from "./plane.js";
import { cv, grabCut, medianBlur, resize } from "./vision.js";

const WORKING_SIZE = 320;
const SURROUNDINGS = 0.25;
const ITERATIONS = 5;
const SPECK = 5;

/** A box and what lies around it. */
export function withSurroundings({ x, y, width, height }, photograph) {
  const more = rounded(SURROUNDINGS * Math.max(width, height));
  const [left, top] = [Math.max(0, x - more), Math.max(0, y - more)];
  const right = Math.min(photograph.width, x + width + more);
  const bottom = Math.min(photograph.height, y + height + more);
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** The size at which a part of a photograph is segmented. */
export function workingSize({ width, height }) {
  const scale = Math.min(1, WORKING_SIZE / Math.max(width, height));
  return { width: Math.max(1, rounded(width * scale)), height: Math.max(1, rounded(height * scale)) };
}

/** What share of each pixel of another size a mask covers. */
export function shares(mask, size, interpolation = cv.INTER_AREA) {
  return resize(mask.map((value) => value, Float32Array), size, interpolation);
}

/** Scale strokes down; a thin one covers a part of a pixel only, and still marks it. */
export function scaledStrokes(strokes, size) {
  const [white, black] = [FOREGROUND, BACKGROUND].map((level) => shares(strokes.equal(level), size).data);
  return Plane.filled(size.width, size.height, UNKNOWN).map((unknown, at) =>
    white[at] > black[at] ? FOREGROUND : black[at] > white[at] ? BACKGROUND : unknown);
}

/** Divide an image into foreground, 1, and background, 0, with what is foreground at first. */
export function segmented(image, strokes, beginning) {
  const labels = beginning.map((isForeground, at) => {
    if (strokes.data[at] === FOREGROUND) return cv.GC_FGD;
    if (strokes.data[at] === BACKGROUND) return cv.GC_BGD;
    return isForeground ? cv.GC_PR_FGD : cv.GC_PR_BGD;
  });
  const isForeground = (label) => (label === cv.GC_FGD || label === cv.GC_PR_FGD ? 1 : 0);
  const before = labels.map(isForeground);
  if (!before.has(0) || !before.has(1)) return before; // it needs colours of both
  return grabCut(image, labels, ITERATIONS).map(isForeground);
}

/** Enlarge what segmentations agree about: 255 and 0 where all say so, 128 elsewhere. */
export function agreed(segmentations, size) {
  const small = segmentations[0].map((_, at) => {
    const votes = segmentations.reduce((sum, each) => sum + each.data[at], 0);
    return votes === 0 ? BACKGROUND : votes === segmentations.length ? FOREGROUND : UNKNOWN;
  });
  const smooth = medianBlur(small, SPECK); // else each speck would become a spot, as wide as the unknown region
  const agreement = Plane.filled(size.width, size.height, UNKNOWN);
  for (const level of [BACKGROUND, FOREGROUND]) {
    const unanimous = (smooth.has(level) ? smooth : small).equal(level);
    if (!unanimous.has(1)) continue;
    const share = shares(unanimous, size, cv.INTER_LINEAR).data;
    const least = Math.min(0.5, largest(share));
    for (let at = 0; at < share.length; at++) if (share[at] >= least) agreement.data[at] = level;
  }
  return agreement;
}
