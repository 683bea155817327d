import { describe, expect, it } from 'vitest';
import { brief, Case, calculation, duckdb, lines, type Printed, planText } from '#lib/entry/contract.testing';

// docs/recovery-plan.md, section 2: cells.

const at = (clock: string): string => `2024-06-10T${clock}${clock.length === 5 ? ':00' : ''}Z`;
const warnings = (ran: { json: Printed }): string[] => ran.json.warnings.map((w: Printed) => w.code).sort();
const bucketed = (over: Record<string, string> = {}) => ({
  state: 'bucketed',
  bucket: { column: 'h', size: '1h', timezone: 'UTC' },
  ...over,
});
const INGESTED = { fields: { ingested: 'arr' } };

describe('bucketed', () => {
  it('sums whole buckets, also outside the window; a window by arrival spills over into earlier buckets', async () => {
    const archive = lines(
      'id,time,arr,k,v',
      `e1,${at('11:10')},${at('12:20')},a,1`, // arrived in the window: its earlier bucket is affected
      `e2,${at('11:50')},${at('11:50')},a,2`, // … and sums this one too
      `e3,${at('11:59')},${at('11:59')},b,4`, // not affected
      `e4,${at('12:05')},${at('12:05')},a,8`, // the window begins at 12:15, inside the bucket
      `e5,${at('12:15')},${at('12:15')},a,16`,
      `e6,${at('12:59:59.999999')},${at('12:59:59.999999')},a,32`,
      `e7,${at('13:00')},${at('12:45')},c,64`, // in a later bucket, by its time
      `e8,${at('12:30')},${at('12:45')},d,128`, // arrived at the window's end: outside
    );
    const live = lines(
      'k,h,total',
      `a,${at('11:00')},3`,
      `b,${at('11:00')},999`,
      `a,${at('12:00')},56.0`,
      `x,${at('12:00')},5`, // no event whatever, in a bucket of the window
      `x,${at('11:00')},6`, // … in a bucket that is affected by spill-over
      `x,${at('10:00')},7`,
      `c,${at('13:00')},0`,
    );
    const window = { from: at('12:15'), to: at('12:45'), clock: 'ingested' };
    const one = new Case(
      { 'archive.csv': archive, 'live.csv': live },
      { archive: INGESTED, window, live: bucketed() },
    );
    one.write(
      'time.json',
      planText({ archive: INGESTED, window: { ...window, clock: 'time' }, live: bucketed() }),
    );
    const ingested = await one.preview();
    expect(brief(ingested.rows, 'class', 'k', 'h', 'total_delta', 'events')).toEqual([
      `only_in_live x ${at('11:00:00.000000')} -6 0`,
      `only_in_live x ${at('12:00:00.000000')} -5 0`,
    ]);
    expect(ingested.json.cells).toMatchObject({ affected: 2, match: 2, only_in_live: 2, pending: 0 });
    expect(ingested.json.window.spill_over.length).toBe(1);
    expect(JSON.stringify(ingested.json.window.spill_over)).toContain('2024-06-10T11:00:00.000000Z');
    expect(ingested.json.patch).toMatchObject({ updates: 0, inserts: 0, deletes: 0 });
    const time = await one.preview({ plan: 'time.json', out: 'time' });
    // by time: e5 makes (a, 12:00), e8 (d, 12:00) affected
    expect(brief(time.rows, 'class', 'k', 'h', 'total_recalculated')).toEqual([
      `missing_in_live d ${at('12:00:00.000000')} 128`,
      `only_in_live x ${at('12:00:00.000000')} ~`,
    ]);
    expect(time.json.cells).toMatchObject({ affected: 2, match: 1 });
    expect(time.json.window.spill_over).toEqual([]);
  });

  it('leaves buckets after the cut out, and takes no live row for wrong that has an event anywhere', async () => {
    const archive = lines(
      'id,time,arr,k,v',
      `e1,${at('12:10')},${at('12:10')},a,1`,
      `e2,${at('13:10')},${at('13:10')},a,2`,
      `e3,${at('12:40')},${at('13:40')},b,4`, // of the first bucket, arrived after the cut
      `e4,${at('12:01')},${at('12:01')},b,8`,
    );
    const live = lines(
      'k,h,total',
      `a,${at('12:00')},1`,
      `a,${at('13:00')},1`,
      `z,${at('13:00')},1`,
      `b,${at('12:00')},8`,
    );
    const window = { from: at('12:00'), to: at('13:20') };
    const over = { archive: INGESTED, window, live: bucketed({ cut: at('13:30') }) };
    const one = new Case({ 'archive.csv': archive, 'live.csv': live }, over);
    const found = await one.preview();
    // (a,13:00) and the eventless (z,13:00) end at 14:00, after the cut; b holds e3, by time before the cut
    expect(found.json.cells).toMatchObject({
      affected: 3,
      match: 1,
      changed: 1,
      pending: 1,
      only_in_live: 0,
    });
    expect(brief(found.rows, 'class', 'k', 'total_recalculated')).toEqual(['changed b 12']);
    expect(warnings(found)).toEqual(['cut_clock']);
    one.write('arrival.json', planText({ ...over, window: { ...window, clock: 'ingested' } }));
    const arrival = await one.preview({ plan: 'arrival.json', out: 'arrival' });
    expect(arrival.json.cells).toMatchObject({ affected: 2 + 1, match: 2, changed: 0, pending: 1 });
    expect(arrival.json.archive.pending).toBe(1);
    expect(warnings(arrival)).toEqual(['cut_unproved']);
    one.write('open.json', planText({ ...over, live: bucketed() }));
    const open = await one.preview({ plan: 'open.json', out: 'open' });
    expect(warnings(open)).toEqual(['bucket_open']);
    expect(brief(open.rows, 'class', 'k', 'h')).toEqual([
      `changed a ${at('13:00:00.000000')}`,
      `changed b ${at('12:00:00.000000')}`,
      `only_in_live z ${at('13:00:00.000000')}`,
    ]);
  });

  it('cuts buckets by the local clock: days of 23 and 25 hours, the repeated hour, weeks and months', async () => {
    const archive = lines(
      'id,time,k,v',
      'e1,2024-03-30T22:59:59Z,a,1', // 30 March, 23:59 in Berlin
      'e2,2024-03-30T23:00:00Z,a,2', // 31 March
      'e3,2024-03-31T21:59:59.999999Z,a,4', // 31 March, 23:59 in summer time: 23 hours
      'e4,2024-03-31T22:00:00Z,a,8', // 1 April
      'e5,2024-10-26T22:00:00Z,a,16', // 27 October, 25 hours
      'e6,2024-10-27T22:59:59Z,a,32',
      'e7,2024-10-27T00:30:00Z,a,64', // 02:30, the first
      'e8,2024-10-27T01:30:00Z,a,128', // 02:30, the second
    );
    const run = async (size: string, live: string): Promise<string[]> => {
      const bucket = { column: 'h', size, timezone: 'Europe/Berlin' };
      const window = { from: '2024-01-01T00:00:00Z', to: '2025-01-01T00:00:00Z' };
      const over = { window, live: { ...bucketed(), bucket } };
      const found = await new Case({ 'archive.csv': archive, 'live.csv': live }, over).preview();
      return brief(found.rows, 'h', 'total_recalculated', 'total_live');
    };
    const head = 'k,h,total\n';
    // a live time without a zone is read in bucket.timezone
    expect(
      await run('1d', `${head}a,2024-03-31,0\na,2024-04-01 00:00:00,0\na,2024-10-27T00:00:00,0\n`),
    ).toEqual([
      '2024-03-29T23:00:00.000000Z 1 ~',
      '2024-03-30T23:00:00.000000Z 6 0',
      '2024-03-31T22:00:00.000000Z 8 0',
      '2024-10-26T22:00:00.000000Z 240 0',
    ]);
    const zoned = `${head}a,2024-10-27T00:00:00Z,64\n`;
    expect((await run('1h', zoned)).filter((r) => r.startsWith('2024-10-27T0'))).toEqual([
      '2024-10-27T01:00:00.000000Z 128 ~',
    ]);
    const local = `${head}a,2024-10-27T02:00:00,64\n`;
    expect((await run('1h', local)).filter((r) => r.startsWith('2024-10-27T0'))).toEqual([
      '2024-10-27T00:00:00.000000Z 192 64',
    ]);
    expect(await run('1w', head)).toEqual([
      '2024-03-24T23:00:00.000000Z 7 ~',
      '2024-03-31T22:00:00.000000Z 8 ~',
      '2024-10-20T22:00:00.000000Z 240 ~',
    ]);
    expect(await run('1mo', head)).toEqual([
      '2024-02-29T23:00:00.000000Z 7 ~',
      '2024-03-31T22:00:00.000000Z 8 ~',
      '2024-09-30T22:00:00.000000Z 240 ~',
    ]);
  });
});

