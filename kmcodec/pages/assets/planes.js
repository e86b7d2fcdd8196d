/** Arrays as kmcodec.pages.assembly packs them. */
const KINDS = { uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array, int32: Int32Array };

async function through(stream, bytes) {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
}

/** The bytes of a text in base64. */
function bytesOf(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

async function unpack(packed) {
  const plain = await through(new DecompressionStream("deflate"), bytesOf(packed.data));
  return new KINDS[packed.type](plain.buffer);
}

/** Differences to neighbours back to RGBA pixels, in place of the differences where these have four channels. */
async function unpackPixels(packed) {
  const values = await unpack(packed);
  const [height, width, channels] = packed.shape;
  const row = width * channels;
  for (let y = 0; y < height; y++) {
    for (let i = 0; i < row; i++) {
      const at = y * row + i;
      const left = i >= channels ? values[at - channels] : 0;
      const above = y > 0 ? values[at - row] : 0;
      const corner = y > 0 && i >= channels ? values[at - row - channels] : 0;
      values[at] += left + above - corner;
    }
  }
  if (channels === 4) return values;
  const out = new Uint8Array(width * height * 4);
  for (let i = 0, j = 0; j < out.length; i += 3, j += 4) {
    out[j] = values[i];
    out[j + 1] = values[i + 1];
    out[j + 2] = values[i + 2];
    out[j + 3] = 255;
  }
  return out;
}
