// The walk-through: one panel that stands in the page's flow beside what it explains, so that it covers nothing.

window.walkThrough = (() => {
  const SEEN = "fg-walk-through-seen";
  let asked = new URLSearchParams(location.search).get("walk") === "begin"; // the address changes once the page answers
  const steps = () => JSON.parse(document.getElementById("fg-walk-steps").textContent);
  const visible = (selector) => [...document.querySelectorAll(selector)].find((node) => node.offsetParent) ?? null;
  let panel = null, at = 0, pointed = null;

  // A browser may keep nothing; then the whole offer is made again.
  const seen = () => { try { return !!localStorage.getItem(SEEN); } catch { return false; } };
  const remember = () => {
    try { localStorage.setItem(SEEN, "yes"); } catch { /* nothing to do */ }
    document.documentElement.classList.add("fg-walk-seen");
  };
  if (seen()) document.documentElement.classList.add("fg-walk-seen");

  const make = (name, className, text = "") => {
    const node = document.createElement(name);
    node.className = className;
    node.textContent = text;
    return node;
  };

  function button(text, className, run) {
    const node = make("button", className, text);
    node.type = "button";
    node.addEventListener("click", run);
    return node;
  }

  function build() {
    panel = make("section", "fg-walk");
    panel.setAttribute("aria-label", "Walk-through");
    const says = make("p", "fg-walk-says"), count = make("span", "fg-walk-count"), row = make("div", "fg-walk-row");
    says.id = "fg-walk-says"; // read out with the button that is in focus
    const next = button("Next", "fg-walk-next", () => go(1));
    next.setAttribute("aria-describedby", says.id);
    row.append(count, button("Leave", "fg-walk-leave", leave), button("Back", "fg-walk-back", () => go(-1)), next);
    panel.append(says, row);
    panel.addEventListener("keydown", (event) => { if (event.key === "Escape") leave(); });
  }

  const there = (number, way) => {
    const all = steps();
    while (all[number] && !(visible(all[number].points_at) && visible(all[number].beside))) number += way;
    return all[number] ? number : null;
  };

  function go(way) {
    const next = there(at + way, way || 1);
    if (next === null) { if (way >= 0) leave(); return; }
    at = next;
    show();
  }

  function show() {
    const all = steps(), { says, points_at, stands, beside } = all[at];
    pointed?.classList.remove("fg-walk-pointed");
    pointed = visible(points_at);
    pointed.classList.add("fg-walk-pointed");
    visible(beside)[stands](panel);
    panel.dataset.stands = stands;
    panel.querySelector(".fg-walk-says").textContent = says;
    panel.querySelector(".fg-walk-count").textContent = `${at + 1} of ${all.length}`;
    panel.querySelector(".fg-walk-back").disabled = there(at - 1, -1) === null;
    panel.querySelector(".fg-walk-next").textContent = there(at + 1, 1) === null ? "Done" : "Next";
    panel.querySelector(".fg-walk-next").focus({ preventScroll: true });
    bringIntoSight();
  }

  // What is explained and the panel beside it, both whole where the window has room; the start of them where it has not.
  function bringIntoSight() {
    const headline = document.getElementById("fg-headline"); // on a phone it stays in sight, above all else
    const pinned = headline && getComputedStyle(headline).position === "sticky" ? headline : null;
    const margin = (pinned ? pinned.offsetHeight : 0) + 16;
    const shown = [pointed, panel].filter((node) => node !== pinned).map((node) => node.getBoundingClientRect());
    const top = Math.min(...shown.map((rect) => rect.top)), bottom = Math.max(...shown.map((rect) => rect.bottom));
    if (top >= margin && bottom <= innerHeight) return;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    scrollTo({ top: scrollY + top - margin, behavior: still ? "instant" : "smooth" });
  }

  function begin() {
    remember();
    if (!panel) build();
    at = 0;
    go(0);
  }

  function leave() {
    remember();
    pointed?.classList.remove("fg-walk-pointed");
    panel?.remove();
    document.querySelector("#fg-walk-offer a")?.focus({ preventScroll: true });
  }

  // The walk-through is of the first sample: where another image is shown the link opens that, and Back brings the other.
  function isFirst(link) {
    const named = new URLSearchParams(location.search), first = link.dataset.image;
    return (named.get("image") ?? (named.has("own") ? null : first)) === first;
  }

  document.addEventListener("click", (event) => {
    const link = document.querySelector("#fg-walk-offer a");
    if (event.target.closest?.(".fg-walk-no")) { remember(); link.focus(); return; }
    if (event.target !== link || event.ctrlKey || event.metaKey || event.shiftKey || !isFirst(link)) return;
    event.preventDefault();
    begin();
  });

  return {
    // Called once the page's first scores are there, and when the visitor has gone back: it begins once.
    opened() {
      if (asked) begin();
      asked = false;
    },
  };
})();
