/** What runs in the threads of kmq_worker.mjs. */
import { load, open } from "./kmq.mjs";

const PAUSE = 50; // milliseconds between two messages on the progress

async function run({ method, bytes, options, watched }, port) {
  let said = performance.now();
  const onProgress = (...progress) => {
    if (performance.now() < said + PAUSE) return;
    said = performance.now();
    port.postMessage({ progress });
  };
  const watch = watched ? { onProgress } : {};
  const file = await open(bytes, { ...options, ...watch });
  const result = file[method]({ ...options, ...watch });
  if (method === "decodeIndices") result.palette = file.palette;
  return result;
}

async function answer(task, port) {
  if (task.module) {
    load(task.module);
    return;
  }
  try {
    const result = await run(task, port);
    const buffers = [result.pixels, result.indices, result.palette].flatMap((array) => (array ? [array.buffer] : []));
    port.postMessage({ result }, buffers);
  } catch ({ name, message, offset }) {
    port.postMessage({ error: { name, message, offset } });
  }
}

const port = globalThis.WorkerGlobalScope ? globalThis : (await import("node:worker_threads")).parentPort;
port.onmessage = ({ data }) => answer(data, port);
port.postMessage({ result: "ready" });
