const SHOWN = 24; // members in a row
const GREEN = [0, 130, 62];
const GAP = 2;
const ZOOM = 2; // of members in the viewer

function element(tag, attributes = {}, ...children) {
  const made = Object.assign(document.createElement(tag), attributes);
  made.append(...children);
  return made;
}

/** What a group is called: "5", "5+7", "5.1". */
const keyOf = (group) => group.names.join("+");

class Page {
  constructor({ images, truth, ...others }) {
    [this.count, this.height, this.width] = DATA.images.shape;
    Object.assign(this, { images, truth });
    const dimensions = DATA.points ? DATA.points.shape[1] : this.width * this.height;
    this.groups = new Groups({ rows: images, ...others, dimensions });
    this.selected = new Set();
    this.listen();
    this.refresh();
  }

  listen() {
    const on = (id, action) => $(id).addEventListener("click", action);
    on("merge", () => this.merge());
    on("undo", () => this.step("undo"));
    on("redo", () => this.step("redo"));
    on("save", () => this.save());
    on("close", () => $("viewer").close());
    for (const input of document.getElementsByName("members")) input.addEventListener("change", () => this.refresh());
    document.addEventListener("keydown", (event) => {
      const key = event.key.toLowerCase();
      if (!(event.ctrlKey || event.metaKey) || (key !== "z" && key !== "y")) return;
      event.preventDefault();
      this.step(key === "y" || event.shiftKey ? "redo" : "undo");
    });
    $("all").addEventListener("click", (event) => this.inspectAt(event));
    $("all").addEventListener("keydown", (event) => this.inspectByKey(event));
  }

  step(direction) {
    if (this.groups[direction]()) this.changed(direction === "undo" ? "Undone." : "Done again.");
  }

  changed(text) {
    this.selected.clear();
    this.refresh();
    $("told").textContent = text;
  }

  merge() {
    const chosen = this.list.filter((group) => this.selected.has(keyOf(group)));
    this.groups.merge(chosen);
    this.changed(`${counted(chosen.length, "cluster")} are one now: ${keyOf(this.groups.list().find(({ names }) => names.includes(chosen[0].names[0])))}.`);
  }

  split(group, n) {
    const isSplit = this.groups.split(group, n);
    if (isSplit) this.changed(`Cluster ${keyOf(group)} is ${n} clusters now.`);
    else $("told").textContent = `Cluster ${keyOf(group)} has too few different images for ${n} parts.`;
  }

  /** How many there are, and how well they agree with the true labels. */
  tellFacts() {
    const size = `${counted(this.count, "image")} of ${this.width} × ${this.height}`;
    $("facts").textContent = `${size}, ${counted(this.list.length, "cluster")}`;
    $("scores").hidden = !this.truth;
    if (!this.truth) return;
    const { purity, accuracy } = agreementOf(this.table);
    const percent = (share) => `${(100 * share).toFixed(1)} %`;
    $("scores").textContent = `Purity ${percent(purity)}, accuracy ${percent(accuracy)} by the true labels`;
  }

  refresh() {
    this.list = this.groups.list();
    if (this.truth) this.table = countClasses(this.list, this.truth, DATA.classes.length);
    this.tellFacts();
    $("groups").replaceChildren(...this.list.map((group, number) => this.row(group, number)));
    $("merge").disabled = this.selected.size < 2;
    $("undo").disabled = !this.groups.past.length;
    $("redo").disabled = !this.groups.future.length;
    $("command").value = ["kmcodec", "digits", ...DATA.arguments, ...this.groups.options()].map(quoted).join(" ");
  }

  row(group, number) {
    const key = keyOf(group);
    const box = element("input", { type: "checkbox", checked: this.selected.has(key) });
    const lines = [counted(group.members.length, "image")];
    if (group.source) lines.push(`from ${group.source}`);
    if (this.truth) lines.push(this.commonest(number));
    const notes = lines.map((textContent) => element("span", { className: "count", textContent }));
    const name = key;
    const label = element("label", {}, box, element("span", {}, `Cluster ${name}`, ...notes));
    const center = this.centerOf(group);
    const strip = element("div", { className: "strip" }, this.strip(this.shown(group)));
    const acts = element("div", { className: "row acts" });
    const open = element("button", { type: "button", textContent: "Members" });
    open.setAttribute("aria-label", `All members of cluster ${name}`);
    open.addEventListener("click", () => this.open(group, name));
    acts.append(open);
    for (const n of Object.keys(DATA.parts).map(Number)) {
      const button = element("button", { type: "button", textContent: `Split in ${n}` });
      button.setAttribute("aria-label", `Split cluster ${name} in ${n}`);
      button.disabled = group.members.length < n;
      button.addEventListener("click", () => this.split(group, n));
      acts.append(button);
    }
    const item = element("li", {}, label, center, strip, acts);
    item.dataset.key = key;
    item.dataset.number = number;
    item.classList.toggle("selected", box.checked);
    box.addEventListener("change", () => {
      if (box.checked) this.selected.add(key);
      else this.selected.delete(key);
      item.classList.toggle("selected", box.checked);
      $("merge").disabled = this.selected.size < 2;
    });
    return item;
  }

