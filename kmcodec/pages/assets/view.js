/** The page of `kmcodec view`. kmq.js, the text of the element "kmq", decodes the file in a worker. */
const MOST_SWATCHES = 1024;
const VEIL = [16, 17, 20, 200];
const AGENT = `
onmessage = ({ data }) => {
  try {
    postMessage({ picture: kmq.decode(data) });
  } catch (error) {
    postMessage({ error: error.message });
  }
};`;

function bytesOf(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/** The picture that a file holds; rejects with one sentence. */
function decodeApart(bytes) {
  return new Promise((resolve, reject) => {
    const source = new Blob([$("kmq").textContent, AGENT], { type: "text/javascript" });
    const worker = new Worker(URL.createObjectURL(source));
    worker.onmessage = ({ data }) => {
      worker.terminate();
      if (data.error) reject(new Error(data.error));
      else resolve(data.picture);
    };
    worker.onerror = (event) => reject(new Error(event.message || "this browser has no workers for local pages"));
    worker.postMessage(bytes);
  });
}

/** Pixels of 1 to 4 channels as RGBA. */
function toRgba(pixels, channels) {
  const count = pixels.length / channels;
  const out = new Uint8ClampedArray(4 * count);
  for (let i = 0; i < count; i++) {
    const at = i * channels;
    const gray = channels < 3;
    out[4 * i] = pixels[at];
    out[4 * i + 1] = pixels[gray ? at : at + 1];
    out[4 * i + 2] = pixels[gray ? at : at + 2];
    out[4 * i + 3] = channels % 2 ? 255 : pixels[at + channels - 1];
  }
  return out;
}

const hex = (values) => `#${Array.from(values, (v) => v.toString(16).padStart(2, "0")).join("")}`;
const counted = (n, word) => `${n.toLocaleString("en")} ${word}${n === 1 ? "" : "s"}`;

class Page {
  constructor(picture) {
    const { width, height, channels, pixels } = picture;
    const [blockHeight, blockWidth] = DATA.block;
    Object.assign(this, { picture, width, height, blockHeight, blockWidth });
    this.columns = Math.ceil(width / blockWidth);
    this.rgba = toRgba(pixels, channels);
    this.entries = toRgba(picture.palette, channels);
    this.uses = new Uint32Array(DATA.colors);
    for (const index of picture.indices) this.uses[index]++;
    this.chosen = -1;
    for (const id of ["picture", "shade"]) Object.assign($(id), { width, height });
    Object.assign($("world").style, { width: `${width}px`, height: `${height}px` });
    this.viewport = new Viewport($("stage"), $("world"), $("cross"), width, height, (x, y) => this.pick(x, y));
    this.draw("picture", this.rgba);
    this.fillPalette();
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

  /** One swatch for each entry; of very many, for the most used ones. */
  fillPalette() {
    const numbers = Array.from(this.uses.keys());
    const most = numbers.sort((a, b) => this.uses[b] - this.uses[a] || a - b).slice(0, MOST_SWATCHES);
    this.swatches = new Map(most.sort((a, b) => a - b).map((number) => [number, this.swatch(number)]));
    for (const button of this.swatches.values()) {
      const item = document.createElement("li");
      item.append(button);
      $("palette").append(item);
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
    const { channels, palette, indices } = this.picture;
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
    this.choose(this.picture.indices[place], `x ${x}, y ${y}: `);
  }

  /** Veil all places but those of an entry; of none for -1. */
  choose(number, where = "") {
    this.swatches.get(this.chosen)?.setAttribute("aria-pressed", "false");
    this.swatches.get(number)?.setAttribute("aria-pressed", "true");
    this.swatches.get(number)?.scrollIntoView({ block: "nearest" });
    this.chosen = number;
    const shade = new Uint8ClampedArray(this.rgba.length);
    for (let y = 0, at = 0; number >= 0 && y < this.height; y++) {
      const row = Math.floor(y / this.blockHeight) * this.columns;
      for (let x = 0; x < this.width; x++, at += 4) {
        if (this.picture.indices[row + Math.floor(x / this.blockWidth)] !== number) shade.set(VEIL, at);
      }
    }
    this.draw("shade", shade);
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
    window.page = new Page(await decodeApart(bytesOf(DATA.file)));
  } catch (error) {
    $("told").textContent = `This file cannot be shown: ${error.message}`;
  }
  document.body.dataset.ready = "";
}

start();
