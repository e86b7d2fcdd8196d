/** The picture's planes, decoded and painted in a worker (view_worker.js): some ahead of what is shown, never all. */
const MOST_BYTES = 1 << 26; // of painted planes that wait to be shown
const MOST_AHEAD = 240;
const OPENING = -1; // stands for a plane's number until the file is opened

class Frames {
  /** What takes the share of a group of planes that is decoded, from time to time. */
  onShare = () => {};

  constructor(picture) {
    const { width, height, planes, colors } = picture;
    this.planes = planes;
    this.ahead = Math.min(MOST_AHEAD, Math.max(1, Math.floor(MOST_BYTES / (6 * width * height + 4 * colors))));
    this.kept = new Map();
    this.waiting = null;
    const source = new Blob([$("worker").textContent], { type: "text/javascript" });
    this.worker = new Worker(URL.createObjectURL(source));
    this.worker.onmessage = ({ data }) => (data.share === undefined ? this.take(data) : this.onShare(data.share));
    this.worker.onerror = (event) => {
      this.waiting?.reject(new Error(event.message || "this browser has no workers for local pages"));
    };
    this.worker.postMessage({ picture });
  }

  /** Keep what the worker sends, and answer who waits for it. */
  take({ opened, frame, number = OPENING, error }) {
    if (frame) this.kept.set(number, frame);
    if (this.waiting?.number !== number) return;
    const { resolve, reject } = this.waiting;
    this.waiting = null;
    if (error) reject(new Error(error));
    else resolve(opened ?? frame);
  }

  wait(number) {
    return new Promise((resolve, reject) => {
      this.waiting = { number, resolve, reject };
    });
  }

  /** The palette and its entries as RGBA, once the file is opened; rejects with one sentence. */
  opened() {
    return this.wait(OPENING);
  }

  /** Let the worker prepare a plane, and those that may follow; what else it prepared is dropped. */
  want(number, following = []) {
    const wanted = new Set([number]);
    for (const one of following) {
      if (wanted.size > this.ahead) break;
      wanted.add(one);
    }
    for (const other of this.kept.keys()) if (!wanted.has(other)) this.kept.delete(other);
    this.worker.postMessage({ wanted: [...wanted].filter((one) => !this.kept.has(one)) });
  }

  /** A plane, painted, as soon as it is there. One call at a time. */
  async get(number, following = []) {
    this.want(number, following);
    const found = this.kept.get(number) ?? (await this.wait(number));
    if (this.planes === 1) this.worker.terminate();
    return found;
  }
}
