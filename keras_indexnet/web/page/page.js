// A photograph is marked here, and selected and cut out by the back end.

import { ask, limits as readLimits, where } from "./back_end.js";
import { History, NOTHING, boxBetween, boxWithEdgesMoved, paint } from "./marks.js";
import { newestOnly } from "./newest.js";
import { View } from "./view.js";

const HINTS = {
  select: "Click the subject. Then click what is missing to add it, and what is too much to remove it.",
  box: "Drag a box that the subject fills. Drag its handles to change it, or inside it to move it.",
  foreground: "Paint over what to keep.",
  background: "Paint over what to remove.",
  unknown: "Paint over hair, fur and blurred edges. A band all round the subject needs no other mark.",
  erased: "Paint over strokes to take them away.",
  move: "Drag to move the photograph; the wheel or two fingers zoom.",
};
const BRUSHES = ["foreground", "background", "unknown", "erased"];
const LEVELS = { foreground: "#ffffff", background: "#000000", unknown: "#808080" };
const COLOURS = { ...LEVELS, unknown: "#f2b134" };
const RIMS = { foreground: "#00000080", background: "#ffffff80", unknown: "#00000000" };
const CLICK_WIDTH = 12; // CSS pixels of the stroke that a click is
const LONGEST_CLICK = 6; // CSS pixels that a click may move
const DOUBLE_CLICK = 400; // milliseconds; the second one is not a correction
const QUIET = 150; // milliseconds without a change before the back end is asked
const LARGEST_PREVIEW = 2048; // pixels of the longer side, of what a selection is proposed for
const LARGEST_OVERLAY = 1600;
const STEP = 1.5; // of the zoom buttons
const KEPT = 0; // opacity of the overlay over what stays

const find = (id) => document.getElementById(id);
const stage = find("stage");
const view = new View(stage);
const marks = new History();

let limits = { bytes: Infinity, pixels: Infinity };
let photograph = null; // the file, as it is sent
let preview = null; // { file, scale }, what is sent while the subject is being selected
let draft = null; // what the gesture that goes on will change
let gesture = null;
let pointers = new Map(); // those that are down, by their ids: the newest event of each
let hover = null; // where the mouse is
let lastClick = { time: 0 };
let spaceIsDown = false;
let boxInNumbers = null; // which a person may be typing
let busy = false;
let addresses = []; // of blobs, to be released

// -- The photograph

async function choosePhotograph(file) {
  if (!file || busy) return;
  if (file.size > limits.bytes) {
    return say(`${file.name} has ${megabytes(file.size)}; at most ${megabytes(limits.bytes)} are taken.`, true);
  }
  const address = URL.createObjectURL(file);
  const decoded = new Image();
  decoded.src = address;
  try {
    await decoded.decode();
  } catch {
    URL.revokeObjectURL(address);
    return say(`${file.name} is no picture that this browser can show; try a JPEG, PNG or WebP.`, true);
  }
  const [width, height] = [decoded.naturalWidth, decoded.naturalHeight];
  if (width * height > limits.pixels) {
    URL.revokeObjectURL(address);
    const most = Math.round(limits.pixels / 1e6);
    return say(`${file.name} has too many pixels; at most ${most} million are taken.`, true);
  }
  URL.revokeObjectURL(find("shown").src);
  find("shown").src = address;
  await find("shown").decode();
  propose.cancel();
  photograph = file;
  preview = await previewOf(decoded, file);
  marks.forget();
  draft = gesture = null;
  forgetOverlay();
  forgetResult();
  find("start").hidden = true;
  find("editor").hidden = find("another").hidden = false;
  document.body.classList.add("editing");
  stage.style.setProperty("--proportions", `${width} / ${height}`);
  for (const shown of [find("shown"), find("overlay")]) {
    [shown.style.width, shown.style.height] = [`${width}px`, `${height}px`];
  }
  resize();
  view.show(width, height);
  refresh();
  say("");
  document.querySelector("input[name=tool]:checked").focus({ preventScroll: true });
}

/** The file itself or, of a large photograph, a smaller one, which is sent and segmented sooner. */
async function previewOf(decoded, file) {
  const [width, height] = [decoded.naturalWidth, decoded.naturalHeight];
  const scale = Math.min(1, LARGEST_PREVIEW / Math.max(width, height));
  if (scale === 1) return { file, scale };
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height].map((length) => Math.max(1, Math.round(length * scale)));
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(decoded, 0, 0, canvas.width, canvas.height);
  return { file: await blobOfCanvas(canvas, "image/jpeg"), scale };
}

