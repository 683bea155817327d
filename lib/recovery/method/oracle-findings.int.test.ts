import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { previewFolder } from '#lib/recovery/method/preview-folder.testing';

// Differences that random incidents found between the oracle and a preview, each as small as it can be.
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'recount-finding-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, ...lines: string[]): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), `${lines.join('\n')}\n`);
}

type Part = Readonly<Record<string, unknown>>;
const plan = (window: Part, live: Part, rest: Part = {}): void =>
  write(
    'plan.yaml',
    JSON.stringify({
      recount: 1,
      archive: { at: 'archive/**/*', fields: { id: 'id', time: 'at' } },
      window: { clock: 'time', ...window },
      calculation: {
        name: 'counts',
        versions: [{ version: 1, keys: { user: 'user' }, measures: { events: 'count(*)' } }],
      },
      live: { store: 'live.csv', keys: ['user'], ...live },
      ...rest,
    }),
  );
const event = (id: string, at: string): string[] => ['id,at,user', `${id},${at},a`];
const bucket = (size: string, timezone = 'UTC'): Part => ({ column: 'hour', size, timezone });

it('a live file without rows has a zone: a repeated local hour is two buckets in it', async () => {
  plan(
    { from: '2024-10-27T00:00:00Z', to: '2024-10-27T02:00:00Z' },
    { state: 'bucketed', bucket: bucket('1h', 'Europe/Berlin') },
  );
  write('archive/a.csv', 'id,at,user', '1,2024-10-27T00:10:00Z,a', '2,2024-10-27T01:10:00Z,a');
  write('live.csv', 'user,hour,events');
  const { csv } = await previewFolder(folder, 1);
  expect(csv.split('\n').slice(1, 3)).toEqual([
    'missing_in_live,a,2024-10-27T00:00:00.000000Z,,1,1,1,0',
    'missing_in_live,a,2024-10-27T01:00:00.000000Z,,1,1,1,0',
  ]);
});

it('a live row whose events lie far from the window, in its bucket, is not taken for one without events', async () => {
  plan(
    { from: '2024-06-10T23:30:00Z', to: '2024-06-11T00:30:00Z' },
    { state: 'bucketed', bucket: bucket('1d') },
    { patch: { only_in_live: 'delete', archive_is_complete: true } },
  );
  write('archive/dt=2024-06-10/hour=08/a.csv', ...event('1', '2024-06-10T08:00:00Z'));
  write('archive/dt=2024-06-11/hour=00/a.csv', ...event('2', '2024-06-11T00:10:00Z'));
  write('live.csv', 'user,hour,events', 'a,2024-06-10T00:00:00Z,1', 'a,2024-06-11T00:00:00Z,1');
  const { summary } = await previewFolder(folder, 1);
  expect(summary.cells).toMatchObject({ affected: 1, match: 1, only_in_live: 0 });
  expect(summary.patch).toMatchObject({ deletes: 0 });
  expect(summary.archive).toMatchObject({ files: 2, files_skipped: 0 });
});

it('a partition that is there and was not needed is no gap', async () => {
  plan(
    { from: '2024-06-10T12:00:00Z', to: '2024-06-10T13:00:00Z' },
    { state: 'bucketed', bucket: bucket('1h') },
    {
      patch: { only_in_live: 'delete' },
      control: { from: '2024-06-10T02:00:00Z', to: '2024-06-10T03:00:00Z' },
    },
  );
  const hours = Array.from({ length: 14 }, (_, i) => String(i).padStart(2, '0'));
  for (const hour of hours)
    write(`archive/dt=2024-06-10/hour=${hour}/a.csv`, ...event(hour, `2024-06-10T${hour}:30:00Z`));
  write('live.csv', 'user,hour,events', 'ghost,2024-06-10T12:00:00Z,1', 'a,2024-06-10T02:00:00Z,1');
  const { summary } = await previewFolder(folder, 1);
  expect(summary.archive.files_skipped).toBeGreaterThan(0);
  expect(summary.patch).toMatchObject({ deletes: 1, blocked_by: [] });
  rmSync(join(folder, 'archive/dt=2024-06-10/hour=07'), { recursive: true });
  rmSync(join(folder, 'out'), { recursive: true });
  expect((await previewFolder(folder, 1)).summary.patch.blocked_by).toEqual(['archive_gap']);
});

it('a file named .csv that holds JSON is read as what it holds', async () => {
  plan({ from: '2024-06-10T12:00:00Z', to: '2024-06-10T13:00:00Z' }, { state: 'window' });
  write('archive/a.csv', ' [ {"id":"1","at":"2024-06-10T12:10:00Z","user":"a"} ]');
  write('archive/b.csv', '{"id":"2","at":"2024-06-10T12:20:00Z","user":"a"}');
  write('archive/c.csv', ...event('3', '2024-06-10T12:30:00Z'));
  write('live.csv', 'user,events');
  expect((await previewFolder(folder, 1)).csv).toContain('missing_in_live,a,,3,3,3,0');
});

it('a file without a record tells no columns: another one stands in where the window has none', async () => {
  plan({ from: '2024-06-12T00:00:00Z', to: '2024-06-12T01:00:00Z' }, { state: 'window' });
  write('archive/dt=2024-06-10/hour=08/a.csv', ...event('1', '2024-06-10T08:00:00Z'));
  write('archive/nothing.jsonl');
  write('live.csv', 'user,events', 'a,1');
  const { summary } = await previewFolder(folder, 1);
  expect(summary.cells).toMatchObject({ affected: 0, only_in_live: 1 });
  expect(summary.archive).toMatchObject({ files: 2, files_skipped: 0 });
});
