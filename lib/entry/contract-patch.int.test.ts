import { existsSync, rmSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  brief,
  Case,
  calculation,
  cli,
  duckdb,
  lines,
  type Printed,
  planText,
  sha256,
} from '#lib/entry/contract.testing';

// docs/recovery-plan.md, sections 3 to 6: classes, blocks, the commands on a file store, exit codes, the patch.

const at = (clock: string): string => `2024-06-10T${clock}${clock.length === 5 ? ':00' : ''}Z`;
const error = (ran: { exit: number; json: Printed }): [number, string] => [ran.exit, ran.json?.error?.code];
/** What the report says of the look at the archive right before the apply. */
const archiveCheck = async (one: Case): Promise<string> => {
  const report = await cli(['report', one.path('out'), '--format', 'json']);
  return report.json.checks.find((c: Printed) => c.name === 'Archive unchanged').words;
};
const HOUR = { state: 'bucketed', bucket: { column: 'h', size: '1h', timezone: 'UTC' } };

const ARCHIVE = lines(
  'id,time,k,v,note',
  `e1,${at('12:00')},a,1.25,x`,
  `e1,${at('12:00')},a,1.25,x`,
  `e2,${at('12:20')},b,2.50,"two, three"`,
  `e3,${at('12:30')},c,3,`,
  `e4,${at('12:40')},d,4,""`,
);
const calc = calculation({ measures: { total: 'sum(v)', note: 'last(note)' } });

