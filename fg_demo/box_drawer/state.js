// The box drawer: one image, at most one box, in pixels of the upright image (origin top left), and boxes that are kept
// by their names.
// Python hears of a change by the event 'input'. Text goes in by textContent only, never as markup.

const find = (selector) => element.querySelector(selector);
const picture = find(".picture"), overlay = find(".overlay"), frame = find(".frame"), stage = find(".stage");
const fields = ["left", "top", "right", "bottom"].map((name) => find(`input[name=${name}]`));
const SVG = "http://www.w3.org/2000/svg";
const SMALLEST = 2; // image pixels: a smaller box shows nothing
const CLICK = 4; // CSS pixels: a shorter drag is a click
const OUTWARD = 18, INWARD = 10; // CSS pixels a grip reaches: 28 in all, enough for a finger
const ROOM = 84; // CSS pixels a side needs before it gets a grip in its middle
const NAME = 13, PLATE = 24; // CSS pixels of a kept box's name, and of what a finger meets
const SHORT = 18; // characters of it
const KEY_PAUSE = 250; // ms without a key before Python hears of it

let state = { image: null, shown: null, box: null, width: 0, height: 0, context: 1, kept: [] }; // width and height as the server read them
let history = []; // states before, the latest last
let drag = null;
let keyTimer = null;
let told = 1; // the context that Python knows
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

// --- boxes that are kept: their area and outline lie under the box, their names above it -----------------------------

const isTaken = ({ box, context }) => String(rounded(box)) === String(rounded(state.box)) && context === state.context;

const keptArea = (one, number) => {
  const node = shape("g", isTaken(one) ? "area taken" : "area", { "data-kept": number });
  node.append(rectangle("ground", one.box), rectangle("dashes", one.box));
  return node;
};

function keptName(one, number) {
  const [x0, y0] = one.box, taken = isTaken(one), unit = scale(), size = NAME * unit;
  const label = `Box ${one.name}${taken ? ", which is compared" : ": press to compare it"}`;
  const node = shape("g", taken ? "kept taken" : "kept", { tabindex: 0, role: "button", "aria-label": label, "aria-pressed": taken, "data-kept": number });
  const words = shape("text", "", { "font-size": size, "aria-hidden": "true" });
  words.textContent = (taken ? "▶ " : "") + (one.name.length > SHORT ? `${one.name.slice(0, SHORT - 1)}…` : one.name);
  const plate = shape("rect", "plate", { rx: 3 * unit });
  node.append(plate, words);
  overlay.append(node);
  const width = Math.max(words.getComputedTextLength() + 10 * unit, PLATE * unit), height = PLATE * unit;
  const x = clamp(x0, 0, Math.max(0, state.width - width)), y = clamp(y0 - height - (taken ? 7 * unit : 0), 0, Math.max(0, state.height - height));
  for (const [name, value] of Object.entries({ x, y, width, height })) plate.setAttribute(name, value);
  for (const [name, value] of Object.entries({ x: x + 5 * unit, y: y + height / 2 + size * 0.35 })) words.setAttribute(name, value);
}

function takeUp(number) {
  const { box, context } = state.kept[number];
  if (isTaken(state.kept[number])) return;
  keep(snapshot());
  state = { ...state, box: [...box], context };
  complain("");
  draw();
  describe();
  tell();
}

// What is cut out: the box and its context, within the image.
function widened([x0, y0, x1, y1]) {
  const { width, height, context } = state, more = (context - 1) / 2;
  const across = (x1 - x0) * more, down = (y1 - y0) * more;
  return [Math.max(0, x0 - across), Math.max(0, y0 - down), Math.min(width, x1 + across), Math.min(height, y1 + down)];
}

function draw() {
  const focused = overlay.contains(document.activeElement) && document.activeElement;
  const { width, height, box, context, kept } = state;
  overlay.setAttribute("viewBox", `0 0 ${width || 1} ${height || 1}`);
  overlay.replaceChildren(...kept.map(keptArea));
  if (box) {
    const [x0, y0, x1, y1] = widened(box);
    const hole = `M0 0H${width}V${height}H0ZM${x0} ${y0}H${x1}V${y1}H${x0}Z`;
    overlay.append(shape("path", "shade", { d: hole, "fill-rule": "evenodd" }));
    if (context > 1) overlay.append(rectangle("wide", [x0, y0, x1, y1]));
    overlay.append(boxNode(box));
  }
  kept.forEach(keptName);
  if (focused) focusAgain(focused.dataset.kept);
  find(".add").hidden = !width || !!box;
  find(".clear").hidden = !box;
  find(".undo").disabled = !history.length;
  find(".around").hidden = !box;
  find(".context").value = context;
  find(".times").textContent = `${Number(context).toFixed(1)} ×`;
}

const focusBox = () => find(".box")?.focus({ preventScroll: true });
const focusAgain = (number) => (number === undefined ? focusBox() : find(`.kept[data-kept="${number}"]`)?.focus({ preventScroll: true }));

function describe() {
  const box = rounded(state.box);
  fields.forEach((field, side) => { field.value = box ? box[side] : ""; });
  const size = `${state.width} × ${state.height} px`, taken = state.kept.find(isTaken);
  find(".status").textContent = !state.image ? ""
    : box ? `${taken ? `“${taken.name}”: box` : "Box"} of ${box[2] - box[0]} × ${box[3] - box[1]} px in an image of ${size}.`
    : `No box: the whole image is used (${size}). Drag on the image to draw one.`;
}

const complain = (text) => { find(".problem").textContent = text; };

// --- changing ------------------------------------------------------------------------------------------------

const snapshot = () => ({ ...state, box: state.box && [...state.box] });
const keep = (before) => { history.push(before); if (history.length > 50) history.shift(); };

function tell() {
  const value = { ...state, box: rounded(state.box) };
  sent = JSON.stringify(value);
  told = state.context;
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

// While the slider moves the crop is only drawn; the server hears of the end.
function changeContext(finished) {
  state.context = Number(find(".context").value);
  if (finished) keep({ ...snapshot(), context: told });
  draw();
  if (finished) tell();
}

function show(next, done = () => {}) {
  state = { ...next, box: next.box && [...next.box], kept: next.kept || [] };
  told = state.context;
  frame.classList.toggle("shown", !!state.image);
  const ready = () => {
    frame.style.setProperty("--ratio", state.width / state.height);
    draw();
    describe();
    done();
  };
  if (!state.image) { picture.removeAttribute("src"); draw(); describe(); done(); return; }
  const { url } = state.shown;
  if (picture.getAttribute("src") === url && picture.complete && picture.naturalWidth) { ready(); return; }
  picture.onload = ready;
  picture.onerror = () => complain("This image could not be loaded from the server. Choose it again, please.");
  picture.src = url;
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
