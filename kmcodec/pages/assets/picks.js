/**
 * What is picked, with its history. Clusters go by the numbers that they had before merging; a group of
 * merged clusters goes by its lowest. Regions are places [x, y].
 */
class Picks extends Undoable {
  constructor(labels, width, height, nClusters, first = {}) {
    super({ groups: [], clusters: [], regions: [], invert: false });
    Object.assign(this, { labels, width, height, nClusters });
    for (const group of first.groups ?? []) this.state.groups = this.grouped(group);
    const clusters = [...(first.clusters ?? []), ...(first.points ?? []).map((p) => this.clusterAt(...p))];
    this.state.clusters = [...new Set(clusters.map((n) => this.top(n)))].sort((a, b) => a - b);
    this.state.regions = [...(first.regions ?? [])];
    this.state.invert = Boolean(first.invert);
  }

  get any() {
    return this.state.clusters.length + this.state.regions.length > 0;
  }

  /** The lowest cluster of the group that a cluster is in. */
  top(cluster) {
    return this.state.groups.find((group) => group.includes(cluster))?.[0] ?? cluster;
  }

  tops() {
    const tops = Uint32Array.from({ length: this.nClusters }, (_, n) => n);
    for (const group of this.state.groups) for (const n of group) tops[n] = group[0];
    return tops;
  }

  clusterAt(x, y) {
    return this.top(this.labels[y * this.width + x]);
  }

  /** The groups after making one of some clusters and of all that they are merged with. */
  grouped(clusters) {
    const tops = new Set(clusters.map((n) => this.top(n)));
    const isTaken = (group) => tops.has(group[0]);
    const taken = this.state.groups.filter(isTaken);
    const all = [...new Set([...tops, ...taken.flat()])].sort((a, b) => a - b);
    return [...this.state.groups.filter((group) => !isTaken(group)), all];
  }

  toggleCluster(cluster) {
    const number = this.top(cluster);
    const { clusters } = this.state;
    const isPicked = clusters.includes(number);
    const changed = isPicked ? clusters.filter((n) => n !== number) : [...clusters, number].sort((a, b) => a - b);
    this.change({ clusters: changed });
    return !isPicked;
  }

  toggleRegion(x, y) {
    const planes = this.regions();
    const here = planes[y * this.width + x];
    const others = this.state.regions.filter(([a, b]) => planes[b * this.width + a] !== here);
    const isPicked = others.length < this.state.regions.length;
    this.change({ regions: isPicked ? others : [...others, [x, y]] });
    return !isPicked;
  }

  merge() {
    const groups = this.grouped(this.state.clusters);
    const clusters = [Math.min(...this.state.clusters)];
    this.change({ groups, clusters });
  }

  invert() {
    this.change({ invert: !this.state.invert });
  }

  clear() {
    this.change({ groups: [], clusters: [], regions: [], invert: false });
  }

  merged() {
    const tops = this.tops();
    return this.labels.map((n) => tops[n]);
  }

  /** Connected regions of the merged labels, kept until other clusters are merged. */
  regions() {
    const key = JSON.stringify(this.state.groups);
    if (this.kept?.key !== key) {
      this.kept = { key, planes: connectedRegions(this.merged(), this.width, this.height) };
    }
    return this.kept.planes;
  }

  /** 1 where picked, 0 elsewhere. */
  mask() {
    const out = new Uint8Array(this.labels.length);
    if (!this.any) return out;
    const { clusters, regions, invert } = this.state;
    const isPicked = this.tops().map((top) => (clusters.includes(top) ? 1 : 0));
    for (let i = 0; i < out.length; i++) out[i] = isPicked[this.labels[i]];
    if (regions.length) {
      const planes = this.regions();
      const wanted = new Set(regions.map(([x, y]) => planes[y * this.width + x]));
      for (let i = 0; i < out.length; i++) if (wanted.has(planes[i])) out[i] = 1;
    }
    if (invert) for (let i = 0; i < out.length; i++) out[i] ^= 1;
    return out;
  }

  /** Options of `kmcodec segment` that pick the same. */
  options() {
    const { groups, clusters, regions, invert } = this.state;
    const words = groups.flatMap((group) => ["--merge", group.join("+")]);
    if (clusters.length) words.push("--pick", clusters.join(","));
    for (const place of regions) words.push("--region-at", place.join(","));
    if (!this.any) return words;
    if (invert) words.push("--invert");
    return [...words, "--mask", "mask.png", "--cutout", "cutout.png"];
  }
}
