import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Bench, FIELDS, openBench } from '#lib/adapters/staging/stage.testing';
import { fullMatch, instantOfText } from '#lib/archive/time-sql';

// The numbers in brackets are the rows of the catalogue of bad inputs (D: time).
let bench: Bench;
beforeEach(() => {
  bench = openBench();
});
afterEach(() => bench.close());

const write = (...times: string[]): string =>
  bench.write('a.csv', ['id,ts', ...times.map((t, i) => `${i},${t}`), ''].join('\n'));

describe('times of text', () => {
  it('reads ISO 8601 with an offset in every form, as instants in UTC [64]', async () => {
    write(
      '2024-06-10T12:00:00Z',
      '2024-06-10 12:00:00.123456z',
      '2024-06-10t12:00Z',
      '2024-06-10T12:00:00+05:30',
      '2024-06-10T12:00:00.5-0800',
      '2024-06-10T12:00:00 +02',
      '2024-06-10T12:00:00.123456000Z',
      '0001-01-01T00:00:00Z',
      '9999-12-31T23:59:59.999999Z',
    );
    const { events, rejects } = await bench.stage();
    expect(await rejects()).toEqual([]);
    expect((await events('@time')).flat()).toEqual([
      '2024-06-10 12:00:00',
      '2024-06-10 12:00:00.123456',
      '2024-06-10 12:00:00',
      '2024-06-10 06:30:00',
      '2024-06-10 20:00:00.5',
      '2024-06-10 10:00:00',
      '2024-06-10 12:00:00.123456',
      '0001-01-01 00:00:00',
      '9999-12-31 23:59:59.999999',
    ]);
  });

  it('quarantines what is no time, and says why [65-72]', async () => {
    const bad: [string, string][] = [
      ['2024-13-01T00:00:00Z', 'is not an ISO 8601 time'],
      ['2024-02-30T00:00:00Z', 'is not an ISO 8601 time'],
      ['2023-02-29T00:00:00.123456Z', 'is not an ISO 8601 time'],
      ['2024-06-10T24:00:00Z', 'is not an ISO 8601 time'],
      ['2024-06-10T23:59:60Z', 'is not an ISO 8601 time'],
      ['2024-06-10T23:60:00Z', 'is not an ISO 8601 time'],
      ['2024-06-10T12:00:00.1234567Z', 'is finer than a microsecond'],
      ['2024-06-10T12:00:00+19:00', 'is not an ISO 8601 time'],
      ['2024-06-10', 'has no time of day'],
      ['1718020800', 'is not an ISO 8601 time'],
      ['03/04/2024', 'is not an ISO 8601 time'],
      ['0000-01-01T00:00:00Z', 'is not an ISO 8601 time'],
      ['294247-01-01T00:00:00Z', 'is not an ISO 8601 time'],
      ['yesterday', 'is not an ISO 8601 time'],
      ['infinity', 'is not an ISO 8601 time'],
      [' 2024-06-10T12:00:00Z', 'is not an ISO 8601 time'],
    ];
    write('2024-06-10T12:00:00Z', ...bad.map(([time]) => time), '', '""');
    const { rejects, staged } = await bench.stage();
    expect((await rejects()).map(([, , reason]) => reason)).toEqual([
      ...bad.map(([time, why]) => `ts: "${time}" ${why}`),
      'ts: no time',
      'ts: no time',
    ]);
    expect(staged.records - staged.rejected).toBe(1n);
  });

  it('takes no number for a time, of whatever unit it may be [67]', async () => {
    const epochs = ['1718020800', '1718020800000', '1718020800000000'];
    write(...epochs, '2024-06-10T12:00:00Z');
    const mixed = await bench.stage();
    expect((await mixed.rejects()).map(([, , reason]) => reason)).toEqual(
      epochs.map((e) => `ts: "${e}" is not an ISO 8601 time`),
    );
    bench.write('a.csv', '');
    bench.write('b.json', epochs.map((e, i) => `{"id":${i},"ts":${e}}`).join('\n'));
    const numbers = await bench.stage();
    expect((await numbers.rejects()).map(([, line, reason]) => `${line} ${reason}`)).toEqual(
      epochs.map((e, i) => `${i + 1} ts: "${e}" is not an ISO 8601 time`),
    );
  });

  it('refuses a time without an offset until a zone is named, also late in the file [63, 64]', async () => {
    write(...Array.from({ length: 5000 }, () => '2024-06-10T12:00:00Z'), '2024-06-10T12:00:00');
    const failed = bench.stage();
    await expect(failed).rejects.toMatchObject({ code: 'plan.archive.timezone' });
    await expect(failed).rejects.toThrow(
      'a.csv, line 5002: a time (ts) is written without an offset, and the plan names no zone.',
    );
    const { events } = await bench.stage({ timezone: 'UTC' });
    expect((await events('@time')).at(-1)).toEqual(['2024-06-10 12:00:00']);
  });

  it('quarantines local times that the zone skips or repeats [69]', async () => {
    write(
      '2024-03-31T01:59:59',
      '2024-03-31T02:00:00',
      '2024-03-31T02:59:59.999999',
      '2024-03-31T03:00:00',
      '2024-10-27T01:59:59',
      '2024-10-27T02:00:00',
      '2024-10-27T02:59:59',
      '2024-10-27T03:00:00',
      '2024-10-27T02:30:00+01:00',
    );
    const { events, rejects } = await bench.stage({ timezone: 'Europe/Berlin' });
    expect((await events('@line', '@time')).map(([line, time]) => `${line} ${time}`)).toEqual([
      '2 2024-03-31 00:59:59',
      '5 2024-03-31 01:00:00',
      '6 2024-10-26 23:59:59',
      '9 2024-10-27 02:00:00',
      '10 2024-10-27 01:30:00',
    ]);
    expect((await rejects()).map(([, line, reason]) => `${line} ${reason}`)).toEqual([
      '3 ts: "2024-03-31T02:00:00" does not exist in Europe/Berlin: its clock skips it',
      '4 ts: "2024-03-31T02:59:59.999999" does not exist in Europe/Berlin: its clock skips it',
      '7 ts: "2024-10-27T02:00:00" occurs twice in Europe/Berlin: its clock repeats it',
      '8 ts: "2024-10-27T02:59:59" occurs twice in Europe/Berlin: its clock repeats it',
    ]);
  });

  it('knows half-hour shifts and skipped days', async () => {
    write('2024-04-07T01:45:00', '2024-10-06T02:15:00', '2024-07-01T12:00:00');
    const lord = await bench.stage({ timezone: 'Australia/Lord_Howe' });
    expect((await lord.rejects()).map(([, , reason]) => reason.split(' ').slice(2).join(' '))).toEqual([
      'occurs twice in Australia/Lord_Howe: its clock repeats it',
      'does not exist in Australia/Lord_Howe: its clock skips it',
    ]);
    write('2011-12-30T12:00:00', '2011-12-31T12:00:00');
    const apia = await bench.stage({ timezone: 'Pacific/Apia' });
    expect((await apia.rejects()).map(([, line]) => line)).toEqual(['2']);
  });

  it('types an inferred column of times as instants in UTC', async () => {
    bench.write(
      'a.csv',
      'id,ts,at\n1,2024-06-10T12:00:00Z,2024-06-10T12:00:00+02:00\n2,2024-06-10T12:00:00Z,\n',
    );
    const { staged, events } = await bench.stage({ usedColumns: ['at', 'ts'] });
    expect(staged.columns.map((c) => c.type)).toEqual(['BIGINT', 'TIMESTAMP', 'TIMESTAMP']);
    expect(await events('at', 'ts')).toEqual([
      ['2024-06-10 10:00:00', '2024-06-10 12:00:00'],
      [null, '2024-06-10 12:00:00'],
    ]);
  });

  it('counts records outside their partition, and warns of those beyond the slack [73, 74]', async () => {
    const line = (id: string, time: string): string => `id,ts,date\n${id},${time},x\n`;
    bench.write('date=2024-06-10/hour=12/a.csv', line('1', '2024-06-10T12:30:00Z'));
    bench.write('date=2024-06-10/hour=12/b.csv', line('2', '2024-06-10T13:00:00Z'));
    bench.write('date=2024-06-10/hour=12/c.csv', line('3', '2024-06-10T09:59:59Z'));
    const { staged, events } = await bench.stage({ usedColumns: ['date'] });
    expect(staged.outsidePartition).toBe(2n);
    expect(staged.warnings).toEqual([
      {
        code: 'beyond_slack',
        message:
          '1 record by its time lies further outside its partition than archive.slack; the first: date=2024-06-10/hour=12/c.csv, line 2 (2024-06-10T09:59:59.000000Z). Others may lie in partitions that were not opened.',
      },
    ]);
    expect(staged.notContent).toEqual(['date', 'hour']);
    // The column of the file wins over the folder's name.
    expect((await events('date')).flat()).toEqual(['x', 'x', 'x']);
  });

  it('gives the folder names as columns where the files have none', async () => {
    bench.write('region=eu/a.csv', 'id,ts\n1,2024-06-10T12:30:00Z\n');
    bench.write('region=us/a.csv', 'id,ts\n2,2024-06-10T12:30:00Z\n');
    const { events, staged } = await bench.stage({ usedColumns: ['region'] });
    expect(await events('id', 'region')).toEqual([
      ['1', 'eu'],
      ['2', 'us'],
    ]);
    expect(staged.notContent).toEqual(['region']);
    await expect(bench.stage({ usedColumns: ['region'], layout: 'plain' })).rejects.toThrow(
      'no file of the archive has a column region',
    );
  });
});

