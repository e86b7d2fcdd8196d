/**
 * A decoder of `.kmq` pictures for browsers and Node.js: kmcodec's core in C, as WebAssembly.
 *
 *     import { decode } from "./kmq.mjs";
 *     const { width, height, pixels } = await decode(bytes, { channels: 4 });
 *     context.putImageData(new ImageData(pixels, width, height), 0, 0);
 *
 * kmq.wasm is read from beside this file, or from where `load` says. kmq.d.mts has the types, and
 * what each function promises; kmq_worker.mjs decodes in another thread.
 */

/** What a file can have against being decoded (section 7 of the specification). */
export class KmqError extends Error {
  get name() {
    return this.constructor.kind;
  }
}
// Names stand as strings, which a minifier leaves alone.
export class FormatError extends KmqError {
  static kind = "FormatError";
}
export class TruncatedError extends FormatError {
  static kind = "TruncatedError";
}
export class UnsupportedError extends KmqError {
  static kind = "UnsupportedError";
}
export class LimitError extends KmqError {
  static kind = "LimitError";
}
export class MemoryError extends KmqError {
  static kind = "MemoryError";
}

// kmq.h: kmq_status, kmq_info, kmq_error, and the tags of sections
const CANCELLED = 5;
const ERRORS = {
  1: FormatError, 2: TruncatedError, 3: UnsupportedError, 4: LimitError, 6: MemoryError, 7: RangeError,
};
const [INFO_WORDS, ERROR_WORDS, REGION_WORDS] = [12, 3, 6];
const NO_OFFSET = 0xffffffff;
const CODERS = { 0: "packed", 1: "deflate", 2: "mixed" };
const SECTIONS = { icc: 0x81, exif: 0x82, xmp: 0x83, facts: 0x84, names: 0x85, array: 0x86, frames: 0x87, tables: 0x88 };
const HEADER_BYTES = 64; // of a header at most, and some more
const MOST_MEMORY = 2 ** 32 - 2 ** 17;

let compiled = null;