describe('window, running and latest', () => {
  it('window: exactly the events of the window, to the microsecond; rows without any are only in live', async () => {
    const archive = lines(
      'id,time,k,v',
      `e1,${at('11:59:59.999999')},a,1`,
      `e2,${at('12:00')},a,2`,
      `e3,${at('12:59:59.999999')},a,4`,
      `e4,${at('13:00')},a,8`,
      `e5,${at('11:00')},b,16`,
    );
    const live = lines('k,total', 'a,6', 'b,16', 'c,1');
    const found = await new Case({ 'archive.csv': archive, 'live.csv': live }).preview();
    expect(brief(found.rows, 'class', 'k')).toEqual(['only_in_live b', 'only_in_live c']);
    expect(found.json.cells).toMatchObject({ affected: 1, match: 1 });
    expect(warnings(found)).toEqual([]);
  });

  it('running: the baseline and the events from its instant to the cut', async () => {
    const archive = lines(
      'id,time,k,v,w',
      `e0,${at('08:59:59')},a,1000,x`, // in the baseline already
      `e1,${at('09:00')},a,1,a1`,
      `e2,${at('12:30')},a,2,a2`,
      `e3,${at('12:40')},b,4,`,
      `e4,${at('14:00')},a,8,late`, // after the cut
      `e5,${at('12:50')},n,5,new`,
      `e6,${at('10:00')},q,9,quiet`, // no event in the window
    );
    const live = lines('k,total,n,hi,w', 'a,1003,3,1000,a2', 'b,0,0,0,base', 'q,0,0,0,');
    const base = lines('k,total,n,hi,w', 'a,1000,1,1000,a0', 'b,100,2,60,base');
    const measures = { total: 'sum(v)', n: 'count(*)', hi: 'max(v)', w: 'last(w)' };
    const over = {
      calculation: calculation({ measures }),
      live: { state: 'running', baseline: { at: at('09:00'), table: 'base.csv' }, cut: at('13:30') },
    };
    const found = await new Case(
      { 'archive.csv': archive, 'live.csv': live, 'base.csv': base },
      over,
    ).preview();
    const names = ['class', 'k', ...Object.keys(measures).map((m) => `${m}_recalculated`), 'events'];
    expect(brief(found.rows, ...names)).toEqual([
      'changed b 104 3 60 ~ 1', // the newer value is NULL
      'missing_in_live n 5 1 5 new 1',
    ]);
    expect(found.json.cells).toMatchObject({ affected: 3, match: 1, only_in_live: 0 });
    expect(found.json.archive.pending).toBe(1);
    expect(warnings(found)).toEqual(['cut_unproved']);
    const other = {
      total: 'avg(v)',
      n: 'count(distinct v)',
      hi: 'max(v) + 1',
      w: "last(w) filter (where w = 'x')",
    };
    const odd = new Case(
      { 'archive.csv': archive, 'live.csv': live, 'base.csv': base },
      {
        ...over,
        calculation: calculation({ measures: other }),
      },
    );
    const refused = await odd.check();
    expect(refused.exit).toBe(2);
    const told = refused.json.error.problems.map((p: Printed) => `${p.code} ${p.path.split('.').at(-1)}`);
    expect(told).toEqual(['total', 'n', 'hi'].map((m) => `plan.live.baseline.not_mergeable ${m}`));
    const { w } = other;
    odd.write('w.json', planText({ ...over, calculation: calculation({ measures: { w } }) }));
    const filtered = await odd.preview({ plan: 'w.json' });
    // no event passes the filter: the baseline's value stays
    expect(brief(filtered.rows, 'k', 'w_recalculated')).toEqual(['a a0', 'n ~']);
  });

  it('the cut as a live column: up to and including its value; NULL or no row: the end of the archive', async () => {
    const archive = lines(
      'id,time,k,v',
      ...['a', 'b', 'c'].flatMap((k, i) => [
        `${k}1,${at('12:10')},${k},1`,
        `${k}2,${at('12:20')},${k},2`,
        `${k}3,${at('12:20:00.000001')},${k},${4 + i}`,
      ]),
    );
    const live = lines('k,total,seen', `a,3,${at('12:20')}`, 'b,8,');
    const over = { live: { state: 'running', baseline: 'none', cut: 'seen' } };
    const found = await new Case({ 'archive.csv': archive, 'live.csv': live }, over).preview();
    expect(brief(found.rows, 'class', 'k', 'total_recalculated')).toEqual(['missing_in_live c 9']);
    expect(found.json.cells).toMatchObject({ affected: 3, match: 2, missing_in_live: 1 });
    expect(found.json.archive.pending).toBe(1);
    expect(warnings(found)).toEqual([]);
  });

  it('latest: the newest event, tombstones, superseded', async () => {
    const archive = lines(
      'id,time,seq,op,k,v',
      `e1,${at('12:10')},1,set,a,old`,
      `e2,${at('12:10')},2,set,a,new`, // by sequence
      `e3,${at('12:20')},1,set,b,gone`,
      `e4,${at('12:30')},1,delete,b,`,
      `e5,${at('12:20')},1,set,c,x`,
      `e6,${at('12:30')},1,delete,c,`, // no live row: a match
      `e7,${at('12:20')},1,set,d,bad`,
      `e8,${at('14:00')},1,set,d,good`, // live is equal to what came later
      `e9,${at('12:20')},1,set,e,bad`,
      `f1,${at('14:00')},1,set,e,good`,
      `f2,${at('12:20')},1,set,f,back`,
      `f3,${at('12:10')},1,delete,f,`, // an older tombstone
      `f4,${at('14:00')},1,set,g,outside`,
      `f5,${at('12:00')},1,set,h,`, // NULL is a value
    );
    const live = lines('k,v', 'a,old', 'b,gone', 'd,good', 'e,bad', 'f,back', 'x,y', 'g,nope', 'h,was');
    const over = {
      archive: { fields: { sequence: 'seq', deleted: "op = 'delete'" } },
      calculation: calculation({ measures: { v: 'last(v)' } }),
      live: { state: 'latest' },
    };
    const one = new Case({ 'archive.csv': archive, 'live.csv': live }, over);
    const found = await one.preview();
    expect(brief(found.rows, 'class', 'k', 'v_live', 'v_recalculated')).toEqual([
      'changed a old new',
      'deleted b gone ~',
      'superseded d good good',
      'changed e bad good',
      'changed h was ~',
    ]);
    expect(found.json.cells).toMatchObject({
      affected: 7,
      match: 2,
      changed: 3,
      deleted: 1,
      superseded: 1,
      only_in_live: 0,
    });
    expect(found.json.patch).toMatchObject({ updates: 3, inserts: 0, deletes: 1 });
    expect(warnings(found)).toEqual(['no_cut']);
  });
});

