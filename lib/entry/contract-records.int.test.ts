import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { brief, Case, calculation, duckdb, lines, type Printed, planText } from '#lib/entry/contract.testing';

// docs/recovery-plan.md, section 1: records and what becomes of them.

const at = (clock: string): string => `2024-06-10T${clock}${clock.length === 5 ? ':00' : ''}Z`;
const warnings = (ran: { json: Printed }): string[] => ran.json.warnings.map((w: Printed) => w.code).sort();

describe('records', () => {
  it('folds duplicates by content, blocks conflicts, and first or last go by arrival, never by file', async () => {
    const head = 'id,time,arr,seq,k,v,note';
    const files = [
      [
        `d1,${at('12:10')},${at('12:12')},5,a,1.50,n`,
        `c1,${at('12:10')},${at('12:30')},1,b,7,late`,
        `s1,${at('12:10')},${at('12:10')},2,c,2,second`,
      ],
      [
        `d1,${at('12:10')},${at('12:11')},9,a,1.5,n`, // the same typed value, another arrival and sequence
        `d1,2024-06-10T14:10:00+02:00,${at('12:13')},1,a,1.500,n`,
        `c1,${at('12:10')},${at('12:20')},9,b,5,early`,
        `s1,${at('12:10')},${at('12:10')},1,c,3,first`,
        `n1,${at('12:10')},${at('12:10')},1,d,1,`,
        `n1,${at('12:10')},${at('12:10')},1,d,1,""`, // NULL is not the empty string
      ],
    ];
    const put = (order: number[]): Record<string, string> =>
      Object.fromEntries(order.map((f, i) => [`in/${i}.csv`, lines(head, ...(files[f] ?? []))]));
    const over = (conflicts: string) => ({
      archive: { at: 'in/*.csv', conflicts, fields: { ingested: 'arr', sequence: 'seq' } },
      calculation: calculation({ measures: { total: 'sum(v)', n: 'count(note)' } }),
    });
    const one = new Case({ ...put([0, 1]), 'live.csv': 'k,total,n\n' }, over('block'));
    const blocked = await one.preview();
    expect(blocked.json.archive).toMatchObject({ records: 9, conflicting_ids: 3, rejected: 0 });
    expect(blocked.json.archive.accepted + blocked.json.archive.duplicates).toBe(9);
    expect(blocked.json.patch.blocked_by).toEqual(['conflicting_ids']);
    expect(brief(blocked.rows.slice(0, 1), 'k', 'total_recalculated', 'events', 'duplicates')).toEqual([
      'a 1.500 1 2',
    ]);
    const refused = await one.apply(blocked.json.patch.seal);
    expect([refused.exit, refused.json.error.code]).toEqual([4, 'patch.blocked']);
    one.write('first.json', planText(over('first')));
    one.write('last.json', planText(over('last')));
    const first = await one.preview({ plan: 'first.json', out: 'first' });
    const last = await one.preview({ plan: 'last.json', out: 'last' });
    expect(brief(first.rows.slice(1, 3), 'k', 'total_recalculated')).toEqual(['b 5.000', 'c 3.000']);
    expect(brief(last.rows.slice(1, 3), 'k', 'total_recalculated')).toEqual(['b 7.000', 'c 2.000']);
    expect([first.json.patch.blocked_by, last.json.archive.conflicting_ids]).toEqual([[], 3]);
    const other = new Case({ ...put([1, 0]), 'live.csv': 'k,total,n\n' }, over('first'));
    expect((await other.preview()).csv).toBe(first.csv);
  });

  it('quarantines what cannot be read with file, line and reason, and balances', async () => {
    const long = 'x'.repeat(1500);
    const archive = [
      'id,time,k,v',
      `e1,${at('12:10')},a,1`,
      `e2,not a time,a,2`,
      `,${at('12:10')},a,4`,
      `e4,,a,8`,
      `e5,${at('12:10')},,16`,
      '',
      `e6,${at('12:10')},"two`,
      `lines",32`,
      `e7,${at('12:10')},a`,
      `e8,${at('12:10')},a,64,more`,
      `e9,${long},a,1`,
      `f1,2024-06-31T12:10:00Z,a,128`,
      `f2,${at('12:10')},a,256`,
    ].join('\r\n');
    const one = new Case(
      { 'archive.csv': archive, 'live.csv': 'k,total\na,257\n' },
      { archive: { rejects: 8 } },
    );
    const found = await one.preview();
    const rejected = found.rejects.split('\n').map((l) => l.split(',').slice(0, 2).join());
    expect(found.json.archive).toMatchObject({ records: 11, accepted: 3, duplicates: 0, rejected: 8 });
    expect(rejected.filter((l) => l.startsWith('archive.csv')).map((l) => l.split(',')[1])).toEqual([
      '3',
      '4',
      '5',
      '6',
      '10',
      '11',
      '12',
      '13',
    ]);
    expect(found.json.patch.blocked_by).toEqual([]);
    expect(found.rejects).toContain(`archive.csv,6,key: k is NULL,"e5,${at('12:10')},,16"`);
    expect(found.rejects).toContain('x'.repeat(900));
    expect(found.rejects).not.toContain('x'.repeat(1001));
    expect(brief(found.rows, 'class', 'k')).toEqual(['missing_in_live two\r\nlines']);
    one.write('percent.json', planText({ archive: { rejects: '72.7%' } })); // 8 of 11 is 72.73%
    expect((await one.preview({ plan: 'percent.json', out: 'p' })).json.patch.blocked_by).toEqual([
      'rejects',
    ]);
    one.write('none.json', planText({ archive: { rejects: '72.8%' } }));
    expect((await one.preview({ plan: 'none.json', out: 'n' })).json.patch.blocked_by).toEqual([]);
  });

  it('a file that cannot be read to its end is an error and leaves nothing', async () => {
    const csv = lines(
      'id,time,k,v',
      ...Array.from({ length: 4000 }, (_, i) => `e${i},${at('12:10')},a,${i * 7919}`),
    );
    const whole = gzipSync(csv);
    const one = new Case({ 'in/a.csv.gz': whole, 'live.csv': 'k,total\n' }, { archive: { at: 'in/*' } });
    expect((await one.preview()).json.archive.records).toBe(4000);
    one.write('in/b.csv.gz', whole.subarray(0, whole.length - 9));
    const cut = await one.preview({ out: 'cut' });
    expect([cut.exit, cut.code, one.has('cut')]).toEqual([5, 'archive.unreadable', false]);
    expect(cut.json.error.message).toContain('b.csv.gz');
    await duckdb(
      `copy (select 'e' id, timestamp '2024-06-10 12:10:00' as time, 'a' k, 1 v) to '${one.path('p.parquet')}' (format parquet)`,
    );
    one.write(
      'broken/p.parquet',
      new Uint8Array(Buffer.from(one.read('p.parquet'), 'utf8').subarray(0, 200)),
    );
    one.write('broken.json', planText({ archive: { at: 'broken/*', timezone: 'UTC' } }));
    const broken = await one.preview({ plan: 'broken.json', out: 'broken-out' });
    expect([broken.exit, broken.code]).toEqual([5, 'archive.unreadable']);
    one.write('nothing.json', planText({ archive: { at: 'nothing/**/*.csv' } }));
    const nothing = await one.preview({ plan: 'nothing.json', out: 'nothing-out' });
    expect([nothing.exit, nothing.code]).toEqual([5, 'archive.not_found']);
    one.write('nolive.json', planText({ archive: { at: 'in/a*' }, live: { store: 'missing.csv' } }));
    const nolive = await one.preview({ plan: 'nolive.json', out: 'nolive-out' });
    expect([nolive.exit, nolive.code]).toEqual([5, 'live.not_found']);
  });

  it('quarantines local times that the zone skips or repeats', async () => {
    const archive = lines(
      'id,time,k,v',
      'e1,2024-03-31 02:30:00,a,1',
      'e2,2024-10-27 02:30:00,a,2',
      'e3,2024-10-27 03:00:00,a,4',
      'e4,2024-10-27T02:30:00+01:00,a,8',
    );
    const over = {
      archive: { timezone: 'Europe/Berlin' },
      window: { from: '2024-01-01T00:00:00Z', to: '2025-01-01T00:00:00Z' },
    };
    const found = await new Case({ 'archive.csv': archive, 'live.csv': 'k,total\na,12\n' }, over).preview();
    expect(found.rejects.match(/archive\.csv,\d+/g)).toEqual(['archive.csv,2', 'archive.csv,3']);
    expect(found.json.cells).toMatchObject({ match: 1 });
  });

  it('an archive without an id, with nothing in the window, warns', async () => {
    const archive = lines('time,k,v', `${at('11:00')},a,1`, `${at('11:00')},a,1`);
    const over = { archive: { fields: { id: undefined } } };
    const found = await new Case({ 'archive.csv': archive, 'live.csv': 'k,total\n' }, over).preview();
    expect(warnings(found)).toEqual(['no_events', 'no_id']);
    expect(found.json.archive).toMatchObject({ records: 2, accepted: 2, duplicates: 0 });
  });

  it('warns of events after now, which count as their time says [bad input 76]', async () => {
    const archive = lines('id,time,k,v', 'e1,2999-06-10T12:00:00Z,a,1', `e2,${at('12:00')},a,1`);
    const found = await new Case({ 'archive.csv': archive, 'live.csv': 'k,total\na,1\n' }).preview();
    expect(found.json.warnings).toEqual([
      {
        code: 'future_events',
        message: '1 record has a time more than an hour after now; such times are taken as they are.',
      },
    ]);
    expect(found.json.cells).toMatchObject({ affected: 1, match: 1 });
  });

  it('warns where a patch would write what is no finite number', async () => {
    const archive = lines('id,time,k,v', `e1,${at('12:00')},a,1e308`, `e2,${at('12:01')},a,1e308`);
    const found = await new Case({ 'archive.csv': archive, 'live.csv': 'k,total\n' }).preview();
    expect(brief(found.rows, 'class', 'total_recalculated')).toEqual(['missing_in_live inf']);
    expect(warnings(found)).toEqual(['not_finite']);
  });
});
