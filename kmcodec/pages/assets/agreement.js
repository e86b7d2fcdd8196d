/** How well groups agree with true labels, as kmcodec.digits.agreement has it. */

/** Counts of classes in each group. */
function countClasses(groups, truth, nClasses) {
  return groups.map(({ members }) => {
    const counts = new Array(nClasses).fill(0);
    for (const i of members) counts[truth[i]]++;
    return counts;
  });
}

/** Shares: purity, by each group's commonest class; accuracy, by the best one-to-one matching. */
function agreementOf(table) {
  const total = table.flat().reduce((a, b) => a + b);
  const purest = table.reduce((sum, counts) => sum + Math.max(...counts), 0);
  return { purity: purest / total, accuracy: mostMatched(table) / total };
}

/** The greatest sum of cells of which no two share a row or a column: the Hungarian method. */
function mostMatched(table) {
  const isTall = table.length > table[0].length;
  const rows = isTall ? table[0].map((_, c) => table.map((row) => row[c])) : table;
  const [n, m] = [rows.length, rows[0].length];
  const [u, v] = [new Array(n + 1).fill(0), new Array(m + 1).fill(0)];
  const owner = new Array(m + 1).fill(0); // the row of each column, from 1
  for (let row = 1; row <= n; row++) {
    const least = new Array(m + 1).fill(Infinity);
    const way = new Array(m + 1).fill(0);
    const used = new Array(m + 1).fill(false);
    let column = 0;
    owner[0] = row;
    do {
      used[column] = true;
      let [delta, next] = [Infinity, 0];
      for (let j = 1; j <= m; j++) {
        if (used[j]) continue;
        const cost = -rows[owner[column] - 1][j - 1] - u[owner[column]] - v[j];
        if (cost < least[j]) [least[j], way[j]] = [cost, column];
        if (least[j] < delta) [delta, next] = [least[j], j];
      }
      for (let j = 0; j <= m; j++) {
        if (used[j]) {
          u[owner[j]] += delta;
          v[j] -= delta;
        } else least[j] -= delta;
      }
      column = next;
    } while (owner[column] !== 0);
    for (; column; column = way[column]) owner[column] = owner[way[column]];
  }
  let sum = 0;
  for (let j = 1; j <= m; j++) if (owner[j]) sum += rows[owner[j] - 1][j - 1];
  return sum;
}
