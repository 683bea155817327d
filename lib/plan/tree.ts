/** Line and column of a value in the plan's text, from 1; null where the plan came as an object. */
export type Position = { readonly line: number; readonly column: number } | null;

/** A field of a map, with the place of its name. */
export type Entry = { readonly key: string; readonly at: Position; readonly value: Tree };

/**
 * A plan before anything is known of its fields. Numbers keep their text, so that `0.10` and `1e-9` are read as
 * they are written.
 */
export type Tree =
  | { readonly kind: 'nothing'; readonly at: Position }
  | { readonly kind: 'boolean'; readonly at: Position; readonly value: boolean }
  | { readonly kind: 'number'; readonly at: Position; readonly text: string }
  | { readonly kind: 'text'; readonly at: Position; readonly text: string }
  | { readonly kind: 'list'; readonly at: Position; readonly items: readonly Tree[] }
  | { readonly kind: 'map'; readonly at: Position; readonly entries: readonly Entry[] };

const DEEPEST = 16;

/** The tree of a parsed JSON value. Null for what no JSON holds (functions, cycles, deeper than a plan can be). */
export function treeOfValue(value: unknown, depth = 0): Tree | null {
  const at = null;
  if (depth > DEEPEST) return null;
  if (value === null || value === undefined) return { kind: 'nothing', at };
  if (typeof value === 'boolean') return { kind: 'boolean', at, value };
  if (typeof value === 'number' || typeof value === 'bigint')
    return { kind: 'number', at, text: String(value) };
  if (typeof value === 'string') return { kind: 'text', at, text: value };
  if (typeof value !== 'object') return null;
  if (Array.isArray(value)) {
    const items = value.map((item) => treeOfValue(item, depth + 1));
    return items.every((item) => item !== null) ? { kind: 'list', at, items } : null;
  }
  const entries: Entry[] = [];
  for (const [key, inner] of Object.entries(value)) {
    if (inner === undefined) continue;
    const tree = treeOfValue(inner, depth + 1);
    if (tree === null) return null;
    entries.push({ key, at, value: tree });
  }
  return { kind: 'map', at, entries };
}
