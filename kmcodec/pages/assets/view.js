/** The page of `kmcodec view`. view_worker.js does in a worker what takes long: the page stays responsive. */
const MOST_SWATCHES = 1024;
const SWATCHES_AT_A_TIME = 32;
const VEIL = new Uint32Array(new Uint8Array([16, 17, 20, 200]).buffer)[0];

/** The picture of the page, painted; rejects with one sentence. */
function decodeApart() {
  return new Promise((resolve, reject) => {
    const source = new Blob([$("worker").textContent], { type: "text/javascript" });
    const worker = new Worker(URL.createObjectURL(source), { type: "module" });
    worker.onmessage = ({ data: { share, shown, error } }) => {
      if (share !== undefined) {
        $("told").textContent = `Decoding ... ${Math.floor(100 * share)} %`;
        return;
      }
      worker.terminate();
      if (shown) resolve(shown);
      else reject(new Error(error));
    };
    worker.onerror = (event) => reject(new Error(event.message || "this browser has no workers for local pages"));
    worker.postMessage(DATA.picture);
  });
}

const pause = () => new Promise((resolve) => setTimeout(resolve));
const hex = (values) => `#${Array.from(values, (v) => v.toString(16).padStart(2, "0")).join("")}`;
const counted = (n, word) => `${n.toLocaleString("en")} ${word}${n === 1 ? "" : "s"}`;

class Page {
  constructor(shown) {
    const { width, height, channels, block } = DATA.picture;
    const [blockHeight, blockWidth] = block;
    Object.assign(this, shown, { width, height, channels, blockHeight, blockWidth });
    this.columns = Math.ceil(width / blockWidth);
    this.chosen = -1;
    this.swatches = new Map();
    for (const id of ["picture", "shade"]) Object.assign($(id), { width, height });
    Object.assign($("world").style, { width: `${width}px`, height: `${height}px` });
    this.viewport = new Viewport($("stage"), $("world"), $("cross"), width, height, (x, y) => this.pick(x, y));
    this.draw("picture", this.rgba);
    $("closer").addEventListener("click", () => this.viewport.zoom(STEP));
    $("farther").addEventListener("click", () => this.viewport.zoom(1 / STEP));
    $("fit").addEventListener("click", () => this.viewport.fit());
    $("save").addEventListener("click", () => this.save());
    $("save").disabled = false;
    $("told").textContent = "Click a place, or an entry of the palette.";
  }

  draw(id, rgba) {
    $(id).getContext("2d").putImageData(new ImageData(rgba, this.width, this.height), 0, 0);
  }

  /** One swatch for each entry; of very many, for the most used ones. A few at a time. */
  async fillPalette() {
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
    $("left-out").textContent = `The ${MOST_SWATCHES} most used of ${counted(numbers.length, "entr")
      .replace(/entrs$/, "entries")}.`;
  }

  swatch(number) {
    const area = 4 * this.blockHeight * this.blockWidth;
    const image = new ImageData(this.entries.slice(number * area, (number + 1) * area), this.blockWidth, this.blockHeight);
    const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
    canvas.className = "checkered";
    const context = canvas.getContext("2d");
    context.putImageData(image, 0, 0);
    const button = Object.assign(document.createElement("button"), { type: "button", title: this.describe(number) });
    button.setAttribute("aria-label", this.describe(number));
    button.setAttribute("aria-pressed", "false");
    button.dataset.index = number;
    button.append(canvas);
    button.addEventListener("click", () => this.choose(number === this.chosen ? -1 : number));
    return button;
  }

  describe(number) {
    const { channels, palette, indices } = this;
    const parts = [`${number}`];
    if (DATA.names[number]) parts.push(DATA.names[number]);
    if (this.blockHeight * this.blockWidth === 1) {
      parts.push(hex(palette.subarray(number * channels, (number + 1) * channels)));
    }
    const share = (100 * this.uses[number]) / indices.length;
    parts.push(`${counted(this.uses[number], "place")} (${share.toFixed(1)} %)`);
    return parts.join(", ");
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
    const shade = new Uint32Array(this.width * this.height);
    for (let y = 0, at = 0; number >= 0 && y < this.height; y++) {
      const row = Math.floor(y / this.blockHeight) * this.columns;
      for (let x = 0; x < this.width; x++, at++) {
        if (this.indices[row + Math.floor(x / this.blockWidth)] !== number) shade[at] = VEIL;
      }
    }
    this.draw("shade", new Uint8ClampedArray(shade.buffer));
    $("told").textContent = number < 0 ? "All entries." : `${where}entry ${this.describe(number)}`;
  }

  async save() {
    const bytes = new Uint8Array(this.rgba.buffer);
    const blob = await writePng({ width: this.width, height: this.height, bytes, colorType: 6 });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = DATA.download;
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
    window.page = new Page(await decodeApart());
    await window.page.fillPalette();
  } catch (error) {
    $("told").textContent = `This file cannot be shown: ${error.message}`;
  }
  document.body.dataset.ready = "";
}

start();
