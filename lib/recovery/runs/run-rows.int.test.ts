import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addArchive } from '#lib/recovery/archives/add-archive';
import { checked } from '#lib/recovery/http/http';
import { OpenIncidentInput, openIncident } from '#lib/recovery/incidents/open-incident';
import { addLiveStore } from '#lib/recovery/live-stores/add-live-store';
import { LiveStoreInput } from '#lib/recovery/live-stores/live-input';
import { previewAgain } from '#lib/recovery/patches/patches.testing';
import { publishRun } from '#lib/recovery/runs/publish-run';
import { showConflicts } from '#lib/recovery/runs/read-conflicts';
import { showControl } from '#lib/recovery/runs/read-control';
import { downloadRunFile, listDiscrepancies, showCell } from '#lib/recovery/runs/read-run-files';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';

let test: TestContext;
beforeAll(async () => {
  test = await openTestContext();
}, 60_000);
afterAll(() => test.close());

const two = (n: number): string => String(n).padStart(2, '0');
const user = (i: number): string => `u${two(i)}`;

/**
 * User i has i events of 1 in each of 10:00, 11:00 and 12:00; live, 12:00 has one less for each (the first none), and of
 * the healthy 10:00 the 23 users from `wrongFrom` on hold 100 too many.
 */
function write(name: string, wrongFrom: number): void {
  const users = Array.from({ length: 25 }, (_, i) => i + 1);
  const events = [10, 11, 12].flatMap((hour) =>
    users.flatMap((i) =>
      Array.from(
        { length: i },
        (_, n) => `${hour}-${i}-${n},2024-06-10T${hour}:00:00Z,${100 - n},${user(i)},1`,
      ),
    ),
  );
  writeFileSync(path.join(test.root, `${name}.csv`), ['id,at,seq,user,amount', ...events, ''].join('\n'));
  const live = users.flatMap((i) =>
    [10, 11, 12].flatMap((hour) => {
      const wrong = hour === 12 ? -1 : hour === 10 && i >= wrongFrom ? 100 : 0;
      return i + wrong === 0 ? [] : [`${user(i)},2024-06-10T${hour}:00:00Z,${i + wrong}`];
    }),
  );
  writeFileSync(path.join(test.root, `${name}-live.csv`), ['user,hour,total', ...live, ''].join('\n'));
}

async function previewed(name: string, control: { from: string; to: string } | null): Promise<string> {
  const archive = await addArchive(test.context, { kind: 'path', root: 'files', path: `${name}.csv` });
  const live = await addLiveStore(
    test.context,
    checked(LiveStoreInput, { kind: 'file', root: 'files', path: `${name}-live.csv` }),
  );
  const incident = await openIncident(
    test.context,
    checked(OpenIncidentInput, {
      title: name,
      archiveId: archive.id,
      liveStoreId: live.id,
      plan: {
        archive: { fields: { id: 'id', time: 'at', sequence: 'seq' } },
        window: { from: '2024-06-10T12:00:00Z', to: '2024-06-10T13:00:00Z', clock: 'time' },
        ...(control === null ? {} : { control }),
        calculation: {
          name,
          versions: [{ version: 1, keys: { user: 'user' }, measures: { total: 'sum(amount)' } }],
        },
        live: { state: 'bucketed', keys: ['user'], bucket: { column: 'hour', size: '1h', timezone: 'UTC' } },
      },
    }),
  );
  return previewAgain(test, incident.id);
}

const MORNING = { from: '2024-06-10T10:00:00Z', to: '2024-06-10T12:00:00Z' };

