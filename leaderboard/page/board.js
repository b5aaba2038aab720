// The leaderboard's table: tells Python what was pressed, by the event 'click'. Sorting, selecting and comparing
// happen there; the buttons are ordinary ones, so the keyboard works as everywhere.

const act = (action, value) => trigger("click", { action, value: value || "" });

element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-action]");
  if (button) return act(button.dataset.action, button.dataset.value);
  const row = event.target.closest("tbody tr[data-key]");
  if (row && !String(getSelection())) act("head", row.dataset.key);
});

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

function full(query) {
  const kept = [...new URLSearchParams(location.search)].filter(([name]) => name.startsWith("__"));
  const more = kept.map(([name, value]) => `&${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join("");
  return location.pathname + query + more;
}

// The address follows the view, but only where the visitor sees it: other tabs have addresses of their own.
let latest = "";
function address(query) {
  latest = query || latest;
  if (latest && element.offsetParent) history.replaceState(history.state, "", full(latest));
}

async function copyLink(query) {
  const link = location.origin + full(query);
  try {
    await navigator.clipboard.writeText(link);
    said("Link copied");
  } catch {
    prompt("Copy this link:", link); // where the browser does not let a page copy
  }
}

function said(words) {
  const note = document.createElement("div");
  note.className = "lb-said";
  note.setAttribute("role", "status");
  note.textContent = words;
  document.body.append(note);
  setTimeout(() => note.remove(), 2500);
}

function save(name, content, type = "text/plain;charset=utf-8") {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

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
