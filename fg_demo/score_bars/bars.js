// Bars of scores: ranked, turned into shares and drawn here. Text goes in by textContent only, never as markup.

const find = (selector) => element.querySelector(selector);
const table = find(".table"), mix = find(".mix"), slider = find(".share"), marks = find(".marks"), said = find(".said");
const TRUE = "✓";

const make = (name, className, attributes = {}) => {
  const node = document.createElement(name);
  node.className = className;
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
};

// --- numbers -------------------------------------------------------------------------------------------------

const least = (score) => score - props.tolerance * Math.max(1, Math.abs(score)); // as heads.ties.least_equal
const ranks = (scores) => scores.map((score) => 1 + scores.filter((other) => score < least(other)).length);

function shares(scores, scale) {
  const highest = Math.max(...scores), raised = scores.map((score) => Math.exp(scale * (score - highest)));
  const total = raised.reduce((sum, one) => sum + one, 0);
  return raised.map((one) => one / total);
}

// The scorer, blended with the first one: all of it at share 1.
function blended(first, scorer, share) {
  const mean = (one, two) => (1 - share) * one + share * two;
  return {
    scores: scorer.scores.map((score, at) => mean(first.scores[at], score)),
    scale: mean(first.logit_scale, scorer.logit_scale),
  };
}

function columns() {
  const [first, ...heads] = props.value.scorers, share = slider.value / 100;
  const plain = { name: first.name, scores: first.scores, scale: first.logit_scale };
  return [plain, ...heads.map((head) => ({ name: title(head.name, share), ...blended(first, head, share) }))];
}

const percent = (share) => `${Math.round(share * 100)} %`;
const title = (name, share) => (share === 1 ? name : share === 0 ? "CLIP’s cosine again" : `${percent(1 - share)} CLIP + ${percent(share)} ${name}`);

// --- drawing: what is there is kept and changed ----------------------------------------------------------------

// The node's children of that number, made or dropped at the end.
function children(node, count, fresh) {
  while (node.children.length > count) node.lastElementChild.remove();
  while (node.children.length < count) node.append(fresh());
  return [...node.children];
}

function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

const cell = () => {
  const node = make("div", "cell", { role: "cell" }), rail = make("div", "rail"), bar = make("div", "bar");
  rail.append(bar);
  node.append(rail, make("span", "label"));
  return node;
};

const row = () => {
  const node = make("div", "row", { role: "row" });
  node.append(make("div", "query", { role: "rowheader" }));
  return node;
};

function drawHead(node, shown) {
  const [corner, ...cells] = children(node, shown.length + 1, () => make("div", "scorer", { role: "columnheader" }));
  corner.className = "corner";
  put(corner, "Description");
  shown.forEach((column, at) => put(cells[at], column.name));
}

function drawRow(node, query, at, shown) {
  const isTrue = at === props.value.true;
  node.classList.toggle("true", isTrue);
  const [name, ...cells] = children(node, shown.length + 1, cell);
  put(name, isTrue ? `${TRUE} ${query}` : query);
  shown.forEach((column, number) => {
    const [rail, label] = cells[number].children, rank = column.ranks[at], share = column.shares[at];
    cells[number].classList.toggle("first", rank === 1);
    cells[number].classList.toggle("cosine", number === 0);
    rail.firstElementChild.style.width = `${Math.max(0.4, share * 100)}%`;
    put(label, `#${rank} · ${Math.round(share * 100)}%`);
    cells[number].title = `${query}: rank ${rank}, share ${(share * 100).toFixed(1)} %, score ${column.scores[at].toFixed(4)}`;
  });
}

function draw() {
  const { queries = [], scorers = [] } = props.value ?? {};
  table.hidden = !scorers.length;
  mix.hidden = scorers.length < 2 || queries.length < 2;
  if (table.hidden) return;
  const shown = columns().map((column) => ({ ...column, ranks: ranks(column.scores), shares: shares(column.scores, column.scale) }));
  table.style.setProperty("--scorers", shown.length);
  drawHead(find(".head"), shown);
  children(find(".body"), queries.length, row).forEach((node, at) => drawRow(node, queries[at], at, shown));
  put(find(".of"), `Share of ${props.value.blended} in the score`);
  put(find(".all"), `${props.value.blended} alone`);
  put(said, mix.hidden ? "" : sentence(shown));
  slider.setAttribute("aria-valuetext", `${slider.value} % of ${props.value.blended}`);
}

// --- the slider ------------------------------------------------------------------------------------------------

function firstPlace(scorer, share) {
  const { scores } = blended(props.value.scorers[0], scorer, share);
  return scores.indexOf(Math.max(...scores));
}

// The shares at which the order changes, those at which another description comes first stand out.
function drawMarks() {
  const heads = (props.value?.scorers ?? []).slice(1), step = 0.001;
  const found = heads.flatMap((head) => head.changes.map((share) => ({
    share, lead: firstPlace(head, Math.max(0, share - step)) !== firstPlace(head, Math.min(1, share + step)),
  })));
  children(marks, found.length, () => make("i", "mark")).forEach((node, at) => {
    node.className = found[at].lead ? "mark lead" : "mark";
    node.style.left = `${found[at].share * 100}%`;
  });
}

function sentence(shown) {
  const { queries, true: known, scorers } = props.value, heads = scorers.slice(1), share = slider.value / 100;
  const changes = heads.reduce((sum, head) => sum + head.changes.length, 0), all = heads.length > 1 ? ", over all heads" : "";
  const times = changes === 0 ? "No two descriptions change places on the way." : changes === 1 ? "The order changes once on the way: at the mark." : `The order changes ${changes} times on the way${all}: at the marks.`;
  if (scorers.length > 2 || share === 1) return times;
  const place = known === null || known === undefined ? `“${queries[shown[1].ranks.indexOf(1)]}” comes first.` : `Yours is ${shown[1].ranks[known]} of ${queries.length}.`;
  return `With ${percent(share)} of ${props.value.blended}: ${place} ${times}`;
}

slider.addEventListener("input", draw);
function fromPython() {
  const share = props.value?.share;
  if (share !== null && share !== undefined) slider.value = share;
  drawMarks();
  draw();
}
watch("value", fromPython);
fromPython();
