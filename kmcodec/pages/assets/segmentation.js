const VEIL = [16, 17, 20];

class Page {
  constructor(labels, pixels, planes) {
    const { width, height, picks, k, least } = DATA;
    Object.assign(this, { pixels, width, height, planes, variants: new Map() });
    const { palette, areas } = DATA;
    this.variants.set(`${k} ${least}`, { labels, palette, areas });
    this.picks = new Picks((...chosen) => this.variantOf(...chosen), width, height, picks, { k, least });
    for (const id of ["picture", "shade"]) Object.assign($(id), { width, height });
    const scale = Math.min(1, 640 / Math.max(width, height));
    Object.assign($("preview"), { width: Math.ceil(width * scale), height: Math.ceil(height * scale) });
    this.whole = Object.assign(document.createElement("canvas"), { width, height });
    Object.assign($("world").style, { width: `${width}px`, height: `${height}px` });
    this.viewport = new Viewport($("stage"), $("world"), $("cross"), width, height, (x, y) => this.pick(x, y));
    this.setSliders();
    this.listen();
    this.refresh();
  }

  /** The labels for a number of clusters and a least region; computed when they are first wanted. */
  variantOf(k, least) {
    const key = `${k} ${least}`;
    if (!this.variants.has(key)) {
      const { labels, palette } = this.planes.get(String(k));
      this.variants.set(key, byArea({ labels: least > 1 ? absorbSmall(labels, this.width, this.height, least) : labels, palette }));
    }
    return this.variants.get(key);
  }

  get labels() {
    return this.picks.labels;
  }

  get palette() {
    return this.picks.variant.palette;
  }

  /** Names belong to the clusters that the command line named. */
  get names() {
    const { k, least } = this.picks.state;
    return k === DATA.k && least === DATA.least ? DATA.names : [];
  }

  /** Sliders choose among what the page holds; without a choice they are hidden. */
  setSliders() {
    const mine = [...this.planes.keys()];
    this.counts = mine.map((k) => (k === "auto" ? k : Number(k))).sort((a, b) => (a === "auto" ? -1 : b === "auto" ? 1 : a - b));
    this.leasts = DATA.leasts;
    const sliders = [["k", this.counts], ["least", this.leasts]];
    for (const [name, values] of sliders) {
      $(`choose-${name}`).hidden = values.length < 2;
      $(name).max = values.length - 1;
      $(name).addEventListener("input", () => this.tellChoice());
      $(name).addEventListener("change", () => this.choose());
    }
    $("choices").hidden = sliders.every(([, values]) => values.length < 2);
  }

  get choice() {
    const { k, least } = this.picks.state;
    return { k: this.counts[$("k").value] ?? k, least: this.leasts[$("least").value] ?? least };
  }

  tellChoice() {
    const { k, least } = this.choice;
    const texts = [["k", String(k)], ["least", least > 1 ? counted(least, "pixel") : "any"]];
    for (const [name, text] of texts) {
      $(`${name}-now`).textContent = text;
      $(name).setAttribute("aria-valuetext", text);
    }
  }

  choose() {
    const { k, least } = this.picks.state;
    if (this.choice.k === k && this.choice.least === least) return;
    this.picks.choose(this.choice);
    this.refresh(`${counted(this.palette.length, "cluster")} now`);
  }

  listen() {
    const on = (id, action) => $(id).addEventListener("click", action);
    on("undo", () => this.step("undo"));
    on("redo", () => this.step("redo"));
    on("closer", () => this.viewport.zoom(STEP));
    on("farther", () => this.viewport.zoom(1 / STEP));
    on("fit", () => this.viewport.fit());
    on("merge", () => this.merge());
    on("invert", () => this.act(() => this.picks.invert(), "Inverted."));
    $("crop").addEventListener("change", () => this.refresh());
    on("clear", () => this.act(() => this.picks.clear(), "Cleared."));
    on("save-mask", () => this.save("mask.png", this.maskPng()));
    on("save-cutout", () => this.save("cutout.png", this.cutoutPng()));
    on("save-labels", () => this.save("labels.png", this.labelsPng()));
    on("copy", () => this.copy());
    $("veil").addEventListener("input", () => this.drawShade());
    for (const input of document.getElementsByName("view")) input.addEventListener("change", () => this.drawPicture());
    document.addEventListener("keydown", (event) => {
      if (!(event.ctrlKey || event.metaKey)) return;
      const key = event.key.toLowerCase();
      if (key !== "z" && key !== "y") return;
      event.preventDefault();
      this.step(key === "y" || event.shiftKey ? "redo" : "undo");
    });
  }

