/** The worker of the page of `kmcodec view`, after planes.js and kmq.mjs: it decodes, paints and counts. */
const PAUSE = 250; // milliseconds between two messages on the progress
const MOST_KEPT = 1 << 24; // pixels of the groups of planes that are kept, unless one group has more

/** The planes of a file, or as they are where the page was written without a decoder; by groups. */
class Planes {
  static async open(picture) {
    const planes = new Planes();
    Object.assign(planes, { picture, kept: new Map() });
    if (picture.indices) return Object.assign(planes, { palette: await unpack(picture.codebook) });
    load(await unpack(picture.wasm));
    planes.file = await open(bytesOf(picture.file));
    return Object.assign(planes, { palette: planes.file.palette });
  }

  /** Which group has a plane: the last one that begins there or before. */
  groupOf(number) {
    const { groups } = this.picture;
    let [low, high] = [0, groups.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (groups[middle] <= number) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** The indices of some planes, from one on. */
  decode(plane, planes) {
    return this.file.decodeIndices({ plane, planes, onProgress: progress() }).indices;
  }

  /** Keep the indices of a group, and of others those that were used last. */
  keep(group, indices) {
    this.kept.delete(group);
    this.kept.set(group, indices);
    let total = 0;
    for (const one of this.kept.values()) total += one.length;
    for (const [other, one] of this.kept) {
      if (other === group || total <= MOST_KEPT) return;
      this.kept.delete(other);
      total -= one.length;
    }
  }

  /** The indices of a plane. The first one of a group takes no time for the others. */
  async at(number) {
    const { groups, planes, indices } = this.picture;
    const group = this.groupOf(number);
    const first = groups[group];
    const count = (groups[group + 1] ?? planes) - first;
    if (number === first && !indices && !this.kept.has(group)) return this.decode(first, 1);
    const all = this.kept.get(group) ?? (indices ? await unpack(indices[group]) : this.decode(first, count));
    this.keep(group, all);
    const area = all.length / count;
    return all.slice((number - first) * area, (number - first + 1) * area);
  }
}

/** What tells the page how far a call is, now and then. */
function progress() {
  let said = performance.now();
  return (done, total) => {
    if (performance.now() < said + PAUSE) return;
    said = performance.now();
    postMessage({ share: done / total });
  };
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

/** Each pixel's part of its entry, which is a block of a width and a height. */
function paint(indices, entries, { width, height, block: [blockHeight, blockWidth] }) {
  const from = new Uint32Array(entries.buffer);
  const to = new Uint32Array(width * height);
  const columns = Math.ceil(width / blockWidth);
  for (let y = 0, at = 0; y < height; y++) {
    const row = Math.floor(y / blockHeight) * columns;
    const line = (y % blockHeight) * blockWidth;
    for (let x = 0; x < width; x++, at++) {
      const index = indices[row + Math.floor(x / blockWidth)];
      to[at] = from[index * blockHeight * blockWidth + line + (x % blockWidth)];
    }
  }
  return new Uint8ClampedArray(to.buffer);
}

let opening = null;
let wanted = [];
let current = null; // the plane that is being prepared
let working = false;

async function start(picture) {
  const planes = await Planes.open(picture);
  const entries = toRgba(planes.palette, picture.channels);
  postMessage({ opened: { palette: planes.palette, entries } });
  return { planes, entries, picture };
}

async function send(number) {
  try {
    const { planes, entries, picture } = await opening;
    const indices = await planes.at(number);
    const uses = new Uint32Array(picture.colors);
    for (const index of indices) uses[index]++;
    const frame = { indices, uses, rgba: paint(indices, entries, picture) };
    postMessage({ number, frame }, Object.values(frame).map((array) => array.buffer));
  } catch (error) {
    postMessage({ number, error: error.message });
  }
}

/** Prepare what is wanted, the first one first; what is wanted may change in between. */
async function work() {
  working = true;
  while (wanted.length) {
    current = wanted.shift();
    await send(current);
    current = null;
    await new Promise((resolve) => setTimeout(resolve));
  }
  working = false;
}

self.onmessage = ({ data }) => {
  if (data.picture) {
    opening = start(data.picture);
    opening.catch((error) => postMessage({ error: error.message }));
    return;
  }
  wanted = data.wanted.filter((number) => number !== current);
  if (!working) work();
};
