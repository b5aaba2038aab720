// The box drawer: one image, at most one box, in pixels of the upright image (origin top left).
// Python hears of a change by the event 'input'. Text goes in by textContent only, never as markup.

const find = (selector) => element.querySelector(selector);
const picture = find(".picture"), overlay = find(".overlay"), frame = find(".frame"), stage = find(".stage");
const fields = ["left", "top", "right", "bottom"].map((name) => find(`input[name=${name}]`));
const SVG = "http://www.w3.org/2000/svg";
const SMALLEST = 2; // image pixels: a smaller box shows nothing
const CLICK = 4; // CSS pixels: a shorter drag is a click
const OUTWARD = 18, INWARD = 10; // CSS pixels a grip reaches: 28 in all, enough for a finger
const ROOM = 84; // CSS pixels a side needs before it gets a grip in its middle
const KEY_PAUSE = 250; // ms without a key before Python hears of it

let state = { image: null, box: null, width: 0, height: 0 };
let history = []; // states before, the latest last
let drag = null;
let keyTimer = null;
let sent = ""; // what Python knows, so that its echo is not taken for news

const clamp = (value, low, high) => Math.max(low, Math.min(high, value));
const rounded = (box) => box && box.map(Math.round);
const scale = () => state.width / (overlay.getBoundingClientRect().width || 1); // image pixels in a CSS pixel
const sorted = ([x0, y0, x1, y1]) => [Math.min(x0, x1), Math.min(y0, y1), Math.max(x0, x1), Math.max(y0, y1)];
const tooSmall = (box) => box[2] - box[0] < SMALLEST || box[3] - box[1] < SMALLEST;

// --- drawing -------------------------------------------------------------------------------------------------