describe('the rows of a run', () => {
  let run = '';
  beforeAll(async () => {
    write('rows', 99);
    run = await previewed('rows', null);
  }, 60_000);

  const keysBy = async (sort?: string): Promise<(string | null | undefined)[]> =>
    (await listDiscrepancies(test.context, { id: run, ...(sort === undefined ? {} : { sort }) })).rows.map(
      ({ keys }) => keys[0],
    );

  it('are in order: keys as keys, numbers as numbers', async () => {
    const up = Array.from({ length: 25 }, (_, i) => user(i + 1));
    expect(await keysBy()).toEqual(up);
    expect(await keysBy('events')).toEqual(up);
    expect(await keysBy('-recalculated:total')).toEqual(up.toReversed());
    // the first has no live row
    expect(await keysBy('live:total')).toEqual([...up.slice(1), user(1)]);
  });

  it('have their events in the order that decides: time, then sequence', async () => {
    const { events } = await showCell(test.context, { id: run, row: 24 });
    expect(events).toHaveLength(25);
    const sequences = events.map(({ raw }) => Number(raw.seq));
    expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
    expect(events.at(-1)?.running).toEqual(['25']);
  });

  it('have no healthy stretch where the plan has none', async () => {
    await expect(showControl(test.context, { id: run })).rejects.toThrow(/no rows of a healthy stretch/);
    await expect(downloadRunFile('control')(test.context, { id: run })).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});

describe('what blocks a patch', () => {
  it('is told of a healthy stretch by its first rows with their values, and by all in a file', async () => {
    write('healthy', 3);
    const run = await previewed('healthy', MORNING);
    const found = await showControl(test.context, { id: run });
    expect(found.total).toBe(23);
    expect(found.rows).toHaveLength(20);
    expect(found.rows.map(({ keys }) => keys[0])).toEqual(Array.from({ length: 20 }, (_, i) => user(i + 3)));
    expect(found.rows[0]).toMatchObject({
      class: 'changed',
      bucket: '2024-06-10T10:00:00.000000Z',
      live: ['103'],
      recalculated: ['3'],
      delta: ['-100'],
      events: 3,
    });
    const file = await downloadRunFile('control')(test.context, { id: run });
    const lines = (await file.text()).trimEnd().split('\n');
    expect(lines).toHaveLength(24);
    expect(lines[0]).toBe('class,user,hour,total_live,total_recalculated,total_delta,events,duplicates');
    expect(lines[1]).toBe('changed,u03,2024-06-10T10:00:00.000000Z,103,3,-100,3,0');
  });

  it('has no row of a healthy stretch where all agree', async () => {
    write('agrees', 99);
    expect(await showControl(test.context, { id: await previewed('agrees', MORNING) })).toMatchObject({
      total: 0,
      rows: [],
    });
  });

  it('is told of ids in conflict by each content once, what is counted first', async () => {
    write('conflict', 99);
    const file = path.join(test.root, 'conflict.csv');
    // A copy that is the same but for its sequence, and one that is not.
    const more = ['12-7-0,2024-06-10T12:00:00Z,3,u07,1', '12-8-1,2024-06-10T12:05:00Z,1,u08,3', ''];
    writeFileSync(file, `${readFileSync(file, 'utf8')}${more.join('\n')}`);
    const run = await previewed('conflict', null);
    const { ids } = await showConflicts(test.context, { id: run });
    expect(ids).toHaveLength(1);
    expect(ids[0]?.id).toBe('12-8-1');
    expect(ids[0]?.copies.map(({ counted, line, record }) => [counted, line, record.amount])).toEqual([
      [true, '978', '3'],
      [false, '681', '1'],
    ]);
    const listed = await (await downloadRunFile('conflicts')(test.context, { id: run })).text();
    expect(listed.split('\n')[0]).toBe('id,file,line,time,arrived,counted,record');
    expect(listed.trimEnd().split('\n')).toHaveLength(3);
    const fine = await previewed('rows', null);
    await expect(showConflicts(test.context, { id: fine })).rejects.toThrow(/no list of ids/);
  });

  it('does not stay behind from an earlier preview into the same folder', async () => {
    const dir = mkdtempSync(path.join(test.root, 'out-'));
    const part = (names: readonly string[]): string => {
      const folder = path.join(dir, 'part');
      mkdirSync(folder);
      for (const name of names) writeFileSync(path.join(folder, name), names.join());
      return folder;
    };
    await publishRun(part(['patch.json', 'control.csv', 'control.parquet', 'conflicts.csv']), dir);
    expect(existsSync(path.join(dir, 'control.csv'))).toBe(true);
    await publishRun(part(['patch.json']), dir);
    expect(readFileSync(path.join(dir, 'patch.json'), 'utf8')).toBe('patch.json');
    for (const name of ['control.csv', 'control.parquet', 'conflicts.csv'])
      expect(existsSync(path.join(dir, name)), name).toBe(false);
  });
});
