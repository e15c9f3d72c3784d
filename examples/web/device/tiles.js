// Where a photograph is cut into tiles that overlap: keras_indexnet/inference/tiles.py, for a network of free size.

import { UNKNOWN } from "./levels.js";
import { bounds, cv, morphed } from "./vision.js";

const SIDE = 768;
const OVERLAP = 256;
const CONTEXT = 128;
const REACH = 5;

/** Rectangles with the weights of their columns and rows; a pixel's weight is the product. */
export function tilesOf(trimap, maxPixels, multiple) {
  const { width, height } = trimap;
  const whole = { x: 0, y: 0, width, height };
  if (width * height <= maxPixels) return [{ ...whole, columnWeights: ones(width), rowWeights: ones(height) }];
  const unknown = morphed(trimap.equal(UNKNOWN), cv.MORPH_DILATE, REACH);
  const region = withContext(unknown, whole, multiple);
  let sides = [region.width, region.height];
  if (region.width * region.height > maxPixels) {
    const side = Math.min(SIDE, Math.floor(Math.sqrt(maxPixels)));
    sides = [0, 0].fill(Math.max(multiple, Math.floor(side / multiple) * multiple));
  }
  const [columns, rows] = sides.map((side, axis) => {
    const overlap = Math.min(OVERLAP, Math.floor(side / 2));
    const step = Math.max(multiple, Math.floor((side - overlap) / multiple) * multiple);
    const [start, length] = axis === 0 ? [region.x, region.width] : [region.y, region.height];
    return spansOf(start, start + length, side, step);
  });
  return rows.flatMap((row) => columns.map((column) => trimmed(column, row, unknown, multiple))).filter(Boolean);
}

/** A tile without borders that its unknown pixels do not need; null if it has no such pixels. */
function trimmed(column, row, unknown, multiple) {
  const area = { x: column.start, y: row.start, width: column.weights.length, height: row.weights.length };
  const counted = unknown.part(area).map((value, at) => {
    const weight = column.weights[at % area.width] * row.weights[Math.floor(at / area.width)];
    return value && weight > 0 ? 1 : 0;
  });
  if (!counted.has(1)) return null;
  const kept = withContext(counted, area, multiple);
  const cut = (weights, from, length) => weights.subarray(from, from + length);
  return {
    ...kept,
    columnWeights: cut(column.weights, kept.x - area.x, kept.width),
    rowWeights: cut(row.weights, kept.y - area.y, kept.height),
  };
}

/** The part of an area that holds its unknown pixels and their context. */
function withContext(unknown, area, multiple) {
  const found = bounds(unknown);
  const span = (start, length, end) => {
    const from = Math.floor(Math.max(0, start - CONTEXT) / multiple) * multiple;
    return [from, Math.min(Math.ceil((start + length + CONTEXT) / multiple) * multiple, end) - from];
  };
  const [x, width] = span(found.x, found.width, area.width);
  const [y, height] = span(found.y, found.height, area.height);
  return { x: area.x + x, y: area.y + y, width, height };
}

function spansOf(first, end, side, step) {
  const last = Math.max(first, end - side);
  const starts = [];
  for (let start = first; start < last; start += step) starts.push(start);
  return [...starts, last].map((start) => {
    const stop = Math.min(start + side, end);
    const fading = fadingIn(stop - start, side - step);
    const weights = ones(stop - start).map((_, at) =>
      (start > first ? fading[at] : 1) * (stop < end ? fading[fading.length - 1 - at] : 1));
    return { start, weights };
  });
}

function fadingIn(length, overlap) {
  if (overlap === 0) return ones(length);
  return ones(length).map((_, at) => Math.min(1, Math.max(0, (at + 0.5 - overlap / 4) / (overlap / 2))));
}

function ones(length) {
  return new Float32Array(length).fill(1);
}
