/**
 * Which clusters are merged and which are split, with its history. Clusters go by the numbers that they
 * came with; one is either merged with others or split, as on the command line.
 */
class Groups extends Undoable {
  constructor(labels, order, parts, nClusters) {
    super({ merged: DATA.merged, split: DATA.split });
    Object.assign(this, { labels, order, parts, nClusters });
  }

  /** Merge groups, given by the clusters in each; parts of a split cluster become one again. */
  merge(groups) {
    const clusters = [...new Set(groups.flatMap((group) => group.clusters))].sort((a, b) => a - b);
    const merged = this.state.merged.filter((others) => !clusters.some((n) => others.includes(n)));
    const split = { ...this.state.split };
    for (const n of clusters) delete split[n];
    if (clusters.length > 1) merged.push(clusters);
    this.change({ merged, split });
  }

  split(cluster, n) {
    this.change({ split: { ...this.state.split, [cluster]: n } });
  }

  /** Whether the library found such a split. */
  canSplit(cluster, n) {
    return this.order.some((i) => this.labels[i] === cluster && this.parts[n][i] === n - 1);
  }

  /** Groups as they are now, the largest first, ties by first member; members are nearest first. */
  list() {
    const { merged, split } = this.state;
    const found = new Map();
    for (const i of this.order) {
      const cluster = this.labels[i];
      const group = merged.find((clusters) => clusters.includes(cluster)) ?? [cluster];
      const part = split[cluster] ? this.parts[split[cluster]][i] : null;
      const key = `${group.join("+")}${part === null ? "" : `:${part}`}`;
      if (!found.has(key)) found.set(key, { key, clusters: group, part, members: [], first: i });
      const entry = found.get(key);
      entry.members.push(i);
      entry.first = Math.min(entry.first, i);
    }
    return [...found.values()].sort((a, b) => b.members.length - a.members.length || a.first - b.first);
  }

  options() {
    const { merged, split } = this.state;
    const words = merged.flatMap((clusters) => ["--merge", clusters.join("+")]);
    return [...words, ...Object.entries(split).flatMap(([cluster, n]) => ["--split", `${cluster}:${n}`])];
  }
}
