// What kmq.d.mts and kmq_worker.d.mts promise. KMQ_SCRIPTS is where the modules are, KMQ_FILES where the pictures.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

const { KMQ_SCRIPTS, KMQ_FILES } = process.env;
const from = (name) => import(pathToFileURL(join(KMQ_SCRIPTS, name)));
const kmq = await from("kmq.mjs");
const { KmqWorker } = await from("kmq_worker.mjs");
const small = readFileSync(join(KMQ_FILES, "small.kmq"));
const large = readFileSync(join(KMQ_FILES, "large.kmq"));
const { indices, palette } = JSON.parse(readFileSync(join(KMQ_FILES, "small.json")));
const WIDTH = 14;
const REGION = { left: 3, top: 2, width: 5, height: 4 };
const cut = (plane) =>
  [2, 3, 4, 5].flatMap((y) => Array.from(plane.slice(y * WIDTH + REGION.left, y * WIDTH + REGION.left + REGION.width)));

test("the header is read from a prefix", async () => {
  const info = await kmq.readInfo(small.subarray(0, 20));
  const expected = { width: 14, height: 9, channels: 2, nColors: 5, blockWidth: 1, blockHeight: 1, authored: true };
  for (const [name, value] of Object.entries(expected)) assert.equal(info[name], value);
  await assert.rejects(kmq.readInfo(small.subarray(0, 5)), kmq.TruncatedError);
});

test("an open file gives palette, indices, sections and pixels, as often as it is asked", async () => {
  const file = await kmq.open(small);
  for (let i = 0; i < 3; i++) {
    assert.deepEqual(Array.from(file.palette), palette);
    assert.deepEqual(Array.from(file.decodeIndices().indices), indices);
    assert.deepEqual(Array.from(file.decodeIndices({ region: REGION }).indices), cut(indices));
    assert.equal(Buffer.from(file.section("icc")).toString(), "a profile");
    assert.equal(file.section("exif"), null);
    assert.equal(file.decode().pixels.length, 9 * 14 * 2);
  }
  assert.throws(() => file.section("toString"), RangeError);
});

test("pixels are given as RGB and alpha, and of a region", async () => {
  const { width, height, channels, pixels } = await kmq.decode(small, { region: REGION, channels: 4 });
  assert.deepEqual([width, height, channels], [5, 4, 4]);
  assert.ok(pixels instanceof Uint8ClampedArray);
  const expected = cut(indices).flatMap((k) => [palette[2 * k], palette[2 * k], palette[2 * k], palette[2 * k + 1]]);
  assert.deepEqual(Array.from(pixels), expected);
});

test("bytes come as any view, or as a buffer", async () => {
  const copy = new Uint8Array(small);
  const odd = new DataView(new Uint8Array([0, ...small]).buffer, 1);
  for (const bytes of [copy, copy.buffer, odd]) assert.equal((await kmq.readInfo(bytes)).width, 14);
  await assert.rejects(kmq.open("text"), TypeError);
  await assert.rejects(kmq.open(undefined), TypeError);
});

test("errors have the classes of the specification, an offset, and one line", async () => {
  const flipped = new Uint8Array(small);
  flipped[30] ^= 1;
  for (const [bytes, kind] of [[small.subarray(0, -1), "TruncatedError"], [flipped, "FormatError"]]) {
    const error = await kmq.decode(bytes).catch((caught) => caught);
    assert.equal(error.name, kind);
    assert.ok(error instanceof kmq.FormatError && error instanceof kmq.KmqError && error instanceof Error);
    assert.ok(error.offset >= 0 && error.offset <= bytes.length);
    assert.match(error.message, /^.+$/);
  }
});

test("limits hold, and must be sensible", async () => {
  assert.equal((await kmq.decode(small, { maxPixels: 126 })).width, 14);
  await assert.rejects(kmq.decode(small, { maxPixels: 125 }), kmq.LimitError);
  await assert.rejects(kmq.decode(small, { maxBytes: 100 }), kmq.LimitError);
  await assert.rejects(kmq.decode(large, { maxMemory: 100_000 }), kmq.LimitError);
  for (const maxPixels of [0, -1, 1.5, NaN, 2 ** 60, "9", null]) {
    await assert.rejects(kmq.decode(small, { maxPixels }), RangeError);
  }
});