it('checksums are equal exactly when every cell is a match or superseded; a cut and a NULL tombstone hold for latest', async () => {
  const archive = lines(
    'id,time,op,k,v',
    `e1,${at('12:10')},set,a,x`,
    `e2,${at('15:00')},set,a,late`, // after the cut
    `e3,${at('12:10')},,b,y`, // only TRUE is a tombstone
    `e4,${at('12:10')},set,d,w`,
    `e5,${at('13:30')},set,d,w2`,
  );
  const over = {
    archive: { fields: { deleted: "op = 'delete'" } },
    calculation: calculation({ measures: { v: 'last(v)' } }),
    live: { state: 'latest', cut: at('14:00') },
  };
  const one = new Case({ 'archive.csv': archive, 'live.csv': lines('k,v', 'a,x', 'b,y', 'd,w2') }, over);
  const equal = await one.preview();
  expect(equal.json.cells).toMatchObject({ affected: 3, match: 2, superseded: 1 });
  expect(equal.json.checksums.live).toBe(equal.json.checksums.recalculated);
  expect([equal.json.archive.pending, warnings(equal)]).toEqual([1, ['cut_unproved']]);
  one.write('live.csv', lines('k,v', 'a,x', 'b,y', 'd,w'));
  const differs = await one.preview({ out: 'differs' });
  expect(brief(differs.rows, 'class', 'k')).toEqual(['changed d']);
  expect(differs.json.checksums.live).not.toBe(differs.json.checksums.recalculated);
});

