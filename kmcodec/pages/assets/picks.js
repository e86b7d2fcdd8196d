/**
 * What is picked, with its history. Clusters go by the numbers that they had before merging; a group of
 * merged clusters goes by its lowest. Regions are places [x, y].
 */
class Picks extends Undoable {
  /** `variantOf` gives the labels, palette and areas for a number of clusters and a least region. */
  constructor(variantOf, width, height, first = {}, chosen = {}) {
    super({ ...chosen, groups: [], clusters: [], regions: [], removed: [], invert: false });
    Object.assign(this, { variantOf, width, height });
    for (const group of first.groups ?? []) this.state.groups = this.grouped(group);
    const clusters = [...(first.clusters ?? []), ...(first.points ?? []).map((p) => this.clusterAt(...p))];
    this.state.clusters = [...new Set(clusters.map((n) => this.top(n)))].sort((a, b) => a - b);
    this.state.regions = [...(first.regions ?? [])];
    this.state.removed = [...(first.removed ?? [])];
    this.state.invert = Boolean(first.invert);
  }

  get variant() {
    return this.variantOf(this.state.k, this.state.least);
  }

  get labels() {
    return this.variant.labels;
  }

  get nClusters() {
    return this.variant.palette.length;
  }

  get any() {
    return this.state.clusters.length + this.state.regions.length > 0;
  }

  /** Another number of clusters, or another least region: what was picked is let go. */
  choose(chosen) {
    this.change({ ...chosen, groups: [], clusters: [], regions: [], removed: [], invert: false });
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
    const removed = this.state.removed.filter(([x, y]) => this.clusterAt(x, y) !== number);
    this.change({ clusters: changed, removed });
    return !isPicked;
  }

  /** Pick a connected region, or take it away where it is picked, by itself or with its cluster. */
  toggleRegion(x, y) {
    const planes = this.regions();
    const here = planes[y * this.width + x];
    const elsewhere = (places) => places.filter(([a, b]) => planes[b * this.width + a] !== here);
    const regions = elsewhere(this.state.regions);
    const removed = elsewhere(this.state.removed);
    const isRemoved = removed.length < this.state.removed.length;
    const isInCluster = this.state.clusters.includes(this.clusterAt(x, y));
    const isPicked = !isRemoved && (isInCluster || regions.length < this.state.regions.length);
    if (isPicked && isInCluster) removed.push([x, y]);
    if (!isPicked && !isInCluster) regions.push([x, y]);
    this.change({ regions, removed });
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
    this.change({ groups: [], clusters: [], regions: [], removed: [], invert: false });
  }

  merged() {
    const tops = this.tops();
    return this.labels.map((n) => tops[n]);
  }

  /** Connected regions of the merged labels, kept until other clusters are merged. */
  regions() {
    const { k, least, groups } = this.state;
    const key = JSON.stringify([k, least, groups]);
    if (this.kept?.key !== key) {
      this.kept = { key, planes: connectedRegions(this.merged(), this.width, this.height) };
    }
    return this.kept.planes;
  }

  /** 1 where picked, 0 elsewhere. */
  mask() {
    const out = new Uint8Array(this.labels.length);
    if (!this.any) return out;
    const { clusters, regions, removed, invert } = this.state;
    const isPicked = this.tops().map((top) => (clusters.includes(top) ? 1 : 0));
    for (let i = 0; i < out.length; i++) out[i] = isPicked[this.labels[i]];
    for (const [places, bit] of [[regions, 1], [removed, 0]]) {
      if (!places.length) continue;
      const planes = this.regions();
      const wanted = new Set(places.map(([x, y]) => planes[y * this.width + x]));
      for (let i = 0; i < out.length; i++) if (wanted.has(planes[i])) out[i] = bit;
    }
    if (invert) for (let i = 0; i < out.length; i++) out[i] ^= 1;
    return out;
  }

  /** Options of `kmcodec segment` that pick the same. */
  options(isCropped = false) {
    const { groups, clusters, regions, removed, invert } = this.state;
    const words = groups.flatMap((group) => ["--merge", group.join("+")]);
    if (clusters.length) words.push("--pick", clusters.join(","));
    for (const place of regions) words.push("--region-at", place.join(","));
    if (!this.any) return words;
    for (const place of removed) words.push("--except-at", place.join(","));
    if (isCropped) words.push("--crop");
    if (invert) words.push("--invert");
    return [...words, "--mask", "mask.png", "--cutout", "cutout.png"];
  }
}
