// What a visitor takes along: the address of what is shown, files, and photographs that stay in this browser.
// Gradio's events call it by these names.

window.taking = (() => {
  const STORE = "photographs", MOST = 5; // photographs that are kept, the latest
  const SOON = 300; // ms
  const BESIDE = ["share", "sweep", "description", "exchange"]; // of the address, what the browser alone knows of
  let asked = ""; // the address that was opened
  let question = ""; // the address of what was answered
  let following; // timer
  let beside = {}, reopened = []; // name → text, and the names of which an opened address said otherwise

  const part = (query, name) => new URLSearchParams(query).get(name);
  const ownOf = (query) => part(query, "own");
  const pictured = (query) => part(query, "image") || ownOf(query);

  // The whole address: what was answered, and what is open beside it.
  function address() {
    const all = new URLSearchParams(question), { description, ...others } = beside;
    if (description && !all.getAll("q").includes(`✓ ${description}`)) others.description = description;
    for (const name of BESIDE) others[name] ? all.set(name, others[name]) : all.delete(name);
    return question && `?${all}`;
  }
  const follow = (another = false) => window.shared.follow(address(), document.getElementById("fg-answers"), another);

  function open(query) {
    const before = beside;
    beside = Object.fromEntries(BESIDE.map((name) => [name, part(query, name)]));
    reopened = BESIDE.filter((name) => (before[name] || null) !== beside[name]);
    asked = query;
  }

  // The address follows a little later: what is put here may belong to an answer of which the rest is still to come.
  function put(more) {
    beside = { ...beside, ...more };
    clearTimeout(following);
    following = setTimeout(() => follow(), SOON);
  }

  document.addEventListener("change", ({ target }) => {
    if (target.matches("#fg-bars .share")) put({ share: target.value === target.max ? null : target.value });
  });

  // --- photographs that stay here -------------------------------------------------------------------------------

  const done = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

  async function photographs(mode) {
    const opening = indexedDB.open("fg-photographs", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE, { keyPath: "own" });
    return (await done(opening)).transaction(STORE, mode).objectStore(STORE);
  }

  async function keep(own, image) {
    try {
      const known = await done((await photographs("readonly")).get(own));
      const blob = known ? known.blob : await (await fetch(image.url)).blob();
      const store = await photographs("readwrite");
      await done(store.put({ own, blob, name: image.orig_name || "photograph", used: Date.now() }));
      const all = await done(store.getAll());
      all.sort((one, other) => other.used - one.used);
      for (const old of all.slice(MOST)) store.delete(old.own);
    } catch {
      window.shared.said("This browser keeps no photographs: after a reload it has to be chosen again.");
    }
  }

  // The photograph of the address as a drawing, uploaded anew: the server does not keep it for long.
  async function kept(own) {
    try {
      const known = await done((await photographs("readonly")).get(own));
      if (!known) return null;
      const form = new FormData();
      form.append("files", known.blob, known.name);
      const answer = await fetch(new URL("gradio_api/upload", document.baseURI), { method: "POST", body: form });
      const [path] = await answer.json();
      const image = { path, orig_name: known.name, meta: { _type: "gradio.FileData" } };
      return { image, shown: null, box: null, width: 0, height: 0 };
    } catch {
      return null; // the server says what is missing
    }
  }

  return {
    // The page is there, with the scores of its start, if it has any, and their address; the server is asked where the
    // address asks for others.
    begins(start) {
      if (window.compareTab.asks || !start) { document.getElementById("fg-back-compare").click(); return; }
      question ||= start;
      if ([null, "compare"].includes(part(location.search, "tab"))) follow();
      window.compareTab.started();
      window.walkThrough.opened();
    },
    // What the page opens with: its address, and the photograph that it tells of where this browser has it.
    async opened(number, turns, address, drawing, ...values) {
      const query = location.search, own = ownOf(query), numbered = window.compareTab.atOnce(number, turns);
      open(query);
      return [...numbered, query, (own && (await kept(own))) || drawing, ...values];
    },
    // The visitor went back or forward: what is answered now is no other view.
    back() {
      clearTimeout(following);
      question = location.search;
    },
    // The address that was opened, before the values.
    openedWith: (...values) => [asked, ...values],
    // The same after the turns, and nothing is sent where it says nothing of the name, and said nothing before.
    asked: (name, turns, ...values) => new Promise((resolve) => {
      if (part(asked, name) !== null || reopened.includes(name)) resolve([turns, asked, ...values]);
    }),
    put,
    // The address follows what was answered. Of another image, what belonged to the image before is emptied.
    address(query, drawing) {
      const another = !!query && !!question && pictured(query) !== pictured(question);
      question = query || question;
      if (another) beside = { ...beside, sweep: null };
      follow(another);
      const own = query && ownOf(query);
      if (own && drawing && drawing.image) keep(own, drawing.image);
      return another ? ["", "", null, ""] : undefined;
    },
    copyLink() {
      const own = "Link copied. Your photograph is not in it: it stays in this browser.";
      return window.shared.copyLink(address(), ownOf(question) ? own : undefined);
    },
    // Save what a button made: its name, type, and content as text or in base64.
    save(made) {
      if (!made) return;
      const { name, type, text, base64 } = JSON.parse(made);
      const content = base64 ? Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)) : text;
      window.shared.save(name, content, type);
    },
  };
})();
