// What the page does by itself in the browser: waiting for a pause in typing, marking scores as old, and the tab in the
// address; taking.js continues it. Gradio's events call it by these names.

window.compareTab = (() => {
  const SOON = 30, PAUSE = 150, PATIENCE = 5000; // ms
  let typing, listing, awaited, typed = false, stopping = false;
  let asked = 0, answered = 0; // the last request that was sent and the last of which was told, by their numbers
  let written = 0; // the last that was sent while words were written
  let loads = 0; // loadings that go on

  const mark = (scores) => {
    clearTimeout(awaited);
    document.getElementById("fg-answers").dataset.scores = scores;
  };
  // Scores that are not there in time are marked as old: the server may be busy, or gone.
  const expectScores = () => {
    clearTimeout(awaited);
    awaited = setTimeout(() => mark("old"), PATIENCE);
  };

  document.addEventListener("input", (event) => { typed ||= !!event.target.closest("#fg-queries"); }, true);

  // A page that is opened by a link has the scores of its start in it: they are not what was asked for.
  const opening = document.documentElement.classList;
  const given = new URLSearchParams(location.search);
  const asks = given.get("tab") === "compare" && [...given.keys()].some((name) => name !== "tab" && !name.startsWith("__"));
  opening.toggle("fg-opening", asks);

  const side = (id) => document.getElementById(id).dataset;
  // What is sent: the number of the request in place of that of the request answered last, and the other values.
  const numbered = ([, ...values]) => [++asked, ...values];

  return {
    asks, // whether the address asks for anything but what the page opens with
    // The scores of the start are those of what is entered.
    started() { mark("current"); },
    // The drawing with the boxes that are kept now, unless another image was chosen meanwhile.
    withKept(kept, drawing) {
      const { image, boxes } = JSON.parse(kept || "{}");
      return [drawing && drawing.image && drawing.image.path === image ? { ...drawing, kept: boxes } : drawing];
    },
    // A request was answered; scores are those of what is entered once it is the last that was sent.
    answered(number) {
      answered = Math.max(answered, number);
      opening.remove("fg-opening");
      if (number === asked) mark("current");
    },
    unanswered() {
      answered = asked;
      opening.remove("fg-opening");
      if (!stopping) mark("old");
      stopping = false;
    },
    // The values as they are; what a pause in typing would still have sent is dropped: it would be older.
    atOnce(...values) {
      clearTimeout(typing);
      expectScores();
      return numbered(values);
    },
    // The same, for what may take long: meanwhile it can be stopped. gradio tells of a choice twice; it is sent once.
    loading: (...values) => new Promise((resolve) => {
      const chosen = document.querySelector("#fg-backbone input").value;
      if (side("fg-answers").loading === chosen) return;
      side("fg-answers").loading = chosen;
      loads += 1;
      resolve(window.compareTab.atOnce(...values));
    }),
    // A loading has ended, whether it came to anything or not; one that was stopped may end long after.
    ended() {
      loads = Math.max(0, loads - 1);
      if (!loads) delete side("fg-answers").loading;
    },
    // The visitor no longer waits for a backbone: what is entered now is asked of the one before.
    stopped(...values) {
      stopping = true;
      delete side("fg-answers").loading;
      return window.compareTab.atOnce(...values);
    },
    // The values again, where something was asked for while the request of this number was answered.
    again: (...values) => new Promise((resolve) => {
      if (values[0] !== asked) resolve(numbered(values));
    }),
    // The values soon after a key, but one request at a time: keys that are pressed while one is answered are sent as one
    // after it. Not those that the server has written itself.
    settled: (...values) => new Promise((resolve) => {
      if (!typed) return;
      typed = false;
      clearTimeout(typing);
      const until = Date.now() + PATIENCE;
      const send = () => {
        if (answered < written && Date.now() < until) typing = setTimeout(send, SOON / 2);
        else { expectScores(); resolve(numbered(values)); written = asked; }
      };
      typing = setTimeout(send, SOON);
    }),
    // The values once the list of descriptions rests, where the part with this id is open: else nobody asks for them.
    rested: (id, ...values) => new Promise((resolve) => {
      clearTimeout(listing);
      if (document.getElementById(id)?.offsetParent) listing = setTimeout(() => resolve(values), PAUSE);
    }),
    // A part of the page begins to work, and ends: meanwhile it can be stopped.
    begins(id, ...values) {
      side(id).running = "yes";
      return values;
    },
    ends(id) {
      const byKey = document.activeElement?.id.endsWith("-stop"); // the button that goes away had the keys
      delete side(id).running;
      if (byKey) window.shared.refocus(`#${id}-start`, `#${id} button`);
    },
  };
})();

window.tabs = (() => {
  const FIRST = "compare", LATE = "leaderboard"; // the one that is open at first, and one that is empty until it is seen
  let begun = false, filled = false;

  const named = () => new URLSearchParams(location.search).get("tab");
  const press = (name) => document.getElementById(`fg-back-${name}`)?.click();
  const open = (name) => {
    const tab = document.querySelector(`[role=tab][data-tab-id="${CSS.escape(name)}"]`);
    tab ? tab.click() : press("tabs"); // by the server only where it has to say what is wrong
  };

  // Back and forward show what the address tells of, without a new page.
  addEventListener("popstate", () => {
    const name = named() || FIRST;
    if (name === FIRST) window.taking.back();
    if (name === LATE && window.leaderboard) window.leaderboard.address(location.search);
    open(name);
    press(name);
  });

  return {
    // The page is there.
    begins() {
      begun = true;
      if (named()) open(named());
    },
    // The address' query, with the tab that is open where it names none.
    read: () => [named() ? location.search : `?tab=${FIRST}`],
    // A tab is selected once before the page has loaded; that must not overwrite the address the visitor came with.
    selected(name) {
      if (begun) setTimeout(() => {
        if ((named() || FIRST) !== name) history.pushState(null, "", `${location.pathname}?tab=${name}`);
        if (name === LATE && !filled) press(name);
        filled ||= name === LATE;
        if (window.leaderboard) window.leaderboard.address();
        window.taking.address();
      }, 100);
    },
  };
})();
