// Trimaps from masks, boxes and strokes: from_mask.py, from_box.py, from_strokes.py and correction.py of
// keras_indexnet/data/trimap, where what each of them does is described.

import { IndexNetError } from "./errors.js";
import { agreed, scaledStrokes, segmented, shares, withSurroundings, workingSize } from "./grab_cut.js";
import { BACKGROUND, DARKEST_SOFT, FOREGROUND, LIGHTEST_SOFT, UNKNOWN } from "./levels.js";
import { Plane, largest } from "./plane.js";
import { bounds, cv, distances, flood, morphed, parts, resize } from "./vision.js";

const WIDTH = 0.02; // of the unknown region, as a share of the subject's longer side

// -- From masks

export function trimapFromMask(mask) {
  const background = mask.map((value) => (value < DARKEST_SOFT ? 1 : 0));
  const foreground = mask.map((value) => (value > LIGHTEST_SOFT ? 1 : 0));
  const [inside, outside] = widthInPixels(background.equal(0), foreground);
  const [deep, away] = [distances(foreground).data, distances(background).data];
  return mask.map((_, at) => (away[at] > outside ? BACKGROUND : deep[at] > inside ? FOREGROUND : UNKNOWN));
}

function widthInPixels(subject, foreground) {
  const { width, height } = bounds(subject);
  const pixels = WIDTH * Math.max(width, height);
  const depth = largest(distances(foreground).data);
  return [Math.max(1, Math.min(pixels, Math.max(1, depth / 2))), Math.max(1, pixels)];
}

// -- From boxes

const ELLIPSES = [0.8, 0.85, 0.9];
const FULL = 0.9;
const CORE = 0.4;

export function trimapFromBox(image, box, strokes) {
  box = boxWithin(box, image);
  const near = withSurroundings(box, image);
  const size = workingSize(near);
  const small = resize(image.part(near), size, cv.INTER_AREA);
  // 0 in the middle of the box, 1 at its border
  const fromMiddle = (at, length, lengthOfNear, start, boxStart, boxLength) =>
    Math.abs((((at + 0.5) / (length / lengthOfNear) + start - boxStart) / boxLength) * 2 - 1);
  const across = Float64Array.from({ length: size.width }, (_, column) =>
    fromMiddle(column, size.width, near.width, near.x, box.x, box.width));
  const down = Float64Array.from({ length: size.height }, (_, row) =>
    fromMiddle(row, size.height, near.height, near.y, box.y, box.height));
  const eachPlace = (make) => Plane.filled(size.width, size.height, 0).map((_, at) =>
    make(across[at % size.width], down[Math.floor(at / size.width)]));
  const outside = eachPlace((x, y) => (Math.max(x, y) > 1 ? BACKGROUND : UNKNOWN));
  const beginnings = ELLIPSES.map((share) => eachPlace((x, y) => (y ** 2 + x ** 2 <= share ** 2 ? 1 : 0)));
  const found = beginnings.map((beginning) => segmented(small, outside, beginning));
  const inside = outside.equal(UNKNOWN);
  const whole = segmented(small, outside, inside);
  const count = (mask) => mask.data.reduce((sum, value) => sum + value, 0);
  if (count(whole) < FULL * count(inside)) found.push(whole);
  const agreement = Plane.filled(image.width, image.height, BACKGROUND);
  agreement.put(agreed(found, near), near);
  if (!agreement.has(FOREGROUND)) {
    const ellipse = eachPlace((x, y) => (y ** 2 + x ** 2 <= CORE ** 2 ? 1 : 0));
    const core = outside.map((level, at) => (ellipse.data[at] ? FOREGROUND : level));
    agreement.put(resize(core, near, cv.INTER_NEAREST), near);
  }
  if (!agreement.has(BACKGROUND)) {
    throw new IndexNetError(
      "No background was found by its colours: draw a closer box, or mark background with black strokes.",
    );
  }
  const trimap = trimapFromMask(agreement);
  if (!trimap.has(FOREGROUND)) {
    throw new IndexNetError(
      "No foreground was found by its colours that is wider than the unknown region: draw a larger box, " +
        "or choose a smaller width.",
    );
  }
  return corrected(image, trimap, strokes, near, agreed(found, size), beginnings, outside);
}