  chosen(name) {
    return document.querySelector(`input[name="${name}"]:checked`).value;
  }

  pick(x, y) {
    const number = this.picks.clusterAt(x, y);
    if (this.chosen("mode") === "region") {
      const isPicked = this.picks.toggleRegion(x, y);
      this.refresh(`Region of ${this.nameOf(number)} at ${x},${y} ${isPicked ? "picked" : "let go"}`);
    } else this.toggle(number);
  }

  toggle(number) {
    const isPicked = this.picks.toggleCluster(number);
    this.refresh(`${this.nameOf(number)} ${isPicked ? "picked" : "let go"}`);
  }

  nameOf(number) {
    return this.names[number] || `cluster ${number}`;
  }

  act(change, text) {
    change();
    this.refresh(text);
  }

  step(direction) {
    if (this.picks[direction]()) this.refresh(direction === "undo" ? "Undone." : "Done again.");
  }

  merge() {
    const { clusters } = this.picks.state;
    if (clusters.length < 2) return;
    this.act(() => this.picks.merge(), `Clusters ${clusters.join(", ")} are one now.`);
  }

  refresh(text) {
    const { k, least } = this.picks.state;
    $("k").value = Math.max(0, this.counts.indexOf(k));
    $("least").value = Math.max(0, this.leasts.indexOf(least));
    this.tellChoice();
    $("facts").textContent = `${this.width} × ${this.height} pixels, ${counted(this.picks.tops().filter((top, n) => top === n).length, "cluster")}`;
    this.drawPicture();
    this.mask = this.picks.mask();
    let count = 0;
    for (const bit of this.mask) count += bit;
    this.share = count / this.mask.length;
    this.listClusters();
    this.drawShade();
    this.drawPreview();
    const { any, state, past, future } = this.picks;
    $("undo").disabled = !past.length;
    $("redo").disabled = !future.length;
    $("merge").disabled = state.clusters.length < 2;
    $("invert").setAttribute("aria-pressed", state.invert);
    for (const id of ["save-mask", "save-cutout", "invert"]) $(id).disabled = !any;
    $("command").value = ["kmcodec", "segment", ...DATA.arguments, ...this.choiceWords(), ...this.picks.options($("crop").checked)].map(quoted).join(" ");
    if (text === undefined) return;
    const sentence = text.endsWith(".") ? text.slice(0, -1) : text;
    const told = any ? `${sentence}: ${(100 * this.share).toFixed(1)} % of the picture.` : `${sentence}. Nothing is picked.`;
    $("told").textContent = told[0].toUpperCase() + told.slice(1);
  }

  /** The options for the choice of the sliders. */
  choiceWords() {
    const { k, least } = this.picks.state;
    const words = k === DATA.defaultK ? [] : ["-k", String(k)];
    return this.counts.length < 2 ? [] : [...words, ...(least > 0 ? ["--min-region", String(least)] : [])];
  }

  /** A button for each cluster that is not merged into a lower one; the old ones stay, and so does the focus. */
  listClusters() {
    const tops = this.picks.tops();
    const areas = new Float64Array(tops.length);
    this.picks.variant.areas.forEach((area, n) => (areas[tops[n]] += area));
    const shown = [...areas.keys()].filter((n) => tops[n] === n);
    const { k, least, groups } = this.picks.state;
    const key = JSON.stringify([k, least, groups]);
    if (this.listed !== key) {
      this.listed = key;
      this.buttons = new Map(shown.map((n) => [n, this.clusterButton(n, areas[n])]));
      $("clusters").replaceChildren(...[...this.buttons.values()].map((button) => {
        const item = document.createElement("li");
        item.append(button);
        return item;
      }));
    }
    for (const [n, button] of this.buttons) {
      button.setAttribute("aria-pressed", this.picks.state.clusters.includes(n));
    }
  }

  clusterButton(number, area) {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.cluster = number;
    const part = (className, text) => {
      const span = document.createElement("span");
      span.className = className;
      span.textContent = text;
      button.append(span);
      return span;
    };
    const [r, g, b, a] = this.palette[number];
    part("swatch", "").style.background = `rgb(${r} ${g} ${b} / ${a / 255})`;
    const group = this.picks.state.groups.find((members) => members[0] === number);
    part("number", group ? group.join("+") : String(number));
    part("name", this.names[number] ?? "");
    part("share", `${((100 * area) / this.labels.length).toFixed(1)} %`);
    button.addEventListener("click", () => this.toggle(number));
    return button;
  }

