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
} from '#lib/entry/contract.testing';

// docs/recovery-plan.md, section 1: the file.

const T = '2024-06-10T12:00:00Z';
const ARCHIVE = lines('id,time,k,v', `e1,${T},a,1.50`, `e2,${T},b,2.25`);
const LIVE = lines('k,total', 'a,1.50', 'b,2.00');
const codes = (ran: { json: Printed }): string[] =>
  ran.json.error.problems.map((p: Printed) => p.code).sort();
const problem = (ran: { json: Printed }, code: string): Printed =>
  ran.json.error.problems.find((p: Printed) => p.code === code);

describe('the file', () => {
  it('tells every mistake at once, with line, column and the nearest name', async () => {
    const plan = lines(
      'recount: 1',
      'archive:',
      '  at: archive.csv',
      '  fields: { id: id, tiem: time, time: time }',
      'window:',
      '  from: 2024-06-10T12:00:00Z',
      '  to: 2024-06-10T11:00:00Z',
      '  clock: time',
      'calculation:',
      '  name: c',
      '  versions:',
      '    - version: 1',
      '      keys: { k: k }',
      '      measures:',
      '        total: sum(v) +',
      '  replay_with: deployed',
      'live:',
      '  store: postgres://me:hunter2@localhost/db',
      '  table: t',
      '  state: windwo',
      '  keys: [k]',
    );
    const ran = await new Case({ 'archive.csv': ARCHIVE }, plan).check();
    expect(ran.exit).toBe(2);
    expect(ran.json.error.code).toBe('plan.invalid');
    expect(codes(ran)).toEqual(
      expect.arrayContaining([
        'plan.field.unknown',
        'plan.window.reversed',
        'plan.secret',
        'plan.field.invalid',
      ]),
    );
    expect(problem(ran, 'plan.field.unknown')).toMatchObject({ line: 4, column: 21 });
    expect(JSON.stringify(problem(ran, 'plan.field.unknown'))).toContain('archive.fields.tiem');
    expect(problem(ran, 'plan.field.unknown').fix).toContain('time');
    expect(problem(ran, 'plan.window.reversed').line).toBe(7);
    expect(problem(ran, 'plan.secret').line).toBe(18);
    expect(`${ran.stdout}${ran.stderr}`).not.toContain('hunter2');
    for (const p of ran.json.error.problems) {
      expect(Object.keys(p)).toEqual(expect.arrayContaining(['code', 'message', 'fix', 'line', 'column']));
    }
  });

  it('takes an offset in every instant, and wants one', async () => {
    const window = { from: '2024-06-10T12:00:00', to: '2024-06-10 13:00' };
    const ran = await new Case({ 'archive.csv': ARCHIVE, 'live.csv': LIVE }, { window }).check();
    expect(ran.exit).toBe(2);
    expect(ran.json.error.problems.map((p: Printed) => p.message).join()).toMatch(
      /window\.from.*window\.to/s,
    );
    const offset = { window: { from: '2024-06-10T14:00:00+02:00', to: '2024-06-10T08:00:00-05:00' } };
    const found = await new Case({ 'archive.csv': ARCHIVE, 'live.csv': LIVE }, offset).preview();
    expect(found.json.window).toMatchObject({
      from: '2024-06-10T12:00:00.000000Z',
      to: '2024-06-10T13:00:00.000000Z',
    });
  });

  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: the plan's own form
  it('reads ${NAME} in live.store only, and refuses what is not set', async () => {
    const one = new Case({ 'archive.csv': ARCHIVE, 'live.csv': LIVE }, { live: { store: '${WHERE_LIVE}' } });
    const found = await one.preview({ env: { WHERE_LIVE: 'live.csv' } });
    expect(found.exit).toBe(0);
    expect(brief(found.rows, 'class', 'k', 'total_delta')).toEqual(['changed b 0.25']);
    const missing = await one.preview({ env: { WHERE_LIVE: '' } });
    expect([missing.exit, missing.code]).toEqual([2, 'plan.env.missing']);
    const literal = calculation({ where: "k <> '${WHERE_LIVE}'" });
    const kept = await new Case(
      { 'archive.csv': ARCHIVE.replace(',b,', ',live.csv,'), 'live.csv': LIVE },
      {
        calculation: literal,
      },
    ).preview({ env: { WHERE_LIVE: 'live.csv' } });
    expect(brief(kept.rows, 'class', 'k')).toContain('missing_in_live live.csv');
  });

  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: the plan's own form
  it('refuses fields that do not fit together', async () => {
    const refused = async (over: Parameters<typeof planText>[0], code: string): Promise<void> => {
      const ran = await new Case({ 'archive.csv': ARCHIVE, 'live.csv': LIVE }, over).check();
      expect([ran.exit, codes(ran)]).toEqual([2, expect.arrayContaining([code])]);
    };
    const to13 = { from: '2024-06-10T10:00:00Z', to: '2024-06-10T11:00:00Z' };
    await refused({ control: to13 }, 'plan.control.window_state');
    await refused({ live: { state: 'running' } }, 'plan.live.baseline_required');
    await refused({ compare: { tolerance: { total: 0.1 } } }, 'plan.compare.tolerance');
    await refused({ window: { clock: 'ingested' } }, 'plan.archive.ingested_required');
    const late = { state: 'running', baseline: { at: '2024-06-10T12:00:01Z', table: 'base.csv' } };
    await refused({ live: late }, 'plan.live.baseline.after_window');
    await refused({ live: { keys: ['k', 'other'] } }, 'plan.live.keys_differ');
    await refused({ calculation: { replay_with: 7 } }, 'plan.calculation.version');
  });
});