describe('partitions', () => {
  it('opens by hive keys what the window, the affected buckets and the slack need, by arrival too', async () => {
    const hours = ['07', '08', '09', '10', '11', '12', '13', '14', '15'];
    const head = 'id,time,arr,k,v';
    const folder = (hour: string): string => `h/date=2024-06-10/hour=${hour}`;
    const files = Object.fromEntries(
      hours.map((h) => [`${folder(h)}/f.csv`, lines(head, `n${h},${at(`${h}:10`)},${at(`${h}:10`)},a,1`)]),
    );
    const late = lines(head, `late,${at('07:30')},${at('12:30')},a,10`);
    const live = lines('k,h,total', `a,${at('07:00')},1`, `a,${at('12:00')},1`);
    const found = await new Case(
      { ...files, [`${folder('12')}/late.csv`]: late, 'live.csv': live },
      {
        archive: { at: 'h/**/*.csv', slack: '30m', ...INGESTED },
        window: { clock: 'ingested' },
        live: bucketed(),
      },
    ).preview();
    // 11 to 13 for the window and its bucket, 07 and 08 for the bucket that the late event belongs to
    expect(found.json.archive).toMatchObject({
      files: 6,
      files_skipped: 4,
      records: 6,
      outside_partition: 1,
    });
    expect(brief(found.rows, 'class', 'h', 'total_recalculated', 'events')).toEqual([
      `changed ${at('07:00:00.000000')} 11 2`,
    ]);
    expect(found.json.window.spill_over).toEqual([at('07:00:00.000000')]);
    expect(warnings(found)).toEqual(['beyond_slack']);
  });

  it('reads JSON as lines, concatenated and as an array, to the last digit', async () => {
    const big = '12345678901234567890123456789.12';
    const objects = [
      `{"id":"e1","time":"${at('12:10')}","k":"a","v":${big}}`,
      `{"v":0.30,"k":"a","time":"${at('12:11')}","id":"e2","more":{"x":[1]}}`,
      `{"id":"e3","time":"nope","k":"a","v":1}`,
      `{"id":"e4","time":"${at('12:11')}","k":null,"v":1}`,
    ];
    const files = {
      'lines.json': `${objects.join('\n')}\n`,
      'joined.json': objects.join(''),
      'array.json': `[\n${objects.join(',\n')}\n]`,
      'live.csv': 'k,total\n',
    };
    const one = new Case(files);
    for (const name of ['lines', 'joined', 'array']) {
      one.write(`${name}.plan`, planText({ archive: { at: `${name}.json`, rejects: 2 } }));
      const found = await one.preview({ plan: `${name}.plan`, out: name });
      expect([name, ...brief(found.rows, 'k', 'total_recalculated')]).toEqual([
        name,
        `a ${big.slice(0, -2)}42`,
      ]);
      expect(found.json.archive).toMatchObject({ records: 4, accepted: 2, rejected: 2 });
      if (name === 'lines')
        expect(found.rejects.match(/lines\.json,\d/g)).toEqual(['lines.json,3', 'lines.json,4']);
    }
  });
});