function shape(name, className, attributes) {
  const node = document.createElementNS(SVG, name);
  node.setAttribute("class", className);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

const rectangle = (className, [x0, y0, x1, y1], more = {}) =>
  shape("rect", className, { x: x0, y: y0, width: Math.max(0, x1 - x0), height: Math.max(0, y1 - y0), ...more });

function grips(box) {
  const unit = scale(), [x0, y0, x1, y1] = box, nodes = [];
  const across = (x1 - x0) / unit > ROOM ? ["l", "", "r"] : ["l", "r"];
  const down = (y1 - y0) / unit > ROOM ? ["t", "", "b"] : ["t", "b"];
  for (const side of across) for (const level of down) {
    if (side + level === "") continue;
    const x = { l: x0, r: x1, "": (x0 + x1) / 2 }[side], y = { t: y0, b: y1, "": (y0 + y1) / 2 }[level];
    const reach = (isLow, isHigh) => [isHigh ? INWARD : isLow ? OUTWARD : 14, isLow ? INWARD : isHigh ? OUTWARD : 14];
    const [west, east] = reach(side === "l", side === "r"), [north, south] = reach(level === "t", level === "b");
    nodes.push(rectangle("grip", [x - west * unit, y - north * unit, x + east * unit, y + south * unit], { "data-edges": side + level }));
    nodes.push(rectangle("knob", [x - 5 * unit, y - 5 * unit, x + 5 * unit, y + 5 * unit], { rx: 2 * unit }));
  }
  return nodes;
}

function boxNode(box) {
  const [left, top, right, bottom] = rounded(box);
  const label = `Box: left ${left}, top ${top}, right ${right}, bottom ${bottom}. Arrows move it, Shift and arrows resize it, Delete removes it.`;
  const node = shape("g", "box", { tabindex: 0, role: "application", "aria-roledescription": "resizable box", "aria-label": label });
  node.append(rectangle("halo", box), rectangle("edge", box), ...grips(box));
  return node;
}

function draw() {
  const hadFocus = overlay.contains(document.activeElement);
  const { width, height, box } = state;
  overlay.setAttribute("viewBox", `0 0 ${width || 1} ${height || 1}`);
  overlay.replaceChildren();
  if (box) {
    const [x0, y0, x1, y1] = box;
    const hole = `M0 0H${width}V${height}H0ZM${x0} ${y0}H${x1}V${y1}H${x0}Z`;
    overlay.append(shape("path", "shade", { d: hole, "fill-rule": "evenodd" }), boxNode(box));
    if (hadFocus) focusBox();
  }
  find(".add").disabled = !width || !!box;
  find(".clear").disabled = !box;
  find(".undo").disabled = !history.length;
}

const focusBox = () => find(".box")?.focus({ preventScroll: true });

function describe() {
  const box = rounded(state.box);
  fields.forEach((field, side) => { field.value = box ? box[side] : ""; });
  const size = `${state.width} × ${state.height} px`;
  find(".status").textContent = !state.image ? ""
    : box ? `Box of ${box[2] - box[0]} × ${box[3] - box[1]} px in an image of ${size}.`
    : `No box: the whole image is used (${size}). Drag on the image to draw one.`;
}

const complain = (text) => { find(".problem").textContent = text; };

// --- changing ------------------------------------------------------------------------------------------------

const snapshot = () => ({ ...state, box: state.box && [...state.box] });
const keep = (before) => { history.push(before); if (history.length > 50) history.shift(); };

function tell() {
  const value = { ...state, box: rounded(state.box) };
  sent = JSON.stringify(value);
  props.value = value;
  trigger("input");
}

function changeBox(box, before = snapshot()) {
  keep(before);
  state.box = box && rounded(box);
  complain("");
  draw();
  describe();
  tell();
}

function show(next, done = () => {}) {
  state = { ...next, box: next.box && [...next.box] };
  frame.classList.toggle("shown", !!state.image);
  const ready = () => {
    state.width = picture.naturalWidth;
    state.height = picture.naturalHeight;
    frame.style.setProperty("--ratio", state.width / state.height);
    draw();
    describe();
    done();
  };
  if (!state.image) { picture.removeAttribute("src"); draw(); describe(); done(); return; }
  if (picture.getAttribute("src") === state.image.url && picture.complete && picture.naturalWidth) { ready(); return; }
  picture.onload = ready;
  picture.onerror = () => complain("This image could not be loaded from the server. Choose it again, please.");
  picture.src = state.image.url;
}

function undo() {
  if (!history.length || drag) return;
  const before = history.pop();
  complain("");
  show(before, tell);
}

function addBox() {
  const { width, height } = state;
  changeBox([width * 0.3, height * 0.3, width * 0.7, height * 0.7]);
  focusBox();
}

// --- pointer -------------------------------------------------------------------------------------------------

function at(event) {
  const bounds = overlay.getBoundingClientRect();
  return [
    clamp(((event.clientX - bounds.left) / bounds.width) * state.width, 0, state.width),
    clamp(((event.clientY - bounds.top) / bounds.height) * state.height, 0, state.height),
  ];
}

const moved = ([x0, y0, x1, y1], dx, dy) => {
  const x = clamp(dx, -x0, state.width - x1), y = clamp(dy, -y0, state.height - y1);
  return [x0 + x, y0 + y, x1 + x, y1 + y];
};

// By the way moved, not to the pointer: a finger that takes a grip beside the edge must not make it jump.
function resized(box, edges, dx, dy) {
  const next = [...box], { width, height } = state;
  if (edges.includes("l")) next[0] = clamp(box[0] + dx, 0, width);
  if (edges.includes("r")) next[2] = clamp(box[2] + dx, 0, width);
  if (edges.includes("t")) next[1] = clamp(box[1] + dy, 0, height);
  if (edges.includes("b")) next[3] = clamp(box[3] + dy, 0, height);
  return sorted(next);
}

function startDrag(event) {
  if (!state.width || event.button > 0 || drag || !event.isPrimary) return;
  const edges = event.target.dataset.edges, inside = event.target.closest(".box");
  drag = { id: event.pointerId, from: at(event), before: snapshot(), edges, moves: inside && !edges, started: false };
  overlay.setPointerCapture(event.pointerId);
  event.preventDefault();
  if (inside) focusBox();
}

function continueDrag(event) {
  if (!drag || event.pointerId !== drag.id) return;
  const [x, y] = at(event), [x0, y0] = drag.from, box = drag.before.box;
  drag.started ||= Math.hypot(x - x0, y - y0) >= CLICK * scale();
  if (!drag.started) return;
  if (drag.edges) state.box = resized(box, drag.edges, x - x0, y - y0);
  else if (drag.moves) state.box = moved(box, x - x0, y - y0);
  else state.box = sorted([x0, y0, x, y]);
  draw();
}

function endDrag(event) {
  if (!drag || event.pointerId !== drag.id) return;
  const { before, started } = drag, box = rounded(state.box);
  drag = null;
  if (!started) return;
  if (tooSmall(box)) { state = before; draw(); complain(`That box is thinner than ${SMALLEST} pixels: nothing was changed.`); return; }
  changeBox(box, before);
}

function cancelDrag() {
  if (!drag) return;
  state = drag.before;
  drag = null;
  draw();
}

// --- keyboard ------------------------------------------------------------------------------------------------

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function nudge(event) {
  const step = event.ctrlKey ? 1 : Math.max(1, Math.round(state.width / 100));
  const [dx, dy] = ARROWS[event.key].map((direction) => direction * step), [x0, y0, x1, y1] = state.box;
  const next = event.shiftKey
    ? [x0, y0, clamp(x1 + dx, x0 + SMALLEST, state.width), clamp(y1 + dy, y0 + SMALLEST, state.height)]
    : moved(state.box, dx, dy);
  if (!keyTimer) keep(snapshot()); // a run of keys is one step for undo
  state.box = rounded(next);
  draw();
  describe();
  clearTimeout(keyTimer);
  keyTimer = setTimeout(() => { keyTimer = null; tell(); }, KEY_PAUSE);
}

function pressKey(event) {
  if (event.key === "z" && (event.ctrlKey || event.metaKey) && event.target.tagName !== "INPUT") { event.preventDefault(); undo(); return; }
  if (!event.target.closest(".box") || !state.box || drag) return;
  if (ARROWS[event.key]) { event.preventDefault(); nudge(event); }
  else if (event.key === "Delete" || event.key === "Backspace") { event.preventDefault(); changeBox(null); find(".add").focus(); }
}

// --- numbers -------------------------------------------------------------------------------------------------

function numbersProblem(box) {
  const { width, height } = state;
  if (!width) return "Choose an image first.";
  if (!box.every(Number.isFinite)) return "Fill in all four numbers, or none for the whole image.";
  const [left, top, right, bottom] = box;
  if (right - left < SMALLEST) return `Right must be at least ${SMALLEST} more than left, but they are ${right} and ${left}.`;
  if (bottom - top < SMALLEST) return `Bottom must be at least ${SMALLEST} more than top, but they are ${bottom} and ${top}.`;
  if (left < 0 || right > width) return `Left and right must be within 0 and ${width}, but they are ${left} and ${right}.`;
  if (top < 0 || bottom > height) return `Top and bottom must be within 0 and ${height}, but they are ${top} and ${bottom}.`;
  return "";
}

function takeNumbers() {
  const texts = fields.map((field) => field.value.trim());
  if (texts.every((text) => text === "")) { if (state.box) changeBox(null); return; }
  const box = texts.map((text) => (text === "" ? NaN : Math.round(Number(text))));
  const problem = numbersProblem(box);
  complain(problem);
  if (!problem && JSON.stringify(box) !== JSON.stringify(rounded(state.box))) changeBox(box);
}

// --- files ---------------------------------------------------------------------------------------------------

async function refusal(file) {
  const name = `“${file.name || "pasted file"}”`, megabytes = file.size / 1e6, kept = state.image ? " The image you had is still here." : "";
  if (!file.type.startsWith("image/") || file.type === "image/svg+xml") return `${name} is not a photo or picture file (JPEG, PNG, WebP, GIF …).${kept}`;
  if (megabytes > props.max_megabytes) return `${name} has ${megabytes.toFixed(1)} MB; at most ${props.max_megabytes} MB are taken.${kept}`;
  const url = URL.createObjectURL(file), probe = new Image();
  probe.src = url;
  try { await probe.decode(); return ""; }
  catch (error) { return `${name} could not be read as an image: it is broken, or of a kind this browser does not know.${kept}`; }
  finally { URL.revokeObjectURL(url); }
}

async function take(file) {
  if (!file) return;
  const problem = await refusal(file);
  if (problem) { complain(problem); return; }
  complain("");
  find(".status").textContent = "Uploading …";
  try {
    const { path, url } = await upload(file);
    keep(snapshot());
    const image = { path, url, orig_name: file.name, meta: { _type: "gradio.FileData" } };
    show({ image, box: null, width: 0, height: 0 }, tell);
  } catch (error) {
    describe();
    complain(`The image could not be uploaded (${error.message}). Please try again.`);
  }
}

function paste(event) {
  if (!element.isConnected) { document.removeEventListener("paste", paste); return; }
  const file = [...event.clipboardData.files].find((one) => one.type.startsWith("image/"));
  if (!file || !stage.offsetParent) return; // text goes where it was meant to, and so does a paste on another tab
  event.preventDefault();
  take(file);
}

// --- wiring --------------------------------------------------------------------------------------------------

overlay.addEventListener("pointerdown", startDrag);
overlay.addEventListener("pointermove", continueDrag);
overlay.addEventListener("pointerup", endDrag);
overlay.addEventListener("pointercancel", cancelDrag);
document.addEventListener("keydown", (event) => { if (event.key === "Escape") cancelDrag(); });
document.addEventListener("paste", paste);
element.addEventListener("keydown", pressKey);
find(".add").addEventListener("click", addBox);
find(".clear").addEventListener("click", () => changeBox(null));
find(".undo").addEventListener("click", undo);
find(".file").addEventListener("change", (event) => { take(event.target.files[0]); event.target.value = ""; });
fields.forEach((field) => field.addEventListener("change", takeNumbers));
for (const name of ["dragenter", "dragover"]) element.addEventListener(name, (event) => { event.preventDefault(); stage.classList.add("over"); });
element.addEventListener("dragleave", () => stage.classList.remove("over"));
element.addEventListener("drop", (event) => {
  event.preventDefault();
  stage.classList.remove("over");
  if (event.dataTransfer.files.length) take(event.dataTransfer.files[0]);
  else complain("That was not a file. Save the picture first, then drop the file here.");
});
new ResizeObserver(() => { if (!drag) draw(); }).observe(overlay);

function fromPython() {
  const value = props.value;
  if (!value || JSON.stringify(value) === sent) return;
  if (state.image) keep(snapshot());
  sent = JSON.stringify(value);
  complain("");
  show(value);
}
watch("value", fromPython);
fromPython();
