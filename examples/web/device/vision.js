// OpenCV's functions for planes: what they reserve in WebAssembly's memory is given back at once.

import "./opencv.js";
import { Plane } from "./plane.js";

export const cv = await globalThis.cv;

const KINDS = [
  [Uint8Array, cv.CV_8U, "data"],
  [Float32Array, cv.CV_32F, "data32F"],
  [Int32Array, cv.CV_32S, "data32S"],
];

/** Call a function with Mats that hold what the planes do, and with empty ones for results. */
function withMats(planes, results, call) {
  const mats = [];
  try {
    for (const plane of planes) mats.push(matOf(plane));
    for (let count = 0; count < results; count++) mats.push(new cv.Mat());
    return call(...mats);
  } catch (error) {
    throw typeof error === "number" ? new Error(cv.exceptionFromPtr(error).msg) : error;
  } finally {
    for (const mat of mats) mat.delete();
  }
}

function matOf({ width, height, data, channels }) {
  const [, depth, view] = KINDS.find(([Kind]) => data instanceof Kind);
  const mat = new cv.Mat(height, width, channels === 3 ? cv.CV_8UC3 : depth);
  mat[view].set(data);
  return mat;
}

function planeOf(mat) {
  const [, , view] = KINDS.find(([, depth]) => depth === mat.depth());
  return new Plane(mat.cols, mat.rows, mat[view].slice());
}

export function resize(plane, { width, height }, interpolation) {
  return withMats([plane], 1, (from, to) => {
    cv.resize(from, to, new cv.Size(width, height), 0, 0, interpolation);
    return planeOf(to);
  });
}

/** How far each pixel that is not 0 is from the nearest one that is (Euclidean). */
export function distances(plane) {
  return withMats([plane], 1, (from, to) => {
    cv.distanceTransform(from, to, cv.DIST_L2, cv.DIST_MASK_PRECISE);
    return planeOf(to);
  });
}

/** Number the parts of what is not 0. */
export function parts(plane, connectivity = 8) {
  return withMats([plane], 1, (from, to) => {
    cv.connectedComponents(from, to, connectivity, cv.CV_32S);
    return planeOf(to);
  });
}

export function medianBlur(plane, size) {
  return withMats([plane], 1, (from, to) => {
    cv.medianBlur(from, to, size);
    return planeOf(to);
  });
}

export function blur(plane, size) {
  return withMats([plane], 1, (from, to) => {
    cv.blur(from, to, new cv.Size(size, size));
    return planeOf(to);
  });
}

/** Dilate (cv.MORPH_DILATE) or open (cv.MORPH_OPEN) by a square of some pixels. */
export function morphed(plane, operation, size = 3) {
  return withMats([plane, Plane.filled(size, size, 1)], 1, (from, kernel, to) => {
    cv.morphologyEx(from, to, operation, kernel);
    return planeOf(to);
  });
}

/** The smallest rectangle with all that is not 0. */
export function bounds(plane) {
  const { width, height, data } = plane;
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let at = 0, row = 0; row < height; row++) {
    for (let column = 0; column < width; column++, at++) {
      if (!data[at]) continue;
      if (column < left) left = column;
      if (column >= right) right = column + 1;
      if (row < top) top = row;
      bottom = row + 1;
    }
  }
  return right ? { x: left, y: top, width: right - left, height: bottom - top } : { x: 0, y: 0, width: 0, height: 0 };
}

export function grabCut(image, labels, iterations) {
  return withMats([image, labels], 2, (colours, marked, background, foreground) => {
    cv.setRNGSeed(0); // of the clustering of colours
    cv.grabCut(colours, marked, new cv.Rect(), background, foreground, iterations, cv.GC_INIT_WITH_MASK);
    return planeOf(marked);
  });
}

/** Mark what is connected with the points and of about their colours; `filled` is wider and higher by two. */
export function flood(image, filled, points, tolerance, level) {
  const flags = cv.FLOODFILL_FIXED_RANGE | cv.FLOODFILL_MASK_ONLY | (level << 8);
  return withMats([image, filled], 0, (colours, mask) => {
    const within = new cv.Scalar(tolerance, tolerance, tolerance);
    for (const [column, row] of points) {
      cv.floodFill(colours, mask, new cv.Point(column, row), new cv.Scalar(0), {}, within, within, flags);
    }
    return planeOf(mask);
  });
}
