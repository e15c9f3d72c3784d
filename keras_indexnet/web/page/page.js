// A photograph is marked here and cut out by the server. Marks are kept in pixels of the photograph.

const HINTS = {
  box: "Drag a box that the subject fills. Colours then tell the two apart; correct it with the brushes.",
  unknown: "Paint over hair, fur and blurred edges. A band all the way round the subject, or from one border " +
    "of the picture to another, takes the place of a box.",
  foreground: "Paint a few strokes over what to keep. With strokes over what to remove they take the place of a box.",
  background: "Paint a few strokes over what to remove.",
};
const LEVELS = { foreground: "#ffffff", background: "#000000", unknown: "#808080" };
const COLOURS = { ...LEVELS, unknown: "#f2b134" };
const RIMS = { foreground: "#00000080", background: "#ffffff80", unknown: "#00000000" };
const LARGEST_DRAWING = 1600; // pixels of the longer side, of what is drawn over the photograph

const find = (id) => document.getElementById(id);
const main = document.querySelector("main");
const stage = find("marks");

let limits = { bytes: Infinity, pixels: Infinity };
let photograph = null; // the file, as it is sent
let trimap = null; // a file that takes the place of the box
let strokes = []; // each { tool, width, points }
let box = null; // { x, y, width, height }
let history = []; // pairs of strokes and box
let pointer = null; // the one that draws, and where it began
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
  if (decoded.naturalWidth * decoded.naturalHeight > limits.pixels) {
    URL.revokeObjectURL(address);
    const most = Math.round(limits.pixels / 1e6);
    return say(`${file.name} has too many pixels; at most ${most} million are taken.`, true);
  }
  URL.revokeObjectURL(find("shown").src);
  find("shown").src = address;
  await find("shown").decode();
  photograph = file;
  strokes = [];
  box = null;
  history = [];
  forgetTrimap();
  forgetResult();
  find("size").value = 20;
  find("start").hidden = true;
  find("editor").hidden = false;
  for (const canvas of [stage, find("overlay")]) {
    const scale = Math.min(1, LARGEST_DRAWING / Math.max(...photographSize()));
    [canvas.width, canvas.height] = photographSize().map((length) => Math.max(1, Math.round(length * scale)));
  }
  draw();
  say("Now mark what to cut out.");
  document.querySelector("input[name=tool]:checked").focus();
}

function photographSize() {
  return [find("shown").naturalWidth, find("shown").naturalHeight];
}

function megabytes(bytes) {
  return `${Math.round(bytes / 1e5) / 10} MB`;
}

// -- Marks

function tool() {
  return document.querySelector("input[name=tool]:checked").value;
}

function brushWidth() {
  // A share of the picture, finer for the small sizes: hair wants a thin brush.
  return Math.max(1, (find("size").value / 100) ** 2 * 0.3 * Math.max(...photographSize()));
}

function position(event) {
  const shown = stage.getBoundingClientRect();
  const [width, height] = photographSize();
  return {
    x: Math.min(width, Math.max(0, ((event.clientX - shown.left) / shown.width) * width)),
    y: Math.min(height, Math.max(0, ((event.clientY - shown.top) / shown.height) * height)),
  };
}

function remember() {
  history.push([strokes.slice(), box]);
}

function begin(event) {
  if (pointer || busy || event.button !== 0) return;
  stage.setPointerCapture(event.pointerId);
  pointer = { id: event.pointerId, start: position(event), box };
  if (tool() === "box") return;
  remember();
  strokes.push({ tool: tool(), width: brushWidth(), points: [pointer.start] });
  draw();
}

function move(event) {
  if (event.pointerId !== pointer?.id) return;
  if (tool() === "box") {
    box = boxBetween(pointer.start, position(event));
  } else {
    strokes.at(-1).points.push(...(event.getCoalescedEvents?.() ?? [event]).map(position));
  }
  draw();
}

