/** Zoom and pan of a world within a stage, by wheel, drag, pinch and keys; tells places that are clicked. */
const STEP = 1.25;
const CLICK = 5; // pixels that a pointer may move and still click

class Viewport {
  constructor(stage, world, cross, width, height, onPick) {
    Object.assign(this, { stage, world, cross, width, height, onPick });
    this.pointers = new Map();
    this.place = { x: width >> 1, y: height >> 1 };
    this.fit();
    new ResizeObserver(() => this.isFitted && this.fit()).observe(stage);
    stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    stage.addEventListener("pointerdown", (event) => this.down(event));
    stage.addEventListener("pointermove", (event) => this.move(event));
    stage.addEventListener("pointerup", (event) => this.up(event));
    stage.addEventListener("pointercancel", (event) => this.pointers.delete(event.pointerId));
    stage.addEventListener("keydown", (event) => this.key(event));
  }

  fit() {
    const { clientWidth, clientHeight } = this.stage;
    this.scale = Math.min(clientWidth / this.width, clientHeight / this.height);
    this.left = (clientWidth - this.scale * this.width) / 2;
    this.top = (clientHeight - this.scale * this.height) / 2;
    this.isFitted = true;
    this.show();
  }

  show() {
    this.world.style.transform = `translate(${this.left}px, ${this.top}px) scale(${this.scale})`;
    this.world.classList.toggle("near", this.scale >= 2);
    this.cross.style.left = `${this.left + (this.place.x + 0.5) * this.scale}px`;
    this.cross.style.top = `${this.top + (this.place.y + 0.5) * this.scale}px`;
  }

  zoom(factor, x = this.stage.clientWidth / 2, y = this.stage.clientHeight / 2) {
    const scale = Math.min(64, Math.max(0.02, this.scale * factor));
    this.left = x - ((x - this.left) * scale) / this.scale;
    this.top = y - ((y - this.top) * scale) / this.scale;
    this.scale = scale;
    this.isFitted = false;
    this.show();
  }

  pan(dx, dy) {
    this.left += dx;
    this.top += dy;
    this.isFitted = false;
    this.show();
  }

  /** Where in the stage an event is. */
  at(event) {
    const box = this.stage.getBoundingClientRect();
    return [event.clientX - box.left - this.stage.clientLeft, event.clientY - box.top - this.stage.clientTop];
  }

  wheel(event) {
    event.preventDefault();
    this.zoom(STEP ** (-event.deltaY / 100), ...this.at(event));
  }

  down(event) {
    if (event.button !== 0) return;
    this.stage.setPointerCapture(event.pointerId);
    const [x, y] = this.at(event);
    this.pointers.set(event.pointerId, { x, y });
    this.travel = this.pointers.size === 1 ? 0 : Infinity; // two fingers never click
  }

  move(event) {
    const last = this.pointers.get(event.pointerId);
    if (!last) return;
    const [x, y] = this.at(event);
    this.travel += Math.hypot(x - last.x, y - last.y);
    const other = [...this.pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const before = Math.hypot(last.x - other.x, last.y - other.y);
      this.zoom(Math.hypot(x - other.x, y - other.y) / Math.max(before, 1), (x + other.x) / 2, (y + other.y) / 2);
    }
    if (this.travel > CLICK) {
      const share = other ? 0.5 : 1;
      this.pan((x - last.x) * share, (y - last.y) * share);
    }
    Object.assign(last, { x, y });
  }

  up(event) {
    if (!this.pointers.delete(event.pointerId) || this.travel > CLICK) return;
    const [sx, sy] = this.at(event);
    const x = Math.floor((sx - this.left) / this.scale);
    const y = Math.floor((sy - this.top) / this.scale);
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) return;
    this.place = { x, y };
    this.show();
    this.onPick(x, y);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const far = Math.max(1, Math.round((event.shiftKey ? 48 : 8) / this.scale));
    const moves = { ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowUp: [0, -far], ArrowDown: [0, far] };
    if (moves[event.key]) {
      const [dx, dy] = moves[event.key];
      this.place.x = Math.min(this.width - 1, Math.max(0, this.place.x + dx));
      this.place.y = Math.min(this.height - 1, Math.max(0, this.place.y + dy));
      this.keepInSight();
    } else if (event.key === "Enter" || event.key === " ") this.onPick(this.place.x, this.place.y);
    else if (event.key === "+" || event.key === "=") this.zoomAtPlace(STEP);
    else if (event.key === "-") this.zoomAtPlace(1 / STEP);
    else if (event.key === "0") this.fit();
    else return;
    event.preventDefault();
  }

  zoomAtPlace(factor) {
    this.zoom(factor, this.left + this.place.x * this.scale, this.top + this.place.y * this.scale);
  }

  keepInSight() {
    const x = this.left + this.place.x * this.scale;
    const y = this.top + this.place.y * this.scale;
    const within = (v, size) => Math.min(size - 12, Math.max(12, v));
    const dx = within(x, this.stage.clientWidth) - x;
    const dy = within(y, this.stage.clientHeight) - y;
    if (dx || dy) this.pan(dx, dy);
    else this.show();
  }
}
