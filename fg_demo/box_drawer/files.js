// Where images come from, and what listens to what. Continues gestures.js.

// --- files ---------------------------------------------------------------------------------------------------

// Whether it is an image is for the server to say, which reads it: a browser goes by the name, and knows other kinds.
function refusal(file) {
  const megabytes = file.size / 1e6;
  if (/^(text|audio|video)\//.test(file.type)) return "is not a photo or picture file (JPEG, PNG, WebP, GIF …).";
  return megabytes > props.max_megabytes ? `has ${megabytes.toFixed(1)} MB; at most ${props.max_megabytes} MB are taken.` : "";
}

function refuse(file, problem) {
  describe();
  complain(`“${file.name || "pasted file"}” ${problem}${state.image ? " The image you had is still here." : ""}`);
}

const fileData = (path, url, name) => ({ path, url, orig_name: name, meta: { _type: "gradio.FileData" } });
let newest = 0; // number of the file chosen last: one that was slower must not take its place

async function take(file) {
  if (!file) return;
  const problem = refusal(file), mine = ++newest;
  if (problem) { refuse(file, problem); return; }
  complain("");
  find(".status").textContent = "Uploading …";
  try {
    const { path, url } = await upload(file);
    const seen = await server.show(path);
    if (mine !== newest) return;
    if (seen.problem) { refuse(file, `could not be read as an image: ${seen.problem.replace(/^image: /, "")}.`); return; }
    keep(snapshot());
    const shown = fileData(seen.path, `${url.split("/file=")[0]}/file=${seen.path}`, "shown.jpg");
    show({ image: fileData(path, url, file.name), shown, box: null, width: seen.width, height: seen.height, context: state.context, kept: [] }, tell);
  } catch (error) {
    refuse(file, `could not be uploaded (${error.message || error}). Please try again.`);
  }
}

function paste(event) {
  if (!element.isConnected) { document.removeEventListener("paste", paste); return; }
  const file = event.clipboardData.files[0];
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
find(".context").addEventListener("input", () => changeContext(false));
find(".context").addEventListener("change", () => changeContext(true));
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