  /** The commonest true label of a group, and its share. */
  commonest(number) {
    const counts = this.table[number];
    const most = Math.max(...counts);
    const share = (100 * most) / this.list[number].members.length;
    return `${share.toFixed(0)} % are ${DATA.classes[counts.indexOf(most)]}`;
  }

  /** The first members, or some that are spread by chance but the same each time. */
  shown(group) {
    if (document.querySelector('input[name="members"]:checked').value === "nearest") return group.members.slice(0, SHOWN);
    const scrambled = (i) => Math.imul(i + 1, 0x9e3779b1) >>> 0;
    return [...group.members].sort((a, b) => scrambled(a) - scrambled(b)).slice(0, SHOWN);
  }

  image(number) {
    const size = this.width * this.height;
    return this.images.subarray(number * size, (number + 1) * size);
  }

  draw(context, values, x, y, ground = [0, 0, 0]) {
    const data = new ImageData(this.width, this.height);
    values.forEach((value, i) => {
      for (let c = 0; c < 3; c++) data.data[4 * i + c] = ground[c] + ((255 - ground[c]) * value) / 255;
      data.data[4 * i + 3] = 255;
    });
    context.putImageData(data, x, y);
  }

  centerOf(group) {
    const sums = new Float64Array(this.width * this.height);
    for (const number of group.members) this.image(number).forEach((value, i) => (sums[i] += value));
    const canvas = element("canvas", { className: "center", width: this.width, height: this.height });
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", "The centre");
    this.draw(canvas.getContext("2d"), sums.map((sum) => sum / group.members.length), 0, 0, GREEN);
    return canvas;
  }

  strip(members) {
    const step = this.width + GAP;
    const canvas = element("canvas", { width: step * SHOWN - GAP, height: this.height });
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", counted(members.length, "member"));
    members.forEach((number, i) => this.draw(canvas.getContext("2d"), this.image(number), i * step, 0));
    return canvas;
  }

  /** The dialog with all members of a group. */
  open(group, name) {
    this.opened = group;
    $("viewer-title").textContent = `Cluster ${name}: ${counted(group.members.length, "image")}, nearest first`;
    $("viewer").showModal();
    const step = this.width + GAP;
    this.columns = Math.max(1, Math.floor($("scroll").clientWidth / (ZOOM * step)));
    const rows = Math.ceil(group.members.length / this.columns);
    const canvas = Object.assign($("all"), { width: this.columns * step, height: rows * step });
    Object.assign(canvas.style, { width: `${ZOOM * canvas.width}px`, height: `${ZOOM * canvas.height}px` });
    group.members.forEach((number, i) => {
      this.draw(canvas.getContext("2d"), this.image(number), (i % this.columns) * step, Math.floor(i / this.columns) * step);
    });
    this.inspect(0);
    canvas.focus();
  }

  inspect(position) {
    this.position = Math.min(this.opened.members.length - 1, Math.max(0, position));
    const number = this.opened.members[this.position];
    const canvas = Object.assign($("one"), { width: this.width, height: this.height });
    this.draw(canvas.getContext("2d"), this.image(number), 0, 0);
    $("which").textContent = `Image ${number}, number ${this.position + 1} from the centre${this.truth ? `; its true label is ${DATA.classes[this.truth[number]]}` : ""}`;
  }

  inspectAt(event) {
    const box = $("all").getBoundingClientRect();
    const step = (ZOOM * (this.width + GAP));
    const column = Math.floor((event.clientX - box.left) / step);
    this.inspect(Math.floor((event.clientY - box.top) / step) * this.columns + column);
  }

  inspectByKey(event) {
    const moves = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.columns, ArrowDown: this.columns };
    if (!(event.key in moves)) return;
    event.preventDefault();
    this.inspect(this.position + moves[event.key]);
  }

  /** Each image's group, numbered as the rows are. */
  save() {
    const numbers = new Uint32Array(this.count);
    this.list.forEach((group, number) => group.members.forEach((i) => (numbers[i] = number)));
    const text = `image,cluster\n${[...numbers].map((number, i) => `${i},${number}\n`).join("")}`;
    const link = element("a", { download: "labels.csv", href: URL.createObjectURL(new Blob([text], { type: "text/csv" })) });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    $("told").textContent = "Saved labels.csv.";
  }
}

(async () => {
  const names = Object.keys(DATA.parts);
  const some = Object.fromEntries(["images", "labels", "order", "points", "truth"].filter((name) => DATA[name]).map((name) => [name, DATA[name]]));
  const unpacked = await Promise.all([...Object.values(some), ...Object.values(DATA.parts)].map(unpack));
  const arrays = Object.fromEntries(Object.keys(some).map((name, i) => [name, unpacked[i]]));
  const parts = Object.fromEntries(names.map((n, i) => [n, unpacked[Object.keys(some).length + i]]));
  window.page = new Page({ ...arrays, rows: arrays.points ?? arrays.images, parts });
  document.body.dataset.ready = "true";
})();