function end(event) {
  if (event.pointerId !== pointer?.id) return;
  const before = pointer.box;
  pointer = null;
  if (tool() === "box" && box !== before) {
    const drawn = box.width > 1 && box.height > 1 ? box : before; // a click is no box
    box = before;
    remember();
    box = drawn;
    if (trimap) forgetTrimap();
  }
  draw();
}

function boxBetween(a, b) {
  const [left, right] = [a.x, b.x].sort((p, q) => p - q).map(Math.round);
  const [top, bottom] = [a.y, b.y].sort((p, q) => p - q).map(Math.round);
  return { x: left, y: top, width: right - left, height: bottom - top };
}

function boxFromNumbers() {
  const [x, y, width, height] = ["x", "y", "width", "height"].map((name) => find(`box-${name}`).valueAsNumber);
  if (![x, y, width, height].every(Number.isInteger) || width < 1 || height < 1) return;
  remember();
  box = { x, y, width, height };
  if (trimap) forgetTrimap();
  draw();
}

function undo() {
  if (!history.length || pointer || busy) return;
  [strokes, box] = history.pop();
  draw();
}

function clear() {
  remember();
  strokes = [];
  box = null;
  draw();
}

// -- Drawing

function paint(context, scale, colours, rims) {
  context.lineCap = context.lineJoin = "round";
  for (const stroke of strokes) {
    context.beginPath();
    const [first] = stroke.points;
    context.moveTo(first.x * scale - 0.01, first.y * scale); // a line without length would not be drawn
    for (const { x, y } of stroke.points) context.lineTo(x * scale, y * scale);
    if (rims) {
      context.lineWidth = stroke.width * scale + 3;
      context.strokeStyle = rims[stroke.tool];
      context.stroke();
    }
    context.lineWidth = stroke.width * scale;
    context.strokeStyle = colours[stroke.tool];
    context.stroke();
  }
}

function draw() {
  const [width, height] = photographSize();
  const context = stage.getContext("2d");
  context.clearRect(0, 0, stage.width, stage.height);
  paint(context, stage.width / width, COLOURS, RIMS);

  const frame = find("frame");
  frame.hidden = !box;
  if (box) {
    frame.style.left = `${(box.x / width) * 100}%`;
    frame.style.top = `${(box.y / height) * 100}%`;
    frame.style.width = `${(box.width / width) * 100}%`;
    frame.style.height = `${(box.height / height) * 100}%`;
  }
  for (const name of ["x", "y", "width", "height"]) find(`box-${name}`).value = box ? box[name] : "";

  find("hint").textContent = HINTS[tool()];
  find("box-numbers").hidden = tool() !== "box";
  find("brush").hidden = tool() === "box";
  find("undo").disabled = busy || !history.length;
  find("clear").disabled = busy || (!strokes.length && !box);
  find("cut").disabled = busy || !(strokes.length || box || trimap);
  find("another").disabled = busy;
  const parts = [box && "a box", strokes.length && `${strokes.length} strokes`].filter(Boolean);
  stage.setAttribute("aria-label", `Drawing area; marked: ${parts.join(" and ") || "nothing"}`);
}

function drawOverlay(picture) {
  // What goes is dark, what was computed is amber, and what stays is as it was.
  const context = find("overlay").getContext("2d", { willReadFrequently: true });
  const { width, height } = find("overlay");
  context.imageSmoothingEnabled = false;
  context.drawImage(picture, 0, 0, width, height);
  const pixels = context.getImageData(0, 0, width, height);
  const [removed, computed, kept] = [[0, 0, 0, 150], [242, 177, 52, 120], [0, 0, 0, 0]];
  for (let at = 0; at < pixels.data.length; at += 4) {
    const level = pixels.data[at];
    pixels.data.set(level < 64 ? removed : level > 191 ? kept : computed, at);
  }
  context.putImageData(pixels, 0, 0);
  find("show-overlay").hidden = false;
  showOverlay();
}

function showOverlay() {
  find("overlay").hidden = !find("overlay-shown").checked;
}

// -- Cutting out