async function chooseExample() {
  const answer = await fetch("example.jpg");
  choosePhotograph(new File([await answer.blob()], "dandelion.jpg", { type: "image/jpeg" }));
}

function megabytes(bytes) {
  return `${Math.round(bytes / 1e5) / 10} MB`;
}

// -- Gestures

function tool() {
  return document.querySelector("input[name=tool]:checked").value;
}

function state() {
  return { ...marks.now, ...draft };
}

function change(what, kind) {
  marks.change(what, kind);
  refresh();
  propose();
}

/** A point of the photograph, even if the pointer left it. */
function position(event) {
  const { x, y } = view.toPhotograph(event);
  return { x: Math.min(view.width, Math.max(0, x)), y: Math.min(view.height, Math.max(0, y)) };
}

function distance(a, b) {
  return Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
}

function middle(a, b) {
  return { clientX: (a.clientX + b.clientX) / 2, clientY: (a.clientY + b.clientY) / 2 };
}

function begin(event) {
  if (pointers.size === 0 || event.isPrimary) pointers.clear(); // whose end nobody heard of
  pointers.set(event.pointerId, event);
  if (pointers.size > 1) {
    draft = null;
    gesture = { kind: "pinch" };
    return refresh();
  }
  if (event.button > 1) return;
  stage.setPointerCapture(event.pointerId);
  const start = position(event);
  const pans = event.button === 1 || spaceIsDown || busy || tool() === "move";
  if (event.button === 1) event.preventDefault(); // the browser's own scrolling
  if (pans) gesture = { kind: "pan" };
  else if (tool() === "select") gesture = { kind: "click", begun: event };
  else if (tool() === "box") gesture = { kind: "box", start, box: marks.now.box, edges: event.target.dataset.edges };
  else {
    gesture = { kind: "stroke", stroke: { level: tool(), width: find("size").value / view.scale, points: [start] } };
    draft = { strokes: [...marks.now.strokes, gesture.stroke] };
  }
  refresh();
}

function move(event) {
  if (event.pointerType === "mouse") hover = event;
  const before = pointers.get(event.pointerId);
  if (!before) return draw();
  if (gesture?.kind === "pinch") {
    const [first, second] = pointers.values();
    pointers.set(event.pointerId, event);
    const [newFirst, newSecond] = pointers.values();
    const [from, to] = [middle(first, second), middle(newFirst, newSecond)];
    view.zoom(distance(newFirst, newSecond) / Math.max(1, distance(first, second)), from);
    view.pan(to.clientX - from.clientX, to.clientY - from.clientY);
  }
  pointers.set(event.pointerId, event);
  if (gesture?.kind === "click" && distance(event, gesture.begun) > LONGEST_CLICK) gesture = { kind: "pan" };
  if (gesture?.kind === "pan") view.pan(event.clientX - before.clientX, event.clientY - before.clientY);
  if (gesture?.kind === "stroke") {
    const events = event.getCoalescedEvents?.() ?? [];
    gesture.stroke.points.push(...(events.length ? events : [event]).map(position));
  }
  if (gesture?.kind === "box") draft = { box: draggedBox(gesture, position(event)) };
  refresh();
}

function draggedBox({ start, box, edges }, to) {
  if (!edges) return boxBetween(start, to);
  return boxWithEdgesMoved(box, edges, to.x - start.x, to.y - start.y, view);
}

function end(event) {
  pointers.delete(event.pointerId);
  const [ended, made] = [gesture, draft];
  if (pointers.size === 0 || gesture?.kind === "pinch") gesture = draft = null;
  if (event.type === "pointercancel") return refresh();
  if (ended?.kind === "stroke") change(made);
  if (ended?.kind === "box" && made?.box.width > 1 && made.box.height > 1) change({ ...made, trimap: null });
  if (ended?.kind === "click") click(event);
  refresh();
}

function click(event) {
  const again = event.timeStamp - lastClick.time < DOUBLE_CLICK && distance(event, lastClick.event) < CLICK_WIDTH;
  lastClick = { time: event.timeStamp, event };
  const { x, y } = view.toPhotograph(event);
  if (again || x < 0 || y < 0 || x > view.width || y > view.height) return;
  const stroke = {
    level: isKept(x, y) ? "background" : "foreground",
    width: CLICK_WIDTH / view.scale,
    points: [{ x, y }],
  };
  change({ strokes: [...marks.now.strokes, stroke] });
}

