const $ = (id) => document.getElementById(id);

/** "1 image", "2 images". */
const counted = (n, word) => `${n.toLocaleString("en")} ${word}${n === 1 ? "" : "s"}`;

/** A word as a POSIX shell takes it. */
function quoted(word) {
  return /^[\w@%+=:,.\/-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** A state that is replaced, never changed, so that it can be had back. */
class Undoable {
  constructor(state) {
    this.state = state;
    this.past = [];
    this.future = [];
  }

  change(update) {
    this.past.push(this.state);
    this.future = [];
    this.state = { ...this.state, ...update };
  }

  undo() {
    if (!this.past.length) return false;
    this.future.push(this.state);
    this.state = this.past.pop();
    return true;
  }

  redo() {
    if (!this.future.length) return false;
    this.past.push(this.state);
    this.state = this.future.pop();
    return true;
  }
}
