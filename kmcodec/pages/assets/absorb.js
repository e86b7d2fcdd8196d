/** Small regions join a neighbour: kmcodec.segmenter.regions.absorb_small, step by step. */

/** Labels without connected regions of fewer than `least` pixels. */
function absorbSmall(labels, width, height, least) {
  let current = labels.slice();
  for (;;) {
    const { plane, firsts, areas } = numberedRegions(current, width, height);
    if (areas.length === 1 || !areas.some((area) => area < least)) return current;
    const joined = joinedRegions(plane, areas, least, width, height);
    const before = current;
    current = current.map((_, i) => before[firsts[joined[plane[i]]]]);
  }
}

/** Regions numbered by their first pixels, with these pixels and with areas. */
function numberedRegions(labels, width, height) {
  const roots = connectedRegions(labels, width, height);
  const [plane, firsts, areas] = [new Int32Array(roots.length), [], []];
  const numbers = new Int32Array(roots.length).fill(-1);
  for (let i = 0; i < roots.length; i++) {
    if (numbers[roots[i]] < 0) {
      numbers[roots[i]] = firsts.length;
      firsts.push(i);
      areas.push(0);
    }
    plane[i] = numbers[roots[i]];
    areas[plane[i]]++;
  }
  return { plane, firsts, areas };
}

/** How long each region's borders with its neighbours are; only for small regions. */
function bordersOf(plane, areas, least, width, height) {
  const borders = new Map();
  const add = (one, other) => {
    if (areas[one] >= least) return;
    if (!borders.has(one)) borders.set(one, new Map());
    const mine = borders.get(one);
    mine.set(other, (mine.get(other) ?? 0) + 1);
  };
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      for (const next of [x + 1 < width ? i + 1 : i, y + 1 < height ? i + width : i]) {
        if (plane[i] === plane[next]) continue;
        add(plane[i], plane[next]);
        add(plane[next], plane[i]);
      }
    }
  }
  return borders;
}

/** The region that each becomes a part of, or itself. */
function joinedRegions(plane, areas, least, width, height) {
  const joined = Int32Array.from(areas, (_, n) => n);
  const isLarger = (a, b) => areas[a] > areas[b] || (areas[a] === areas[b] && a > b);
  for (const [one, mine] of bordersOf(plane, areas, least, width, height)) {
    let best = -1;
    for (const [other, length] of mine) {
      const isSmall = areas[other] < least;
      if (isSmall && !isLarger(other, one)) continue;
      const bestSmall = best >= 0 && areas[best] < least;
      const isBetter =
        best < 0 || (bestSmall !== isSmall ? bestSmall : length > mine.get(best) || (length === mine.get(best) && other < best));
      if (isBetter) best = other;
    }
    if (best >= 0) joined[one] = best;
  }
  const end = (n) => (joined[n] === n ? n : end(joined[n]));
  return joined.map((_, n) => end(n));
}

/** Clusters numbered by area, ties by colour, without empty ones. */
function byArea({ labels, palette }) {
  const areas = new Array(palette.length).fill(0);
  for (const n of labels) areas[n]++;
  const compare = (a, b) => {
    const channel = palette[a].findIndex((value, c) => value !== palette[b][c]);
    return areas[b] - areas[a] || (channel < 0 ? a - b : palette[a][channel] - palette[b][channel]);
  };
  const order = areas.map((_, n) => n).filter((n) => areas[n]).sort(compare);
  const place = [];
  order.forEach((n, at) => (place[n] = at));
  return { labels: labels.map((n) => place[n]), palette: order.map((n) => palette[n]), areas: order.map((n) => areas[n]) };
}