/** The box without what lies outside the photograph. */
function boxWithin({ x, y, width, height }, photograph) {
  if (x >= photograph.width || y >= photograph.height || x + width <= 0 || y + height <= 0) {
    throw new IndexNetError(
      `The box begins at ${x}, ${y} and is ${width} x ${height} pixels: ` +
        `it lies outside the photograph, which is ${photograph.width} x ${photograph.height}.`,
    );
  }
  const [left, top] = [Math.max(0, x), Math.max(0, y)];
  const [right, bottom] = [Math.min(photograph.width, x + width), Math.min(photograph.height, y + height)];
  return { x: left, y: top, width: right - left, height: bottom - top };
}

// -- From strokes

const SHARES = [0.4, 0.5, 0.6];
const GAP = 0.06;

export function trimapFromStrokes(image, painted) {
  const strokes = enclosing(painted);
  for (const [level, name, colour] of [[FOREGROUND, "foreground", "white"], [BACKGROUND, "background", "black"]]) {
    if (!strokes.has(level)) {
      throw new IndexNetError(`The strokes mark no ${name}: paint some ${colour}, or give a box.`);
    }
  }
  const near = withSurroundings(bounds(strokes.map((level) => (level === BACKGROUND ? 0 : 1))), strokes);
  const size = workingSize(near);
  const small = resize(image.part(near), size, cv.INTER_AREA);
  const marks = scaledStrokes(strokes.part(near), size);
  const [toWhite, toBlack] = [FOREGROUND, BACKGROUND].map((level) => distanceTo(marks, level).data);
  const { fround } = Math; // as NumPy compares distances
  const found = SHARES.map((share) => segmented(small, marks, marks.map((_, at) =>
    (toBlack[at] > fround(fround(share) * fround(toWhite[at] + toBlack[at])) ? 1 : 0))));
  const agreement = Plane.filled(strokes.width, strokes.height, BACKGROUND);
  agreement.put(agreed(found, near), near);
  return trimapFromMask(agreement.map((level, at) => (strokes.data[at] === UNKNOWN ? level : strokes.data[at])));
}

/** Give what strokes enclose the value of the strokes. */
function enclosing(strokes) {
  const [white, black] = [strokes.equal(FOREGROUND), strokes.equal(BACKGROUND)];
  if (!white.has(1) || !black.has(1)) return strokes;
  const withinWhite = partsWithout(black, white);
  const atBorder = isAtBorder(withinWhite);
  const withinBlack = partsWithout(white, black).data;
  const [toWhite, toBlack] = [distanceTo(strokes, FOREGROUND).data, distanceTo(strokes, BACKGROUND).data];
  const reach = Math.fround((GAP / 2) * Math.max(strokes.width, strokes.height));
  const bridged = strokes.map((_, at) => (toBlack[at] <= reach && toBlack[at] < toWhite[at] ? 1 : 0));
  const beyondGaps = partsWithout(white, bridged);
  const outside = isAtBorder(beyondGaps);
  return strokes.map((level, at) => {
    if (outside.has(beyondGaps.data[at]) || withinBlack[at] > 0) return BACKGROUND;
    return withinWhite.data[at] > 0 && !atBorder.has(withinWhite.data[at]) ? FOREGROUND : level;
  });
}

/** Number the parts of a picture between strokes, 0 being the strokes and the parts that hold a mark. */
function partsWithout(marked, between) {
  const numbered = parts(between.equal(0), 4);
  const held = new Set(numbered.data.filter((_, at) => marked.data[at]));
  return numbered.map((part) => (held.has(part) ? 0 : part), Int32Array);
}

/** The numbers of the parts that touch the picture's border; 0 is none. */
function isAtBorder(numbered) {
  return new Set(numbered.border().filter((part) => part > 0));
}

function distanceTo(picture, level) {
  return distances(picture.map((value) => (value === level ? 0 : 1)));
}

// -- Corrected by strokes

const SEEDS = 40;
const ALIKE = 6;
const FILLED = 2;