  drawPicture() {
    const image = new ImageData(this.width, this.height);
    if (this.chosen("view") === "photo") image.data.set(this.pixels);
    else {
      const colors = new Uint32Array(Uint8Array.from(this.palette.flat()).buffer);
      const out = new Uint32Array(image.data.buffer);
      for (let i = 0; i < out.length; i++) out[i] = colors[this.labels[i]];
    }
    $("picture").getContext("2d").putImageData(image, 0, 0);
  }

  drawShade() {
    const image = new ImageData(this.width, this.height);
    if (this.picks.any) {
      const alpha = Math.round(2.55 * $("veil").value);
      const veil = new Uint32Array(Uint8Array.from([...VEIL, alpha]).buffer)[0];
      const out = new Uint32Array(image.data.buffer);
      for (let i = 0; i < out.length; i++) out[i] = this.mask[i] ? 0 : veil;
    }
    $("shade").getContext("2d").putImageData(image, 0, 0);
  }

  cutout() {
    const out = new Uint8ClampedArray(this.pixels.length);
    for (let i = 0; i < this.mask.length; i++) {
      if (this.mask[i]) for (let j = 4 * i; j < 4 * i + 4; j++) out[j] = this.pixels[j];
    }
    return out;
  }

  /** The smallest box around what is picked: left, top, width, height; all where nothing is. */
  box() {
    const { width, height, mask } = this;
    let [left, top, right, bottom] = [width, height, -1, -1];
    for (let y = 0, i = 0; y < height; y++) {
      for (let x = 0; x < width; x++, i++) {
        if (!mask[i]) continue;
        [left, right] = [Math.min(left, x), Math.max(right, x)];
        [top, bottom] = [Math.min(top, y), y];
      }
    }
    return right < 0 ? [0, 0, width, height] : [left, top, right - left + 1, bottom - top + 1];
  }

  drawPreview() {
    const canvas = $("preview");
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, canvas.width, canvas.height);
    this.whole.getContext("2d").putImageData(new ImageData(this.cutout(), this.width), 0, 0);
    context.drawImage(this.whole, 0, 0, canvas.width, canvas.height);
  }

  maskPng() {
    return writePng({ width: this.width, height: this.height, bytes: this.mask.map((bit) => 255 * bit), colorType: 0 });
  }

  cutoutPng() {
    const bytes = this.cutout();
    if (!$("crop").checked) return writePng({ width: this.width, height: this.height, bytes, colorType: 6 });
    const [left, top, width, height] = this.box();
    const cropped = new Uint8ClampedArray(4 * width * height);
    for (let y = 0; y < height; y++) {
      const from = 4 * ((top + y) * this.width + left);
      cropped.set(bytes.subarray(from, from + 4 * width), 4 * y * width);
    }
    return writePng({ width, height, bytes: cropped, colorType: 6 });
  }

  /** The labels after merging, closed up, in the colours of the clusters; above 256 of them as 16-bit gray. */
  labelsPng() {
    const tops = this.picks.tops();
    const kept = [...tops.keys()].filter((n) => tops[n] === n);
    const number = new Map(kept.map((n, i) => [n, i]));
    const to = tops.map((top) => number.get(top));
    const { width, height } = this;
    if (kept.length > 256) {
      const bytes = new Uint8Array(2 * this.labels.length);
      this.labels.forEach((n, i) => {
        bytes[2 * i] = to[n] >> 8;
        bytes[2 * i + 1] = to[n] & 255;
      });
      return writePng({ width, height, bytes, colorType: 0, depth: 16 });
    }
    const bytes = Uint8Array.from(this.labels, (n) => to[n]);
    return writePng({ width, height, bytes, colorType: 3, palette: kept.map((n) => this.palette[n]) });
  }

  async save(name, png) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await png);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    $("told").textContent = `Saved ${name}.`;
  }

  async copy() {
    const field = $("command");
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      field.select();
      document.execCommand("copy"); // where a page from disk may not use the clipboard
    }
    $("told").textContent = "Copied.";
  }
}

(async () => {
  const kinds = Object.keys(DATA.planes);
  const planes = kinds.map((k) => unpack(DATA.planes[k].labels));
  const [labels, pixels, ...others] = await Promise.all([unpack(DATA.labels), unpackPixels(DATA.pixels), ...planes]);
  const found = new Map(kinds.map((k, i) => [k, { labels: others[i], palette: DATA.planes[k].palette }]));
  window.page = new Page(labels, pixels, found);
  document.body.dataset.ready = "true";
})();
