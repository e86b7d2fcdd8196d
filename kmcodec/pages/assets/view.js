/** The page of `kmcodec view`. view_worker.js does in a worker what takes long: the page stays responsive. */
const MOST_SWATCHES = 1024;
const SWATCHES_AT_A_TIME = 32;
const PIXELS_AT_A_TIME = 1 << 19;
const INVITATION = "Click a place, or an entry of the palette.";
const VEIL = new Uint32Array(new Uint8Array([16, 17, 20, 200]).buffer)[0];

const pause = () => new Promise((resolve) => setTimeout(resolve));
const hex = (values) => `#${Array.from(values, (v) => v.toString(16).padStart(2, "0")).join("")}`;

class Page {
  /** A page of entries; `show` gives it a plane of their indices. */
  constructor({ palette, entries }) {
    const { width, height, planes, channels, block } = DATA.picture;
    const [blockHeight, blockWidth] = block;
    Object.assign(this, { palette, entries, width, height, planes, channels, blockHeight, blockWidth });
    this.columns = Math.ceil(width / blockWidth);
    this.chosen = -1;
    this.number = 0;
    this.swatches = new Map();
    for (const id of ["picture", "shade"]) Object.assign($(id), { width, height });
    Object.assign($("world").style, { width: `${width}px`, height: `${height}px` });
    this.viewport = new Viewport($("stage"), $("world"), $("cross"), width, height, (x, y) => this.pick(x, y));
    $("closer").addEventListener("click", () => this.viewport.zoom(STEP));
    $("farther").addEventListener("click", () => this.viewport.zoom(1 / STEP));
    $("fit").addEventListener("click", () => this.viewport.fit());
    $("save").addEventListener("click", () => this.save());
  }

  /** Show a plane, and where the chosen entry is in it. */
  async show(indices, number = 0) {
    Object.assign(this, { indices, number, counted: null });
    $("save").disabled = false;
    await this.drawPicture();
    if (this.chosen >= 0) this.veil();
  }

  /** Draw the plane: some rows at a time, so that the page answers in between. */
  async drawPicture() {
    const context = $("picture").getContext("2d");
    const rows = Math.ceil(PIXELS_AT_A_TIME / this.width);
    for (let top = 0; top < this.height; top += rows) {
      if (top > 0) await pause();
      const height = Math.min(rows, this.height - top);
      context.putImageData(new ImageData(this.paint(top, height), this.width, height), 0, top);
    }
  }

  /** Some rows of the plane as RGBA: each pixel's part of its entry, which is a block of a width and a height. */
  paint(top, height) {
    const { width, columns, indices, blockWidth, blockHeight } = this;
    const from = new Uint32Array(this.entries.buffer);
    const to = new Uint32Array(width * height);
    if (blockHeight * blockWidth === 1) {
      for (let i = 0, at = top * width; i < to.length; i++, at++) to[i] = from[indices[at]];
      return new Uint8ClampedArray(to.buffer);
    }
    for (let y = top, at = 0; y < top + height; y++) {
      const row = Math.floor(y / blockHeight) * columns;
      const line = (y % blockHeight) * blockWidth;
      for (let x = 0; x < width; x++, at++) {
        const index = indices[row + Math.floor(x / blockWidth)];
        to[at] = from[index * blockHeight * blockWidth + line + (x % blockWidth)];
      }
    }
    return new Uint8ClampedArray(to.buffer);
  }

  /** How often the plane has each entry; counted when it is asked for. */
  get uses() {
    if (!this.counted) {
      this.counted = new Uint32Array(DATA.picture.colors);
      for (const index of this.indices) this.counted[index]++;
    }
    return this.counted;
  }

  /** Count some of the plane at a time. */
  async countAll() {
    const counted = new Uint32Array(DATA.picture.colors);
    for (let start = 0; start < this.indices.length; start += PIXELS_AT_A_TIME) {
      for (const index of this.indices.subarray(start, start + PIXELS_AT_A_TIME)) counted[index]++;
      await pause();
    }
    this.counted = counted;
  }

  /** One swatch for each entry; of very many, for the most used ones. A few at a time. */
  async fillPalette() {
    await this.countAll();
    const numbers = Array.from(this.uses.keys());
    const most = numbers.sort((a, b) => this.uses[b] - this.uses[a] || a - b).slice(0, MOST_SWATCHES);
    most.sort((a, b) => a - b);
    for (let i = 0; i < most.length; i += SWATCHES_AT_A_TIME) {
      for (const number of most.slice(i, i + SWATCHES_AT_A_TIME)) {
        const item = document.createElement("li");
        this.swatches.set(number, this.swatch(number));
        item.append(this.swatches.get(number));
        $("palette").append(item);
      }
      await pause();
    }
    $("left-out").hidden = numbers.length <= MOST_SWATCHES;
    const where = this.planes > 1 ? `, in ${DATA.player.word} ${this.number + 1}` : "";
    $("left-out").textContent = `The ${MOST_SWATCHES} most used of ${counted(numbers.length, "entr")
      .replace(/entrs$/, "entries")}${where}.`;
  }

