// What is marked in a photograph, in its pixels: strokes, and a box or a trimap.

export const NOTHING = { strokes: [], box: null, trimap: null };
const SAME_GESTURE = 1000; // milliseconds between steps that are undone together

/** States of the marks, none of which is ever changed. */
export class History {
  #past = [];
  #future = [];
  #last = { kind: null, time: 0 };
  now = NOTHING;

  get canUndo() {
    return this.#past.length > 0;
  }

  get canRedo() {
    return this.#future.length > 0;
  }

  forget() {
    this.#past = [];
    this.#future = [];
    this.now = NOTHING;
  }

  /** Change what is given; small steps of one kind that follow each other at once are one step. */
  change(what, kind = null) {
    const time = performance.now();
    if (!kind || kind !== this.#last.kind || time - this.#last.time > SAME_GESTURE) this.#past.push(this.now);
    this.#last = { kind, time };
    this.#future = [];
    this.now = { ...this.now, ...what };
  }

  undo() {
    this.#step(this.#past, this.#future);
  }

  redo() {
    this.#step(this.#future, this.#past);
  }

  #step(from, to) {
    if (!from.length) return;
    to.push(this.now);
    this.now = from.pop();
    this.#last.kind = null;
  }
}

/** Paint strokes; each is { level, width, points }, and the level "erased" takes away what was painted before. */
export function paint(context, strokes, { scale, x, y }, colours, rims = null) {
  context.lineCap = context.lineJoin = "round";
  for (const { level, width, points } of strokes) {
    context.globalCompositeOperation = level === "erased" ? "destination-out" : "source-over";
    context.beginPath();
    const [first] = points;
    context.moveTo(first.x * scale + x - 0.01, first.y * scale + y); // a line without length is not drawn
    for (const point of points) context.lineTo(point.x * scale + x, point.y * scale + y);
    if (rims) {
      context.lineWidth = width * scale + 3;
      context.strokeStyle = rims[level] ?? "#000000";
      context.stroke();
    }
    context.lineWidth = width * scale;
    context.strokeStyle = colours[level] ?? "#000000";
    context.stroke();
  }
  context.globalCompositeOperation = "source-over";
}

export function boxBetween(a, b) {
  const [left, right] = [a.x, b.x].map(Math.round).sort((p, q) => p - q);
  const [top, bottom] = [a.y, b.y].map(Math.round).sort((p, q) => p - q);
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/**
 * Move some edges of a box, given as their directions, such as "nw" for its upper left corner. With all four the
 * box moves, and stays in the photograph.
 */
export function boxWithEdgesMoved(box, edges, right, down, photograph) {
  let [x1, y1, x2, y2] = [box.x, box.y, box.x + box.width, box.y + box.height];
  if (edges === "nesw") {
    right = Math.min(photograph.width - x2, Math.max(-x1, right));
    down = Math.min(photograph.height - y2, Math.max(-y1, down));
  }
  const inside = (at, length) => Math.min(length, Math.max(0, at));
  if (edges.includes("w")) x1 = inside(x1 + right, photograph.width);
  if (edges.includes("e")) x2 = inside(x2 + right, photograph.width);
  if (edges.includes("n")) y1 = inside(y1 + down, photograph.height);
  if (edges.includes("s")) y2 = inside(y2 + down, photograph.height);
  const moved = boxBetween({ x: x1, y: y1 }, { x: x2, y: y2 });
  return moved.width && moved.height ? moved : box;
}
