// The colours that the foreground has where it is mixed with the background.
// Source: Forte, "Approximate fast foreground colour estimation", ICIP 2021.

import { blur, bounds } from "./vision.js";

const WIDE = 90; // pixels of the first blur
const NARROW = 6; // and of the second
const LEAST = 1e-5;

/** Uint8 RGB; what is opaque keeps the photograph's colours. */
export function estimateForeground(image, alpha) {
  const soft = bounds(alpha.map((value) => (value > 0 && value < 1 ? 1 : 0), Uint8Array));
  const near = {
    x: Math.max(0, soft.x - WIDE),
    y: Math.max(0, soft.y - WIDE),
    width: Math.min(image.width, soft.x + soft.width + WIDE) - Math.max(0, soft.x - WIDE),
    height: Math.min(image.height, soft.y + soft.height + WIDE) - Math.max(0, soft.y - WIDE),
  };
  if (!soft.width) return image;
  const [photograph, opacity, estimated] = [image.part(near), alpha.part(near), image.copy()];
  for (let channel = 0; channel < 3; channel++) { // one after the other takes less memory
    const colour = opacity.map((_, at) => photograph.data[at * 3 + channel] / 255, Float32Array);
    const [first, behind] = refined(colour, colour, colour, opacity, WIDE);
    const [second] = refined(colour, first, behind, opacity, NARROW);
    second.data.forEach((value, at) => { photograph.data[at * 3 + channel] = Math.round(value * 255); });
  }
  estimated.put(photograph, near);
  return estimated;
}

/** Colours of the foreground and of the background, blurred, and the former so that both mix to the photograph's. */
function refined(image, foreground, background, alpha, size) {
  const share = blur(alpha, size).data;
  const weighted = (plane, weight) => blur(plane.map((value, at) => value * weight(alpha.data[at]), Float32Array), size);
  const before = weighted(foreground, (opacity) => opacity).map((sum, at) => sum / (share[at] + LEAST), Float32Array);
  const behind = weighted(background, (opacity) => 1 - opacity)
    .map((sum, at) => sum / (1 - share[at] + LEAST), Float32Array);
  const estimate = image.map((value, at) => {
    const opacity = alpha.data[at];
    const missing = value - opacity * before.data[at] - (1 - opacity) * behind.data[at];
    return Math.min(1, Math.max(0, before.data[at] + opacity * missing));
  }, Float32Array);
  return [estimate, behind];
}
