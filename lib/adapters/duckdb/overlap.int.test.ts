import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { overlapOf, type PatchFiles } from '#lib/adapters/duckdb/overlap';
import { openSession } from '#lib/adapters/duckdb/session';
import type { PatchHeader } from '#lib/patch/patch';
import type { Session } from '#lib/replay/session';

let dir: string;
let session: Session;
beforeAll(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'recount-overlap-'));
  const scratch = path.join(dir, 'scratch');
  mkdirSync(scratch);
  session = await openSession(scratch, { folders: [dir], files: [], memoryLimit: '256MB', threads: 2 });
});
afterAll(async () => {
  await session.close();
  rmSync(dir, { recursive: true, force: true });
});

type Key = { readonly name: string; readonly type: string; readonly sqlType?: string };
let made = 0;

/** A patch's files with these keys, as far as an overlap looks at them. */
async function patchOf(keys: readonly Key[], rows: readonly (readonly string[])[]): Promise<PatchFiles> {
  const at = path.join(dir, `patch-${++made}`);
  mkdirSync(at);
  const columns = keys.map((_, i) => `key_${i}`).join(', ');
  const values = rows.map((row, seq) => `(${[seq, ...row.map((text) => `'${text}'`)].join(', ')})`);
  await session.run(
    `COPY (SELECT * FROM (VALUES ${values.join(', ')}) t(seq, ${columns})) TO '${at}/patch.parquet' (FORMAT parquet)`,
  );
  const header = {
    keys: keys.map(({ sqlType = 'x', ...key }) => ({ ...key, sqlType, nullable: false })),
    counts: { updates: rows.length, inserts: 0, deletes: 0 },
    liveTimezone: 'UTC',
  };
  return { dir: at, header: header as unknown as PatchHeader };
}

const USER = { name: 'user_id', type: 'VARCHAR' };
const HOUR = { name: 'hour', type: 'TIMESTAMP WITH TIME ZONE' };

it('counts the rows that both have, by the whole key', async () => {
  const a = await patchOf(
    [USER, HOUR],
    [
      ['a', '2024-06-10T12:00:00Z'],
      ['b', '2024-06-10T12:00:00Z'],
    ],
  );
  const b = await patchOf(
    [USER, HOUR],
    [
      ['b', '2024-06-10T12:00:00Z'],
      ['a', '2024-06-10T13:00:00Z'],
    ],
  );
  expect(await overlapOf(session, a, b)).toEqual({ rows: 1, keys: ['b, 2024-06-10T12:00:00Z'] });
  const other = await patchOf([USER, HOUR], [['c', '2024-06-10T12:00:00Z']]);
  expect(await overlapOf(session, a, other)).toEqual({ rows: 0, keys: [] });
});

it('knows the same key in another column order and in another writing', async () => {
  const a = await patchOf(
    [
      { ...HOUR, sqlType: 'timestamptz' },
      { name: 'n', type: 'DECIMAL(9,2)' },
    ],
    [['2024-06-10T12:00:00.000000Z', '0.30']],
  );
  const b = await patchOf(
    [
      { name: 'n', type: 'DECIMAL(9,1)' },
      { ...HOUR, sqlType: 'varchar' },
    ],
    [['0.3', '2024-06-10 14:00:00+02:00']],
  );
  expect((await overlapOf(session, a, b)).rows).toBe(1);
  const c = await patchOf(
    [
      { name: 'n', type: 'DECIMAL(9,2)', sqlType: 'numeric' },
      { ...HOUR, sqlType: 'varchar' },
    ],
    [['0.3', '2024-06-10 14:00:00+02:00']],
  );
  expect((await overlapOf(session, a, c)).rows).toBe(1);
});

it('takes rows as the same where other columns are the key', async () => {
  const a = await patchOf(
    [USER, HOUR],
    [
      ['a', '2024-06-10T12:00:00Z'],
      ['b', '2024-06-10T12:00:00Z'],
    ],
  );
  const b = await patchOf([USER], [['a']]);
  expect((await overlapOf(session, a, b)).rows).toBe(1);
  const c = await patchOf([{ name: 'shop', type: 'VARCHAR' }], [['x']]);
  expect(await overlapOf(session, a, c)).toEqual({ rows: 2, keys: [] });
});
