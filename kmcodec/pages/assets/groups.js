/**
 * Clusters that are merged and split, with their history: steps one after another, as on the command line.
 * Names: 5 is a cluster as it came, 5.1 its first part; what is merged goes by the name of anything in it.
 */
class Groups extends Undoable {
  constructor({ labels, order, parts, rows, dimensions }) {
    super({ steps: DATA.steps });
    Object.assign(this, { labels, parts, rows, dimensions, made: new Map() });
    this.initial = Array.from({ length: DATA.clusters }, (_, n) => ({ names: [String(n)], members: [], source: "" }));
    for (const i of order) this.initial[labels[i]].members.push(i);
  }

  merge(groups) {
    this.add({ merge: groups.map((group) => group.names[0]) });
  }

  /** Split a group; false if it has too few distinct images. */
  split(group, n) {
    if (!this.partsOf(group, n)) return false;
    this.add({ split: group.names[0], parts: n });
    return true;
  }

  add(step) {
    this.change({ steps: [...this.state.steps, step] });
  }

  /** The parts of a group, each as a list of members; null where one would be empty. */
  partsOf(group, n) {
    const [name] = group.names;
    const isAsItCame = group.names.length === 1 && !name.includes(".");
    const members = [...group.members].sort((a, b) => a - b);
    const found = isAsItCame && this.parts[n];
    const numbers = found ? members.map((i) => found[i]) : partsOf(this.rows, this.dimensions, members, n);
    if (!numbers) return null;
    const parts = Array.from({ length: n }, () => []);
    members.forEach((i, at) => parts[numbers[at]].push(i));
    return parts.some((part) => part.length === 0) ? null : parts;
  }

  after(groups, step) {
    const wanted = step.merge ?? [step.split];
    const taken = groups.filter(({ names }) => wanted.some((name) => names.includes(name)));
    const rest = groups.filter((group) => !taken.includes(group));
    if (step.merge) {
      const names = taken.flatMap((group) => group.names).sort(byNumbers);
      return [...rest, this.sorted({ names, members: taken.flatMap((group) => group.members), source: "" })];
    }
    const source = taken[0].names.join("+");
    const parts = this.partsOf(taken[0], step.parts);
    const name = (n) => [`${taken[0].names[0]}.${n + 1}`];
    return [...rest, ...parts.map((members, n) => this.sorted({ names: name(n), members, source }))];
  }

  /** The same group, the members nearest to its own centre first. */
  sorted(group) {
    const { rows, dimensions } = this;
    const center = new Float64Array(dimensions);
    for (const i of group.members) for (let d = 0; d < dimensions; d++) center[d] += rows[i * dimensions + d];
    const far = new Map();
    for (const i of group.members) {
      let sum = 0;
      for (let d = 0; d < dimensions; d++) sum += (rows[i * dimensions + d] - center[d] / group.members.length) ** 2;
      far.set(i, sum);
    }
    group.members.sort((a, b) => far.get(a) - far.get(b) || a - b);
    return group;
  }

  /** Groups as they are now, the largest first, ties by first member; members are nearest first. */
  list() {
    let groups = this.initial;
    let key = "";
    for (const step of this.state.steps) {
      key += JSON.stringify(step);
      if (!this.made.has(key)) this.made.set(key, this.after(groups, step));
      groups = this.made.get(key);
    }
    const first = (group) => group.members.reduce((a, b) => Math.min(a, b));
    return [...groups].sort((a, b) => b.members.length - a.members.length || first(a) - first(b));
  }

  options() {
    return this.state.steps.flatMap((step) =>
      step.merge ? ["--merge", step.merge.join("+")] : ["--split", `${step.split}:${step.parts}`],
    );
  }
}

/** The order of names: 2 before 10, 5 before 5.1. */
function byNumbers(one, other) {
  const [a, b] = [one, other].map((name) => name.split(".").map(Number));
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i] - b[i];
  return a.length - b.length;
}
