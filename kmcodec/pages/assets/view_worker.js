/** The worker of the page of `kmcodec view`, after planes.js and kmq.mjs: it decodes groups of planes. */
const PAUSE = 250; // milliseconds between two messages on the progress

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

/** What tells the page how far a call is, now and then. */
function progress() {
  let said = performance.now();
  return (done, total) => {
    if (performance.now() < said + PAUSE) return;
    said = performance.now();
    postMessage({ share: done / total });
  };
}

let opening = null;
let spans = []; // of planes that are wanted, the most urgent first
let current = null; // the one that is being decoded
let sent = []; // those that the page did not yet have when it last said what is wanted
let taken = 0; // how many it had
let working = false;

/** Open a file, or what is there instead where the page was written without a decoder; return what reads a span. */
async function start({ file, wasm, indices, codebook, channels }) {
  let palette, read;
  if (indices) {
    palette = await unpack(codebook);
    read = ({ group }) => unpack(indices[group]);
  } else {
    load(await unpack(wasm));
    const kmq = await open(bytesOf(file));
    palette = kmq.palette;
    read = ({ plane, planes }) => kmq.decodeIndices({ plane, planes, onProgress: progress() }).indices;
  }
  postMessage({ opened: { palette, entries: toRgba(palette, channels) } });
  return read;
}

async function send(span) {
  try {
    const read = await opening;
    const indices = await read(span);
    postMessage({ span, indices }, [indices.buffer]);
  } catch (error) {
    postMessage({ span, error: error.message });
  }
  sent.push(span);
}

/** Decode what is wanted; it may change in between. */
async function work() {
  working = true;
  while (spans.length) {
    current = spans.shift();
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
  sent = sent.slice(data.taken - taken);
  taken = data.taken;
  const under = current ? [current, ...sent] : sent; // under way
  spans = data.spans.filter(({ plane, planes }) => !under.some((one) => one.plane === plane && one.planes === planes));
  if (!working) work();
};
