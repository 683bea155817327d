import type { Baseline, Bucket, Cut, LivePlan, State } from '#lib/plan/plan';
import type { Field, Fields, PlanReader } from '#lib/plan/reader';
import { holdsSecret, storeProblems } from '#lib/plan/store-text';
import { parseBucketSize } from '#lib/window/window';

const FIELDS = ['store', 'table', 'state', 'keys', 'bucket', 'baseline', 'cut'];
const SIZE = 'Write 1m to 12h that divide a day (15m, 1h, 6h), or 1d, 1w, 1mo.';

/** Reads `live`. Null where something in it is wrong. */
export function readLive(reader: PlanReader, field: Field): LivePlan | null {
  const before = reader.problems.length;
  const map = reader.map(field, FIELDS);
  if (map === null) return null;
  const store = readStore(reader, map);
  const table = reader.optionalText(map.get('table'), 'Name the live table, for example public.user_totals.');
  const state = reader.oneOf(map.get('state'), ['window', 'bucketed', 'running', 'latest'], null);
  const keys = readKeys(reader, map.get('keys'), state);
  const bucket = readBucket(reader, map.get('bucket'), state);
  const baseline = readBaseline(reader, map.get('baseline'), state);
  const cut = readCut(reader, map.get('cut'));
  if (bucket !== null && keys?.includes(bucket.column)) {
    const path = map.get('bucket');
    reader.wrong(
      path,
      `has the column ${bucket.column}, which is among the keys`,
      'Leave it out of `live.keys`: a bucket is told by its column.',
    );
  }
  if (store === null || state === null || keys === null || reader.problems.length > before) return null;
  return { store, table, state, keys, bucket, baseline, cut };
}

function readStore(reader: PlanReader, map: Fields): string | null {
  const field = map.get('store');
  const store = reader.text(
    field,
    `Write \${NAME} of an environment variable, postgres://…, or a .csv or .parquet file.`,
  );
  if (store === null) return null;
  if (holdsSecret(store)) {
    const fix = `Put it into an environment variable and write \${NAME} in the plan.`;
    return reader.report('plan.secret', field, `\`${field.path}\` holds a password`, fix);
  }
  const tableField = map.get('table');
  const table = tableField.tree?.kind === 'text' ? tableField.tree.text : null;
  for (const p of storeProblems(store, table)) {
    const at = p.at?.path === field.path ? field : tableField;
    reader.report(p.code, at, p.message.replace(/\.$/, ''), p.fix);
  }
  return store;
}

function readKeys(reader: PlanReader, field: Field, state: State | null): readonly string[] | null {
  const fix = 'List the columns that tell a live row, for example [user_id].';
  const items = reader.list(field, fix);
  if (items === null) return null;
  // An hourly total has no key but its hour; every other state needs one.
  if (items.length === 0 && state !== 'bucketed') return reader.wrong(field, 'is empty', fix);
  const keys: string[] = [];
  for (const item of items) {
    const key = reader.text(item, fix);
    if (key === null) continue;
    if (keys.includes(key))
      reader.report('plan.field.duplicate', item, `\`${item.path}\` is ${key} again`, 'Name each key once.');
    else keys.push(key);
  }
  return keys;
}

function readBucket(reader: PlanReader, field: Field, state: State | null): Bucket | null {
  if (!reader.has(field)) {
    if (state !== 'bucketed') return null;
    return reader.missing(field, 'Add `bucket: { column: hour, size: 1h }`.');
  }
  if (state !== 'bucketed' && state !== null) {
    return reader.wrong(field, `is given for state \`${state}\``, 'Use `bucket` with state bucketed only.');
  }
  const map = reader.map(field, ['column', 'size', 'timezone']);
  if (map === null) return null;
  const column = reader.text(map.get('column'), 'Name the live column that holds the start of the bucket.');
  const sizeField = map.get('size');
  const text = reader.text(sizeField, SIZE);
  const size = text === null ? null : parseBucketSize(text);
  if (text !== null && size === null)
    reader.wrong(sizeField, `is \`${text}\`, which does not cut a day evenly`, SIZE);
  const timezone = reader.zone(map.get('timezone'), 'UTC');
  return column === null || size === null || timezone === null ? null : { column, size, timezone };
}

function readBaseline(reader: PlanReader, field: Field, state: State | null): Baseline | null {
  const how = 'Give an instant and a table, or `none` where the archive holds every event there ever was.';
  if (!reader.has(field)) {
    if (state !== 'running') return null;
    return reader.report(
      'plan.live.baseline_required',
      field,
      '`live.baseline` is missing, and the state is running',
      how,
    );
  }
  if (state !== 'running' && state !== null) {
    return reader.wrong(field, `is given for state \`${state}\``, 'Use `baseline` with state running only.');
  }
  if (field.tree?.kind === 'text') return reader.oneOf(field, ['none'], null);
  const map = reader.map(field, ['at', 'table']);
  if (map === null) return null;
  const at = reader.instant(map.get('at'));
  const table = reader.text(
    map.get('table'),
    'Name the table (or, for a file store, the file) that holds the baseline.',
  );
  return at === null || table === null ? null : { at, table };
}

function readCut(reader: PlanReader, field: Field): Cut | null {
  if (!reader.has(field)) return null;
  const read = reader.instantOrName(field);
  if (read === null) return null;
  return 'at' in read ? { kind: 'instant', at: read.at } : { kind: 'column', column: read.name };
}