/** Read what a URL names. Node.js cannot fetch files. */
async function read(url) {
  if (url.protocol === "file:" && globalThis.process?.versions?.node) {
    const { readFile } = await import("node:fs/promises");
    return readFile(url);
  }
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} cannot be read: ${response.status} ${response.statusText}`);
  return response.arrayBuffer();
}

async function compile(source) {
  if (source instanceof WebAssembly.Module) return source;
  const isPlace = source instanceof URL || typeof source === "string";
  return WebAssembly.compile(isPlace ? await read(new URL(source, import.meta.url)) : source);
}

export function load(source) {
  if (source === undefined && compiled) return compiled;
  const loading = compile(source ?? "kmq.wasm");
  compiled = loading;
  loading.catch(() => {
    if (compiled === loading) compiled = null; // another try may succeed
  });
  return loading;
}

/** One instance of the module: its memory serves one file. */
class Instance {
  static async start() {
    const instance = new Instance();
    const imports = { kmq: { progress: (done, total) => instance.ask(done, total) } };
    const { exports } = await WebAssembly.instantiate(await load(), imports);
    return Object.assign(instance, { exports, errorAt: exports.allocate(4 * ERROR_WORDS) });
  }

  /** Called while the module works: a number other than 0 stops it. */
  ask(done, total) {
    try {
      this.onProgress?.(done, total);
      this.signal?.throwIfAborted();
    } catch (error) {
      this.stoppedBy = error;
      return 1;
    }
    return 0;
  }

  /** Call a function that returns a status, or an address that is 0 after an error. */
  call(name, words, { signal, onProgress } = {}) {
    signal?.throwIfAborted();
    Object.assign(this, { signal, onProgress, stoppedBy: null });
    return this.exports[name](...words, this.errorAt);
  }

  /** The error that the last call left. */
  error() {
    const [status, message, offset] = this.words(this.errorAt, ERROR_WORDS);
    if (status === CANCELLED) return this.stoppedBy;
    const error = new ERRORS[status](this.text(message));
    error.offset = offset === NO_OFFSET ? null : offset;
    return error;
  }

  allocate(size) {
    const at = size <= MOST_MEMORY ? this.exports.allocate(size) >>> 0 : 0;
    if (at === 0) throw new MemoryError("there is not enough memory");
    return at;
  }

  release(at) {
    this.exports.release(at);
  }

  put(bytes) {
    const at = this.allocate(bytes.length);
    this.bytes(at, bytes.length).set(bytes);
    return at;
  }

  // Memory may grow in any call, and then has another buffer.
  bytes(at, size) {
    return new Uint8Array(this.exports.memory.buffer, at >>> 0, size);
  }

  words(at, count) {
    return new Uint32Array(this.exports.memory.buffer, at >>> 0, count);
  }

  text(at) {
    const bytes = new Uint8Array(this.exports.memory.buffer, at);
    return String.fromCharCode(...bytes.subarray(0, bytes.indexOf(0))); // ASCII
  }

  info(at) {
    const [width, height, planes, nColors, blockWidth, blockHeight, gridWidth, gridHeight, channels, authored, coder] =
      this.words(at, INFO_WORDS);
    return {
      ...{ width, height, planes, channels, nColors, blockWidth, blockHeight, gridWidth, gridHeight },
      ...{ authored: authored !== 0, coding: CODERS[coder] ?? null },
    };
  }
}

/** A limit as the module takes it, which has its default for 0. */
function limit(name, value) {
  if (value === undefined) return 0;
  if (!Number.isSafeInteger(value) || value < 1) throw new RangeError(`${name} is no whole number from 1 on`);
  return value;
}

/** The region of a plane that is wanted: all of it, unless something else was asked for. */
function regionWithin({ left, top, width, height }, columns, rows) {
  const isWhole = [left, top, width, height].every(Number.isInteger);
  if (!isWhole || left < 0 || top < 0 || width < 1 || height < 1 || width > columns - left || height > rows - top) {
    throw new RangeError(`the region is not within ${columns} x ${rows}`);
  }
  return { left, top, width, height };
}

/** The planes of a stack that are wanted. */
function planesWithin({ plane, planes }, all) {
  if (![plane, planes].every(Number.isInteger) || plane < 0 || planes < 1 || planes > all - plane) {
    throw new RangeError(`the planes are not within ${all}`);
  }
  return { plane, planes };
}

function checkBytes(bytes) {
  if (bytes instanceof ArrayBuffer) return new Uint8Array(bytes);
  if (ArrayBuffer.isView(bytes)) return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  throw new TypeError("the file is neither an ArrayBuffer nor a view of one");
}

export class KmqFile {
  #instance;
  #file;

  constructor(instance, file) {
    this.#instance = instance;
    this.#file = file;
    this.info = Object.freeze(instance.info(instance.exports.kmq_file_info(file)));
  }

  get palette() {
    const { nColors, blockWidth, blockHeight, channels } = this.info;
    const at = this.#instance.exports.kmq_palette(this.#file);
    return this.#instance.bytes(at, nColors * blockWidth * blockHeight * channels).slice();
  }

  section(name) {
    if (!Object.hasOwn(SECTIONS, name)) throw new RangeError(`there is no kind of section "${name}"`);
    const instance = this.#instance;
    const size = instance.allocate(4);
    const at = instance.exports.kmq_section(this.#file, SECTIONS[name], size);
    const payload = at === 0 ? null : instance.bytes(at, instance.words(size, 1)[0]).slice();
    instance.release(size);
    return payload;
  }

  /** Of a stack, `planes` of its planes from `plane` on, one below another. */
  decode({ region, channels = 0, plane = 0, planes = 1, ...watch } = {}) {
    const { width: columns, height: rows, channels: own } = this.info;
    if (![0, 4, own].includes(channels)) throw new RangeError(`channels is neither 0 nor 4 nor ${own}`);
    const area = regionWithin(region ?? { left: 0, top: 0, width: columns, height: rows }, columns, rows);
    const { width, height } = area;
    const part = { ...area, ...planesWithin({ plane, planes }, this.info.planes) };
    const row = width * (channels || own);
    const pixels = this.#fill("kmq_decode", part, [channels], row, planes * height * row, watch);
    return { width, height, planes, channels: channels || own, pixels: new Uint8ClampedArray(pixels.buffer) };
  }

  decodeIndices({ region, plane = 0, planes = 1, ...watch } = {}) {
    const { gridWidth: columns, gridHeight: rows } = this.info;
    const area = regionWithin(region ?? { left: 0, top: 0, width: columns, height: rows }, columns, rows);
    const { width, height } = area;
    const part = { ...area, ...planesWithin({ plane, planes }, this.info.planes) };
    const indices = this.#fill("kmq_decode_indices", part, [], width, 2 * planes * width * height, watch);
    return { width, height, planes, indices: new Uint16Array(indices.buffer) };
  }

  /** Let the module fill `size` bytes with a region, in rows of a stride. */
  #fill(name, { left, top, width, height, plane, planes }, words, stride, size, watch) {
    const instance = this.#instance;
    const place = instance.allocate(4 * REGION_WORDS);
    let out = 0;
    try {
      instance.words(place, REGION_WORDS).set([left, top, width, height, plane, planes]);
      out = instance.allocate(size);
      const status = instance.call(name, [this.#file, place, ...words, out, stride], watch);
      if (status !== 0) throw instance.error();
      return instance.bytes(out, size).slice();
    } finally {
      instance.release(out);
      instance.release(place);
    }
  }
}

export async function open(bytes, { maxPixels, maxBytes, maxMemory, ...watch } = {}) {
  const data = checkBytes(bytes);
  const limits = Object.entries({ maxPixels, maxBytes, maxMemory }).map(([name, value]) => limit(name, value));
  watch.signal?.throwIfAborted();
  const instance = await Instance.start();
  const file = instance.call("open", [instance.put(data), data.length, ...limits], watch);
  if (file === 0) throw instance.error();
  return new KmqFile(instance, file);
}

export async function decode(bytes, options = {}) {
  const file = await open(bytes, options);
  return file.decode(options);
}

export async function readInfo(bytes) {
  const data = checkBytes(bytes).subarray(0, HEADER_BYTES);
  const instance = await Instance.start();
  const info = instance.allocate(4 * INFO_WORDS);
  if (instance.call("kmq_read_info", [instance.put(data), data.length, info]) !== 0) throw instance.error();
  return instance.info(info);
}