describe('a CSV file as live store', () => {
  const live = 'extra,k,total,note\r\n"q",a,1.250,x\r\n  keep,"b",0.5,"old"\r\n\r\nz,zz,9,"9"\r\nt,c,7,n\r\n';
  const plan = { calculation: calc, patch: { only_in_live: 'delete', archive_is_complete: true } };

  it('other times without an offset than the bucket are written as they were compared: in UTC', async () => {
    const bucket = { column: 'h', size: '1h', timezone: 'Europe/Berlin' };
    const over = {
      calculation: calculation({ measures: { seen: 'max(time)', total: 'sum(v)' } }),
      live: { state: 'bucketed', bucket },
    };
    const rows = 'k,h,seen,total\na,2024-06-10 14:00:00,2024-06-10 14:00:00,1\n';
    const one = new Case({ 'archive.csv': ARCHIVE, 'live.csv': rows }, over);
    const { seal } = (await one.preview()).json.patch;
    expect((await one.apply(seal)).json.status).toBe('applied');
    const hour = '2024-06-10 14:00:00';
    const written = [
      `a,${hour},2024-06-10 12:00:00,1.25`,
      `b,${hour},2024-06-10 12:20:00,2.50`,
      `c,${hour},2024-06-10 12:30:00,3.00`,
      `d,${hour},2024-06-10 12:40:00,4.00`,
    ];
    expect(one.read('live.csv')).toBe(lines('k,h,seen,total', ...written));
    expect((await one.verify()).json).toEqual({ cells: 4, match: 4, differ: 0, moved: 0 });
    expect((await one.preview()).json.cells).toMatchObject({ affected: 4, match: 4 });
  });

  it('is applied once, keeps every other byte, verifies, is undone to the byte, and not applied again', async () => {
    const one = new Case({ 'archive.csv': ARCHIVE, 'live.csv': live }, plan);
    const before = await one.check();
    expect([before.exit, one.read('live.csv')]).toEqual([0, live]);
    const found = await one.preview({ flags: ['--exit-code'] });
    expect(found.exit).toBe(3);
    expect(one.read('live.csv')).toBe(live);
    expect(one.list()).toEqual(['archive.csv', 'live.csv', 'out', 'plan.yaml']);
    const { seal } = found.json.patch;
    expect(found.json.patch).toEqual({
      seal: expect.stringMatching(/^[0-9a-f]{64}$/),
      updates: 2,
      inserts: 1,
      deletes: 1,
      blocked_by: [],
    });
    expect(found.json.net_delta.total).toBe('-7.00'); // 2.50 - 0.5 + 3 - 7 + 4 - 9, with the digits of the expression
    expect(error(await one.verify())).toEqual([4, 'patch.not_applied']);
    expect(error(await one.undo(seal))).toEqual([4, 'patch.not_applied']);
    expect(error(await one.apply(`${seal.slice(1)}0`))).toEqual([4, 'patch.seal']);
    expect(one.read('live.csv')).toBe(live);
    const applied = await one.apply(seal);
    expect([applied.exit, applied.json.status]).toEqual([0, 'applied']);
    expect(await archiveCheck(one)).toMatch(/^Right before the apply every file still had/);
    const text = one.read('live.csv');
    const kept =
      'extra,k,total,note\r\n"q",a,1.250,x\r\n  keep,"b",2.50,"two, three"\r\n\r\nt,c,3.00,\r\n,d,4.00,""\r\n';
    expect(text).toBe(kept);
    expect(one.has('live.csv.recount.json')).toBe(true);
    const ledger = one.read('live.csv.recount.json');
    expect(JSON.parse(ledger)).toBeTruthy();
    expect(ledger).toContain(seal);
    const again = await one.apply(seal);
    expect([again.exit, again.json.status]).toEqual([0, 'already_applied']);
    const verified = await one.verify();
    expect([verified.exit, verified.json]).toEqual([0, { cells: 4, match: 4, differ: 0, moved: 0 }]);
    one.write('live.csv', text.replace(',d,4.00,', ',d,5,'));
    const differs = await one.verify();
    expect([differs.exit, differs.json]).toEqual([3, { cells: 4, match: 3, differ: 1, moved: 0 }]);
    const stale = await one.undo(seal);
    expect(error(stale)).toEqual([4, 'patch.stale']);
    expect(stale.json.error.fix).toMatch(/^Nothing was put back\..* undo again/);
    one.write('live.csv', text);
    expect((await one.undo(seal)).json.status).toBe('undone');
    expect(one.read('live.csv')).toBe(live);
    expect((await one.undo(seal)).json.status).toBe('already_undone');
    const undone = await one.apply(seal);
    expect(error(undone)).toEqual([4, 'patch.undone']);
    expect(undone.json.error.fix).toContain('another seal');
    const other = await one.preview({ out: 'again' });
    expect(other.json.patch.seal).toBe(seal);
  });

  it('one row that moved means that nothing is written; the stale row is named', async () => {
    const one = new Case({ 'archive.csv': ARCHIVE, 'live.csv': live }, plan);
    const { seal } = (await one.preview()).json.patch;
    const moved = live.replace('"b",0.5', '"b",0.75');
    one.write('live.csv', moved);
    const stale = await one.apply(seal);
    expect(error(stale)).toEqual([4, 'patch.stale']);
    expect(JSON.stringify(stale.json.error)).toMatch(/k=b/);
    one.write('live.csv', `${live}x,d,1,\r\n`); // an insert whose row is there by now
    expect(error(await one.apply(seal))).toEqual([4, 'patch.stale']);
    expect(one.read('live.csv')).toBe(`${live}x,d,1,\r\n`);
    one.write('live.csv', live);
    one.write('archive.csv', `${ARCHIVE}e9,${at('15:00')},q,1,\n`);
    expect(error(await one.apply(seal))).toEqual([4, 'archive.changed']);
    rmSync(one.path('archive.csv'));
    const gone = await one.apply(seal);
    expect(error(gone)).toEqual([4, 'archive.changed']);
    expect(gone.json.error.fix).toMatch(/preview again.* --no-archive-check\.$/);
    const applied = await one.apply(seal, { flags: ['--no-archive-check'] });
    expect([applied.exit, applied.json.status]).toEqual([0, 'applied']);
    expect(await archiveCheck(one)).toBe('The apply was done without comparing the files again.');
  });

  it('a file that came into a partition of the window is named; elsewhere it changes nothing', async () => {
    const part = (hour: number, name: string): string => `hive/date=2024-06-10/hour=${hour}/${name}.csv`;
    const one = new Case(
      {
        [part(12, 'a')]: ARCHIVE,
        [part(15, 'a')]: lines('id,time,k,v,note', `e8,${at('15:00')},q,1,`),
        'live.csv': live,
      },
      { ...plan, archive: { at: 'hive/**/*.csv' } },
    );
    const { seal } = (await one.preview()).json.patch;
    const late = lines('id,time,k,v,note', `e9,${at('12:50')},a,1,`);
    one.write(part(12, 'b'), late);
    const refused = await one.apply(seal);
    expect(error(refused)).toEqual([4, 'archive.changed']);
    expect(refused.json.error.message).toContain('hour=12/b.csv came into a partition of the window');
    expect(one.read('live.csv')).toBe(live);
    rmSync(one.path(part(12, 'b')));
    one.write(part(15, 'b'), late);
    one.write(part(16, 'a'), late);
    expect((await one.apply(seal)).json.status).toBe('applied');
  });

  it('damaged files of a preview are refused, and nothing to write is no error', async () => {
    const one = new Case({ 'archive.csv': ARCHIVE, 'live.csv': live }, plan);
    const { seal } = (await one.preview()).json.patch;
    const header = one.read('out/patch.json');
    one.write('out/patch.json', header.replace('"live.csv"', '"other.csv"'));
    const damaged = await one.apply(seal);
    expect(damaged.exit).toBe(4);
    expect(one.read('live.csv')).toBe(live);
    one.write('out/patch.json', header.replace(/"updates": 2/, '"updates": 1'));
    expect(error(await one.apply(seal))).toEqual([4, 'patch.damaged']);
    const same = new Case(
      { 'archive.csv': ARCHIVE, 'live.csv': 'k,total,note\na,1.25,x\nb,2.5,"two, three"\nc,3,\nd,4,""\n' },
      plan,
    );
    const found = await same.preview({ flags: ['--exit-code'] });
    expect([found.exit, found.json.cells.match, found.csv.split('\n').length]).toEqual([0, 4, 2]);
    expect(found.json.checksums.recalculated).toBe(found.json.checksums.live);
    const nothing = await same.apply(found.json.patch.seal);
    expect([nothing.exit, nothing.json.status]).toEqual([0, 'nothing_to_apply']);
    expect(same.has('live.csv.recount.json')).toBe(false);
    expect((await cli(['verify', one.path('nowhere')])).exit).toBe(2);
    expect((await cli(['apply', one.path('out')])).exit).toBe(2);
  });

  it('a Parquet live store is patched by value and undone', async () => {
    const one = new Case({ 'archive.csv': ARCHIVE }, { ...plan, live: { store: 'live.parquet' } });
    const rows = `select * from (values ('a', 1.25::decimal(9,2), 'x', 1), ('b', 0.5, null, 2), ('c', 3, null, 3)) t(k, total, note, extra)`;
    await duckdb(`copy (${rows}) to '${one.path('live.parquet')}' (format parquet)`);
    const found = await one.preview();
    expect(brief(found.rows, 'class', 'k', 'total_delta')).toEqual([
      'changed b 2.00',
      'missing_in_live d 4.00',
    ]);
    expect((await one.apply(found.json.patch.seal)).json.status).toBe('applied');
    const all = (): Promise<Printed[]> =>
      duckdb(`select k, total::varchar t, note, extra from '${one.path('live.parquet')}'`);
    expect((await all()).map((r) => `${r.k} ${r.t} ${r.note} ${r.extra}`)).toEqual([
      'a 1.25 x 1',
      'b 2.50 two, three 2',
      'c 3.00 null 3',
      'd 4.00  null',
    ]);
    expect((await one.verify()).json).toEqual({ cells: 2, match: 2, differ: 0, moved: 0 });
    for (const format of ['md', 'json', 'csv', 'html']) {
      const report = await cli(['report', one.path('out'), '--format', format], { words: true });
      expect([format, report.exit, report.stderr]).toEqual([format, 0, '']);
      expect(report.stdout).toContain(format === 'csv' ? 'two, three' : 'none');
      if (format === 'json')
        expect(report.json).toMatchObject({ approved_by: 'none', author: expect.any(String) });
    }
    expect((await cli(['report', one.path('out'), '--format', 'pdf'])).exit).toBe(2);
    expect((await one.undo(found.json.patch.seal)).json.status).toBe('undone');
    expect((await all()).map((r) => `${r.k} ${r.t}`)).toEqual(['a 1.25', 'b 0.50', 'c 3.00']);
  });

  it('running sums and counts are added; guard value sets them', async () => {
    const archive = lines(
      'id,time,k,v',
      `e1,${at('12:00')},a,5`,
      `e2,${at('12:10')},a,6`,
      `e3,${at('12:20')},n,1`,
    );
    const file = 'k,total,n,hi\na,5,1,5\n';
    const measures = { total: 'sum(v)', n: 'count(*)', hi: 'max(v)' };
    const over = { calculation: calculation({ measures }), live: { state: 'running', baseline: 'none' } };
    const one = new Case({ 'archive.csv': archive, 'live.csv': file }, over);
    one.write('value.json', planText({ ...over, patch: { guard: 'value' } }));
    const delta = (await one.preview()).json.patch.seal;
    const value = (await one.preview({ plan: 'value.json', out: 'value' })).json.patch.seal;
    expect(value).not.toBe(delta);
    one.write('live.csv', 'k,total,n,hi\na,105,2,5\n'); // the consumer goes on
    expect(error(await one.apply(value, { out: 'value' }))).toEqual([4, 'patch.stale']);
    expect((await one.apply(delta)).json.status).toBe('applied');
    expect(one.read('live.csv')).toBe('k,total,n,hi\na,111,3,6\nn,1,1,1\n');
    one.write('live.csv', 'k,total,n,hi\na,211,4,6\nn,1,1,1\n');
    expect((await one.verify()).json).toEqual({ cells: 2, match: 1, differ: 0, moved: 1 });
    expect((await one.undo(delta)).json.status).toBe('undone');
    expect(one.read('live.csv')).toBe('k,total,n,hi\na,205,3,5\n');
  });
});

