// What the worker does: it reads what was sent, cuts out, and answers, as keras_indexnet/web/cutting_out.py does.

import { estimateForeground } from "./foreground.js";
import { predictAlpha } from "./network.js";
import { png } from "./pictures.js";
import { Plane } from "./plane.js";
import { readUpload } from "./uploads.js";

/** Make the trimap of what was sent, for people to look at before it is cut out. */
export async function trimap(fields) {
  const { trimap, notes } = await readUpload(fields);
  return { trimap: await png(trimap), notes };
}

export async function cutout(fields, progress) {
  const { image, trimap, notes } = await readUpload(fields);
  const alpha = await predictAlpha(image, trimap, progress);
  const colours = estimateForeground(image, alpha).data;
  const matte = alpha.map((value) => Math.round(value * 255), Uint8Array);
  const rgba = new Plane(image.width, image.height, new Uint8Array(matte.data.length * 4));
  for (let at = 0, from = 0, to = 0; at < matte.data.length; at++) {
    rgba.data[to++] = colours[from++];
    rgba.data[to++] = colours[from++];
    rgba.data[to++] = colours[from++];
    rgba.data[to++] = matte.data[at];
  }
  const [shown, alphaFile, cutoutFile] =
    await Promise.all([trimap, matte, rgba].map(png));
  return { trimap: shown, alpha: alphaFile, cutout: cutoutFile, notes };
}