describe('expressions', () => {
  it('refuses by name and place whatever is not about one event', async () => {
    const measures = {
      subquery: 'sum(v) + (select 1)',
      file: "count(read_csv('x.csv'))",
      window: 'sum(v) over ()',
      random: 'sum(v * random())',
      now: 'max(now())',
      user: "count(*) filter (where current_user = 'x')",
      table: 'sum(other.v)',
      today: 'max(current_date)',
      env: "max(getenv('HOME'))",
      plain: 'v',
      column: 'sum(nope)',
      syntax: 'sum(v',
      median: 'median(v)',
      two: 'sum(v); select 1',
    };
    const plan = { calculation: calculation({ measures, where: 'sum(v) > 1', keys: { k: 'uuid()' } }) };
    const live = lines(['k', ...Object.keys(measures)].join(','));
    const ran = await new Case({ 'archive.csv': ARCHIVE, 'live.csv': live }, plan).check();
    expect(ran.exit).toBe(2);
    const told = (place: string): Printed[] =>
      ran.json.error.problems.filter((p: Printed) => p.message.includes(place));
    for (const name of Object.keys(measures))
      expect([name, told(`measures.${name}`).length]).toEqual([name, 1]);
    expect(told('.where').length).toBe(1);
    expect(told('keys.k').length).toBe(1);
    for (const [place, name] of [
      ['random', 'random'],
      ['now', 'now'],
      ['env', 'getenv'],
      ['file', 'read_csv'],
      ['keys.k', 'uuid'],
    ] as const)
      expect(told(place)[0].message).toContain(name);
    expect(told('measures.column')[0].code).toBe('plan.column.unknown');
    for (const p of ran.json.error.problems)
      expect([p.path, p.line > 1, p.column > 1]).toEqual([p.path, true, true]);
  });

  it('first and last go by time, then sequence, then id, and take NULL; filters and arithmetic hold', async () => {
    const archive = lines(
      'id,time,seq,k,v,t',
      'b,2024-06-10T12:10:00Z,2,a,1,',
      'c,2024-06-10T12:10:00Z,1,a,2,x',
      'a,2024-06-10T12:10:00Z,2,a,3,y',
      'z,2024-06-10T12:00:00Z,9,a,,z',
      'd,2024-06-10T12:05:00Z,9,a,5,z',
    );
    const measures = {
      l: 'last(t)',
      f: 'first(v)',
      n: 'count(distinct t)',
      p: "sum(v) filter (where t <> 'x') * 2 + count(*)",
      s: 'count(v)',
      lo: 'min(v)',
    };
    const plan = { archive: { fields: { sequence: 'seq' } }, calculation: calculation({ measures }) };
    const found = await new Case({ 'archive.csv': archive, 'live.csv': 'k,l,f,n,p,s,lo\n' }, plan).preview();
    const names = Object.keys(measures).map((m) => `${m}_recalculated`);
    // last by time 12:10, then seq 2, then id b: NULL; first: z: NULL; (3 + 5) * 2 + 5
    expect(brief(found.rows, 'class', ...names)).toEqual(['missing_in_live ~ ~ 3 21 4 1']);
    expect(brief(found.rows, 'l_delta', 'n_delta', 'events')).toEqual(['~ 3 5']);
  });

  it('evaluates where before keys, so that what it leaves out needs no key; only TRUE passes', async () => {
    const archive = lines(
      'id,time,kind,k,v',
      `e1,${T},test,,1`,
      `e2,${T},,,1`,
      `e3,${T},real,,2`,
      `e4,${T},real,a,3`,
      `e5,${T},,b,4`,
      `e6,${T},real,"",7`,
    );
    const plan = { calculation: calculation({ where: "kind <> 'test'" }) };
    const found = await new Case({ 'archive.csv': archive, 'live.csv': 'k,total\n' }, plan).preview();
    expect(brief(found.rows, 'k', 'total_recalculated')).toEqual([' 7', 'a 3']);
    expect(found.csv).toContain('\nmissing_in_live,"",,7,7,1,0\n');
    expect(found.rejects).toMatch(/^file,line,reason,record\narchive\.csv,4,[^\n]*,"?e3,/);
    expect(found.json.archive).toMatchObject({ records: 6, accepted: 5, rejected: 1 });
    expect(found.json.patch.blocked_by).toEqual(['rejects']);
  });

  it('divides by nothing and overflows aloud', async () => {
    const run = async (measure: string, type: string): Promise<string | null> => {
      const archive = lines('id,time,k,v', `e1,${T},a,0`, `e2,${T},a,9223372036854775807`);
      const over = {
        archive: { types: { v: type } },
        calculation: calculation({ measures: { total: measure } }),
      };
      return (await new Case({ 'archive.csv': archive, 'live.csv': 'k,total\n' }, over).preview()).code;
    };
    expect(await run('sum(1 / v)', 'bigint')).toBe('calculation.division_by_zero');
    expect(await run('sum(v + 1)', 'bigint')).toBe('calculation.out_of_range');
    expect(await run('sum(v)', 'bigint')).toBeNull();
  });
});

describe('types', () => {
  it('infers from all records, and only what is written canonically', async () => {
    const values = [
      '1,007,0.10,1e2,true,2024-06-10T12:00:00Z,9007199254740993,-0.0',
      '2,8,1,2,false,2024-06-10T12:00:00.5Z,1,1.5',
    ];
    const archive = lines('id,time,k,i,t,d,f,b,ts,big,z', ...values.map((v, n) => `e${n},${T},a,${v}`));
    const names = ['i', 't', 'd', 'f', 'b', 'ts', 'big', 'z'];
    const measures = Object.fromEntries(names.map((n) => [n, `max(${n})`]));
    const one = new Case(
      { 'archive.csv': archive, 'live.csv': `k,${names.join(',')}\n` },
      {
        calculation: calculation({ measures }),
      },
    );
    const found = await one.preview();
    expect(brief(found.rows, ...names.map((n) => `${n}_recalculated`))).toEqual([
      '2 8 1.00 100.0 true 2024-06-10T12:00:00.500000Z 9007199254740993 1.5',
    ]);
    const types = await duckdb(
      `select column_name c, column_type t from (describe from '${one.path('out/discrepancies.parquet')}') where c like '%_recalculated'`,
    );
    const kind = (n: string): string => types.find((r) => r.c === `${n}_recalculated`)?.t;
    expect(names.map(kind).map((t) => t.replace(/\(.*|SIGNED.*/, ''))).toEqual([
      'BIGINT',
      'VARCHAR',
      'DECIMAL',
      'DOUBLE',
      'BOOLEAN',
      'TIMESTAMP',
      'BIGINT',
      'DECIMAL',
    ]);
  });

  it('check refuses nothing that only the beginning of a file makes doubtful', async () => {
    const empty = Array.from({ length: 3_000 }, (_, i) => `e${i},${T},a,`);
    const archive = lines('id,time,k,v', ...empty, `last,${T},a,7`);
    const one = new Case({ 'archive.csv': archive, 'live.csv': LIVE });
    expect(await one.check()).toMatchObject({ exit: 0, json: { ok: true, archive: { read: 'all' } } });
  });

  it('a sum over what is text by one late record asks for types', async () => {
    const many = Array.from({ length: 30_000 }, (_, i) => `e${i},${T},a,${i}`);
    const archive = lines('id,time,k,v', ...many, `last,${T},a,007`);
    const one = new Case({ 'archive.csv': archive, 'live.csv': LIVE });
    expect(codes(await one.check())).toEqual(['plan.types_needed']);
    expect((await one.preview()).code).toBe('plan.types_needed');
  });

  it('quarantines what does not fit its declared type exactly, and minds no column that nothing uses', async () => {
    const archive = lines(
      'id,time,k,v,junk',
      `e1,${T},a,1.005,1`,
      `e2,${T},a,1.000,x`,
      `e3,${T},a,7,`,
      `e4,${T},a,,`,
      `e5,${T},a,0x10,`,
      `e6,${T},a, 1,`,
    );
    const plan = { archive: { types: { v: 'decimal(18,2)', junk: 'bigint' }, rejects: 2 } };
    const found = await new Case({ 'archive.csv': archive, 'live.csv': 'k,total\na,8\n' }, plan).preview();
    expect(found.rejects.match(/archive\.csv,(\d+),/g)).toEqual([
      'archive.csv,2,',
      'archive.csv,6,',
      'archive.csv,7,',
    ]);
    expect(found.json.patch.blocked_by).toEqual(['rejects']);
    expect(found.json.cells).toMatchObject({ match: 1, changed: 0 });
  });

  it('sums 38 digits, decimals and big integers exactly, from CSV and from Parquet', async () => {
    const big = '12345678901234567890123456789012345678';
    const archive = lines(
      'id,time,k,v,w',
      `e1,${T},a,${big},0.1`,
      `e2,${T},a,1,0.2`,
      `e3,${T},b,9007199254740993,0.30`,
    );
    const types = { v: 'decimal(38,0)' };
    const over = {
      archive: { types },
      calculation: calculation({ measures: { total: 'sum(v)', w: 'sum(w)' } }),
    };
    const live = lines('k,total,w', 'b,9007199254740992,0.3');
    const one = new Case({ 'archive.csv': archive, 'live.csv': live }, over);
    const csv = await one.preview();
    expect(brief(csv.rows, 'class', 'k', 'total_recalculated', 'total_delta', 'w_recalculated')).toEqual([
      'missing_in_live a 12345678901234567890123456789012345679 12345678901234567890123456789012345679 0.30',
      'changed b 9007199254740993 1 0.30',
    ]);
    await duckdb(
      `copy (select id, time::timestamp as time, k, v::decimal(38,0) v, w::decimal(9,2) w from read_csv('${one.path('archive.csv')}', all_varchar=true)) to '${one.path('archive.parquet')}' (format parquet)`,
    );
    one.write(
      'parquet.json',
      planText({ archive: { at: 'archive.parquet', timezone: 'UTC' }, calculation: over.calculation }),
    );
    const parquet = await one.preview({ plan: 'parquet.json', out: 'parquet' });
    expect(parquet.csv).toBe(csv.csv);
  });

  it('wants the zone of times without an offset', async () => {
    const archive = lines('id,time,k,v', 'e1,2024-06-10 14:00:00,a,1', 'e2,2024-06-10T15:00:00,a,2');
    const one = new Case({ 'archive.csv': archive, 'live.csv': 'k,total\n' });
    const refused = await one.preview();
    expect([refused.exit, refused.code]).toEqual([2, 'plan.archive.timezone']);
    expect(codes(await one.check())).toEqual(['plan.archive.timezone']);
    one.write('zone.json', planText({ archive: { timezone: 'Europe/Berlin' } }));
    const found = await one.preview({ plan: 'zone.json' });
    // 14:00 in Berlin is 12:00 UTC, inside; 15:00 is the window's end, outside
    expect(brief(found.rows, 'total_recalculated')).toEqual(['1']);
  });

  it('knows NULL from the empty string, in keys and in values, in and out', async () => {
    const archive = lines('id,time,k,v', `e1,${T},"",x`, `e2,${T},a,""`, `e3,${T},b,`, `e4,${T},"q""u,o",x`);
    const live = lines('k,total', '"",x', 'a,', 'b,""', ',NULL key');
    const plan = { calculation: calculation({ measures: { total: 'max(v)' } }) };
    const found = await new Case({ 'archive.csv': archive, 'live.csv': live }, plan).preview();
    expect(found.csv).toBe(
      lines(
        'class,k,total_live,total_recalculated,total_delta,events,duplicates',
        'changed,a,,"",,1,0',
        'changed,b,"",,,1,0',
        'missing_in_live,"q""u,o",,x,,1,0',
      ),
    );
    expect(found.corrections).toBe(lines('k,total', 'a,""', 'b,', '"q""u,o",x'));
    expect(found.json.warnings.map((w: Printed) => w.code)).toContain('live_key_null');
  });
});

describe('versions', () => {
  it('deployed takes the last version whose since an event has passed, by the clock; a number takes that one', async () => {
    const versions = [
      { version: 1, keys: { k: 'k' }, measures: { total: 'sum(v)' } },
      {
        version: 2,
        since: '2024-06-10T12:30:00Z',
        where: 'v < 100',
        keys: { k: 'upper(k)' },
        measures: { total: 'sum(v * 10)' },
      },
    ];
    const archive = lines(
      'id,time,k,v',
      'e1,2024-06-10T12:29:59.999999Z,a,1',
      'e2,2024-06-10T12:30:00Z,a,2',
      'e3,2024-06-10T12:40:00Z,a,100',
    );
    const one = new Case({ 'archive.csv': archive, 'live.csv': 'k,total\n' }, { calculation: { versions } });
    one.write('fixed.json', planText({ calculation: { versions, replay_with: 2 } }));
    const deployed = await one.preview();
    expect(brief(deployed.rows, 'k', 'total_recalculated', 'events')).toEqual(['A 20 1', 'a 1 1']);
    expect(deployed.json.calculation.versions).toEqual([1, 2]);
    const fixed = await one.preview({ plan: 'fixed.json', out: 'fixed' });
    expect(brief(fixed.rows, 'k', 'total_recalculated', 'events')).toEqual(['A 30 2']);
    expect(fixed.json.calculation.versions).toEqual([2]);
    expect(fixed.json.patch.seal).not.toBe(deployed.json.patch.seal);
  });

  it('refuses versions that aggregate differently or have no since', async () => {
    const second = {
      version: 2,
      since: '2024-06-10T12:30:00Z',
      keys: { k: 'k' },
      measures: { total: 'max(v)' },
    };
    const refused = async (
      version: Record<string, string | number | { [k: string]: string } | undefined>,
    ): Promise<string[]> => {
      const versions = [{ version: 1, keys: { k: 'k' }, measures: { total: 'sum(v)' } }, version];
      return codes(
        await new Case({ 'archive.csv': ARCHIVE, 'live.csv': LIVE }, { calculation: { versions } }).check(),
      );
    };
    expect(await refused(second)).toEqual(['plan.calculation.not_mergeable']);
    expect(await refused({ ...second, measures: { total: '2 * sum(v)' } })).toEqual([
      'plan.calculation.not_mergeable',
    ]);
    const { since: _, ...timeless } = { ...second, measures: { total: 'sum(v)' } };
    expect((await refused(timeless)).length).toBe(1);
  });
});

describe('the command', () => {
  it('wrong commands exit with 2 and say what to do', async () => {
    for (const args of [
      ['nope', 'x'],
      ['preview', 'x.yaml'],
      ['preview'],
      ['check', 'a', 'b'],
      ['check', 'x', '--nope'],
    ]) {
      const ran = await cli(args);
      expect([args.join(' '), ran.exit]).toEqual([args.join(' '), 2]);
      expect(ran.json.error).toMatchObject({
        code: expect.any(String),
        message: expect.any(String),
        fix: expect.any(String),
      });
    }
    const none = await cli([]);
    expect([none.exit, none.json.error.code]).toEqual([2, 'command.invalid']);
    const one = new Case({ 'archive.csv': ARCHIVE, 'live.csv': LIVE });
    for (const out of ['plan.yaml', 'plan.yaml/below']) {
      const wrong = await one.preview({ out });
      expect([wrong.exit, wrong.code]).toEqual([2, 'command.invalid']);
      expect(wrong.json.error.message).toContain(`--out ${one.path(out)}`);
    }
    const words = await cli(['check', 'nowhere.yaml'], { words: true });
    expect([words.exit, words.stdout]).toEqual([2, '']);
    expect(words.stderr).toContain('nowhere.yaml');
  });
});