function boxFromNumbers() {
  const [x, y, width, height] = ["x", "y", "width", "height"].map((name) => find(`box-${name}`).valueAsNumber);
  if (![x, y, width, height].every(Number.isInteger) || width < 1 || height < 1) return;
  change({ box: { x, y, width, height }, trimap: null });
}

function undo() {
  if (busy || gesture) return;
  marks.undo();
  refresh();
  propose();
}

function redo() {
  if (busy || gesture) return;
  marks.redo();
  refresh();
  propose();
}

// -- Drawing

/** Show everything as it is now. */
function refresh() {
  const { strokes, box, trimap } = state();
  find("hint").textContent = HINTS[tool()];
  find("box-numbers").hidden = tool() !== "box";
  find("brush").hidden = !BRUSHES.includes(tool());
  find("undo").disabled = busy || !marks.canUndo;
  find("redo").disabled = busy || !marks.canRedo;
  find("clear").disabled = busy || !(strokes.length || box || trimap);
  find("cut").disabled = busy || !(strokes.length || box || trimap);
  find("another").disabled = busy;
  find("given-trimap").hidden = !trimap;
  find("choose-trimap").hidden = trimap !== null;
  find("trimap-name").textContent = trimap?.name ?? "";
  if (box !== boxInNumbers) {
    for (const name of ["x", "y", "width", "height"]) find(`box-${name}`).value = box ? box[name] : "";
    boxInNumbers = box;
  }
  const parts = [box && "a box", strokes.length && `${strokes.length} strokes`, trimap && "a trimap"].filter(Boolean);
  stage.setAttribute("aria-label", `Photograph; marked: ${parts.join(" and ") || "nothing"}`);
  draw();
}

function draw() {
  const { strokes, box } = state();
  find("picture").style.transform = `translate(${view.x}px, ${view.y}px) scale(${view.scale})`;
  stage.classList.toggle("magnified", view.scale > 3);
  stage.classList.toggle("zoomed", !view.fits);
  stage.dataset.tool = spaceIsDown ? "move" : tool();

  const canvas = find("marks");
  const context = canvas.getContext("2d");
  const density = canvas.width / Math.max(1, stage.clientWidth);
  context.clearRect(0, 0, canvas.width, canvas.height);
  const shown = { scale: view.scale * density, x: view.x * density, y: view.y * density };
  paint(context, strokes, shown, COLOURS, RIMS);
  if (hover && BRUSHES.includes(tool()) && !spaceIsDown) drawBrush(context, density);

  const frame = find("frame");
  frame.hidden = !box;
  if (!box) return;
  const [width, height] = [box.width * view.scale, box.height * view.scale];
  frame.style.left = `${box.x * view.scale + view.x}px`;
  frame.style.top = `${box.y * view.scale + view.y}px`;
  frame.style.width = `${width}px`;
  frame.style.height = `${height}px`;
  frame.classList.toggle("narrow", width < 96);
  frame.classList.toggle("low", height < 96);
}

function drawBrush(context, density) {
  const { left, top } = stage.getBoundingClientRect();
  for (const [colour, width] of [["#000000", 3], ["#ffffff", 1]]) {
    context.beginPath();
    const [x, y] = [hover.clientX - left, hover.clientY - top].map((length) => length * density);
    context.arc(x, y, (find("size").value / 2) * density, 0, 2 * Math.PI);
    context.lineWidth = width * density;
    context.strokeStyle = colour;
    context.stroke();
  }
}

function resize() {
  const canvas = find("marks");
  canvas.width = stage.clientWidth * devicePixelRatio;
  canvas.height = stage.clientHeight * devicePixelRatio;
  view.resize();
}

// -- The overlay: what goes is dark, what is computed is amber, and what stays is as it was

function drawOverlay(picture) {
  const canvas = find("overlay");
  const scale = Math.min(1, LARGEST_OVERLAY / Math.max(picture.naturalWidth, picture.naturalHeight));
  canvas.width = Math.max(1, Math.round(picture.naturalWidth * scale));
  canvas.height = Math.max(1, Math.round(picture.naturalHeight * scale));
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingEnabled = false;
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
  const [removed, computed, kept] = [[0, 0, 0, 165], [242, 177, 52, 120], [0, 0, 0, KEPT]];
  for (let at = 0; at < pixels.data.length; at += 4) {
    const level = pixels.data[at];
    pixels.data.set(level < 64 ? removed : level > 191 ? kept : computed, at);
  }
  context.putImageData(pixels, 0, 0);
  find("show-overlay").hidden = false;
  showOverlay();
}

