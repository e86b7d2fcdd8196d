/** Plays the planes of a stack, or shows one of them: buttons, a slider and keys. */
const UNTIMED = 100; // milliseconds that a plane without a duration is shown
const SHORTEST = 1000 / 60; // as often as screens show something new
const LONGEST = 2 ** 31 - 1; // that timers wait

/** Milliseconds that planes are shown, by runs of equal ones, as the file has them. */
class Durations {
  constructor(timing) {
    this.ends = [];
    this.milliseconds = [];
    let end = 0;
    for (const [count, ticks] of timing?.runs ?? []) {
      this.ends.push((end += count));
      this.milliseconds.push((1000 * ticks) / timing.ticks);
    }
  }

  of(number) {
    let [low, high] = [0, this.ends.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (number < this.ends[middle]) high = middle;
      else low = middle + 1;
    }
    return Math.max(SHORTEST, this.milliseconds[low] ?? UNTIMED);
  }
}

class Player {
  constructor(page, frames) {
    const { word, timing } = DATA.player;
    Object.assign(this, { page, frames, word, planes: page.planes, loop: timing?.loop ?? 0 });
    Object.assign(this, { number: 0, target: 0, played: 0, isPlaying: false, speed: 1, due: 0 });
    this.durations = new Durations(timing);
    frames.onShare = (share) => this.onShare(share);
    $("number").max = this.planes;
    $("number").setAttribute("aria-label", word);
    $("place").style.minWidth = `${this.placeOf(this.planes - 1).length}ch`; // the slider keeps its width
    $("play").addEventListener("click", () => this.toggle());
    $("back").addEventListener("click", () => this.step(-1));
    $("forward").addEventListener("click", () => this.step(1));
    $("number").addEventListener("input", () => this.seek($("number").value - 1));
    $("speed").addEventListener("change", () => this.setSpeed(Number($("speed").value)));
    document.addEventListener("keydown", (event) => this.key(event), { capture: true });
    $("player").hidden = false;
    this.tell();
    const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (timing && !isStill) this.play();
  }

  get now() {
    return performance.now();
  }

  placeOf(number) {
    return `${this.word} ${number + 1} of ${this.planes}`;
  }

  tell() {
    const text = this.placeOf(this.number);
    $("place").textContent = text;
    $("number").setAttribute("aria-valuetext", text);
    if (this.target === this.number) $("number").value = this.number + 1;
    $("play").textContent = this.isPlaying ? "Pause" : "Play";
  }

  /** Only who waits for a plane is interested. */
  onShare(share) {
    if (this.moving && this.now > this.asked + 500) $("place").textContent = `decoding ${Math.floor(100 * share)} %`;
  }

  /** Show a plane as soon as it is there; the last one that was asked for counts. */
  go(number) {
    this.target = number;
    this.moving ??= this.move().finally(() => {
      this.moving = null;
    });
    return this.moving;
  }

  async move() {
    while (this.target !== this.number) {
      const number = this.target;
      this.asked = this.now;
      try {
        await this.page.show(await this.frames.get(number, this.isPlaying), number);
        this.number = number;
      } catch (error) {
        this.stop();
        $("told").textContent = `${this.word} ${number + 1} cannot be shown: ${error.message}`;
        if (this.target === number) this.target = this.number;
      }
      this.tell();
    }
    if (!this.isPlaying && this.page.chosen >= 0) this.page.tell();
  }

  /** Show a plane, and stop there. */
  seek(number) {
    this.stop();
    this.played = 0;
    return this.go(Math.min(this.planes - 1, Math.max(0, number)));
  }

  step(by) {
    return this.seek(this.target + by);
  }

  toggle() {
    if (this.isPlaying) this.stop();
    else this.play();
  }

  /** Play on from where it is; from the first plane where it had come to its end. */
  async play() {
    this.isPlaying = true;
    const isOver = this.loop > 0 && this.played >= this.loop;
    const isLast = this.target === this.planes - 1 && this.loop === 1;
    if (isOver) this.played = 0;
    this.tell();
    await this.go(isOver || isLast ? 0 : this.target);
    if (!this.isPlaying) return;
    this.frames.want(this.number, true);
    this.due = this.now + this.durations.of(this.number) / this.speed;
    this.wait();
  }

  stop() {
    clearTimeout(this.timer);
    this.isPlaying = false;
    this.tell();
  }

  wait() {
    clearTimeout(this.timer);
    if (!this.isPlaying) return;
    this.timer = setTimeout(() => this.advance(), Math.min(LONGEST, Math.max(0, this.due - this.now)));
  }

  /** Show the next plane, and wait for the one after it. None is left out, and each has half its time at least. */
  async advance() {
    const isLast = this.number === this.planes - 1;
    if (isLast) this.played++;
    if (isLast && this.loop > 0 && this.played >= this.loop) {
      this.stop();
      if (this.page.chosen >= 0) this.page.tell();
      return;
    }
    await this.go(isLast ? 0 : this.number + 1);
    const duration = this.durations.of(this.number) / this.speed;
    this.due = duration + Math.max(this.due, this.now - duration / 2);
    this.wait();
  }

  /** What is left of the plane's time is shown at the new speed. */
  setSpeed(speed) {
    this.due = this.now + ((this.due - this.now) * this.speed) / speed;
    this.speed = speed;
    if (!this.moving) this.wait();
  }

  key(event) {
    const { key, target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const isControl = target.matches("button, select");
    const isElsewhere = !target.closest("#stage, select, input");
    if (key === " " && !isControl) this.toggle();
    else if (key === ",") this.step(-1);
    else if (key === ".") this.step(1);
    else if (key === "Home" && !target.matches("select")) this.seek(0);
    else if (key === "End" && !target.matches("select")) this.seek(this.planes - 1);
    else if (key === "ArrowLeft" && isElsewhere) this.step(-1);
    else if (key === "ArrowRight" && isElsewhere) this.step(1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
