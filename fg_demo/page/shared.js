// What every tab does with the address, links and files in the browser, by the same code.

window.shared = (() => {
  // The address of this page with a query, and with what gradio itself reads from it (?__theme=dark).
  const full = (query) => {
    const kept = [...new URLSearchParams(location.search)].filter(([name]) => name.startsWith("__"));
    const more = kept.map(([name, value]) => `&${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join("");
    return location.pathname + query + more;
  };

  function said(words) {
    const note = document.createElement("div");
    note.className = "fg-said";
    note.setAttribute("role", "status");
    note.textContent = words;
    document.body.append(note);
    setTimeout(() => note.remove(), 4000);
  }

  // Keys go on to the first of these that is seen, where what they went to is about to be gone: a while of frames, since
  // gradio changes the page a little after it says so.
  function refocus(selectors, frames = 60) {
    if (document.activeElement === document.body) {
      const next = selectors.map((one) => document.querySelector(one)).find((one) => one && one.offsetParent);
      if (next) return next.focus();
    }
    if (frames) requestAnimationFrame(() => refocus(selectors, frames - 1));
  }

  return {
    said,
    refocus: (...selectors) => refocus(selectors),
    // The address follows the query, but only where the visitor sees the element: other tabs have their own. What is
    // `another` view can be left by the browser's Back.
    follow(query, element, another = false) {
      if (!query || !element || !element.offsetParent) return;
      if (another) history.pushState(null, "", full(query));
      else history.replaceState(history.state, "", full(query));
    },
    async copyLink(query, words = "Link copied") {
      const link = location.origin + full(query);
      try {
        await navigator.clipboard.writeText(link);
        said(words);
      } catch {
        prompt("Copy this link:", link); // where the browser does not let a page copy
      }
    },
    save(name, content, type = "text/plain;charset=utf-8") {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
      link.download = name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    },
  };
})();
