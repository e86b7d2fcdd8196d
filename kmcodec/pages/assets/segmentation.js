const VEIL = [16, 17, 20];

class Page {
  constructor(labels, pixels) {
    const { width, height, palette, picks } = DATA;
    Object.assign(this, { labels, pixels, width, height });
    this.picks = new Picks(labels, width, height, palette.length, picks);
    for (const id of ["picture", "shade"]) Object.assign($(id), { width, height });
    const scale = Math.min(1, 640 / Math.max(width, height));
    Object.assign($("preview"), { width: Math.ceil(width * scale), height: Math.ceil(height * scale) });
    this.whole = Object.assign(document.createElement("canvas"), { width, height });
    const clusters = `${palette.length} cluster${palette.length === 1 ? "" : "s"}`;
    $("facts").textContent = `${width} × ${height} pixels, ${clusters}`;
    Object.assign($("world").style, { width: `${width}px`, height: `${height}px` });
    this.viewport = new Viewport($("stage"), $("world"), $("cross"), width, height, (x, y) => this.pick(x, y));
    this.drawPicture();
    this.listen();
    this.refresh();
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
    return DATA.names[number] || `cluster ${number}`;
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
    $("command").value = ["kmcodec", "segment", ...DATA.arguments, ...this.picks.options()].map(quoted).join(" ");
    if (text === undefined) return;
    const sentence = text.endsWith(".") ? text.slice(0, -1) : text;
    const told = any ? `${sentence}: ${(100 * this.share).toFixed(1)} % of the picture.` : `${sentence}. Nothing is picked.`;
    $("told").textContent = told[0].toUpperCase() + told.slice(1);
  }

  /** A button for each cluster that is not merged into a lower one; the old ones stay, and so does the focus. */
  listClusters() {
    const tops = this.picks.tops();
    const areas = new Float64Array(tops.length);
    DATA.areas.forEach((area, n) => (areas[tops[n]] += area));
    const shown = [...areas.keys()].filter((n) => tops[n] === n);
    const key = JSON.stringify(this.picks.state.groups);
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
    const [r, g, b, a] = DATA.palette[number];
    part("swatch", "").style.background = `rgb(${r} ${g} ${b} / ${a / 255})`;
    const group = this.picks.state.groups.find((members) => members[0] === number);
    part("number", group ? group.join("+") : String(number));
    part("name", DATA.names[number] ?? "");
    part("share", `${((100 * area) / this.labels.length).toFixed(1)} %`);
    button.addEventListener("click", () => this.toggle(number));
    return button;
  }

  drawPicture() {
    const image = new ImageData(this.width, this.height);
    if (this.chosen("view") === "photo") image.data.set(this.pixels);
    else {
      const colors = new Uint32Array(Uint8Array.from(DATA.palette.flat()).buffer);
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
    return writePng({ width: this.width, height: this.height, bytes: this.cutout(), colorType: 6 });
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
    return writePng({ width, height, bytes, colorType: 3, palette: kept.map((n) => DATA.palette[n]) });
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
  const [labels, pixels] = await Promise.all([unpack(DATA.labels), unpackPixels(DATA.pixels)]);
  window.page = new Page(labels, pixels);
  document.body.dataset.ready = "true";
})();
