/** The indices of the picture's planes, decoded by groups in a worker (view_worker.js): never all, but ahead. */
const MOST_KEPT = 1 << 24; // indices of groups that were shown before
const OPENING = -1; // stands for a plane's number until the file is opened

class Frames {
  /** What takes the share of a group of planes that is decoded, from time to time. */
  onShare = () => {};

  constructor({ planes, groups, ...picture }) {
    Object.assign(this, { planes, groups, kept: new Map(), wanted: new Set(), waiting: null, taken: 0 });
    this.canDecode = picture.file !== undefined;
    const source = new Blob([$("worker").textContent], { type: "text/javascript" });
    this.worker = new Worker(URL.createObjectURL(source));
    this.worker.onmessage = ({ data }) => (data.share === undefined ? this.take(data) : this.onShare(data.share));
    this.worker.onerror = (event) => {
      this.waiting?.reject(new Error(event.message || "this browser has no workers for local pages"));
    };
    this.worker.postMessage({ picture });
  }

  /** Which group has a plane: the last one that begins there or before. */
  groupOf(number) {
    let [low, high] = [0, this.groups.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.groups[middle] <= number) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  countOf(group) {
    return (this.groups[group + 1] ?? this.planes) - this.groups[group];
  }

  /** A plane of the groups that are there; null if it is not among them. */
  find(number) {
    const group = this.groupOf(number);
    const all = this.kept.get(group);
    if (!all) return null;
    const area = all.length / this.countOf(group);
    const start = (number - this.groups[group]) * area;
    return all.subarray(start, start + area);
  }

  /** Keep what the worker sends and is still wanted, and answer who waits for it. */
  take({ opened, span, indices, error }) {
    if (span) this.taken++;
    const isWhole = span && span.planes === this.countOf(span.group);
    if (indices && isWhole && this.wanted.has(span.group)) this.kept.set(span.group, indices);
    if (!this.waiting || !this.isAnswer(span, isWhole)) return;
    const { number, resolve, reject } = this.waiting;
    this.waiting = null;
    if (error) reject(new Error(error));
    else resolve(opened ?? this.find(number) ?? indices);
  }

  /** Whether planes are what is waited for: their group, or its first plane alone. */
  isAnswer(span, isWhole) {
    const { number } = this.waiting;
    if (!span || number === OPENING) return !span && number === OPENING;
    return isWhole ? span.group === this.groupOf(number) : span.plane === number;
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

  /** Have the group of a plane decoded, and with `goesOn` the next one; of others, some are kept. */
  want(number, goesOn = false) {
    const group = this.groupOf(number);
    this.wanted = new Set(goesOn ? [group, (group + 1) % this.groups.length] : [group]);
    const spans = [];
    for (const one of this.wanted) {
      const plane = this.groups[one];
      const planes = this.countOf(one);
      if (this.kept.has(one)) {
        this.keep(one);
        continue;
      }
      const isQuick = plane === number && planes > 1 && this.canDecode;
      if (isQuick) spans.push({ group: one, plane, planes: 1 });
      spans.push({ group: one, plane, planes });
    }
    this.forget();
    this.worker.postMessage({ spans, taken: this.taken });
  }

  /** Note that a group is used. */
  keep(group) {
    const indices = this.kept.get(group);
    this.kept.delete(group);
    this.kept.set(group, indices);
  }

  /** Let go those groups that were not used for longest. */
  forget() {
    const others = [...this.kept].filter(([group]) => !this.wanted.has(group)).reverse();
    let total = 0;
    for (const [group, indices] of others) {
      total += indices.length;
      if (total > MOST_KEPT) this.kept.delete(group);
    }
  }

  /** The indices of a plane, as soon as they are there. One call at a time. */
  async get(number, goesOn = false) {
    this.want(number, goesOn);
    const found = this.find(number) ?? (await this.wait(number));
    if (this.planes === 1) this.worker.terminate();
    return found;
  }
}
