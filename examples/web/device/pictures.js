// Pictures from files and to files.

import { Plane } from "./plane.js";

/** The colours of a photograph in sRGB, turned as EXIF says. */
export async function readColours(file) {
  return withoutAlpha(await pixelsOf(file, {}));
}

/** A picture whose values are numbers, which no colour profile changes: one channel, colours, and opacity. */
export async function readLevels(file) {
  const pixels = await pixelsOf(file, { colorSpaceConversion: "none" });
  const colours = withoutAlpha(pixels);
  const [values, opacity] = [0, 0].map(() => Plane.filled(pixels.width, pixels.height, 0));
  for (let at = 0, from = 0; at < values.data.length; at++) { // grey as Pillow weighs colours
    const grey = pixels.data[from++] * 19595 + pixels.data[from++] * 38470 + pixels.data[from++] * 7471;
    values.data[at] = (grey + 0x8000) >> 16;
    opacity.data[at] = pixels.data[from++];
  }
  return { values, colours, opacity };
}

async function pixelsOf(file, options) {
  const bitmap = await createImageBitmap(file, options);
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return context.getImageData(0, 0, width, height);
}

function withoutAlpha({ width, height, data }) {
  const colours = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; from < data.length; from += 4) {
    colours[to++] = data[from];
    colours[to++] = data[from + 1];
    colours[to++] = data[from + 2];
  }
  return new Plane(width, height, colours);
}

// -- PNG, of one channel or of four. A canvas writes it, too, but multiplies colours by alpha in eight bits: where
// little is left of a hair, its colour would be lost.

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const COLOUR_TYPES = { 1: 0, 4: 6 };
const LEFT = 1; // the filter that stores how a value differs from the one to its left
const REMAINDERS = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? 0xedb88320 ^ (remainder >>> 1) : remainder >>> 1;
  return remainder;
});

export async function png({ width, height, data, channels }) {
  const length = width * channels;
  const rows = new Uint8Array(height * (length + 1));
  for (let row = 0, to = 0, from = 0; row < height; row++) {
    rows[to++] = LEFT;
    for (let at = 0; at < length; at++, from++) rows[to++] = data[from] - (at < channels ? 0 : data[from - channels]);
  }
  const deflated = new Blob([rows]).stream().pipeThrough(new CompressionStream("deflate"));
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, width);
  header.setUint32(4, height);
  header.setUint8(8, 8); // bits
  header.setUint8(9, COLOUR_TYPES[channels]);
  const chunks = [
    ["IHDR", new Uint8Array(header.buffer)],
    ["IDAT", new Uint8Array(await new Response(deflated).arrayBuffer())],
    ["IEND", new Uint8Array()],
  ];
  return new Blob([SIGNATURE, ...chunks.flatMap(([name, content]) => chunk(name, content))], { type: "image/png" });
}

function chunk(name, content) {
  const named = new Uint8Array(4 + content.length);
  named.set(new TextEncoder().encode(name));
  named.set(content, 4);
  return [bigEndian(content.length), named, bigEndian(checksum(named))];
}

function bigEndian(number) {
  const bytes = new DataView(new ArrayBuffer(4));
  bytes.setUint32(0, number);
  return bytes;
}

function checksum(bytes) {
  let remainder = 0xffffffff;
  for (const byte of bytes) remainder = REMAINDERS[(remainder ^ byte) & 255] ^ (remainder >>> 8);
  return (remainder ^ 0xffffffff) >>> 0;
}
