// A trimap from what a person marked: keras_indexnet/web/marks.py and border.py.

import { IndexNetError } from "./errors.js";
import { BACKGROUND, FOREGROUND, UNKNOWN, UNMARKED } from "./levels.js";
import { Plane, largest, rounded } from "./plane.js";
import { trimapFromBox, trimapFromStrokes } from "./trimap.js";
import { parts } from "./vision.js";

const MARGIN = 0.05;
const RIM = 0.01;
const OPEN_BELOW = 1 / 3;
const SMALLEST_PART = 0.001;

/** From marks where a click on the subject may be all that there is. */
export function trimapWithinBorder(image, marks, box) {
  const isBand = () => partsBesideBand(marks.map((level) => (level === UNKNOWN ? UNKNOWN : UNMARKED))) !== null;
  if (box || !marks.has(FOREGROUND) || isBand()) return trimapFromMarks(image, marks, box);
  const { width, height } = marks;
  const longer = Math.max(width, height);
  const margin = Math.max(2, rounded(MARGIN * longer));
  const rim = Math.max(1, rounded(RIM * longer));
  const [allWidth, allHeight] = [width + 2 * margin, height + 2 * margin];
  const wider = Plane.filled(allWidth, allHeight, UNMARKED);
  wider.put(marks, { x: margin, y: margin });
  const closed = margin + rounded(height * (1 - OPEN_BELOW));
  wider.put(Plane.filled(allWidth, rim, BACKGROUND), { x: 0, y: 0 });
  for (const x of [0, allWidth - rim]) wider.put(Plane.filled(rim, closed, BACKGROUND), { x, y: 0 });
  return trimapFromMarks(withBorderRepeated(image, margin), wider).part({ x: margin, y: margin, width, height });
}

function withBorderRepeated(image, margin) {
  const { width, height, data } = image;
  const [allWidth, allHeight] = [width + 2 * margin, height + 2 * margin];
  const wider = new Plane(allWidth, allHeight, new Uint8Array(allWidth * allHeight * 3));
  const inside = (at, length) => Math.min(length - 1, Math.max(0, at - margin));
  for (let row = 0, to = 0; row < allHeight; row++) {
    for (let column = 0; column < allWidth; column++) {
      const from = (inside(row, height) * width + inside(column, width)) * 3;
      for (let channel = 0; channel < 3; channel++) wider.data[to++] = data[from + channel];
    }
  }
  return wider;
}

function trimapFromMarks(image, marks, box) {
  if (!box && marks.data.every((level) => level === UNMARKED)) {
    throw new IndexNetError("Nothing is marked: draw a box around the subject, or paint over its edge.");
  }
  const strokes = marks.map((level) => (level === UNMARKED ? UNKNOWN : level));
  let trimap = box ? trimapFromBox(image, box, strokes) : partsBesideBand(marks);
  if (!trimap) {
    checkStrokes(marks);
    trimap = trimapFromStrokes(image, strokes);
  }
  return marks.map((level, at) => (level === UNMARKED ? trimap.data[at] : level));
}

/** The trimap of an unknown region that separates foreground and background, or null if it does not. */
function partsBesideBand(marks) {
  const labels = parts(marks.map((level) => (level === UNKNOWN ? 0 : 1)), 4);
  const border = labels.border();
  const touched = (level) => new Set(labels.data.filter((_, at) => marks.data[at] === level));
  const [white, black] = [touched(FOREGROUND), touched(BACKGROUND)];
  const areas = counted(labels.data);
  const levels = Array.from(areas, () => FOREGROUND);
  const pixelsAtBorder = counted(border.filter((part) => part > 0));
  const most = pixelsAtBorder.indexOf(largest(pixelsAtBorder));
  for (const part of white.size ? border : [most]) levels[part] = BACKGROUND;
  areas.forEach((area, part) => { if (area < SMALLEST_PART * marks.data.length) levels[part] = UNKNOWN; });
  for (const part of white) levels[part] = FOREGROUND;
  for (const part of black) levels[part] = BACKGROUND;
  levels[0] = UNKNOWN; // the band
  const runsThrough = [...white].some((part) => black.has(part));
  if (runsThrough || !levels.includes(FOREGROUND) || !levels.includes(BACKGROUND)) return null;
  return labels.map((part) => levels[part], Uint8Array);
}

function counted(numbers) {
  const counts = [0];
  for (const number of numbers) counts[number] = (counts[number] ?? 0) + 1;
  return Array.from(counts, (count) => count ?? 0);
}

function checkStrokes(marks) {
  const [kept, removed] = [marks.has(FOREGROUND), marks.has(BACKGROUND)];
  if (kept && removed) return;
  if (marks.has(UNKNOWN)) {
    throw new IndexNetError(
      "The painted edge does not separate the subject from its background: paint it all the way round, " +
        "or to the picture's border, or mark both what to keep and what to remove.",
    );
  }
  const [marked, missing] = kept ? ["keep", "remove"] : ["remove", "keep"];
  throw new IndexNetError(
    `Only what to ${marked} is marked: mark what to ${missing} as well, paint over the edge, or draw a box.`,
  );
}
