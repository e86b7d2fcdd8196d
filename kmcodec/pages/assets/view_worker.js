/** The worker of the page of `kmcodec view`, after planes.js and kmq.mjs: it decodes, paints and counts. */
const PAUSE = 250; // milliseconds between two messages on the progress

/** Indices and codebook: of a file, or as they are where the page was written without a decoder. */
async function indexed({ file, wasm, indices, codebook }, onProgress) {
  if (indices) return { indices: await unpack(indices), palette: await unpack(codebook) };
  load(await unpack(wasm));
  const kmq = await open(bytesOf(file));
  return { ...kmq.decodeIndices({ onProgress }), palette: kmq.palette };
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

async function show(picture) {
  let said = performance.now();
  const { indices, palette } = await indexed(picture, (done, total) => {
    if (performance.now() < said + PAUSE) return;
    said = performance.now();
    postMessage({ share: done / total });
  });
  const entries = toRgba(palette, picture.channels);
  const uses = new Uint32Array(picture.colors);
  for (const index of indices) uses[index]++;
  return { indices, palette, entries, uses, rgba: paint(indices, entries, picture) };
}

self.onmessage = async ({ data }) => {
  try {
    const shown = await show(data);
    postMessage({ shown }, Object.values(shown).map((array) => array.buffer));
  } catch (error) {
    postMessage({ error: error.message });
  }
};