function corrected(image, trimap, painted, near, without, beginnings, certain) {
  const strokes = enclosing(painted);
  if (strokes.data.every((level) => level === UNKNOWN)) return trimap;
  const [toForeground, toBackground] = [FOREGROUND, BACKGROUND].map((level) => distanceTo(trimap, level).data);
  const mask = trimap.map((_, at) => (toForeground[at] < toBackground[at] ? FOREGROUND : BACKGROUND));
  const [found, reached] = whatStrokesChange(image.part(near), strokes.part(near), without, beginnings, certain);
  mask.put(mask.part(near).map((level, at) => (reached.data[at] ? found.data[at] : level)), near);
  strokes.data.forEach((level, at) => { if (level !== UNKNOWN) mask.data[at] = level; });
  for (const [level, name] of [[BACKGROUND, "background"], [FOREGROUND, "foreground"]]) {
    if (!mask.has(level)) throw new IndexNetError(`The strokes leave no ${name}.`);
  }
  const changed = strokes.map((level) => (level === UNKNOWN ? 0 : 1));
  changed.put(changed.part(near).map((marked, at) => marked | reached.data[at]), near);
  const away = distances(changed.equal(0)).data;
  const subject = mask.map((level) => (level === BACKGROUND ? 0 : 1));
  const most = Math.max(...widthInPixels(subject, subject));
  const made = trimapFromMask(mask).data;
  return trimap.map((level, at) => {
    if (strokes.data[at] !== UNKNOWN) return strokes.data[at];
    return away[at] <= most ? made[at] : level;
  });
}

/** What is found with the strokes, and where that is to be followed. */
function whatStrokesChange(image, strokes, without, beginnings, certain) {
  const small = resize(image, certain, cv.INTER_AREA);
  const marks = scaledStrokes(strokes, certain);
  const known = marks.map((level, at) => (level === UNKNOWN ? certain.data[at] : level));
  const found = agreed(beginnings.map((beginning) => segmented(small, known, beginning)), certain);
  connectedAndAlike(small, marks).data.forEach((level, at) => { if (level !== UNKNOWN) found.data[at] = level; });
  const reached = Plane.filled(certain.width, certain.height, 0, Float32Array);
  const decided = found.map((level, at) => (without.data[at] === UNKNOWN && level !== UNKNOWN ? 1 : 0));
  const turned = { // both before anything is changed below
    [FOREGROUND]: found.map((level, at) => (level > without.data[at] ? 1 : 0)),
    [BACKGROUND]: found.map((level, at) => (level < without.data[at] ? 1 : 0)),
  };
  for (const level of [FOREGROUND, BACKGROUND]) {
    const changing = morphed(decided.map((value, at) => value | turned[level].data[at]), cv.MORPH_OPEN); // no bridges
    const numbered = parts(changing.map((value, at) => (value || marks.data[at] === level ? 1 : 0)));
    const held = new Set(numbered.data.filter((part, at) => part && marks.data[at] === level));
    const touched = numbered.map((part) => (held.has(part) ? 1 : 0), Uint8Array);
    const wider = morphed(touched, cv.MORPH_DILATE).data;
    touched.data.forEach((value, at) => {
      const isRim = wider[at] > value && certain.data[at] === UNKNOWN && marks.data[at] === UNKNOWN;
      if (isRim) found.data[at] = level;
      if (isRim || value) reached.data[at] = 1;
    });
  }
  return [
    resize(found, strokes, cv.INTER_NEAREST),
    resize(reached, strokes, cv.INTER_LINEAR).map((share) => (share >= 0.5 ? 1 : 0), Uint8Array),
  ];
}

/** Extend strokes over what is connected with them and has nearly their colours. */
function connectedAndAlike(image, strokes) {
  const extended = strokes.copy();
  const { width, height } = strokes;
  for (const level of [FOREGROUND, BACKGROUND]) {
    const places = [...strokes.data.keys()].filter((at) => strokes.data[at] === level);
    const step = Math.max(1, Math.floor(places.length / SEEDS));
    const points = places.filter((_, number) => number % step === 0)
      .map((at) => [at % width, Math.floor(at / width)]);
    const stops = Plane.filled(width + 2, height + 2, 0);
    stops.put(strokes.equal(BACKGROUND + FOREGROUND - level), { x: 1, y: 1 });
    const filled = flood(image, stops, points, ALIKE, FILLED).part({ x: 1, y: 1, width, height }).data;
    filled.forEach((value, at) => {
      if (value === FILLED && strokes.data[at] === UNKNOWN) extended.data[at] = level;
    });
  }
  return extended;
}
