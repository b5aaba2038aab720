// What the page does by itself in the browser: waiting for a pause in typing, marking scores as old, and the tab in the
// address; taking.js continues it. Gradio's events call it by these names.

window.compareTab = (() => {
  const PAUSE = 150, PATIENCE = 5000; // ms
  let typing, listing, awaited, typed = false;

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

  return {
    answered: () => mark("current"),
    unanswered: () => mark("old"),
    // The values as they are; what a pause in typing would still have sent is dropped: it would be older.
    atOnce(...values) {
      clearTimeout(typing);
      expectScores();
      return values;
    },
    // The values once typing has paused, not those of every key, and not those that the server has written itself.
    settled: (...values) => new Promise((resolve) => {
      if (!typed) return;
      typed = false;
      clearTimeout(typing);
      typing = setTimeout(() => { expectScores(); resolve(values); }, PAUSE);
    }),
    // The values once the list of descriptions rests, where the part with this id is open: else nobody asks for them.
    rested: (id, ...values) => new Promise((resolve) => {
      clearTimeout(listing);
      if (document.getElementById(id)?.offsetParent) listing = setTimeout(() => resolve(values), PAUSE);
    }),
  };
})();

window.tabs = (() => {
  let addressWasRead = false;

  return {
    // The address' query; from now on the tab that is open is named in it.
    read() {
      addressWasRead = true;
      return [location.search];
    },
    // A tab is selected once before the page has loaded; that must not overwrite the address the visitor came with.
    selected(name) {
      if (addressWasRead) setTimeout(() => {
        if (!location.search.includes(`tab=${name}`)) history.replaceState(null, "", `${location.pathname}?tab=${name}`);
        if (window.leaderboard) window.leaderboard.address();
        window.taking.address();
      }, 100);
    },
  };
})();