  swatch(number) {
    const area = 4 * this.blockHeight * this.blockWidth;
    const image = new ImageData(this.entries.slice(number * area, (number + 1) * area), this.blockWidth, this.blockHeight);
    const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
    canvas.className = "checkered";
    const context = canvas.getContext("2d");
    context.putImageData(image, 0, 0);
    const label = this.planes > 1 ? this.name(number) : this.describe(number);
    const button = Object.assign(document.createElement("button"), { type: "button", title: label });
    button.setAttribute("aria-label", label);
    button.setAttribute("aria-pressed", "false");
    button.dataset.index = number;
    button.append(canvas);
    button.addEventListener("click", () => this.choose(number === this.chosen ? -1 : number));
    return button;
  }

  /** An entry's number, its name and its colour. */
  name(number) {
    const { channels, palette } = this;
    const parts = [`${number}`];
    if (DATA.names[number]) parts.push(DATA.names[number]);
    if (this.blockHeight * this.blockWidth === 1) {
      parts.push(hex(palette.subarray(number * channels, (number + 1) * channels)));
    }
    return parts.join(", ");
  }

  /** The same, and how many places of the plane have it. */
  describe(number) {
    const share = (100 * this.uses[number]) / this.indices.length;
    return `${this.name(number)}, ${counted(this.uses[number], "place")} (${share.toFixed(1)} %)`;
  }

  pick(x, y) {
    const place = Math.floor(y / this.blockHeight) * this.columns + Math.floor(x / this.blockWidth);
    this.choose(this.indices[place], `x ${x}, y ${y}: `);
  }

  /** Veil all places but those of an entry; of none for -1. */
  choose(number, where = "") {
    this.swatches.get(this.chosen)?.setAttribute("aria-pressed", "false");
    this.swatches.get(number)?.setAttribute("aria-pressed", "true");
    this.swatches.get(number)?.scrollIntoView({ block: "nearest" });
    this.chosen = number;
    this.veil();
    this.tell(where);
  }

  /** Say which entry is chosen, where it was clicked, and how often the plane has it. */
  tell(where = "") {
    const plane = this.planes > 1 ? `${DATA.player.word} ${this.number + 1}: ` : "";
    const text = this.chosen < 0 ? "All entries." : `${plane}${where}entry ${this.describe(this.chosen)}`;
    $("told").textContent = text;
  }

  veil() {
    const number = this.chosen;
    const shade = new Uint32Array(this.width * this.height);
    const isPlain = this.blockHeight * this.blockWidth === 1;
    for (let y = 0, at = 0; number >= 0 && y < this.height; y++) {
      const row = Math.floor(y / this.blockHeight) * this.columns;
      for (let x = 0; x < this.width; x++, at++) {
        const place = isPlain ? at : row + Math.floor(x / this.blockWidth);
        if (this.indices[place] !== number) shade[at] = VEIL;
      }
    }
    const image = new ImageData(new Uint8ClampedArray(shade.buffer), this.width, this.height);
    $("shade").getContext("2d").putImageData(image, 0, 0);
  }

  async save() {
    const bytes = new Uint8Array(this.paint(0, this.height).buffer);
    const blob = await writePng({ width: this.width, height: this.height, bytes, colorType: 6 });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = this.planes > 1 ? DATA.download.replace(/\.png$/, `-${this.number + 1}.png`) : DATA.download;
    link.click();
  }
}

function fillFacts() {
  $("facts").textContent = DATA.summary;
  for (const [label, value] of DATA.facts) {
    const [term, text] = ["dt", "dd"].map((name) => document.createElement(name));
    term.textContent = label;
    text.textContent = value;
    $("header").append(term, text);
  }
  const body = $("sections").tBodies[0];
  for (const cells of DATA.sections) {
    const row = body.insertRow();
    for (const cell of cells) row.insertCell().textContent = typeof cell === "number" ? cell.toLocaleString("en") : cell;
  }
}

async function start() {
  fillFacts();
  try {
    const frames = new Frames(DATA.picture);
    frames.onShare = (share) => {
      $("told").textContent = `Decoding ... ${Math.floor(100 * share)} %`;
    };
    const page = new Page(await frames.opened());
    await page.show(await frames.get(0));
    $("told").textContent = INVITATION;
    await page.fillPalette();
    window.page = page;
    if (page.planes > 1) window.player = new Player(page, frames);
  } catch (error) {
    $("told").textContent = `This file cannot be shown: ${error.message}`;
  }
  document.body.dataset.ready = "";
}

start();
