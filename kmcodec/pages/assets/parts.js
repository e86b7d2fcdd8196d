/** Parts of a cluster by K-means in whole numbers: kmcodec/digits/parting.py, step by step. */
const CANDIDATES = 24; // members that a centre may begin at
const MOST_STEPS = 50; // of Lloyd's
const UNIT = 16; // centres are in sixteenths of a byte

/** The part of each member, numbered by size, ties by first member; null if one would be empty. */
function partsOf(rows, dimensions, members, n) {
  if (members.length < n) return null;
  const far = (i, center) => {
    let sum = 0;
    for (let d = 0, at = i * dimensions; d < dimensions; d++, at++) sum += (UNIT * rows[at] - center[d]) ** 2;
    return sum;
  };
  let centers = starts(rows, dimensions, members, n, far);
  const nearest = () => members.map((i) => {
    let [best, least] = [0, Infinity];
    centers.forEach((center, part) => {
      const gap = far(i, center);
      if (gap < least) [best, least] = [part, gap];
    });
    return best;
  });
  let labels = nearest();
  for (let step = 0; step < MOST_STEPS; step++) {
    centers = centers.map((center, part) => meanOf(rows, dimensions, members.filter((_, at) => labels[at] === part)) ?? center);
    const before = labels;
    labels = nearest();
    if (labels.every((label, at) => label === before[at])) break;
  }
  const parts = Array.from({ length: n }, (_, part) => ({
    part,
    size: labels.filter((label) => label === part).length,
    first: labels.indexOf(part),
  }));
  if (parts.some(({ size }) => size === 0)) return null;
  parts.sort((a, b) => b.size - a.size || a.first - b.first);
  const place = [];
  parts.forEach(({ part }, number) => (place[part] = number));
  return labels.map((label) => place[label]);
}

function starts(rows, dimensions, members, n, far) {
  const count = Math.min(CANDIDATES, members.length);
  const tried = Array.from({ length: count }, (_, k) => members[Math.floor((k * members.length) / count)]);
  const centers = tried.map((i) => Float64Array.from(rows.subarray(i * dimensions, (i + 1) * dimensions), (v) => UNIT * v));
  const gaps = centers.map((center) => members.map((i) => far(i, center)));
  let closest = members.map(() => Infinity);
  const chosen = [];
  for (let part = 0; part < n; part++) {
    let [best, least] = [0, Infinity];
    gaps.forEach((own, k) => {
      const sum = own.reduce((total, gap, at) => total + Math.min(gap, closest[at]), 0);
      if (sum < least) [best, least] = [k, sum];
    });
    chosen.push(centers[best]);
    closest = closest.map((gap, at) => Math.min(gap, gaps[best][at]));
  }
  return chosen;
}

/** The mean of rows in sixteenths, rounded; null of none. */
function meanOf(rows, dimensions, members) {
  if (!members.length) return null;
  const sums = new Float64Array(dimensions);
  for (const i of members) for (let d = 0; d < dimensions; d++) sums[d] += rows[i * dimensions + d];
  return sums.map((sum) => Math.floor((2 * UNIT * sum + members.length) / (2 * members.length)));
}