function showOverlay() {
  find("overlay").hidden = find("show-overlay").hidden || !find("overlay-shown").checked;
}

function forgetOverlay() {
  find("show-overlay").hidden = true;
  showOverlay();
}

/** Whether the newest overlay says that a point of the photograph is kept. */
function isKept(x, y) {
  if (find("show-overlay").hidden) return false;
  const { width, height } = find("overlay");
  const [column, row] = [(x / view.width) * width, (y / view.height) * height].map(Math.floor);
  const context = find("overlay").getContext("2d", { willReadFrequently: true });
  return context.getImageData(Math.min(column, width - 1), Math.min(row, height - 1), 1, 1).data[3] === KEPT;
}

// -- Selecting and cutting out

const propose = newestOnly(async (isNewest) => {
  const { strokes, box, trimap } = marks.now;
  if (!strokes.length && !box && !trimap) {
    forgetOverlay();
    return say("");
  }
  const working = setTimeout(() => say("Selecting…"), 300);
  try {
    const answer = await ask("trimap", await form(preview.file, preview.scale));
    if (!isNewest()) return;
    drawOverlay(await decodedPicture(answer.trimap));
    say(["Dark is removed, amber is computed. Correct what is wrong, then cut out.", ...(trimap ? [] : answer.notes)].join(" "));
  } catch (error) {
    if (!isNewest()) return;
    forgetOverlay(); // it shows other marks
    say(error.message, !error.isAboutMarks);
  } finally {
    clearTimeout(working);
  }
}, QUIET);

async function form(file, scale) {
  const { strokes, box, trimap } = marks.now;
  const content = new FormData();
  content.set("photograph", file);
  if (trimap) content.set("trimap", trimap);
  else if (box) content.set("box", scaledBox(box, scale).join());
  if (strokes.length) content.set("marks", await marksFile(scale), "marks.png");
  return content;
}

function scaledBox({ x, y, width, height }, scale) {
  const [left, top, right, bottom] = [x, y, x + width, y + height].map((length) => Math.round(length * scale));
  return [left, top, Math.max(1, right - left), Math.max(1, bottom - top)];
}

async function marksFile(scale) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(view.width * scale));
  canvas.height = Math.max(1, Math.round(view.height * scale));
  paint(canvas.getContext("2d"), marks.now.strokes, { scale, x: 0, y: 0 }, LEVELS);
  return blobOfCanvas(canvas, "image/png");
}

function blobOfCanvas(canvas, type) {
  return new Promise((resolve, reject) => {
    const done = (blob) => (blob ? resolve(blob) : reject(new Error("The photograph is too large for this browser.")));
    canvas.toBlob(done, type, 0.95);
  });
}

async function decodedPicture(file) {
  const picture = new Image();
  picture.src = URL.createObjectURL(file);
  await picture.decode();
  URL.revokeObjectURL(picture.src);
  return picture;
}

async function cutOut() {
  propose.cancel();
  setBusy(true);
  say("Cutting out. A large photograph takes a minute or more.");
  try {
    const progress = (share) => { find("progress").value = share; };
    await showResult(await ask("cutout", await form(photograph, 1), progress));
  } catch (error) {
    say(error.message, true);
  }
  setBusy(false);
}

async function showResult(answer) {
  addresses.forEach(URL.revokeObjectURL);
  addresses = [answer.alpha, answer.cutout].map((file) => URL.createObjectURL(file));
  [find("alpha").src, find("cutout").src] = addresses;
  await Promise.all([find("alpha"), find("cutout")].map((image) => image.decode()));
  drawOverlay(await decodedPicture(answer.trimap));
  const name = photograph.name.replace(/\.[^.]*$/, "");
  for (const kind of ["alpha", "cutout"]) {
    find(`download-${kind}`).href = find(kind).src;
    find(`download-${kind}`).download = `${name}_${kind}.png`;
  }
  find("result").hidden = false;
  document.body.classList.add("finished");
  say(["Done. Correct what is wrong, and cut out again.", ...answer.notes].join(" "));
  find("result").scrollIntoView();
}

function forgetResult() {
  addresses.forEach(URL.revokeObjectURL);
  addresses = [];
  find("result").hidden = true;
  document.body.classList.remove("finished");
}

function setBusy(now) {
  busy = now;
  find("progress").hidden = !busy;
  find("progress").removeAttribute("value");
  find("cut").textContent = busy ? "Cutting out…" : "Cut out";
  refresh();
}

function say(text, isFault = false) {
  find("state").textContent = text;
  find("state").classList.toggle("fault", isFault);
}

// -- Events

