/** Numbers of connected regions: pixels of equal labels that share a side. */
function connectedRegions(labels, width, height) {
  const parent = new Int32Array(labels.length);
  const root = (i) => {
    while (parent[i] !== i) {
      parent[i] = parent[parent[i]];
      i = parent[i];
    }
    return i;
  };
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      parent[i] = x > 0 && labels[i - 1] === labels[i] ? root(i - 1) : i;
      if (y > 0 && labels[i - width] === labels[i]) {
        const above = root(i - width);
        const here = root(i);
        if (above < here) parent[here] = above;
        else parent[above] = here;
      }
    }
  }
  for (let i = 0; i < parent.length; i++) parent[i] = root(i);
  return parent;
}
