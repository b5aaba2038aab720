// How the box is changed: by mouse or finger, by keys, by numbers; and how a kept one is taken up. Continues state.js.

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
  const { edges } = event.target.dataset, inside = event.target.closest(".box"), tapped = event.target.closest("[data-kept]");
  drag = { id: event.pointerId, from: at(event), before: snapshot(), edges, moves: inside && !edges, tapped: tapped?.dataset.kept, started: false };
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
  const { before, started, tapped } = drag, box = rounded(state.box);
  drag = null;
  if (!started) { if (tapped) takeUp(tapped); return; }
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
  const kept = event.target.closest(".kept");
  if (kept && !drag && (event.key === "Enter" || event.key === " ")) { event.preventDefault(); takeUp(kept.dataset.kept); return; }
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