find("photograph").addEventListener("change", (event) => {
  choosePhotograph(event.target.files[0]);
  event.target.value = ""; // so that the same file can be chosen again
});
find("example").addEventListener("click", chooseExample);
find("another").addEventListener("click", () => find("photograph").click());
addEventListener("dragover", (event) => {
  event.preventDefault();
  document.body.classList.add("dragged");
});
addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) document.body.classList.remove("dragged");
});
addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("dragged");
  choosePhotograph(event.dataTransfer.files[0]);
});
addEventListener("paste", (event) => choosePhotograph(event.clipboardData.files[0]));

stage.addEventListener("pointerdown", begin);
stage.addEventListener("pointermove", move);
stage.addEventListener("pointerup", end);
stage.addEventListener("pointercancel", end);
stage.addEventListener("pointerleave", () => {
  hover = null;
  draw();
});
stage.addEventListener("touchstart", (event) => {
  if (event.touches.length > 1) event.preventDefault(); // two fingers zoom the photograph, not the page
}, { passive: false });
stage.addEventListener("wheel", (event) => {
  const way = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * 16 : event.deltaY;
  if (way > 0 && view.fits && !event.ctrlKey) return; // the page may scroll
  event.preventDefault();
  view.zoom(Math.exp(-way * (event.ctrlKey ? 0.01 : 0.002)), event); // a pinch on a touchpad comes with ctrlKey
  refresh();
}, { passive: false });
new ResizeObserver(() => {
  resize();
  draw();
}).observe(stage);

const zoomed = (how) => () => {
  how();
  refresh();
};
find("zoom-in").addEventListener("click", zoomed(() => view.zoom(STEP)));
find("zoom-out").addEventListener("click", zoomed(() => view.zoom(1 / STEP)));
find("fit").addEventListener("click", zoomed(() => view.fit()));

find("tools").addEventListener("change", refresh);
find("size").addEventListener("input", draw);
find("box-numbers").addEventListener("change", boxFromNumbers);
find("undo").addEventListener("click", undo);
find("redo").addEventListener("click", redo);
find("clear").addEventListener("click", () => change(NOTHING));
find("cut").addEventListener("click", cutOut);
find("overlay-shown").addEventListener("change", showOverlay);
find("trimap").addEventListener("change", (event) => {
  const [trimap] = event.target.files;
  if (trimap) change({ trimap, box: null }); // it takes the box's place
  event.target.value = "";
});
find("forget-trimap").addEventListener("click", () => change({ trimap: null }));
find("backgrounds").addEventListener("change", (event) => {
  const chosen = event.target.value;
  find("cutout").classList.toggle("checkerboard", chosen === "checkerboard");
  find("cutout").style.backgroundColor = chosen === "checkerboard" ? "" : chosen;
});

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

addEventListener("keydown", (event) => {
  if (!photograph || event.altKey) return;
  const key = event.key.toLowerCase();
  if (event.ctrlKey || event.metaKey) {
    if (key === "z" || key === "y") {
      event.preventDefault();
      if (key === "y" || event.shiftKey) redo();
      else undo();
    }
    return;
  }
  if (event.target.matches("input[type=number]")) return;
  const arrow = ARROWS[event.key];
  const { edges } = event.target.dataset;
  if (key === "[" || key === "]") find("size").value = Number(find("size").value) + (key === "]" ? 3 : -3);
  else if (key === "+" || key === "=") view.zoom(STEP);
  else if (key === "-") view.zoom(1 / STEP);
  else if (key === "0") view.fit();
  else if (key === " " && (hover || !event.target.matches("button, a, input:not([type=radio])"))) spaceIsDown = true;
  else if (arrow && edges && marks.now.box && !busy) {
    const [right, down] = arrow.map((way) => way * (event.shiftKey ? 10 : 1));
    const box = boxWithEdgesMoved(marks.now.box, edges, right, down, view);
    change({ box, trimap: null }, `nudge ${edges}`);
  } else if (arrow && event.target === stage) view.pan(-40 * arrow[0], -40 * arrow[1]);
  else return;
  event.preventDefault();
  refresh();
});
addEventListener("keyup", (event) => {
  if (event.key !== " " || !spaceIsDown) return;
  event.preventDefault(); // it presses no button
  spaceIsDown = false;
  draw();
});
addEventListener("blur", () => {
  spaceIsDown = false;
});

find("where").textContent = where;
limits = await readLimits();
find("limits").textContent = `JPEG, PNG or WebP, at most ${megabytes(limits.bytes)}`;
