// What the page sent, read: keras_indexnet/web/uploads.py and data/trimap/reading.py.

import { IndexNetError } from "./errors.js";
import { BACKGROUND, FOREGROUND, UNKNOWN, UNMARKED } from "./levels.js";
import { trimapWithinBorder } from "./marks.js";
import { readColours, readLevels } from "./pictures.js";
import { Plane, largest, rounded } from "./plane.js";
import { cv, resize } from "./vision.js";

const COLOURFUL = 24;
const FEW = 9;
const NEAR = 12;

/** The photograph, its trimap, and sentences that say what was changed about what was given. */
export async function readUpload({ photograph, box, marks, trimap }) {
  const image = await decoded(readColours, photograph, "photograph");
  const painted = marks ? await readMarks(marks, image) : Plane.filled(image.width, image.height, UNMARKED);
  if (!trimap) {
    const [x, y, width, height] = (box ?? "").split(",").map(Number);
    return { image, trimap: trimapWithinBorder(image, painted, box && { x, y, width, height }), notes: [] };
  }
  const { values, colours, opacity } = await decoded(readLevels, trimap, "trimap");
  if (isColoured(colours)) {
    throw new IndexNetError(
      "The trimap is a picture in colour, not a trimap; a trimap is grey: 255 in the foreground, 0 in the " +
        "background, 128 where unknown.",
    );
  }
  const notes = [];
  if (opacity.data.some((alpha) => alpha < 255)) {
    notes.push("The trimap is transparent in places; what nobody painted there was read as black.");
  }
  const overBlack = values.map((value, at) => rounded(value * (opacity.data[at] / 255)));
  const standard = standardizeTrimap(overBlack, image, notes);
  return { image, trimap: painted.map((level, at) => (level === UNMARKED ? standard.data[at] : level)), notes };
}

async function decoded(read, file, name) {
  try {
    return await read(file);
  } catch {
    throw new IndexNetError(`The ${name} is not an image that can be read, or it is damaged.`);
  }
}

/** The page paints marks on a transparent layer of the photograph's size. */
async function readMarks(file, image) {
  const { values, opacity } = await readLevels(file);
  const marks = values.map((value, at) => {
    if (opacity.data[at] <= 127) return UNMARKED;
    return value < 64 ? BACKGROUND : value > 191 ? FOREGROUND : UNKNOWN;
  });
  return fitToPhotograph(marks, image, "picture of the marks", []);
}

function isColoured({ data }) {
  let coloured = 0;
  for (let at = 0; at < data.length; at += 3) {
    const [red, green, blue] = [data[at], data[at + 1], data[at + 2]];
    if (Math.max(red, green, blue) - Math.min(red, green, blue) > COLOURFUL) coloured++;
  }
  return coloured / (data.length / 3) > 0.01;
}

/** Bring a trimap to the photograph's size and to three values. */
function standardizeTrimap(given, photograph, notes) {
  const most = largest(given.data);
  if (most < 64) {
    throw new IndexNetError(
      `The trimap's values reach only ${most}; it should be 255 in the foreground and 128 where unknown.`,
    );
  }
  let trimap = fitToPhotograph(given, photograph, "trimap", notes);
  const levels = new Set(trimap.data);
  if ([...levels].some((level) => ![BACKGROUND, UNKNOWN, FOREGROUND].includes(level))) {
    if (isPicture(trimap, levels)) {
      throw new IndexNetError(
        `The trimap has ${levels.size} values, and most of its pixels are far from 0, 128 and 255: ` +
          "it is a picture in grey, not a trimap.",
      );
    }
    notes.push("The trimap holds other values than 0, 128 and 255; those between were read as unknown.");
    trimap = trimap.map((value) => (value <= 10 ? BACKGROUND : value >= 245 ? FOREGROUND : UNKNOWN));
  }
  if (!trimap.has(UNKNOWN)) {
    throw new IndexNetError(
      "The trimap has no unknown pixels: paint the hair, fur or soft edges grey (128), " +
        "so that there is something to compute.",
    );
  }
  const levelsBefore = [...new Set(given.data)].sort((a, b) => a - b).slice(0, 6).join(", ");
  for (const [level, name] of [[FOREGROUND, "foreground"], [BACKGROUND, "background"]]) {
    if (trimap.has(level)) continue;
    notes.push(`The trimap has no sure ${name} (${level}): it holds ${levelsBefore}. Is that meant?`);
  }
  return trimap;
}

/** Whether less than half of the pixels, of many values, are near one of a trimap's three. */
function isPicture({ data }, levels) {
  if (levels.size < FEW) return false;
  const isNear = (value) => [BACKGROUND, UNKNOWN, FOREGROUND].some((level) => Math.abs(value - level) <= NEAR);
  return data.filter(isNear).length / data.length < 0.5;
}

function fitToPhotograph(picture, { width, height }, name, notes) {
  if (picture.isOfSize({ width, height })) return picture;
  if (Math.abs(picture.height - (picture.width * height) / width) > 1.5) {
    throw new IndexNetError(
      `The ${name} is ${picture.width} x ${picture.height} pixels, but the photograph is ${width} x ${height}; ` +
        "they must show the same picture.",
    );
  }
  notes.push(`The ${name} was resized from ${picture.width} x ${picture.height} to ${width} x ${height} pixels.`);
  return resize(picture, { width, height }, cv.INTER_NEAREST);
}