describe('equality', () => {
  it('floats by tolerance, NaN = NaN, -0 = 0; decimals by value; NULL is not 0', async () => {
    const cases: [string, string, string, boolean][] = [
      ['a', '1e0', '1.0000000005', true],
      ['b', '1e0', '1.000000002', false],
      ['c', 'NaN', 'NaN', true],
      ['d', '-0.0', '0', true],
      ['e', '0', '', false],
      ['f', 'NaN', '1', false],
      ['g', '', '', true],
      ['h', '', '0', false],
      ['i', 'Infinity', 'inf', true],
    ];
    const archive = lines('id,time,k,v', ...cases.map(([k, v]) => `e${k},${at('12:10')},${k},${v}`));
    const live = lines('k,total', ...cases.map(([k, , l]) => `${k},${l}`));
    const over = {
      archive: { types: { v: 'double' } },
      calculation: calculation({ measures: { total: 'last(v)' } }),
      compare: { tolerance: { total: 1e-9 } },
    };
    const found = await new Case({ 'archive.csv': archive, 'live.csv': live }, over).preview();
    expect(brief(found.rows, 'k')).toEqual(cases.filter(([, , , equal]) => !equal).map(([k]) => k));
    expect(brief(found.rows, 'total_delta').filter((_, i) => i !== 2)).not.toContain('~');
  });

  it('a value that the live column cannot hold is refused, with a round', async () => {
    const archive = lines('id,time,k,v', `e1,${at('12:10')},a,1.005`);
    const one = new Case({ 'archive.csv': archive }, { live: { store: 'live.parquet' } });
    await duckdb(
      `copy (select 'a' k, 1.00::decimal(9,2) total) to '${one.path('live.parquet')}' (format parquet)`,
    );
    const refused = await one.preview();
    expect([refused.exit, refused.code]).toEqual([2, 'plan.measure.not_representable']);
    expect(refused.json.error.message).toContain('total');
    expect(refused.json.error.fix).toContain('round(');
    await duckdb(
      `copy (select 'a' k, 1.005::double total) to '${one.path('live.parquet')}' (format parquet)`,
    );
    const nearest = await one.preview();
    expect([nearest.exit, nearest.json.cells.match]).toEqual([0, 1]);
  });

  it('a live value that is no value of its type is named with its line in the file', async () => {
    const archive = lines('id,time,k,v,n', `e1,${at('12:10')},a,1,x`);
    const live = 'k,n,total\n\na,"two\nlines",1\nb,,\nc,,1.x\n';
    const found = await new Case({ 'archive.csv': archive, 'live.csv': live }).preview();
    expect([found.exit, found.code]).toEqual([5, 'live.value_unreadable']);
    expect(found.json.error.message).toBe(
      'The live column "total" holds "1.x", which is no HUGEINT (live.csv, line 6).',
    );
  });

  it('a live key that occurs twice shows no difference', async () => {
    const archive = lines('id,time,k,v', `e1,${at('12:10')},a,1`);
    const one = new Case({ 'archive.csv': archive, 'live.csv': lines('k,total', 'a,1', 'z,1', 'z,2') });
    const refused = await one.preview();
    expect([refused.exit, refused.code, one.has('out')]).toEqual([4, 'live.key_not_unique', false]);
  });
});
