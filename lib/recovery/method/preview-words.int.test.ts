import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readDiscrepancies } from '#lib/adapters/duckdb/discrepancies';
import { RUN_FILES } from '#lib/adapters/duckdb/patch-files';
import { readRunColumns } from '#lib/adapters/duckdb/run-columns';
import type { Failure } from '#lib/base/failure';
import { previewFolder } from '#lib/recovery/method/preview-folder.testing';
import { openWork } from '#lib/recovery/setup/wiring';

// What a preview says of an archive and live rows that something is odd about, to the word.
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'recount-words-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, ...lines: string[]): void =>
  writeFileSync(join(folder, name), `${lines.join('\n')}\n`);

type Part = Readonly<Record<string, unknown>>;
function plan(live: Part, measures: Part = { n: 'count(*)' }, archive: Part = {}): void {
  write(
    'plan.yaml',
    JSON.stringify({
      recount: 1,
      archive: { at: '*.archive.csv', fields: { id: 'id', time: 'at' }, ...archive },
      window: { from: '2024-06-10T12:00:00Z', to: '2024-06-10T13:00:00Z' },
      calculation: { name: 'c', versions: [{ version: 1, keys: { k: 'k' }, measures }] },
      live: { store: 'live.csv', keys: ['k'], state: 'window', ...live },
    }),
  );
}
const events = (name: string, ...rows: string[]): void => write(`${name}.archive.csv`, 'id,at,k,v', ...rows);
const refused = (): Promise<Failure> =>
  previewFolder(folder, 1).then(
    () => expect.fail(),
    (error) => error,
  );

it('a key that stands twice is told as instants are written everywhere', async () => {
  plan({ state: 'bucketed', bucket: { column: 'hour', size: '1h', timezone: 'Europe/Berlin' } });
  events('a', '1,2024-06-10T12:10:00Z,x,1');
  write('live.csv', 'k,hour,n', 'x,2024-06-10 14:00:00,1', 'x,2024-06-10T14:00:00,2');
  const failure = await refused();
  expect(failure.code).toBe('live.key_not_unique');
  expect(failure.message).toBe(
    'The live rows have more than one row for k, hour = (x, 2024-06-10T12:00:00.000000Z); no difference is shown.',
  );
});

it('a declared type of a column that no file has is told, with the name that was meant', async () => {
  plan({}, { n: 'sum(v)' }, { types: { v: 'bigint', vv: 'bigint', other_thing: 'date' } });
  events('a', '1,2024-06-10T12:10:00Z,x,1');
  write('live.csv', 'k,n', 'x,1');
  const { summary } = await previewFolder(folder, 1);
  expect(summary.warnings.filter((w) => w.code === 'type_of_no_column')).toEqual([
    {
      code: 'type_of_no_column',
      message: 'archive.types.vv says bigint, and no file that was read has that column; the nearest is v.',
    },
    {
      code: 'type_of_no_column',
      message: 'archive.types.other_thing says date, and no file that was read has that column.',
    },
  ]);
});

it('files without a record are empty, and no doubles of each other', async () => {
  plan({});
  events('a', '1,2024-06-10T12:10:00Z,x,1');
  events('b');
  events('c');
  write('live.csv', 'k,n', 'x,1');
  const { summary } = await previewFolder(folder, 1);
  const codes = summary.warnings.map((w) => w.code);
  expect(codes.filter((code) => code === 'empty_file')).toHaveLength(2);
  expect(codes).not.toContain('same_content');
});

it('a page shows a number as the file has it, whatever digits the other live rows have', async () => {
  plan({}, { n: 'sum(v)' });
  events('a', '1,2024-06-10T12:10:00Z,x,1.5', '2,2024-06-10T12:20:00Z,y,2.25');
  write('live.csv', 'k,n', 'x,1.23450', 'y,3.000000');
  const { csv } = await previewFolder(folder, 1);
  expect(csv.trimEnd().split('\n').slice(1)).toEqual([
    'changed,x,1.2345,1.50,0.2655,1,0',
    'changed,y,3.00,2.25,-0.75,1,0',
  ]);
  const out = join(folder, 'out');
  const session = await openWork(
    { dataDir: join(folder, 'page'), memoryLimit: '200MB', threads: 1 },
    { folders: [out], files: [] },
    'here',
  );
  try {
    const columns = await readRunColumns(out);
    const patch = { leftOut: new Map(), onlyInLive: 'keep' } as const;
    const { rows } = await readDiscrepancies(
      session,
      join(out, RUN_FILES.discrepanciesTyped),
      columns,
      {},
      patch,
    );
    expect(rows.map((r) => [...r.live, ...r.recalculated, ...r.delta])).toEqual([
      ['1.2345', '1.50', '0.2655'],
      ['3.00', '2.25', '-0.75'],
    ]);
  } finally {
    await session.close();
  }
});