describe('the short way to tell common forms of time', () => {
  it('takes nothing that the pattern would not', async () => {
    const { rows, session } = await withSession();
    const cases = ['2024-06-10T12:00:00.123456Z', '2024-06-10T23:59:59Z', '2024-06-10T19:05:00.120Z'].flatMap(
      mutations,
    );
    await session.run(
      `CREATE TABLE m AS SELECT unnest([${cases.map((c) => `'${c.replaceAll("'", "''")}'`).join(',')}]) AS v`,
    );
    const strict = `(?:000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})-(?:0[1-9]|1[0-2])-[0-3][0-9][Tt ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\\.[0-9]{1,6}0*)?)? ?(?:[Zz]|[+-](?:0[0-9]|1[0-8])(?::?[0-5][0-9])?)`;
    const [counts] = await rows(
      `SELECT count(*) AS n, count(${instantOfText('v', null)}) AS taken,
         count(CASE WHEN NOT ${fullMatch('v', strict)} THEN ${instantOfText('v', null)} END) AS wrongly FROM m`,
    );
    expect(counts).toMatchObject({ wrongly: '0' });
    expect(Number(counts?.taken)).toBeGreaterThan(100);
  });

  async function withSession() {
    bench.write('a.csv', 'id,ts\n1,2024-06-10T12:30:00Z\n');
    return bench.stage({ fields: FIELDS });
  }

  /** Every text that differs in one place or two neighbouring ones. */
  function mutations(text: string): string[] {
    const chars = [...'0123456789 -+:.TZtzeE/\t\n\u000béx０'];
    const out: string[] = [];
    for (let i = 0; i < text.length; i++)
      for (const a of chars) {
        out.push(text.slice(0, i) + a + text.slice(i + 1));
        for (const b of chars)
          if (i + 2 <= text.length) out.push(text.slice(0, i) + a + b + text.slice(i + 2));
      }
    return out;
  }
});
