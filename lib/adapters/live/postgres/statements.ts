import { type CatalogColumn, deltaType } from '#lib/adapters/live/postgres/column-type';
import { ident, literal } from '#lib/base/sql';
import type { WriteMode } from '#lib/patch/patch';

export type Measure = CatalogColumn & { readonly mode: WriteMode };

/** What the statements of one patch are made from. The same builders make what runs and what a reviewer reads. */
export type Shape = {
  /** Quoted, with its schema. */
  readonly table: string;
  readonly keys: readonly CatalogColumn[];
  readonly measures: readonly Measure[];
  /** Every column that can be written back: all but the computed ones. */
  readonly whole: readonly CatalogColumn[];
  readonly undo: boolean;
  readonly deletes: boolean;
};

/**
 * A relation with the rows of a patch: seq, op, key_0 …, before_0 …, after_0 …, delta_0 …, and for an undo `whole`.
 * Values have the columns' base types, without length or scale, so that a cast here hides no rounding.
 */
export type Source = { readonly from: string; readonly values: readonly (readonly (string | null)[])[] };

/** Where written rows are filed: the ledger. An exported file files them beside it first. */
export const LEDGER_ROWS = 'recount.patch_row';

const column = (alias: string, c: CatalogColumn): string => `${alias}.${ident(c.name)}`;
const isDelta = (m: Measure): boolean => m.mode === 'delta' && deltaType(m) !== null;
/** In which a read-back compares: exact numbers as numeric, so that a rounding by the column shows. */
export const comparedType = (m: Measure): string => (deltaType(m) === 'numeric' ? 'numeric' : m.castType);

export const keyMatch = (shape: Shape, t: string, s: string): string =>
  shape.keys.map((key, i) => `${column(t, key)} = ${s}.key_${i}`).join(' AND ');

/** The before-values must still be there; a measure that is added to needs only a number to add to. */
function guard(shape: Shape): string {
  const guards = shape.measures.map((m, i) => {
    const same = `${column('t', m)} IS NOT DISTINCT FROM s.before_${i}`;
    if (!isDelta(m)) return same;
    const number = `${column('t', m)} IS NOT NULL OR s.before_${i} IS NULL`;
    return `CASE WHEN s.delta_${i} IS NULL THEN ${same} ELSE ${number} END`;
  });
  if (shape.undo) guards.push(`(s.op <> 'delete' OR s.whole IS NULL OR s.whole = ${wholeOf(shape)})`);
  return guards.map((each) => `\n   AND ${each}`).join('');
}

/**
 * What a measure is set to. Where nobody changed it since, a float becomes the value that was previewed, and an undo
 * restores any value: adding would miss a float's last digit, and a decimal's digits after the point.
 */
function newValue(shape: Shape, m: Measure, i: number): string {
  const type = deltaType(m);
  if (!isDelta(m) || type === null) return `s.after_${i}`;
  const exact = type === 'numeric';
  const sum = `coalesce(${column('t', m)}, 0) + s.delta_${i}`;
  const set =
    shape.undo || !exact
      ? `s.delta_${i} IS NULL OR ${column('t', m)} IS NOT DISTINCT FROM s.before_${i}`
      : `s.delta_${i} IS NULL`;
  const value = `CASE WHEN ${set} THEN s.after_${i}${exact ? '::numeric' : ''} ELSE ${sum} END`;
  return exact ? value : `(${value})::${m.castType}`;
}

const textArray = (values: readonly string[]): string =>
  `ARRAY[${values.map((value) => `(${value})::text`).join(', ')}]::text[]`;

/** A whole row as JSON of texts: it loses nothing of any type, and can be read by people. */
const wholeOf = (shape: Shape): string =>
  `jsonb_object(ARRAY[${shape.whole.map((c) => literal(c.name)).join(', ')}]::text[], ${textArray(shape.whole.map((c) => column('t', c)))})`;

const recorded = (shape: Shape): string => textArray(shape.keys.map((_, i) => `s.key_${i}`));

/**
 * Locks the rows to update and delete in key order and files them as they are now: only those whose before-values
 * still hold, as of the moment they are locked. Must file exactly as many as planned.
 */
export function lockStatement(
  shape: Shape,
  { from }: Source,
  entry: string,
  into: string = LEDGER_ROWS,
): string {
  const deltas = shape.measures.some(isDelta)
    ? textArray(shape.measures.map((m, i) => (isDelta(m) ? `s.delta_${i}` : 'NULL')))
    : 'NULL::text[]';
  const whole = shape.deletes ? `CASE WHEN s.op = 'delete' THEN ${wholeOf(shape)} END` : 'NULL::jsonb';
  return `INSERT INTO ${into} (entry, seq, op, key, before, after, delta, whole)
SELECT ${entry}, q.seq, q.op, q.key, q.before, q.after, q.delta, q.whole FROM (
  SELECT s.seq, s.op, ${recorded(shape)} AS key,
         ${textArray(shape.measures.map((m) => column('t', m)))} AS before,
         CASE WHEN s.op = 'update' THEN ${textArray(shape.measures.map((m, i) => newValue(shape, m, i)))} END AS after,
         ${deltas} AS delta, ${whole} AS whole
    FROM ${from} s JOIN ${shape.table} t ON ${keyMatch(shape, 't', 's')}
   WHERE s.op IN ('update', 'delete')${guard(shape)}
   ORDER BY s.seq FOR ${shape.deletes ? 'UPDATE' : 'NO KEY UPDATE'} OF t
) q`;
}

