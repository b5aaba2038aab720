// The leaderboard's table: tells Python what was pressed, by the event 'click'. Sorting, selecting and comparing
// happen there; the buttons are ordinary ones, so the keyboard works as everywhere.

const act = (action, value) => trigger("click", { action, value: value || "" });

element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-action]");
  if (button) return act(button.dataset.action, button.dataset.value);
  const row = event.target.closest("tbody tr[data-key]");
  if (row && !String(getSelection())) act("head", row.dataset.key);
});

// The table is made anew by every answer: keys stay with the button of the same name.
let focused = null;
document.addEventListener("focusin", ({ target }) => {
  const { action, value } = (element.contains(target) && target.closest("[data-action]")?.dataset) || {};
  const table = element.contains(target) ? ".lb-scroll" : null;
  focused = action ? `[data-action="${action}"][data-value="${CSS.escape(value ?? "")}"]` : table;
});
new MutationObserver(() => {
  if (!focused || document.activeElement !== document.body) return;
  (element.querySelector(focused) ?? element.querySelector(".lb-scroll"))?.focus({ preventScroll: true });
}).observe(element, { childList: true, subtree: true });

// A point of the chart on top selects its head. Vega keeps what a mark was drawn from beside it.
function pressed(event) {
  const mark = event.target.closest && event.target.closest("#leaderboard-trade-off .mark-symbol path");
  const item = mark && mark.__data__;
  if (item && item.datum && item.datum.key) act("head", item.datum.key);
}
if (window.leaderboardPressed) document.removeEventListener("click", window.leaderboardPressed);
window.leaderboardPressed = pressed;
document.addEventListener("click", pressed);

// --- what the buttons around the table do in the browser ------------------------------------------------------

const SVG = "http://www.w3.org/2000/svg";

// The address follows the view.
let latest = "";
function address(query) {
  latest = query || latest;
  window.shared.follow(latest, element);
}

const { copyLink, said, save } = window.shared;

// A copy of a chart that stands alone: with the page's colours written out and its background behind it.
function standalone(svg) {
  const copy = svg.cloneNode(true), { width, height } = svg.getBoundingClientRect();
  const live = svg.querySelectorAll("*");
  copy.querySelectorAll("*").forEach((node, number) => {
    for (const name of ["fill", "stroke"]) {
      if ((live[number].getAttribute(name) || "").includes("var("))
        node.setAttribute(name, getComputedStyle(live[number])[name]);
    }
  });
  const ground = document.createElementNS(SVG, "rect");
  const look = { width: "100%", height: "100%", fill: getComputedStyle(document.body).backgroundColor };
  for (const [name, value] of Object.entries(look)) ground.setAttribute(name, value);
  copy.prepend(ground);
  for (const [name, value] of Object.entries({ xmlns: SVG, width, height })) copy.setAttribute(name, value);
  return { text: new XMLSerializer().serializeToString(copy), width, height };
}

function saveChart(id, kind) {
  const svg = document.querySelector(`#${id} svg.marks`);
  if (!svg) return said("There is no chart to save");
  const { text, width, height } = standalone(svg);
  if (kind === "svg") return save(`${id}.svg`, text, "image/svg+xml");
  const picture = new Image(), scale = 2;
  picture.onload = () => {
    const canvas = document.createElement("canvas");
    canvas.width = width * scale;
    canvas.height = height * scale;
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((blob) => save(`${id}.png`, blob));
  };
  picture.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(text);
}

function reveal(id) {
  const panel = document.getElementById(id);
  if (panel && panel.offsetParent) panel.scrollIntoView({ behavior: "smooth", block: "start" });
}

window.leaderboard = { address, copyLink, reveal, save, saveChart };
