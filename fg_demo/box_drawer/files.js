// Where images come from, and what listens to what. Continues gestures.js.

// --- files ---------------------------------------------------------------------------------------------------

async function refusal(file) {
  const name = `“${file.name || "pasted file"}”`, megabytes = file.size / 1e6, kept = state.image ? " The image you had is still here." : "";
  if (!file.type.startsWith("image/") || file.type === "image/svg+xml") return `${name} is not a photo or picture file (JPEG, PNG, WebP, GIF …).${kept}`;
  if (megabytes > props.max_megabytes) return `${name} has ${megabytes.toFixed(1)} MB; at most ${props.max_megabytes} MB are taken.${kept}`;
  const url = URL.createObjectURL(file), probe = new Image();
  probe.src = url;
  try { await probe.decode(); return ""; }
  catch (error) { return `${name} could not be read as an image: it is broken, or of a kind this browser does not know.${kept}`; }
  finally { URL.revokeObjectURL(url); }
}

async function take(file) {
  if (!file) return;
  const problem = await refusal(file);
  if (problem) { complain(problem); return; }
  complain("");
  find(".status").textContent = "Uploading …";
  try {
    const { path, url } = await upload(file);
    keep(snapshot());
    const image = { path, url, orig_name: file.name, meta: { _type: "gradio.FileData" } };
    show({ image, box: null, width: 0, height: 0 }, tell);
  } catch (error) {
    describe();
    complain(`The image could not be uploaded (${error.message}). Please try again.`);
  }
}

function paste(event) {
  if (!element.isConnected) { document.removeEventListener("paste", paste); return; }
  const file = [...event.clipboardData.files].find((one) => one.type.startsWith("image/"));
  if (!file || !stage.offsetParent) return; // text goes where it was meant to, and so does a paste on another tab
  event.preventDefault();
  take(file);
}

// --- wiring --------------------------------------------------------------------------------------------------

overlay.addEventListener("pointerdown", startDrag);
overlay.addEventListener("pointermove", continueDrag);
overlay.addEventListener("pointerup", endDrag);
overlay.addEventListener("pointercancel", cancelDrag);
document.addEventListener("keydown", (event) => { if (event.key === "Escape") cancelDrag(); });
document.addEventListener("paste", paste);
element.addEventListener("keydown", pressKey);
find(".add").addEventListener("click", addBox);
find(".clear").addEventListener("click", () => changeBox(null));
find(".undo").addEventListener("click", undo);
find(".file").addEventListener("change", (event) => { take(event.target.files[0]); event.target.value = ""; });
fields.forEach((field) => field.addEventListener("change", takeNumbers));
for (const name of ["dragenter", "dragover"]) element.addEventListener(name, (event) => { event.preventDefault(); stage.classList.add("over"); });
element.addEventListener("dragleave", () => stage.classList.remove("over"));
element.addEventListener("drop", (event) => {
  event.preventDefault();
  stage.classList.remove("over");
  if (event.dataTransfer.files.length) take(event.dataTransfer.files[0]);
  else complain("That was not a file. Save the picture first, then drop the file here.");
});
new ResizeObserver(() => { if (!drag) draw(); }).observe(overlay);

function fromPython() {
  const value = props.value;
  if (!value || JSON.stringify(value) === sent) return;
  if (state.image) keep(snapshot());
  sent = JSON.stringify(value);
  complain("");
  show(value);
}
watch("value", fromPython);
fromPython();
