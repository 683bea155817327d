/** Letters that must change to turn one name into the other; a swap of neighbours counts once. */
function distance(a: string, b: string): number {
  let [before, last] = [[] as number[], Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const changed = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min(changed, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) least = Math.min(least, (before[j - 2] ?? 0) + 1);
      row.push(least);
    }
    [before, last] = [last, row];
  }
  return last[b.length] ?? 0;
}

const plain = (name: string): string => name.toLowerCase().replace(/[_\-\s]/g, '');

/**
 * The name that someone probably meant: the nearest of `names`, or null where none is near. Case, `_` and `-`
 * do not count. Optimal string alignment distance, at most a third of the letters.
 */
export function nearest(name: string, names: Iterable<string>): string | null {
  const [wanted, limit] = [plain(name), Math.max(1, Math.floor(name.length / 3))];
  let [best, bestDistance] = [null as string | null, limit + 1];
  for (const candidate of names) {
    if (Math.abs(candidate.length - name.length) > limit + 4) continue;
    const d = distance(wanted, plain(candidate));
    if (d < bestDistance) [best, bestDistance] = [candidate, d];
  }
  return best;
}