/** Rows to insert that are there already. Must be none. */
export const presentStatement = (shape: Shape, { from }: Source): string =>
  `SELECT count(*)::text FROM ${from} s
 WHERE s.op = 'insert' AND EXISTS (SELECT FROM ${shape.table} t WHERE ${keyMatch(shape, 't', 's')})`;

export const addsTo = (shape: Shape): boolean => !shape.undo && shape.measures.some(isDelta);

/**
 * Keys of rows that this patch adds to, and that a patch or undo wrote which the preview did not see: what is added was
 * reckoned without it. `seen`: the snapshot of the preview. Asked when the rows are locked, so that none can come after.
 * Keys are compared by name and value, in whatever order the other patch has them; which rows a patch with other key columns
 * wrote cannot be told, so every row counts as written by it.
 */
export function addedSinceStatement(
  shape: Shape,
  { from }: Source,
  filed: { readonly entry: string; readonly table: string; readonly seen: string },
): string {
  const deltas = shape.measures.flatMap((m, i) => (isDelta(m) ? [`s.delta_${i} IS NOT NULL`] : []));
  const adding = `s.op = 'update' AND (${deltas.join(' OR ')})`;
  const names = `ARRAY[${shape.keys.map((key) => literal(key.name)).join(', ')}]::text[]`;
  const keys = (each: (key: CatalogColumn, i: number) => string, between = ', '): string =>
    shape.keys.map(each).join(between);
  const shown = `s.seq, ${keys((_, i) => `s.key_${i}::text AS key_${i}`)}`;
  return `WITH unseen AS MATERIALIZED (
  SELECT l.entry, coalesce((SELECT array_agg(e.k ->> 'name' ORDER BY e.n)
                              FROM jsonb_array_elements(l.columns -> 'keys') WITH ORDINALITY AS e(k, n)), ${names}) AS names
    FROM recount.patch_ledger l
   WHERE l.target_table = ${literal(filed.table)} AND l.outcome = 'applied' AND l.entry <> ${filed.entry}
     AND NOT pg_visible_in_snapshot(l.xid, ${literal(filed.seen)}::pg_snapshot)
), written AS MATERIALIZED (
  SELECT ${keys((key, i) => `(r.key)[array_position(u.names, ${literal(key.name)})] AS key_${i}`)}
    FROM unseen u JOIN recount.patch_row r ON r.entry = u.entry
   WHERE u.names @> ${names} AND u.names <@ ${names}
)
SELECT ${keys((_, i) => `a.key_${i}`)} FROM (
  SELECT ${shown} FROM ${from} s JOIN written w ON ${keys((key, i) => `(w.key_${i})::${key.castType} = s.key_${i}`, ' AND ')}
   WHERE ${adding}
  UNION ALL
  SELECT ${shown} FROM ${from} s
   WHERE ${adding} AND EXISTS (SELECT FROM unseen u WHERE NOT (u.names @> ${names} AND u.names <@ ${names}))
) a ORDER BY a.seq LIMIT 20`;
}

/**
 * Whether the server stands at a point before the preview: it was restored, or failed over to a copy that lagged. Its
 * transactions have numbers anew then, so that nothing tells which of them the preview saw.
 */
export const wentBackTest = (seen: string): string =>
  `pg_snapshot_xmax(pg_current_snapshot()) < pg_snapshot_xmax(${literal(seen)}::pg_snapshot)`;

export const deleteStatement = (shape: Shape, { from }: Source): string =>
  `DELETE FROM ${shape.table} t USING ${from} s
 WHERE s.op = 'delete' AND ${keyMatch(shape, 't', 's')}${guard(shape)}`;

export const updateStatement = (shape: Shape, { from }: Source): string =>
  `UPDATE ${shape.table} t
   SET ${shape.measures.map((m, i) => `${ident(m.name)} = ${newValue(shape, m, i)}`).join(', ')}
  FROM ${from} s
 WHERE s.op = 'update' AND ${keyMatch(shape, 't', 's')}${guard(shape)}`;

export function insertStatement(shape: Shape, { from }: Source): string {
  const columns = shape.undo ? shape.whole : [...shape.keys, ...shape.measures];
  const values = shape.undo
    ? shape.whole.map((c) => `(s.whole ->> ${literal(c.name)})::${c.castType}`)
    : [...shape.keys.map((_, i) => `s.key_${i}`), ...shape.measures.map((_, i) => `s.after_${i}`)];
  const overriding = columns.some((c) => c.identity !== '') ? ' OVERRIDING SYSTEM VALUE' : '';
  return `INSERT INTO ${shape.table} (${columns.map((c) => ident(c.name)).join(', ')})${overriding}
SELECT ${values.join(', ')}
  FROM ${from} s
 WHERE s.op = 'insert' AND NOT EXISTS (SELECT FROM ${shape.table} t WHERE ${keyMatch(shape, 't', 's')})
 ORDER BY s.seq`;
}