describe('what blocks', () => {
  const archive = lines(
    'id,time,k,v',
    `e1,${at('12:10')},a,1`,
    `e2,${at('10:10')},a,1`,
    `e3,${at('10:20')},b,1`,
  );
  const live = lines(
    'k,h,total',
    `a,${at('12:00')},2`,
    `a,${at('10:00')},1`,
    `b,${at('10:00')},7`,
    `x,${at('12:00')},3`,
  );

  it('control: the healthy stretch without what the window affects', async () => {
    const control = { from: at('10:00'), to: at('11:00') };
    const one = new Case({ 'archive.csv': archive, 'live.csv': live }, { live: HOUR, control });
    const found = await one.preview();
    expect(found.json.control).toEqual({ cells: 2, differ: 1 });
    expect(found.json.patch.blocked_by).toEqual(['control_differs']);
    expect(brief(found.rows, 'class', 'k')).toEqual(['changed a', 'only_in_live x']);
    expect(error(await one.apply(found.json.patch.seal))).toEqual([4, 'patch.blocked']);
    one.write('empty.json', planText({ live: HOUR, control: { from: at('12:30'), to: at('13:00') } }));
    const empty = await one.preview({ plan: 'empty.json', out: 'empty' });
    expect(empty.json.control).toEqual({ cells: 0, differ: 0 });
    expect(empty.json.warnings.map((w: Printed) => w.code)).toContain('control_empty');
  });

  it('archive_gap: only where a row would be deleted, unless the archive shows or the operator states that none is missing', async () => {
    const one = new Case(
      { 'archive.csv': archive, 'live.csv': live },
      { live: HOUR, patch: { only_in_live: 'delete' } },
    );
    const plain = await one.preview();
    expect(plain.json.patch).toMatchObject({ deletes: 1, blocked_by: ['archive_gap'] });
    one.write(
      'complete.json',
      planText({ live: HOUR, patch: { only_in_live: 'delete', archive_is_complete: true } }),
    );
    expect((await one.preview({ plan: 'complete.json', out: 'complete' })).json.patch.blocked_by).toEqual([]);
    const head = 'id,time,k,v';
    const put = (hour: string): void =>
      one.write(`hive/date=2024-06-10/hour=${hour}/f.csv`, lines(head, `h${hour},${at(`${hour}:10`)},a,1`));
    for (const hour of ['09', '10', '11', '12', '13', '14', '15']) put(hour);
    const hive = {
      archive: { at: 'hive/**/*.csv', slack: '1h' },
      live: HOUR,
      patch: { only_in_live: 'delete' },
    };
    one.write('hive.json', planText(hive));
    const whole = await one.preview({ plan: 'hive.json', out: 'hive-out' });
    expect(whole.json.patch).toMatchObject({ deletes: 1, blocked_by: [] });
    // a partition that is there and was not needed is no gap: 11:00 between the control and the window
    one.write(
      'far.json',
      planText({
        ...hive,
        control: { from: at('09:00'), to: at('10:00') },
        archive: { at: 'hive/**/*.csv', slack: '0h' },
      }),
    );
    expect((await one.preview({ plan: 'far.json', out: 'far' })).json).toMatchObject({
      archive: { files: 2 },
      patch: { blocked_by: expect.not.arrayContaining(['archive_gap']) },
    });
    // 12:00 to 13:00 widened by an hour on both sides meets 11 to 13 (10 and 14 only touch)
    expect(whole.json.archive).toMatchObject({ files: 3, files_skipped: 4, records: 3 });
    rmSync(one.path('hive/date=2024-06-10/hour=12'), { recursive: true });
    one.write(
      'hive/date=2024-06-10/hour=13/g.csv',
      lines(head, `late,${at('12:30')},a,1`, `far,${at('10:30')},z,1`),
    );
    const gap = await one.preview({ plan: 'hive.json', out: 'gap' });
    expect(gap.json.patch).toMatchObject({ blocked_by: ['archive_gap'] });
    expect(gap.json.warnings).toContainEqual({
      code: 'partition_missing',
      message: `The archive has no partition for ${at('12:00:00.000000')} to ${at('13:00:00.000000')}. Events of that time, if there were any, are not in the recalculation.`,
    });
    expect(gap.json.archive.outside_partition).toBe(2);
    expect(gap.json.warnings.map((w: Printed) => w.code)).toContain('beyond_slack');
  });
});

