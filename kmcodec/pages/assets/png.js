/** A PNG writer: every bit as given, which a canvas does not promise for partly transparent pixels. */
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n >>> 0;
});

function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 255] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

function chunk(type, body) {
  const out = new Uint8Array(body.length + 12);
  const view = new DataView(out.buffer);
  view.setUint32(0, body.length);
  for (let i = 0; i < 4; i++) out[4 + i] = type.charCodeAt(i);
  out.set(body, 8);
  view.setUint32(body.length + 8, crc32(out.subarray(4, body.length + 8)));
  return out;
}

/** Rows of bytes, each less the byte `step` before it, as PNG's filter "Sub" has it. */
function filtered(bytes, rowBytes, height, step, filter) {
  const out = new Uint8Array((rowBytes + 1) * height);
  for (let y = 0; y < height; y++) {
    const to = y * (rowBytes + 1);
    const from = y * rowBytes;
    out[to] = filter;
    for (let i = 0; i < rowBytes; i++) {
      out[to + 1 + i] = bytes[from + i] - (filter && i >= step ? bytes[from + i - step] : 0);
    }
  }
  return out;
}

/**
 * Colour types: 0 gray, 3 palette, 6 RGBA. 16 bits are big-endian pairs in `bytes`.
 * `palette` is a list of [r, g, b, a].
 */
async function writePng({ width, height, bytes, colorType, depth = 8, palette = null }) {
  const step = (colorType === 6 ? 4 : 1) * (depth / 8);
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([depth, colorType, 0, 0, 0], 8);
  const rows = filtered(bytes, width * step, height, step, colorType === 6 ? 1 : 0);
  const parts = [new Uint8Array([137, 80, 78, 71, 13, 10, 26, 10]), chunk("IHDR", header)];
  if (palette) {
    parts.push(chunk("PLTE", Uint8Array.from(palette.flatMap((c) => c.slice(0, 3)))));
    if (palette.some((c) => c[3] < 255)) parts.push(chunk("tRNS", Uint8Array.from(palette, (c) => c[3])));
  }
  parts.push(chunk("IDAT", await through(new CompressionStream("deflate"), rows)));
  parts.push(chunk("IEND", new Uint8Array(0)));
  return new Blob(parts, { type: "image/png" });
}