test("what makes no sense is a RangeError", async () => {
  const file = await kmq.open(small);
  const regions = [{ left: 14 }, { width: 0 }, { width: 12 }, { top: -1 }, { left: 2 ** 32 }, { left: 0.5 }, { left: null }];
  for (const change of regions) {
    assert.throws(() => file.decode({ region: { ...REGION, ...change } }), RangeError);
    assert.throws(() => file.decodeIndices({ region: { ...REGION, ...change } }), RangeError);
  }
  for (const channels of [1, 3, 5, -1]) assert.throws(() => file.decode({ channels }), RangeError);
  assert.throws(() => file.decode({ region: { left: 0, top: 0, width: 2 ** 31, height: 2 ** 31 } }), RangeError);
  assert.equal(file.decode().width, 14);
});

test("progress is told, and what it throws stops the call", async () => {
  const told = [];
  await kmq.decode(large, { onProgress: (done, total) => told.push([done, total]) });
  const steps = told.filter(([, total]) => total === 490_000).map(([done]) => done);
  assert.ok(steps.length > 50 && steps.every((done, i) => i === 0 || done >= steps[i - 1]));
  const file = await kmq.open(large);
  const mine = new Error("enough");
  const stop = (done) => {
    if (done > 100_000) throw mine;
  };
  assert.throws(() => file.decode({ onProgress: stop }), (error) => error === mine);
  const controller = new AbortController();
  const abort = (done) => done > 100_000 && controller.abort();
  assert.throws(() => file.decode({ signal: controller.signal, onProgress: abort }), { name: "AbortError" });
  await assert.rejects(kmq.open(large, { signal: controller.signal }), { name: "AbortError" });
  assert.equal(file.decode().pixels.length, 3 * 490_000);
});

test("memory does not grow with the calls", async () => {
  const file = await kmq.open(large);
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 8; i++) {
    try {
      file.decode({ onProgress: (done) => assert.ok(done < 5000) });
    } catch {
      // stopped on purpose
    }
  }
  assert.ok(process.memoryUsage().arrayBuffers - before < 30e6);
});

test("a worker decodes in turn, tells progress, and ends at a signal", async () => {
  const worker = new KmqWorker();
  const told = [];
  const [first, second] = await Promise.all([
    worker.decode(large, { channels: 4, onProgress: (...progress) => told.push(progress) }),
    worker.decodeIndices(small, { region: REGION }),
  ]);
  assert.equal(first.pixels.length, 4 * 490_000);
  assert.deepEqual(Array.from(second.indices), cut(indices));
  assert.deepEqual(Array.from(second.palette), palette);
  assert.ok(told.length > 0 && told.every(([done, total]) => done <= total || total === 0));
  await assert.rejects(worker.decode(small.subarray(0, -1)), kmq.TruncatedError);
  await assert.rejects(worker.decode(small, { maxPixels: 1 }), kmq.LimitError);
  await assert.rejects(worker.decode(small, { channels: 3 }), RangeError);
  const controller = new AbortController();
  const onProgress = () => controller.abort();
  const later = worker.decode(small);
  await assert.rejects(worker.decode(large, { signal: controller.signal, onProgress }), { name: "AbortError" });
  assert.equal((await later).width, 14);
  const cancelled = worker.decode(large);
  setTimeout(() => worker.close(), 5);
  await assert.rejects(cancelled, /closed/);
  assert.equal((await worker.decode(small)).width, 14);
  worker.close();
});

test("a place without a module is an error, and another try may succeed", async () => {
  await assert.rejects(kmq.load("none.wasm"), /none\.wasm/);
  assert.equal((await kmq.decode(small)).width, 14);
  await kmq.load(readFileSync(join(KMQ_SCRIPTS, "kmq.wasm")));
  assert.equal((await kmq.decode(small)).width, 14);
});