/** Updated and inserted rows that now hold what was planned, and deleted rows that are still there. */
export function readBackStatement(
  shape: Shape,
  { from }: Source,
  entry: string,
  filedIn: string = LEDGER_ROWS,
): string {
  const filed = shape.measures.some(isDelta);
  const same = shape.measures.map((m, i) => {
    const planned = isDelta(m)
      ? `CASE WHEN s.delta_${i} IS NULL THEN s.after_${i} ELSE (r.after)[${i + 1}]::${comparedType(m)} END`
      : `s.after_${i}`;
    return `${column('t', m)} IS NOT DISTINCT FROM ${planned}`;
  });
  if (shape.undo) same.push(`(s.op <> 'insert' OR s.whole = ${wholeOf(shape)})`);
  const join = filed ? `\n  LEFT JOIN ${filedIn} r ON r.entry = ${entry} AND r.seq = s.seq` : '';
  return `SELECT (count(*) FILTER (WHERE s.op <> 'delete' AND ${same.join(' AND ')}))::text,
       (count(*) FILTER (WHERE s.op = 'delete'))::text
  FROM ${from} s JOIN ${shape.table} t ON ${keyMatch(shape, 't', 's')}${join}`;
}

/** Files the inserted rows as they are, whole: an undo deletes a row only while nobody wrote to any part of it. */
export const recordStatement = (
  shape: Shape,
  { from }: Source,
  entry: string,
  into: string = LEDGER_ROWS,
): string =>
  `INSERT INTO ${into} (entry, seq, op, key, after, whole)
SELECT ${entry}, s.seq, s.op, ${recorded(shape)}, ${textArray(shape.measures.map((m) => column('t', m)))}, ${wholeOf(shape)}
  FROM ${from} s JOIN ${shape.table} t ON ${keyMatch(shape, 't', 's')}
 WHERE s.op = 'insert'`;

/** From the rows of a patch that are not as it expects them. */
const fromMoved = (shape: Shape, { from }: Source): string => `
  FROM ${from} s LEFT JOIN ${shape.table} t ON ${keyMatch(shape, 't', 's')}
 WHERE CASE WHEN s.op = 'insert' THEN t.ctid IS NOT NULL
            ELSE t.ctid IS NULL OR NOT (true${guard(shape)}) END`;

const THERE = '(t.ctid IS NOT NULL)::text';

const movedValues = (shape: Shape): string[] => [
  ...shape.keys.map((_, i) => `s.key_${i}::text`),
  ...shape.measures.map((_, i) => `s.before_${i}::text`),
  ...shape.measures.map((m) => `${column('t', m)}::text`),
];

/** The rows that are not as the patch expects them: op, there, how many, then keys, before-values and values now. */
export const movedStatement = (shape: Shape, source: Source, limit: number): string =>
  `SELECT ${['s.op', THERE, '(count(*) OVER ())::text', ...movedValues(shape)].join(', ')}${fromMoved(shape, source)}
 ORDER BY s.seq LIMIT ${limit}`;

/** One digit a measure: 1 where the live value is the one that is expected. */
const sameFlags = (shape: Shape): string =>
  shape.measures
    .map((m, i) => `(${column('t', m)} IS NOT DISTINCT FROM s.before_${i})::int::text`)
    .join(' || ') || "''";

/** The same of an undo: seq, op, there, the whole row then and now, a flag a measure, keys, what the patch wrote, values now. */
export const movedWholeStatement = (shape: Shape, source: Source, limit: number): string =>
  `SELECT ${['s.seq::text', 's.op', THERE, 's.whole::text', `(${wholeOf(shape)})::text`, sameFlags(shape), ...movedValues(shape)].join(', ')}${fromMoved(shape, source)}
 ORDER BY s.seq LIMIT ${limit}`;

/** The numbers of those rows, in order, as one text. */
export const movedSeqsStatement = (shape: Shape, source: Source): string =>
  `SELECT coalesce(string_agg(m.seq::text, ',' ORDER BY m.seq), '') FROM (
  SELECT DISTINCT s.seq${fromMoved(shape, source)}) m`;

/** Keys of the patch that more than one live row has. */
export const repeatedStatement = (shape: Shape, { from }: Source, limit: number): string =>
  `SELECT ${shape.keys.map((_, i) => `s.key_${i}::text`).join(', ')}
  FROM ${from} s JOIN ${shape.table} t ON ${keyMatch(shape, 't', 's')}
 GROUP BY s.seq, ${shape.keys.map((_, i) => `s.key_${i}`).join(', ')} HAVING count(*) > 1
 ORDER BY s.seq LIMIT ${limit}`;
