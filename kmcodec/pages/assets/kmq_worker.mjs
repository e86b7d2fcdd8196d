/**
 * Decodes in another thread, in browsers and in Node.js, so that a page stays responsive.
 *
 *     import { KmqWorker } from "./kmq_worker.mjs";
 *     const worker = new KmqWorker();
 *     const picture = await worker.decode(bytes, { signal, onProgress });
 *     worker.close();
 *
 * A signal ends the thread at once; the next call starts another.
 */
import * as kmq from "./kmq.mjs";

const CLASSES = { ...kmq, RangeError, TypeError };

/** Call `act` for each event of a worker: with an object that has `data`, or is an error. */
function listen(worker, kind, act) {
  if (worker.addEventListener) worker.addEventListener(kind, act);
  else worker.on(kind, (value) => act(kind === "message" ? { data: value } : value));
}

function rebuilt({ name, message, offset }) {
  const error = new (CLASSES[name] ?? Error)(message);
  return offset === undefined ? error : Object.assign(error, { offset });
}

/** A thread that has compiled the module, and what became of its last task. */
class Thread {
  static async start() {
    const module = await kmq.load();
    const Kind = globalThis.Worker ?? (await import("node:worker_threads")).Worker;
    const thread = new Thread();
    thread.worker = new Kind(new URL("kmq_thread.mjs", import.meta.url), { type: "module" });
    await new Promise((resolve, reject) => {
      Object.assign(thread, { resolve, reject });
      listen(thread.worker, "message", ({ data }) => thread.take(data));
      listen(thread.worker, "error", (event) => thread.reject(new Error(event.message || "the worker cannot start")));
    });
    thread.worker.postMessage({ module });
    return thread;
  }

  take({ progress, result, error }) {
    if (progress) this.onProgress?.(...progress);
    else if (error) this.reject(rebuilt(error));
    else this.resolve(result);
  }

  run(task, { signal, onProgress }) {
    this.worker.ref?.(); // Node.js waits for the task, but not for a thread that idles
    const abort = () => this.reject(signal.reason);
    signal?.addEventListener("abort", abort);
    return new Promise((resolve, reject) => {
      Object.assign(this, { resolve, reject, onProgress });
      this.worker.postMessage(task);
    }).finally(() => {
      signal?.removeEventListener("abort", abort);
      this.worker.unref?.();
    });
  }
}

export class KmqWorker {
  #thread = null;
  #last = Promise.resolve();

  decode(bytes, options = {}) {
    return this.#queue("decode", bytes, options);
  }

  decodeIndices(bytes, options = {}) {
    return this.#queue("decodeIndices", bytes, options);
  }

  close() {
    this.#thread?.worker.terminate();
    this.#thread?.reject(new Error("the worker was closed"));
    this.#thread = null;
  }

  #queue(method, bytes, options) {
    const mine = this.#last.then(() => this.#run(method, bytes, options));
    this.#last = mine.catch(() => {});
    return mine;
  }

  async #run(method, bytes, { signal, onProgress, ...options }) {
    signal?.throwIfAborted();
    this.#thread ??= await Thread.start();
    try {
      return await this.#thread.run({ method, bytes, options, watched: Boolean(onProgress) }, { signal, onProgress });
    } finally {
      if (signal?.aborted) this.close();
    }
  }
}
