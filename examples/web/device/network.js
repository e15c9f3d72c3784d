// From photograph and trimap to alpha: keras_indexnet/inference/prediction.py.

import { part } from "./errors.js";
import { BACKGROUND, FOREGROUND, UNKNOWN } from "./levels.js";
import * as onnx from "./ort.js";
import { Plane } from "./plane.js";
import { tilesOf } from "./tiles.js";
import { cv, resize } from "./vision.js";

const OUTPUT_STRIDE = 32;
const MAX_PIXELS = 400_000; // of a tile, for the memory of a phone

const at = (name) => new URL(name, import.meta.url).href;
onnx.env.wasm.wasmPaths = { wasm: at("ort-wasm-simd-threaded.wasm") };
onnx.env.wasm.numThreads = self.crossOriginIsolated ? navigator.hardwareConcurrency : 1;
const network = part(onnx.InferenceSession.create(at("network.onnx"), { executionProviders: ["wasm"] }));

/** Float32 in [0, 1]; `progress` is told the share of the tiles that are done. */
export async function predictAlpha(image, trimap, progress) {
  const size = { width: enlarged(trimap.width), height: enlarged(trimap.height) };
  const fits = trimap.isOfSize(size);
  const larger = fits ? image : resize(image, size, cv.INTER_CUBIC);
  const largerTrimap = fits ? trimap : resize(trimap, size, cv.INTER_NEAREST);
  const alpha = trimap.has(UNKNOWN) ? await tiled(larger, largerTrimap, progress) : null;
  const resized = fits || !alpha ? alpha : resize(alpha, trimap, cv.INTER_CUBIC);
  return trimap.map((level, pixel) => {
    if (level === BACKGROUND) return 0;
    if (level === FOREGROUND) return 1;
    return Math.min(1, Math.max(0, resized.data[pixel]));
  }, Float32Array);
}

function enlarged(length) {
  return Math.ceil(length / OUTPUT_STRIDE) * OUTPUT_STRIDE;
}

async function tiled(image, trimap, progress) {
  const tiles = tilesOf(trimap, MAX_PIXELS, OUTPUT_STRIDE);
  const [alpha, weights] = [0, 0].map(() => Plane.filled(trimap.width, trimap.height, 0, Float32Array));
  for (const [done, tile] of tiles.entries()) {
    if (tiles.length > 1) progress(done / tiles.length);
    const predicted = await run(stacked(image.part(tile), trimap.part(tile)), tile);
    for (let row = 0, from = 0; row < tile.height; row++) {
      let to = (tile.y + row) * alpha.width + tile.x;
      for (let column = 0; column < tile.width; column++, from++, to++) {
        const weight = tile.rowWeights[row] * tile.columnWeights[column];
        alpha.data[to] += weight * predicted[from];
        weights.data[to] += weight;
      }
    }
  }
  return alpha.map((sum, pixel) => (weights.data[pixel] > 0 ? sum / weights.data[pixel] : 0), Float32Array);
}

function stacked(image, trimap) {
  const values = new Float32Array(trimap.data.length * 4);
  for (let pixel = 0, from = 0, to = 0; pixel < trimap.data.length; pixel++) {
    values[to++] = image.data[from++];
    values[to++] = image.data[from++];
    values[to++] = image.data[from++];
    values[to++] = trimap.data[pixel];
  }
  return values;
}

async function run(values, { width, height }) {
  const session = await network;
  const input = new onnx.Tensor("float32", values, [1, height, width, 4]);
  const answer = await session.run({ [session.inputNames[0]]: input });
  return answer[session.outputNames[0]].data;
}