describe('the same inputs', () => {
  it('give the same bytes and seal in any folder, on any number of threads; renamed and shuffled files change the manifest only', async () => {
    const rows = Array.from(
      { length: 400 },
      (_, i) =>
        `e${i},${at(`12:${String(i % 60).padStart(2, '0')}`)},k${i % 37},${((i * 7919) % 1000) / 7},é${i}`,
    );
    const over = {
      archive: { at: 'in/*.csv', types: { v: 'double' } },
      calculation: calculation({ measures: { total: 'sum(v)', mean: 'avg(v)', note: 'last(note)' } }),
    };
    const put = (first: number, order: string[], names: [string, string]): Case =>
      new Case(
        {
          [`in/${names[0]}`]: lines('id,time,k,v,note', ...order.slice(0, first)),
          [`in/${names[1]}`]: lines('id,time,k,v,note', ...order.slice(first)),
          'live.csv': 'k,total,mean,note\nk1,1,1,x\n',
        },
        over,
      );
    const [one, two] = [put(200, rows, ['a.csv', 'b.csv']), put(200, rows, ['a.csv', 'b.csv'])];
    const first = await one.preview({ env: { RECOUNT_THREADS: '1' } });
    const second = await two.preview({
      env: {
        RECOUNT_THREADS: '4',
        TZ: 'Asia/Tokyo',
        LANG: 'de_DE.UTF-8',
        RECOUNT_DATA_DIR: two.path('data'),
      },
    });
    const shuffled = await put(123, rows.toReversed(), ['z.csv', '0.csv']).preview();
    expect(second.json.patch.seal).toBe(first.json.patch.seal);
    for (const name of ['discrepancies.csv', 'corrections.csv', 'rejects.csv', 'discrepancies.parquet'])
      expect([name, sha256(two.read(`out/${name}`))]).toEqual([name, sha256(one.read(`out/${name}`))]);
    expect(shuffled.csv).toBe(first.csv);
    expect(shuffled.json.checksums).toEqual(first.json.checksums);
    expect(shuffled.json.archive.manifest_sha256).not.toBe(first.json.archive.manifest_sha256);
    expect(shuffled.json.patch.seal).not.toBe(first.json.patch.seal);
    one.write('titled.json', planText({ ...over, title: 'another title' }));
    expect((await one.preview({ plan: 'titled.json', out: 'titled' })).json.patch.seal).toBe(
      first.json.patch.seal,
    );
    one.write('live.csv', 'k,total,mean,note\nk1,1,1,y\n');
    expect((await one.preview({ out: 'other' })).json.patch.seal).not.toBe(first.json.patch.seal);
  });

  it('sorts keys as their types do, quotes by RFC 4180, and says all of the summary', async () => {
    const keys = ['10', '9', '-1', '100'];
    const texts = ['b', 'B', 'ä', 'Z', '"q"', 'a,b', 'two\nlines', '😀', ' x', ''];
    const archive = lines(
      'id,time,n,s,v',
      ...keys.map((k, i) => `n${i},${at('12:00')},${k},t,1`),
      ...texts.map((s, i) => `s${i},${at('12:00')},0,"${s.replaceAll('"', '""')}",1`),
    );
    const over = { calculation: calculation({ keys: { n: 'n', s: 's' } }), live: { keys: ['n', 's'] } };
    const one = new Case({ 'archive.csv': archive, 'live.csv': 'n,s,total\n' }, over);
    const found = await one.preview();
    const sorted = texts.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(found.rows.map((r) => [r.n, r.s])).toEqual([
      ['-1', 't'],
      ...sorted.map((s) => ['0', s]),
      ['9', 't'],
      ['10', 't'],
      ['100', 't'],
    ]);
    expect(found.csv).toContain('missing_in_live,0,"two\nlines",,1,1,1,0\n');
    expect(found.csv).not.toContain('\r');
    expect(found.json).toMatchObject({
      window: {
        from: '2024-06-10T12:00:00.000000Z',
        to: '2024-06-10T13:00:00.000000Z',
        clock: 'time',
        spill_over: [],
      },
      archive: {
        files: 1,
        files_skipped: 0,
        bytes: statSync(one.path('archive.csv')).size,
        records: 14,
        accepted: 14,
        duplicates: 0,
        conflicting_ids: 0,
        rejected: 0,
        pending: 0,
        outside_partition: 0,
      },
      cells: {
        affected: 14,
        match: 0,
        changed: 0,
        missing_in_live: 14,
        only_in_live: 0,
        deleted: 0,
        superseded: 0,
        pending: 0,
      },
      net_delta: { total: '14' },
      patch: { updates: 0, inserts: 14, deletes: 0, blocked_by: [] },
      calculation: { name: 'c', versions: [1] },
      warnings: [],
      engine: { name: 'duckdb' },
      elapsed_ms: expect.any(Number),
    });
    expect(found.json.control).toBeUndefined();
    expect(JSON.parse(one.read('out/summary.json'))).toEqual(found.json);
    expect(found.corrections.split('\n')[0]).toBe('n,s,total');
    expect(existsSync(one.path('out/patch.json'))).toBe(true);
  });
});
