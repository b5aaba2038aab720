// What a visitor takes along: the address of what is shown, files, and photographs that stay in this browser.
// Gradio's events call it by these names.

window.taking = (() => {
  const STORE = "photographs", MOST = 5; // photographs that are kept, the latest
  let latest = "";

  const ownOf = (query) => new URLSearchParams(query).get("own");

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
    // What the page opens with: its address, and the photograph that it tells of where this browser has it.
    async opened(drawing, ...values) {
      const query = location.search, own = ownOf(query);
      return [query, (own && (await kept(own))) || drawing, ...values];
    },
    // The address follows what was answered.
    address(query, drawing) {
      latest = query || latest;
      if (!latest) return;
      window.shared.follow(latest, document.getElementById("fg-answers"));
      const own = query && ownOf(query);
      if (own && drawing && drawing.image) keep(own, drawing.image);
    },
    copyLink(query) {
      const own = "Link copied. Your photograph is not in it: it stays in this browser.";
      return window.shared.copyLink(query, ownOf(query) ? own : undefined);
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