async function cutOut() {
  setBusy(true);
  say("Cutting out. A large photograph takes a minute or more.");
  try {
    const form = new FormData();
    form.set("photograph", photograph);
    if (trimap) form.set("trimap", trimap);
    else if (box) form.set("box", [box.x, box.y, box.width, box.height].join());
    if (strokes.length) form.set("marks", await marksFile(), "marks.png");
    await showResult(await post(form));
  } catch (error) {
    say(error.message, true);
  }
  setBusy(false);
}

async function post(form) {
  let response;
  try {
    response = await fetch("cutout", { method: "POST", body: form });
  } catch {
    throw new Error("The server does not answer. Is indexnet serve still running?");
  }
  const isJson = response.headers.get("content-type")?.startsWith("application/json");
  const answer = isJson ? await response.json() : {};
  if (!response.ok) throw new Error(answer.detail ?? "The server failed; the terminal in which it runs says why.");
  return answer;
}

async function marksFile() {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = photographSize();
  paint(canvas.getContext("2d"), 1, LEVELS);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("The marks are too large for this browser."))));
  });
}

async function showResult(answer) {
  addresses.forEach(URL.revokeObjectURL);
  const [used, alpha, cutout] = [answer.trimap, answer.alpha, answer.cutout].map(pictureAddress);
  addresses = [used, alpha, cutout];
  const picture = new Image();
  picture.src = used;
  find("alpha").src = alpha;
  find("cutout").src = cutout;
  await Promise.all([picture, find("alpha"), find("cutout")].map((image) => image.decode()));
  drawOverlay(picture);
  const name = photograph.name.replace(/\.[^.]*$/, "");
  for (const kind of ["alpha", "cutout"]) {
    find(`download-${kind}`).href = find(kind).src;
    find(`download-${kind}`).download = `${name}_${kind}.png`;
  }
  find("result").hidden = false;
  main.classList.add("finished");
  if (matchMedia("(max-width: 60rem)").matches) find("result").scrollIntoView();
  say(["Done. Where it is wrong, paint and cut out again.", ...answer.notes].join(" "));
}

function pictureAddress(encoded) {
  const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
  return URL.createObjectURL(new Blob([bytes], { type: "image/png" }));
}

function forgetResult() {
  addresses.forEach(URL.revokeObjectURL);
  addresses = [];
  find("result").hidden = true;
  find("show-overlay").hidden = true;
  find("overlay").hidden = true;
  main.classList.remove("finished");
}

function forgetTrimap() {
  trimap = null;
  find("trimap").value = "";
  find("forget-trimap").hidden = true;
}

function setBusy(now) {
  busy = now;
  find("progress").hidden = !busy;
  find("cut").textContent = busy ? "Cutting out…" : "Cut out";
  draw();
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
find("tools").addEventListener("change", draw);
find("box-numbers").addEventListener("change", boxFromNumbers);
find("undo").addEventListener("click", undo);
find("clear").addEventListener("click", clear);
find("cut").addEventListener("click", cutOut);
find("overlay-shown").addEventListener("change", showOverlay);
find("trimap").addEventListener("change", (event) => {
  trimap = event.target.files[0] ?? null;
  find("forget-trimap").hidden = !trimap;
  if (trimap) {
    remember();
    box = null; // the trimap takes its place
  }
  draw();
});
find("forget-trimap").addEventListener("click", () => {
  forgetTrimap();
  draw();
});
find("backgrounds").addEventListener("change", (event) => {
  const chosen = event.target.value;
  find("board").classList.toggle("checkerboard", chosen === "checkerboard");
  find("board").style.backgroundColor = chosen === "checkerboard" ? "" : chosen;
});
addEventListener("keydown", (event) => {
  const writes = event.target.matches("input[type=number]");
  if ((event.ctrlKey || event.metaKey) && event.key === "z" && !writes) {
    event.preventDefault();
    undo();
  } else if ((event.key === "[" || event.key === "]") && !writes) {
    find("size").value = Number(find("size").value) + (event.key === "]" ? 4 : -4);
  }
});

limits = await (await fetch("limits")).json();
find("limits").textContent = `JPEG, PNG or WebP, at most ${megabytes(limits.bytes)}`;
