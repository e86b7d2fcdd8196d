/**
 * A decoder of the `.kmq` format, version 0.1, in plain JavaScript: spec/kmq-format.md.
 *
 *     const kmq = require("./kmq.js");                      // or, in a browser, <script src="kmq.js">
 *     const picture = kmq.decode(bytes);                    // bytes: a Uint8Array
 *     picture.width, picture.height, picture.channels;      // 1 gray, 2 gray + alpha, 3 RGB, 4 RGBA
 *     picture.pixels, picture.palette, picture.indices;
 *
 *     node kmq.js IN.kmq OUT.pam
 *
 * Numbers in brackets are sections of the specification.
 */
(function () {
  "use strict";

  // ---- Errors (7) ----

  class KmqError extends Error {
    get name() {
      return this.constructor.name;
    }
  }
  class FormatError extends KmqError {}
  class TruncatedError extends FormatError {}
  class UnsupportedError extends KmqError {}
  class LimitError extends KmqError {}

  function fail(text) {
    throw new FormatError(text);
  }

  // ---- Names of the specification ----

  const SIGNATURE = [0x8f, 0x4b, 0x4d, 0x51];
  const VERSION = 0x01;
  const [FLAG_CHANNELS, FLAG_BLOCK, FLAG_AUTHORED] = [0x03, 0x04, 0x08];
  const [LARGEST_SIDE, LARGEST_COLORS, LARGEST_BLOCK_SIDE] = [2147483647, 65536, 65536];
  const [TAG_ANCILLARY, TAG_LAST, TAG_RESERVED, TAG_KIND] = [0x80, 0x40, 0x20, 0x1f];
  const [SECTION_PALETTE, SECTION_INDICES] = [0x01, 0x02];
  const [METHOD_RAW, METHOD_DELTA, METHOD_DELTA_GREEN, METHOD_MODELLED] = [0, 1, 2, 3];
  const METHOD_PLANE = 1;
  const [LARGEST_RATIO, SMALLEST_BODY] = [1032, 2];
  const FLAG_TILES = 0x80;
  const [MOST_TILES, MOST_PIXELS] = [65536, 16777216];
  const NAMES = {
    0x01: "palette", 0x02: "indices", 0x81: "icc", 0x82: "exif", 0x83: "xmp", 0x84: "facts",
    0x85: "names", 0x86: "array",
  };
  /** What a decoder takes unless it is told otherwise (8). */
  const LIMITS = { maxPixels: 178956970, maxBytes: 4 * 178956970 };

  const range = (n) => Array.from({ length: n }, (_, i) => i);
  const clamp = (v, a, b) => (v < a ? a : v > b ? b : v);
  const digits = (n) => (n === 0 ? 0 : Math.floor(Math.log2(n)) + 1);
  const ceilDiv = (a, b) => Math.floor((a + b - 1) / b);

  // ---- Reading (1, 2.3, 4.2) ----

  const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
    for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
    return n;
  });

  function crc32(bytes) {
    let crc = -1;
    for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 255] ^ (crc >>> 8);
    return ~crc >>> 0;
  }

  /** Bytes that are read in turn; `ended` makes the error for reading too far. */
  class Reader {
    constructor(bytes, ended) {
      Object.assign(this, { bytes, ended, at: 0 });
    }

    take(count) {
      if (count > this.bytes.length - this.at) throw this.ended();
      this.at += count;
      return this.bytes.subarray(this.at - count, this.at);
    }

    byte() {
      return this.take(1)[0];
    }

    /** The value; above 2^53 it is rounded, which no check here can tell (2.3). */
    varint() {
      let value = 0;
      for (let count = 0; count < 9; count++) {
        const byte = this.byte();
        value += (byte & 0x7f) * 2 ** (7 * count);
        if (byte < 0x80) {
          if (byte === 0 && count > 0) fail("a number is not in its shortest form");
          return value;
        }
      }
      return fail("a number is longer than 9 bytes");
    }
  }

  /** Bits, the most significant of a byte first (1). */
  class BitReader {
    constructor(bytes) {
      Object.assign(this, { bytes, at: 0 });
    }

    number(width) {
      let value = 0;
      for (let i = 0; i < width; i++, this.at++) {
        if (this.at >= 8 * this.bytes.length) fail("the bits end early");
        value = 2 * value + ((this.bytes[this.at >> 3] >> (7 - (this.at & 7))) & 1);
      }
      return value;
    }

    finish() {
      const left = 8 * this.bytes.length - this.at;
      if (left > 7) fail("bytes follow the last bit");
      if (this.number(left) !== 0) fail("filling bits are not zero");
    }
  }

  // ---- Start of file, header, sections (2, 3, 4) ----

  function parseHeader(reader) {
    for (const expected of SIGNATURE) {
      if (reader.at < reader.bytes.length && reader.bytes[reader.at] !== expected) fail("this is no .kmq file");
      reader.byte();
    }
    const version = reader.byte();
    if (version !== VERSION) throw new UnsupportedError(`version ${version >> 4}.${version & 15} is not 0.1`);
    const flags = reader.byte();
    if (flags & ~(FLAG_CHANNELS | FLAG_BLOCK | FLAG_AUTHORED)) fail("reserved flags are set");
    const bounded = (value, largest, what) => {
      if (value < 1 || value > largest) fail(`${what} is ${value}, not 1 to ${largest}`);
      return value;
    };
    const width = bounded(reader.varint(), LARGEST_SIDE, "the width");
    const height = bounded(reader.varint(), LARGEST_SIDE, "the height");
    const nColors = bounded(reader.varint() + 1, LARGEST_COLORS, "the number of colours");
    let [blockHeight, blockWidth] = [1, 1];
    if (flags & FLAG_BLOCK) {
      blockHeight = bounded(reader.varint() + 1, LARGEST_BLOCK_SIDE, "the block height");
      blockWidth = bounded(reader.varint() + 1, LARGEST_BLOCK_SIDE, "the block width");
      if (blockHeight * blockWidth === 1) fail("a block of 1 x 1 has the block flag");
    }
    const channels = (flags & FLAG_CHANNELS) + 1;
    const authored = (flags & FLAG_AUTHORED) !== 0;
    return { width, height, channels, nColors, authored, blockHeight, blockWidth };
  }

  function parseSections(reader) {
    const sections = [];
    for (let checked = 0, isLast = false; !isLast; ) {
      const offset = reader.at;
      const byte = reader.byte();
      const payload = reader.take(reader.varint());
      const expected = crc32(reader.bytes.subarray(checked, reader.at));
      const stored = reader.take(4);
      checked = reader.at;
      if (new DataView(stored.buffer, stored.byteOffset).getUint32(0, true) !== expected) {
        fail(`the checksum before byte ${reader.at} differs`);
      }
      if (byte & TAG_RESERVED || (byte & TAG_KIND) === 0) fail("a tag has reserved bits");
      isLast = (byte & TAG_LAST) !== 0;
      sections.push({ tag: byte & ~TAG_LAST, payload, offset });
    }
    if (reader.at !== reader.bytes.length) fail("bytes follow the last section");
    return sections;
  }

  function checkOrder(sections, nColors) {
    const seen = new Set();
    for (const { tag } of sections) {
      if (!(tag & TAG_ANCILLARY) && tag !== SECTION_PALETTE && tag !== SECTION_INDICES) {
        throw new UnsupportedError(`critical section ${tag} is unknown`);
      }
      if (seen.has(tag)) fail(`section ${tag} occurs twice`);
      seen.add(tag);
    }
    if (sections[0].tag !== SECTION_PALETTE) fail("the palette is not the first section");
    if (nColors === 1 && seen.has(SECTION_INDICES)) fail("a picture of one colour has indices");
    if (nColors > 1 && sections[sections.length - 1].tag !== SECTION_INDICES) {
      fail("the indices are not the last section");
    }
  }

  /** Header and sections, all checksums compared; limits hold before anything is allocated (8). */
  function parse(bytes, limits) {
    const reader = new Reader(bytes, () => new TruncatedError("the file ends early"));
    const header = parseHeader(reader);
    const sections = parseSections(reader);
    checkOrder(sections, header.nColors);
    const { maxPixels, maxBytes } = { ...LIMITS, ...limits };
    const pixels = header.width * header.height;
    if (pixels > maxPixels) throw new LimitError(`${pixels} pixels are more than ${maxPixels}`);
    const entry = header.channels * header.blockHeight * header.blockWidth;
    if (header.nColors * entry > maxBytes) throw new LimitError(`the codebook has more than ${maxBytes} bytes`);
    return { header, sections };
  }

  // ---- Palette (5.1 to 5.3) ----

  function decodePalette(payload, nColors, channels) {
    if (payload.length === 0) fail("the palette section is empty");
    const method = payload[0];
    const data = payload.subarray(1);
    if (method === METHOD_RAW) {
      if (data.length !== nColors * channels) fail("the raw palette has another length");
      return data.slice();
    }
    if (method === METHOD_DELTA) return decodeDelta(data, nColors, channels, false);
    if (method === METHOD_DELTA_GREEN && channels >= 3) return decodeDelta(data, nColors, channels, true);
    if (method % 4 === METHOD_MODELLED) return new ModelledPalette(data, method >> 2, nColors, channels).decode();
    return fail(`palette method ${method} is not defined for ${channels} channels`);
  }

  function decodeRice(bits, parameter) {
    let quotient = 0;
    while (bits.number(1)) {
      if (++quotient > 255 >> parameter) fail("a Rice code stands for more than 255");
    }
    return (quotient << parameter) + bits.number(parameter);
  }

  function decodeDelta(data, nColors, channels, green) {
    const bits = new BitReader(data);
    const differences = range(channels).map(() => {
      const parameter = bits.number(3);
      return range(nColors).map(() => {
        const f = decodeRice(bits, parameter);
        return f % 2 ? -((f + 1) / 2) : f / 2;
      });
    });
    bits.finish();
    const palette = new Uint8Array(nColors * channels);
    for (let k = 0; k < nColors; k++) {
      for (let c = 0; c < channels; c++) {
        const at = k * channels + c;
        const extra = green && (c === 0 || c === 2) ? differences[1][k] : 0;
        palette[at] = (k > 0 ? palette[at - channels] : 0) + differences[c][k] + extra; // modulo 256
      }
    }
    return palette;
  }

  // ---- Range decoder (5.4) ----

  class RangeDecoder {
    constructor(bytes) {
      Object.assign(this, { bytes, at: 0, range: 2 ** 32 - 1, code: 0 });
      for (let i = 0; i < 4; i++) this.code = this.code * 256 + this.next();
    }

    next() {
      return this.at < this.bytes.length ? this.bytes[this.at++] : (this.at++, 0);
    }

    /** A decision with a chance of 65536. */
    decide(chance) {
      const bound = Math.floor((this.range * chance) / 65536); // below 2^48, so exact
      const bit = this.code < bound ? 1 : 0;
      if (bit) this.range = bound;
      else {
        this.range -= bound;
        this.code -= bound;
      }
      this.renew();
      return bit;
    }

    renew() {
      while (this.range < 16777216) {
        this.range *= 256;
        this.code = this.code * 256 + this.next();
      }
    }
  }

  // ---- Modelled palettes (5.4) ----

  const THREE = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
  const ORDERS = {
    1: [[0]],
    2: [[0, 1], [1, 0]],
    3: THREE,
    4: [...THREE.map((order) => [...order, 3]), ...THREE.map((order) => [3, ...order])],
  };
  const LARGEST_MODELLED = 4096;
  const P = [
    [3, 1, 89, 1, 10, 152, 0, 0, 0, 0, 0, 0, 0],
    [1, 3, 249, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0],
    [112, 10, 74, 31, 0, 0, 0, 0, 0, 4, 21, 0, 4],
    [4, 102, 149, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0],
    [2, 3, 1, 1, 73, 176, 0, 0, 0, 0, 0, 0, 0],
    [90, 3, 2, 49, 38, 74, 0, 0, 0, 0, 0, 0, 0],
    [27, 1, 1, 18, 0, 0, 25, 26, 0, 17, 32, 31, 78],
    [2, 1, 1, 3, 0, 0, 145, 2, 33, 4, 27, 34, 4],
    [14, 5, 1, 12, 0, 0, 3, 10, 6, 20, 55, 119, 11],
  ];

  /** For each t: the mass of all offsets below d, at place d + 512. */
  const WIDTHS = range(16).map((t) => {
    const heights = range(1021).map((i) => {
      const d = i - 510;
      const a = Math.floor(2 ** (16 + t) / (2 ** t + 4 * d * d));
      return Math.floor((Math.floor((a * a) / 65536) * a) / 65536);
    });
    const total = heights.reduce((sum, b) => sum + b, 0);
    const below = [0, 0, 0];
    for (const b of heights) below.push(below[below.length - 1] + Math.floor((b * 16384) / total));
    return below;
  });

  const width = (t, centre) => (v) => WIDTHS[t][clamp(v - centre + 512, 0, 1023)];
  const exact = (centre) => (v) => (v > centre ? 16384 : 0);
  const even = (v) => 64 * v;

  class ModelledPalette {
    constructor(data, parameter, nColors, channels) {
      const orders = ORDERS[channels];
      if (parameter >> 2 >= orders.length) fail("the order of a modelled palette is not defined");
      if (nColors > LARGEST_MODELLED) fail("a modelled palette has more than 4096 entries");
      this.order = orders[parameter >> 2];
      this.inverted = (parameter >> 1) & 1;
      this.ascending = parameter & 1;
      this.alpha = channels % 2 ? -1 : channels - 1;
      Object.assign(this, { data, nColors, channels, entries: [] });
      this.coder = new RangeDecoder(data);
      this.learnt = P.map((row) => row.map((weight) => 16 * weight));
      this.seen = range(channels).map(() => new Array(257).fill(0)); // how many earlier ones are less
    }

    decode() {
      for (let k = 0; k < this.nColors; k++) {
        const entry = new Array(this.channels).fill(0);
        this.order.forEach((c, place) => {
          entry[c] = this.decodeValue(entry, place);
        });
        entry.forEach((value, c) => {
          for (let v = value + 1; v <= 256; v++) this.seen[c][v]++;
        });
        this.entries.push(entry);
      }
      this.finish();
      const flip = (v, c) => (this.inverted && c !== this.alpha ? 255 - v : v);
      return Uint8Array.from(this.entries.flatMap((entry) => entry.map(flip)));
    }

    /** Exactly one row of bytes is right for these decisions. */
    finish() {
      const { data, coder } = this;
      if (data[data.length - 1] === 0) fail("a modelled palette ends with a zero byte");
      if (coder.at < data.length) fail("bytes follow the last value of the palette");
      let word = 0n;
      for (let i = coder.at - 4; i < coder.at; i++) word = word * 256n + BigInt(i < data.length ? data[i] : 0);
      const low = word - BigInt(coder.code);
      const high = low + BigInt(coder.range);
      for (let power = 1n << 40n; power > 0n; power >>= 1n) {
        const multiple = -(-low / power) * power;
        const first = multiple < low ? multiple + power : multiple;
        if (first >= high) continue;
        if (first !== word) fail("the last bytes of a modelled palette are not the shortest");
        return;
      }
    }

    findLowest(entry, place) {
      const before = this.entries[this.entries.length - 1];
      if (!this.ascending || !before) return 0;
      if (range(place).some((p) => entry[this.order[p]] !== before[this.order[p]])) return 0;
      const lowest = before[this.order[place]] + (place === this.order.length - 1 ? 1 : 0);
      if (lowest === 256) fail("an ascending palette goes on after its largest entry");
      return lowest;
    }

    findRole(entry, place) {
      const c = this.order[place];
      if (c === this.alpha) return place > 0 ? 2 : this.ascending ? 0 : 1;
      const isAlphaFirst = this.order[0] === this.alpha;
      if (isAlphaFirst && entry[this.alpha] === 0) return 3;
      const colors = this.order.slice(isAlphaFirst ? 1 : 0, place);
      if (colors.length === 0) return this.ascending ? 4 : 5;
      if (colors.length === 1) return 6;
      return entry[colors[0]] === entry[colors[1]] ? 7 : 8;
    }

    findGaps(lowest) {
      const n = this.nColors - this.entries.length;
      const below = new Array(257).fill(0);
      let r = 2 ** 24;
      for (let v = lowest; v < 256; v++) {
        r = Math.floor((r * (255 - v)) / (255 - v + n));
        below[v + 1] = Math.floor((2 ** 24 - r) / 1024);
      }
      return (v) => (v > lowest ? below[v] : 0);
    }

    /** The last 32 entries, each with its share and its width. */
    findNear(entry, place) {
      const near = this.entries.slice(-32).map((other) => {
        const known = this.order.slice(0, place);
        const distance = known.reduce((sum, c) => sum + Math.abs(other[c] - entry[c]), 0);
        const a = Math.floor((4096 * 24) / (24 + distance));
        const closeness = 1 + Math.floor(a ** 3 / 2 ** 24);
        const t = Math.min(digits(Math.floor((10 + distance) ** 2 / 32)), 15);
        return { other, closeness, t };
      });
      const total = near.reduce((sum, { closeness }) => sum + closeness, 0);
      for (const one of near) one.share = Math.floor((1024 * one.closeness) / total);
      return near;
    }

    /** All [expert, share, mass of the values below v] of a value. */
    findBumps(entry, place, role, lowest) {
      const c = this.order[place];
      const i = this.entries.length;
      const previous = i ? this.entries[i - 1][c] : 0;
      const bumps = [[0, 1024, even], [1, 1024, exact(0)], [2, 1024, exact(255)]];
      if (i && role !== 3) bumps.push([3, 1024, (v) => Math.floor((this.seen[c][v] * 16384) / i)]);
      if ([0, 1, 4, 5].includes(role)) {
        const m = Math.min(8, i - 1);
        for (let k = 0; k < m; k++) {
          const step = this.entries[i - 1 - k][c] - this.entries[i - 2 - k][c];
          bumps.push([4, Math.floor(1024 / m), width(1, previous + step)]);
        }
        if (role === 0 || role === 4) bumps.push([5, 1024, this.findGaps(lowest)]);
        else if (i) bumps.push([5, 1024, width(10, previous)]);
        return bumps;
      }
      const colors = this.order.slice(0, place).filter((channel) => channel !== this.alpha);
      const [cx, cw] = [colors[colors.length - 1], colors[colors.length - 2]];
      const [x, w] = [entry[cx], entry[cw]];
      if (role === 3) {
        if (colors.length) bumps.push([6, 1024, exact(x)]);
        return bumps;
      }
      if (role !== 2) bumps.push([6, 1024, exact(x)], [7, 1024, width(14, x)]);
      if (role >= 7) bumps.push([8, 1024, width(8, 2 * x - w)]);
      for (const { other, share, t } of this.findNear(entry, place)) {
        const y = other[c];
        const centre = role === 2 ? y : y + x - other[cx];
        bumps.push([9, share, exact(y)], [10, share, width(t, centre)]);
        bumps.push([12, share, width(Math.min(t + 6, 15), centre)]);
        if (role === 2) continue;
        const now = role === 6 ? x : x + w;
        const then = role === 6 ? other[cx] : other[cx] + other[cw];
        const ratio = then ? Math.min(255, Math.floor((2 * y * now + then) / (2 * then))) : y;
        bumps.push([11, share, width(t, ratio)]);
      }
      return bumps;
    }

    decodeValue(entry, place) {
      const lowest = this.findLowest(entry, place);
      const role = this.findRole(entry, place);
      const bumps = this.findBumps(entry, place, role, lowest).filter(([expert]) => P[role][expert] > 0);
      const weight = (expert) => P[role][expert] + this.learnt[role][expert];
      const below = (v) => bumps.reduce((sum, [expert, share, mass]) => sum + weight(expert) * share * mass(v), 0);
      let [begin, end] = [0, 256];
      while (end - begin > 1) {
        const middle = (begin + end) >> 1;
        if (middle <= lowest) {
          begin = middle;
          continue;
        }
        const top = below(end);
        const upper = BigInt(top - below(middle)) * 65536n;
        const chance = Number(upper / BigInt(top - below(Math.max(begin, lowest))));
        if (this.coder.decide(clamp(chance, 1, 65535))) begin = middle;
        else end = middle;
      }
      this.learn(role, bumps, begin, weight);
      return begin;
    }

    learn(role, bumps, value, weight) {
      const parts = new Array(13).fill(0);
      for (const [expert, share, mass] of bumps) {
        parts[expert] += weight(expert) * share * (mass(value + 1) - mass(value));
      }
      const whole = BigInt(parts.reduce((sum, part) => sum + part, 0));
      const learnt = this.learnt[role];
      parts.forEach((part, expert) => {
        const share = Number((BigInt(part) * 4096n) / whole);
        learnt[expert] += Math.floor(share / 4) - Math.floor(learnt[expert] / 4);
      });
    }
  }

  // ---- Codebook of blocks (5.5) ----

  function decodeCodebook(payload, header) {
    const { nColors, channels, blockHeight: h, blockWidth: w } = header;
    if (payload.length === 0) fail("the codebook is empty");
    const data = payload.subarray(1);
    if (payload[0] === METHOD_RAW) {
      if (data.length !== nColors * h * w * channels) fail("the raw codebook has another length");
      return data.slice();
    }
    if (payload[0] !== METHOD_PLANE) fail(`codebook method ${payload[0]} is not defined`);
    const reader = new Reader(data, () => new FormatError("the number of columns ends early"));
    const columns = reader.varint();
    if (columns < 1 || columns > nColors) fail(`${columns} columns for ${nColors} blocks`);
    const rows = ceilDiv(nColors, columns);
    const plane = { width: columns * w, height: channels * rows * h, channels: 1, nColors: 256 };
    const values = decodeIndices(data.subarray(reader.at), plane, Uint8Array.from(range(256)));
    const blocks = new Uint8Array(nColors * h * w * channels);
    const pixel = new Array(channels);
    for (let k = 0; k < rows * columns; k++) {
      const from = Math.min(k, nColors - 1); // places after the last block hold it again
      for (let y = 0; y < h; y++) {
        for (let x = 0; x < w; x++) {
          const row = Math.floor(k / columns) * h + y;
          for (let c = 0; c < channels; c++) {
            pixel[c] = values[(c * rows * h + row) * plane.width + (k % columns) * w + x];
          }
          if (channels >= 3) {
            pixel[0] += pixel[1] - 128;
            pixel[2] += pixel[1] - 128;
          }
          const at = ((from * h + y) * w + x) * channels;
          for (let c = 0; c < channels; c++) {
            if (k >= nColors && blocks[at + c] !== (pixel[c] & 255)) fail("what fills the last row is another block");
            blocks[at + c] = pixel[c];
          }
        }
      }
    }
    return blocks;
  }

  function meanColors(codebook, header) {
    const { nColors, channels } = header;
    const n = header.blockHeight * header.blockWidth;
    const means = new Uint8Array(nColors * channels);
    for (let k = 0; k < nColors; k++) {
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let i = 0; i < n; i++) sum += codebook[(k * n + i) * channels + c];
        means[k * channels + c] = Math.floor((2 * sum + n) / (2 * n));
      }
    }
    return means;
  }

  // ---- Indices (6 to 6.2) ----

  function decodeIndices(payload, header, palette) {
    if (payload.length === 0) fail("the index section is empty");
    const data = payload.subarray(1);
    let plane;
    if (payload[0] === 0) plane = decodePacked(data, header);
    else if (payload[0] === 1) plane = decodeDeflate(data, header);
    else if (payload[0] === 2) plane = decodeMixed(data, header, palette);
    else throw new UnsupportedError(`index coder ${payload[0]} is unknown`);
    if (plane.some((index) => index >= header.nColors)) fail("an index is beyond the palette");
    return plane;
  }

  function decodePacked(data, { width: w, height: h, nColors }) {
    const b = digits(nColors - 1);
    if (data.length !== ceilDiv(w * h * b, 8)) fail("the packed indices have another length");
    const bits = new BitReader(data);
    const plane = new Uint16Array(w * h);
    for (let i = 0; i < plane.length; i++) plane[i] = bits.number(b);
    bits.finish();
    return plane;
  }

  function decodeDeflate(data, { width: w, height: h, nColors }) {
    const least = range(5).find((log2) => nColors <= 2 ** 2 ** log2);
    const rowBytes = (log2) => Math.floor((w * 2 ** log2 + 7) / 8);
    const size = data.length - 1;
    if (size < SMALLEST_BODY || size * LARGEST_RATIO < h * rowBytes(least)) fail("the stream is too short");
    const [log2Bits, filter] = [data[0] & 15, data[0] >> 4];
    if ((log2Bits !== least && log2Bits !== Math.max(least, 3)) || filter > 2) fail("the layout is not defined");
    const stride = rowBytes(log2Bits);
    const rows = inflate(data.subarray(1), h * stride);
    const step = log2Bits === 4 ? 2 : 1;
    for (let at = 0; at < rows.length; at++) {
      if (filter === 1 && at % stride >= step) rows[at] += rows[at - step];
      if (filter === 2 && at >= stride) rows[at] += rows[at - stride];
    }
    const plane = new Uint16Array(w * h);
    for (let y = 0; y < h; y++) {
      const bits = new BitReader(rows.subarray(y * stride, (y + 1) * stride));
      for (let x = 0; x < w; x++) plane[y * w + x] = bits.number(2 ** log2Bits);
      bits.finish();
    }
    return plane;
  }

  // ---- DEFLATE (RFC 1951) ----

  const LENGTHS = range(29).map((i) => (i < 8 ? 3 + i : i === 28 ? 258 : 3 + ((4 + (i % 4)) << ((i >> 2) - 1))));
  const LENGTH_BITS = range(29).map((i) => (i < 8 || i === 28 ? 0 : (i >> 2) - 1));
  const DISTANCES = range(30).map((i) => (i < 4 ? 1 + i : 1 + ((2 + (i % 2)) << ((i >> 1) - 1))));
  const DISTANCE_BITS = range(30).map((i) => (i < 4 ? 0 : (i >> 1) - 1));
  const LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

  /** A canonical Huffman code; incomplete ones are allowed with one code of one bit, as in zlib. */
  class Huffman {
    constructor(lengths, what) {
      this.counts = new Array(16).fill(0);
      for (const length of lengths) this.counts[length]++;
      this.counts[0] = 0;
      let left = 1;
      const first = [0, 0];
      for (let n = 1; n < 16; n++) {
        left = 2 * left - this.counts[n];
        if (left < 0) fail("a Huffman code has too many words");
        first[n + 1] = first[n] + this.counts[n];
      }
      const used = first[16];
      if (left > 0 && (what === "code lengths" || used !== this.counts[1] || used > 1)) {
        fail("a Huffman code has too few words");
      }
      this.symbols = [];
      lengths.forEach((length, symbol) => {
        if (length) this.symbols[first[length]++] = symbol;
      });
    }

    read(bits) {
      let [code, first, index] = [0, 0, 0];
      for (let n = 1; n < 16; n++) {
        code += bits.take(1);
        const count = this.counts[n];
        if (code - first < count) return this.symbols[index + code - first];
        index += count;
        first = 2 * (first + count);
        code *= 2;
      }
      return fail("a Huffman code word is not defined");
    }
  }

  /** Bits, the least significant of a byte first. */
  class DeflateBits {
    constructor(bytes) {
      Object.assign(this, { bytes, at: 0 });
    }

    take(count) {
      let value = 0;
      for (let i = 0; i < count; i++, this.at++) {
        if (this.at >= 8 * this.bytes.length) fail("the DEFLATE stream has no end");
        value += ((this.bytes[this.at >> 3] >> (this.at & 7)) & 1) << i;
      }
      return value;
    }
  }

  const FIXED = [
    new Huffman(range(288).map((i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8))),
    new Huffman(new Array(32).fill(5)),
  ];

  function readCodes(bits) {
    const [nLiterals, nDistances, nLengths] = [257 + bits.take(5), 1 + bits.take(5), 4 + bits.take(4)];
    if (nLiterals > 286 || nDistances > 30) fail("a DEFLATE block has too many codes");
    const lengths = new Array(19).fill(0);
    for (let i = 0; i < nLengths; i++) lengths[LENGTH_ORDER[i]] = bits.take(3);
    const code = new Huffman(lengths, "code lengths");
    const all = [];
    while (all.length < nLiterals + nDistances) {
      const symbol = code.read(bits);
      if (symbol < 16) {
        all.push(symbol);
        continue;
      }
      if (symbol === 16 && all.length === 0) fail("a DEFLATE block repeats nothing");
      const value = symbol === 16 ? all[all.length - 1] : 0;
      const count = symbol === 16 ? 3 + bits.take(2) : symbol === 17 ? 3 + bits.take(3) : 11 + bits.take(7);
      for (let i = 0; i < count; i++) all.push(value);
    }
    if (all.length > nLiterals + nDistances) fail("a DEFLATE block has too many lengths");
    if (all[256] === 0) fail("a DEFLATE block has no end");
    return [new Huffman(all.slice(0, nLiterals)), new Huffman(all.slice(nLiterals))];
  }

  /** Exactly `size` bytes of exactly one raw stream (6.2). */
  function inflate(data, size) {
    const bits = new DeflateBits(data);
    const out = new Uint8Array(size);
    let n = 0;
    const put = (byte) => {
      if (n === size) fail("the DEFLATE stream is too long");
      out[n++] = byte;
    };
    for (let isFinal = 0; !isFinal; ) {
      isFinal = bits.take(1);
      const kind = bits.take(2);
      if (kind === 3) fail("a DEFLATE block is of no kind");
      if (kind === 0) {
        bits.at = 8 * ceilDiv(bits.at, 8);
        const [length, complement] = [bits.take(16), bits.take(16)];
        if (length + complement !== 65535) fail("a stored DEFLATE block is damaged");
        for (let i = 0; i < length; i++) put(bits.take(8));
        continue;
      }
      const [literals, distances] = kind === 1 ? FIXED : readCodes(bits);
      for (let symbol; (symbol = literals.read(bits)) !== 256; ) {
        if (symbol < 256) {
          put(symbol);
          continue;
        }
        if (symbol > 285) fail("a DEFLATE length is not defined");
        const length = LENGTHS[symbol - 257] + bits.take(LENGTH_BITS[symbol - 257]);
        const code = distances.read(bits);
        if (code > 29) fail("a DEFLATE distance is not defined");
        const distance = DISTANCES[code] + bits.take(DISTANCE_BITS[code]);
        if (distance > n) fail("a DEFLATE distance goes beyond the start");
        for (let i = 0; i < length; i++) put(out[n - distance]);
      }
    }
    if (n !== size) fail("the DEFLATE stream is too short");
    if (ceilDiv(bits.at, 8) !== data.length) fail("bytes follow the DEFLATE stream");
    return out;
  }

  // ---- Mixed: payload and tiles (6.3.1) ----

  function decodeMixed(data, header, palette) {
    const { width: w, height: h } = header;
    if (data.length === 0) fail("the mixed indices have no model");
    const number = data[0] & ~FLAG_TILES;
    if (number > 3) throw new UnsupportedError(`model ${number} is unknown`);
    const tiles = parseTiles(data, w, h);
    const tree = new PaletteTree(palette, header.nColors, header.channels);
    const plane = new Uint16Array(w * h);
    for (const tile of tiles) {
      const decoder = number === 0 ? new QuickTile(tree, tile) : new MixedTile(MODELS[number], tree, tile);
      const leaves = decoder.decode();
      const across = tile.right - tile.left;
      leaves.forEach((leaf, i) => {
        plane[(tile.top + Math.floor(i / across)) * w + tile.left + (i % across)] = tree.order[leaf];
      });
    }
    return plane;
  }

  function parseTiles(data, w, h) {
    const reader = new Reader(data, () => new FormatError("the sizes of the tiles end early"));
    reader.byte();
    let [rows, columns] = [1, 1];
    const sizes = [];
    if (data[0] & FLAG_TILES) {
      rows = reader.varint() + 1;
      columns = reader.varint() + 1;
      const count = rows * columns;
      if (rows > h || columns > w || count < 2) fail(`${rows} x ${columns} tiles`);
      if (count > Math.min(MOST_TILES, 16 + Math.floor((w * h) / 4096))) fail(`${count} tiles are too many`);
      if (count - 1 > data.length - reader.at) fail("the sizes of the tiles exceed the payload");
      for (let i = 1; i < count; i++) sizes.push(reader.varint());
    }
    const rest = data.length - reader.at - sizes.reduce((sum, size) => sum + size, 0);
    if (rest < 0) fail("the streams of the tiles exceed the payload");
    sizes.push(rest);
    const edge = (side, i, n) => Number((BigInt(side) * BigInt(i)) / BigInt(n));
    return sizes.map((size, i) => {
      const [row, column] = [Math.floor(i / columns), i % columns];
      const [top, bottom] = [edge(h, row, rows), edge(h, row + 1, rows)];
      const [left, right] = [edge(w, column, columns), edge(w, column + 1, columns)];
      const n = (bottom - top) * (right - left);
      if (n > MOST_PIXELS) fail(`tile ${i} has more than ${MOST_PIXELS} pixels`);
      if (size < Math.floor(n / 2 ** 19)) fail(`the stream of tile ${i} is too short`);
      return { top, bottom, left, right, stream: reader.take(size) };
    });
  }

  // ---- Palette tree (6.3.2) ----

  class PaletteTree {
    constructor(palette, nColors, channels) {
      Object.assign(this, { palette, nColors, channels });
      this.order = range(nColors);
      this.splitChannel = new Uint8Array(nColors);
      this.splitSum = new Int32Array(nColors);
      this.grow(0, nColors);
      this.colors = new Uint8Array(4 * nColors); // of the leaves, channels that are missing being 0
      this.order.forEach((entry, leaf) => {
        for (let c = 0; c < channels; c++) this.colors[4 * leaf + c] = this.value(entry, c);
      });
    }

    value(entry, c) {
      return this.palette[entry * this.channels + c];
    }

    grow(low, high) {
      const m = high - low;
      if (m < 2) return;
      const run = this.order.slice(low, high);
      let [channel, largest] = [0, -1];
      for (let c = 0; c < this.channels; c++) {
        let [sum, squares] = [0, 0];
        for (const entry of run) {
          sum += this.value(entry, c);
          squares += this.value(entry, c) ** 2;
        }
        const spread = m * squares - sum * sum; // below 2^49
        if (spread > largest) [channel, largest] = [c, spread];
      }
      run.sort((a, b) => this.value(a, channel) - this.value(b, channel)); // stable
      run.forEach((entry, i) => {
        this.order[low + i] = entry;
      });
      const middle = low + ((m + 1) >> 1);
      this.splitChannel[middle] = channel;
      this.splitSum[middle] = this.value(this.order[middle - 1], channel) + this.value(this.order[middle], channel);
      this.grow(low, middle);
      this.grow(middle, high);
    }
  }

  // ---- Pixels and neighbours (6.3.3) ----

  const NEAR = [
    [-1, 0], [0, -1], [-1, -1], [1, -1], [-2, 0], [0, -2],
    [1, -2], [-2, -1], [2, -1], [-3, 0], [0, -3], [-1, -2],
  ];
  const [W, N, NW, NE, WW, NN, NNE, NWW, NEE, WWW, NNN, NNW] = range(12);

  class Tile {
    constructor(tree, { top, bottom, left, right, stream }) {
      Object.assign(this, { tree, stream, width: right - left, height: bottom - top });
      this.leaves = new Uint16Array(this.width * this.height);
      this.near = new Int32Array(12);
      this.coder = new RangeDecoder(stream);
    }

    leaf(x, y) {
      if (y < 0) return 0;
      if (x < 0) return y > 0 ? this.leaves[(y - 1) * this.width] : 0;
      return this.leaves[y * this.width + Math.min(x, this.width - 1)];
    }

    isFlat() {
      const near = this.near;
      return near[N] === near[W] && near[NW] === near[W] && near[NE] === near[W] && near[WW] === near[W]
        && near[NN] === near[W];
    }

    decode() {
      const { stream } = this;
      if (range(4).every((i) => stream[i] === 0xff)) fail("a stream begins with a number out of range");
      for (let y = 0; y < this.height; y++) {
        for (let x = 0; x < this.width; x++) {
          for (let i = 0; i < 12; i++) this.near[i] = this.leaf(x + NEAR[i][0], y + NEAR[i][1]);
          this.leaves[y * this.width + x] = this.decodePixel(x, y);
        }
      }
      if (this.coder.at < stream.length) fail("bytes follow the last decision of a tile");
      const least = Math.floor(this.leaves.length / 2 ** 19);
      if (stream.length > least && stream[stream.length - 1] === 0) fail("a stream ends with a zero byte");
      return this.leaves;
    }
  }

  // ---- Hash, tables, cells, sets (6.3.4, 6.3.11) ----

  function hash(a, b) {
    let h = (Math.imul(a, 0x2c9277b5) + Math.imul(b, 0x1e3779b1) + 0x3f4a7c15) & 0x7fffffff;
    h = Math.imul(h ^ (h >>> 15), 0x35ebca6b) & 0x7fffffff;
    return h ^ (h >>> 13);
  }

  const pair = (a, b) => (a | (b << 16)) >>> 0;

  const SQUASH = (() => {
    const upper = [];
    for (let i = 0, g = 2 ** 30; i <= 2048; i++) {
      upper.push(Math.min(Math.floor(2 ** 46 / (2 ** 30 + g)), 65535));
      g = Number((BigInt(g) * 4172516n) >> 22n);
    }
    return Int32Array.from(range(4096), (i) => (i >= 2048 ? upper[i - 2048] : 65536 - upper[2048 - i]));
  })();
  const squash = (v) => SQUASH[v + 2048];
  const STRETCH = (() => {
    let v = 0;
    return Int32Array.from(range(4096), (i) => {
      while (v < 4096 && SQUASH[v] < 16 * i + 8) v++;
      return v - 2048;
    });
  })();
  const RATE = Int32Array.from(range(128), (count) => Math.floor(40960 / (10 * count + 15)));

  /** `count` cells, each a chance p and a count. */
  class Cells {
    constructor(count) {
      this.p = new Int32Array(count).fill(2 ** 21);
      this.count = new Uint8Array(count);
    }

    reset(from, to) {
      this.p.fill(2 ** 21, from, to);
      this.count.fill(0, from, to);
    }

    input(i) {
      return STRETCH[this.p[i] >> 10];
    }

    learn(i, bit) {
      const step = ((bit << 22) - this.p[i]) >> 3;
      this.p[i] += (step * RATE[this.count[i]]) >> 9; // below 2^31
      if (this.count[i] < 127) this.count[i]++;
    }
  }

  /** Sets of weights: one set's are `nInputs` numbers from set * nInputs. */
  class Sets {
    constructor(count, nInputs, weight, patience) {
      Object.assign(this, { nInputs, patience, weights: new Int32Array(count * nInputs).fill(weight) });
      this.visits = new Uint8Array(count);
    }

    sum(set, inputs) {
      let total = 0;
      for (let i = 0, at = set * this.nInputs; i < this.nInputs; i++) total += this.weights[at + i] * inputs[i];
      return clamp(total >> 14, -2047, 2047);
    }

    train(set, inputs, bit, sum) {
      const visits = this.visits[set];
      const speed = 2097 + Math.floor((27962 * this.patience) / (this.patience + visits));
      const step = Math.floor((bit * 65536 - squash(sum)) * speed / 65536);
      if (visits < 255) this.visits[set]++;
      for (let i = 0, at = set * this.nInputs; i < this.nInputs; i++, at++) {
        const moved = this.weights[at] + ((Math.floor((16 * inputs[i] * step) / 65536) + 1) >> 1);
        this.weights[at] = clamp(moved, -24000, 24000);
      }
    }
  }

  // ---- Models 1 to 3 (6.3.5 to 6.3.10) ----

  const MODELS = {
    1: { number: 1, contexts: 4, inputs: 7, sets: 2, matches: false, limit: 14, weight: 4096, patience: 8 },
    2: { number: 2, contexts: 11, inputs: 16, sets: 3, matches: true, limit: 15, weight: 1638, patience: 64 },
    3: { number: 3, contexts: 26, inputs: 32, sets: 4, matches: true, limit: 15, weight: 1475, patience: 8 },
  };
  const [DEPTHS, NODES, PATTERNS, DISTANCES_OF, LEVELS] = [16, 264, 162, 28, 10];
  const LEVEL_BOUNDS = [1, 8, 16, 28, 45, 70, 110, 170, 260];
  const DISTANCE_BOUNDS = [8, 10, 13, 18, 26, 40];

  class MixedTile extends Tile {
    constructor(model, tree, tile) {
      super(tree, tile);
      this.model = model;
      const bits = digits(this.leaves.length - 1);
      this.bucketBits = clamp(bits, 4, model.limit);
      this.tags = new Int32Array(model.contexts << this.bucketBits);
      this.bucketCells = new Cells(this.tags.length * 16);
      this.buckets = new Int32Array(model.contexts);
      this.contexts = new Int32Array(26);
      this.predictions = range(6).map(() => new Int32Array(4));
      this.calm = 0;
      this.prepareFlat();
      this.prepareTree();
      if (model.matches) this.prepareMatches(clamp(bits, 4, 16));
    }

    prepareFlat() {
      this.flatCells = new Cells(8 * 4096);
      this.flatSets = new Sets(64, 8, 4096, this.model.patience);
      this.flatAt = new Int32Array(8);
      this.flatInputs = new Int32Array(8);
    }

    prepareTree() {
      const { inputs, weight, patience } = this.model;
      const cells = (count) => new Cells(count);
      this.patternCells = cells(PATTERNS * DEPTHS);
      this.distanceCells = range(4).map(() => cells(DISTANCES_OF * LEVELS * DEPTHS));
      this.matchCells = range(2).map(() => cells(32 * 3 * DEPTHS));
      this.nodeCells = cells(NODES);
      const sets = (count) => new Sets(count, inputs, weight, patience);
      this.sets = [sets(PATTERNS), sets(NODES), sets(256), sets(DEPTHS * LEVELS)];
      this.inputs = new Int32Array(inputs);
      this.places = range(inputs).map(() => [null, 0]); // the cells of each input, and which of them
      const row = Int32Array.from(range(33), (k) => squash(Math.min(128 * k, 4095) - 2048) * 64);
      const rows = (count) => {
        const all = new Int32Array(33 * count);
        for (let i = 0; i < count; i++) all.set(row, 33 * i);
        return all;
      };
      if (this.model.matches) this.refined = [rows(NODES), rows(DISTANCES_OF * PATTERNS)];
    }

    prepareMatches(bits) {
      this.matchMask = 2 ** bits - 1;
      this.check = new Uint16Array(2 ** bits);
      this.times = new Uint8Array(2 ** bits);
      this.guess = new Uint16Array(2 ** bits);
    }

    decodePixel(x, y) {
      const { near, model } = this;
      this.matches = model.matches ? this.findMatches() : [];
      let leaf;
      this.escaped = 0;
      const flat = this.isFlat();
      if (flat) this.escaped = this.decideFlat(x, y);
      if (flat && !this.escaped) {
        this.calm++;
        leaf = near[W];
      } else {
        this.calm = 0;
        leaf = this.walk(x, y);
      }
      for (const match of this.matches) {
        const { h, at } = match;
        this.times[at] = match.guess === leaf ? Math.min(match.times + 1, 31) : 1;
        this.check[at] = h >>> 21;
        this.guess[at] = leaf;
      }
      return leaf;
    }

    /** Matches 0 and 1 (6.3.7). */
    findMatches() {
      const near = this.near;
      const quad = hash(pair(near[W], near[N]), pair(near[NW], near[NE]));
      const around = hash(quad, pair(near[WW], near[NN]));
      const outer = hash(pair(near[NNE], near[NWW]), pair(near[NEE], near[WWW]));
      this.far = hash(hash(around, pair(near[NNN], near[NNW])), outer);
      return [this.far, around].map((h) => {
        const at = h & this.matchMask;
        if (this.check[at] !== h >>> 21) return { h, at, times: 0, guess: near[W] };
        return { h, at, times: this.times[at], guess: this.guess[at] };
      });
    }

    /** Whether a flat pixel escapes (6.3.5). */
    decideFlat(x, y) {
      const { near, flatAt, flatInputs } = this;
      const w = near[W];
      const { times, guess } = this.matches.length ? this.matches[0] : { times: 0, guess: 0 };
      const equal = [NNE, NWW, NEE, WWW, NNN, NNW].reduce((sum, i, k) => sum + (near[i] === w ? 1 << k : 0), 0);
      const numbers = [
        w,
        hash(pair(w, near[NEE]), 1),
        hash(hash(pair(w, near[NNE]), near[NWW]), 2),
        hash(pair(near[WWW], near[NNN]), pair(w, near[NNW])),
        64 * equal + Math.min(this.calm, 63),
        x,
        y,
        2 * times + (guess === w ? 1 : 0),
      ];
      for (let i = 0; i < 8; i++) {
        flatAt[i] = 4096 * i + (numbers[i] & 4095);
        flatInputs[i] = this.flatCells.input(flatAt[i]);
      }
      const sum = this.flatSets.sum(equal, flatInputs);
      const bit = this.coder.decide(squash(sum));
      this.flatSets.train(equal, flatInputs, bit, sum);
      for (let i = 0; i < 8; i++) this.flatCells.learn(flatAt[i], bit);
      return bit;
    }

    /** The leaf of a pixel, by the decisions of 6.3.6. */
    walk(x, y) {
      this.predict();
      this.findContexts(x, y);
      const w = this.near[W];
      let [low, high, depth, heap, slot] = [0, this.tree.nColors, 0, 1, 1];
      while (high - low > 1) {
        if (this.escaped && high - low === 2 && (w === low || w === low + 1)) return w === low ? low + 1 : low;
        const middle = low + ((high - low + 1) >> 1);
        if (slot === 1) this.takeBuckets(heap);
        const bit = this.decide({ low, middle, high, depth, slot, node: depth < 8 ? heap : 248 + depth });
        if (bit) low = middle;
        else high = middle;
        heap = 2 * heap + bit;
        slot = 2 * slot + bit > 15 ? 1 : 2 * slot + bit;
        depth++;
      }
      return low;
    }

    predict() {
      const { near, predictions, tree } = this;
      let activity = 0;
      for (let c = 0; c < 4; c++) {
        const [w, n, nw, ne, ww, nn, nne] = [W, N, NW, NE, WW, NN, NNE].map((i) => tree.colors[4 * near[i] + c]);
        predictions[0][c] = clamp(w + n - nw, Math.min(w, n), Math.max(w, n));
        predictions[1][c] = clamp(n + ne - nne, 0, 255);
        predictions[2][c] = (3 * w + 3 * n + 2 * ne + 4) >> 3;
        predictions[3][c] = clamp((w + n + ((ne - nw) >> 1)) >> 1, 0, 255);
        predictions[4][c] = (2 * w + 2 * n + nw + ne + ww + nn) >> 3;
        predictions[5][c] = clamp(2 * w - ww, 0, 255);
        activity += Math.abs(w - nw) + Math.abs(n - nw) + Math.abs(n - ne);
      }
      this.level = LEVEL_BOUNDS.reduce((sum, bound) => sum + (activity >= bound ? 1 : 0), 0);
    }

    top(i, b) {
      return this.predictions[i].reduce((number, v) => (number << b) | (v >> (8 - b)), 0);
    }

    findContexts(x, y) {
      const { near, contexts: c, model, level } = this;
      const [w, n, nw, ne, ww, nn] = near;
      c[0] = hash(this.top(1, 5), 0);
      c[1] = hash(w, 1);
      c[2] = hash(pair(w, ww), 2);
      c[3] = hash(n, 3);
      if (model.number === 1) return;
      c[4] = this.far;
      c[5] = hash(pair(n, nn), 5 + 256 * near[NNN]);
      c[6] = hash(pair(w, n), 6 + 256 * near[NEE]);
      c[7] = hash(x, 7);
      c[8] = hash(ne, 8);
      c[9] = hash(this.top(0, 5), 9);
      c[10] = hash(y, 10);
      if (model.number === 2) return;
      const equal = (w === n) + 2 * (n === nw) + 4 * (n === ne) + 8 * (w === nw) + 16 * (w === ww);
      c[11] = hash(hash(pair(w, n), pair(nw, ne)), 11);
      c[12] = hash(pair(w, n), 12 + 256 * ne);
      c[13] = hash(hash(c[11], pair(ww, nn)), 13);
      c[14] = hash(pair(n, nn), 14);
      c[15] = hash(pair(nw, ne), 15);
      c[16] = hash(hash(pair(w, n), pair(ww, nn)), 16);
      c[17] = hash(this.top(2, 6), 17);
      c[18] = hash(this.top(2, 5), 18 + 256 * level);
      c[19] = hash(this.top(4, 6), 19);
      c[20] = hash(pair(ne, w), 20);
      c[21] = hash(hash(pair(w >> 2, n >> 2), pair(nw >> 3, ne >> 3)), 21);
      c[22] = hash(pair(w >> 1, n >> 1), 22 + 256 * equal);
      c[23] = hash(this.top(5, 5), 23);
      c[24] = hash(pair(this.top(0, 4), w), 24);
      c[25] = hash(pair(w, ww), 25 + 256 * near[WWW]);
    }

    takeBuckets(heap) {
      const { bucketBits, buckets, tags } = this;
      for (let i = 0; i < buckets.length; i++) {
        const h = hash(this.contexts[i], heap);
        const at = (i << bucketBits) + (h & (2 ** bucketBits - 1));
        const tag = (h >>> bucketBits) + 1;
        buckets[i] = at;
        if (tags[at] === tag) continue;
        tags[at] = tag;
        this.bucketCells.reset(16 * at, 16 * at + 16);
      }
    }

    /** Of prediction i at a node (6.3.8). */
    distance(i, middle) {
      const d = 2 * this.predictions[i][this.tree.splitChannel[middle]] - this.tree.splitSum[middle];
      const f = Math.floor(Math.abs(d) / 5);
      const l = DISTANCE_BOUNDS.reduce((sum, bound) => sum + (f >= bound ? 1 : 0), Math.min(f, 7));
      return d >= 0 ? 14 + l : 13 - l;
    }

    decide(at) {
      const { near, model, inputs, places, level } = this;
      const { low, middle, high, depth, slot, node } = at;
      const side = (leaf) => (leaf < low || leaf >= high ? 0 : leaf < middle ? 1 : 2);
      const pattern = side(near[W]) + 3 * side(near[N]) + 9 * side(near[NW]) + 27 * side(near[NE]) + 81 * this.escaped;
      const nearest = this.distance(0, middle);
      let count = 0;
      const take = (cells, i) => {
        places[count][0] = cells;
        places[count][1] = i;
        inputs[count++] = cells.input(i);
      };
      for (let i = 0; i < model.contexts; i++) take(this.bucketCells, 16 * this.buckets[i] + slot);
      take(this.patternCells, pattern * DEPTHS + depth);
      const takeDistance = (i, d) => take(this.distanceCells[i], (d * LEVELS + level) * DEPTHS + depth);
      takeDistance(0, nearest);
      const sides = this.matches.map(({ guess }) => side(guess));
      this.matches.forEach(({ times }, i) => {
        take(this.matchCells[i], ((sides[i] ? times : 0) * 3 + sides[i]) * DEPTHS + depth);
      });
      if (model.number === 3) for (const i of [2, 3]) takeDistance(i, this.distance(i, middle));
      if (model.number === 2) take(this.nodeCells, node);
      if (model.number === 1) inputs[count] = 256;
      const numbers = [pattern, node];
      const trusted = this.matches.map(({ times }, i) => (sides[i] ? Math.min(times, 15) : 0));
      if (model.number === 2) numbers.push(16 * trusted[0] + trusted[1]);
      if (model.number === 3) numbers.push(this.tree.nColors <= 256 ? near[W] : near[W] >> 8, depth * LEVELS + level);
      const bit = this.mix(numbers, node, nearest * PATTERNS + pattern);
      for (let i = 0; i < count; i++) places[i][0].learn(places[i][1], bit);
      return bit;
    }

    mix(numbers, node, far) {
      const { inputs, model } = this;
      const sums = numbers.map((number, k) => this.sets[k].sum(number, inputs));
      const total = sums.reduce((sum, one) => sum + one, 0);
      const v = Math.floor((total * Math.floor(65536 / model.sets)) / 65536);
      const bit = model.matches ? this.decideRefined(v, node, far) : this.coder.decide(squash(v));
      numbers.forEach((number, k) => this.sets[k].train(number, inputs, bit, sums[k]));
      return bit;
    }

    /** With the chance of 6.3.9. */
    decideRefined(v, node, far) {
      const i = (v + 2048) >> 7;
      const s = (v + 2048) & 127;
      const rows = [[this.refined[0], 33 * node], [this.refined[1], 33 * far]];
      const between = ([r, at]) => ((r[at + i] >> 6) * (128 - s) + (r[at + i + 1] >> 6) * s) >> 7;
      const chance = (2 * squash(v) + 2 + between(rows[0]) + between(rows[1])) >> 2;
      const bit = this.coder.decide(chance);
      for (const [r, at] of rows) {
        const k = at + i + (s < 64 ? 0 : 1);
        r[k] += ((bit << 22) - r[k]) >> 6;
      }
      return bit;
    }
  }

  // ---- Model 0: quick (6.3.12) ----

  class QuickTile extends Tile {
    constructor(tree, tile) {
      super(tree, tile);
      this.steps = (digits(tree.nColors - 1) + 3) >> 2;
      this.ends = new Int32Array(8).fill(2000);
      this.values = Int32Array.from({ length: 16 * (8704 + 17 * 256) }, (_, i) => 1024 * (i % 16));
      this.counts = new Uint8Array(8704 + 17 * 256);
    }

    decodePixel() {
      const { near, steps } = this;
      const w = near[W];
      if (this.isFlat()) {
        const i = (near[NEE] === w ? 1 : 0) + (near[NNE] === w ? 2 : 0) + (near[NWW] === w ? 4 : 0);
        if (!this.decideEnd(i)) return w;
      }
      let prefix = 0;
      for (let j = 0; j < steps; j++) {
        const shift = 4 * (steps - 1 - j);
        const u = (i) => near[i] >> shift;
        let first = 16 * (u(W) & 15) + (u(N) & 15);
        let second = 256 + 256 * (u(NE) & 15) + 16 * (u(W) & 15) + (u(NW) & 15);
        if (j > 0) {
          const known = (i) => (u(i) >> 4 === prefix ? u(i) & 15 : 16);
          first = 4352 + 17 * (prefix & 255) + known(W);
          second = 8704 + 17 * (prefix & 255) + known(N);
        }
        prefix = 16 * prefix + this.decodeSymbol(first, second);
      }
      if (prefix >= this.tree.nColors) fail("a leaf is beyond the palette");
      return prefix;
    }

    decideEnd(i) {
      const { coder, ends } = this;
      const part = Math.floor(coder.range / 65536) * ends[i];
      const escapes = coder.code < part;
      if (escapes) {
        coder.range = part;
        ends[i] += (65528 - ends[i]) >> 5;
      } else {
        coder.code -= part;
        coder.range -= part;
        ends[i] -= (ends[i] - 8) >> 5;
      }
      coder.renew();
      return escapes;
    }

    decodeSymbol(first, second) {
      const { coder, values } = this;
      const [f, g] = [16 * first, 16 * second];
      const part = Math.floor(coder.range / 32768);
      const from = (k) => part * (values[f + k] + values[g + k]);
      let symbol = 15;
      while (from(symbol) > coder.code) symbol--;
      const start = from(symbol);
      coder.range = symbol < 15 ? from(symbol + 1) - start : coder.range - start;
      coder.code -= start;
      coder.renew();
      this.learn(first, symbol);
      this.learn(second, symbol);
      return symbol;
    }

    learn(number, symbol) {
      const count = this.counts[number];
      const rate = count < 2 ? 2 : count < 5 ? 3 : count < 10 ? 4 : count < 40 ? 5 : 6;
      for (let k = 0, at = 16 * number; k < 16; k++, at++) {
        this.values[at] += ((k <= symbol ? k : 16368 + k) - this.values[at]) >> rate;
      }
      if (count < 255) this.counts[number]++;
    }
  }

  // ---- Pixels (6.4) ----

  function toPixels(codebook, indices, header, columns) {
    const { width: w, height: h, channels, blockHeight, blockWidth } = header;
    const pixels = new Uint8Array(w * h * channels);
    for (let y = 0, at = 0; y < h; y++) {
      const row = Math.floor(y / blockHeight) * columns;
      const inBlock = (y % blockHeight) * blockWidth;
      for (let x = 0; x < w; x++) {
        const index = indices[row + Math.floor(x / blockWidth)];
        let from = (index * blockHeight * blockWidth + inBlock + (x % blockWidth)) * channels;
        for (let c = 0; c < channels; c++) pixels[at++] = codebook[from++];
      }
    }
    return pixels;
  }

  /**
   * What a file holds.
   *
   * @param {Uint8Array} bytes
   * @param {{maxPixels?: number, maxBytes?: number}} [limits]
   * @returns {object} width, height, channels, nColors, authored, blockHeight, blockWidth; pixels, row by row;
   *   palette, the entries one after another; indices, row by row of the grid of blocks
   * @throws {KmqError}
   */
  function decode(bytes, limits = {}) {
    const { header, sections } = parse(bytes, limits);
    const { nColors, channels, blockHeight, blockWidth } = header;
    const isBlocks = blockHeight * blockWidth > 1;
    const first = sections[0].payload;
    const palette = isBlocks ? decodeCodebook(first, header) : decodePalette(first, nColors, channels);
    const [columns, rows] = [ceilDiv(header.width, blockWidth), ceilDiv(header.height, blockHeight)];
    let indices;
    if (nColors > 1) {
      const colors = isBlocks ? meanColors(palette, header) : palette;
      const grid = { width: columns, height: rows, channels, nColors };
      indices = decodeIndices(sections[sections.length - 1].payload, grid, colors);
    } else indices = new Uint16Array(columns * rows);
    return { ...header, pixels: toPixels(palette, indices, header, columns), palette, indices };
  }

  /**
   * What a file says of itself; its pixels are not decoded.
   *
   * @param {Uint8Array} bytes
   * @param {{maxPixels?: number, maxBytes?: number}} [limits]
   * @returns {object} as of decode, with sections (name, offset, size) for pixels, palette and indices
   * @throws {KmqError}
   */
  function readInfo(bytes, limits = {}) {
    const { header, sections } = parse(bytes, limits);
    const told = sections.map(({ tag, payload, offset }) => ({
      name: NAMES[tag] || `unknown ${tag.toString(16)}`,
      offset,
      size: payload.length,
    }));
    return { ...header, sections: told };
  }

  /** A picture as a PAM file of netpbm. */
  function toPam({ width: w, height: h, channels, pixels }) {
    const kind = ["GRAYSCALE", "GRAYSCALE_ALPHA", "RGB", "RGB_ALPHA"][channels - 1];
    const head = `P7\nWIDTH ${w}\nHEIGHT ${h}\nDEPTH ${channels}\nMAXVAL 255\nTUPLTYPE ${kind}\nENDHDR\n`;
    const out = new Uint8Array(head.length + pixels.length);
    for (let i = 0; i < head.length; i++) out[i] = head.charCodeAt(i);
    out.set(pixels, head.length);
    return out;
  }

  const USAGE = "usage: node kmq.js INPUT.kmq OUTPUT.pam\n\nDecode a .kmq file into a PAM file of netpbm.\n";

  function main(words) {
    if (words.length !== 2) {
      process.stderr.write(USAGE);
      process.exitCode = 2;
      return;
    }
    const [source, target] = words;
    const fs = require("node:fs");
    try {
      fs.writeFileSync(target, toPam(decode(new Uint8Array(fs.readFileSync(source)))));
    } catch (error) {
      if (!(error instanceof KmqError) && error.syscall === undefined) throw error;
      process.stderr.write(`${error.name}: ${error.message}\n`);
      process.exitCode = 1;
    }
  }

  const kmq = { decode, readInfo, toPam, KmqError, FormatError, TruncatedError, UnsupportedError, LimitError };
  if (typeof module === "object" && module.exports) {
    module.exports = kmq;
    if (require.main === module) main(process.argv.slice(2));
  } else globalThis.kmq = kmq;
})();
