import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openSession } from '#lib/adapters/duckdb/session';
import { bindCalculation } from '#lib/adapters/expressions/bind-calculation';
import { checkCalculation } from '#lib/adapters/expressions/check-calculation';
import type { TypedCalculation } from '#lib/calculation/calculation';
import { explainEngineError } from '#lib/calculation/explain';
import { FUNCTIONS } from '#lib/calculation/functions';
import { parsePlanValue } from '#lib/plan/parse';
import type { Session } from '#lib/replay/session';

let folder: string;
let session: Session;
const COLUMNS = [
  { name: 'k', type: 'VARCHAR' },
  { name: 'a', type: 'INTEGER' },
  { name: 'b', type: 'BIGINT' },
  { name: 'd', type: 'DECIMAL(18,2)' },
  { name: 'f', type: 'DOUBLE' },
  { name: 't', type: 'VARCHAR' },
  { name: 'ts', type: 'TIMESTAMP' },
  { name: 'day', type: 'DATE' },
  { name: 'ok', type: 'BOOLEAN' },
  { name: 'odd "name', type: 'INTEGER' },
];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recount-bind-'));
  session = await openSession(folder, { folders: [], files: [], memoryLimit: '500MB', threads: 2 });
  await session.run(`CREATE TABLE e AS SELECT * FROM (VALUES
    ('x', 1, 10::BIGINT, 1.50::DECIMAL(18,2), 0.5::DOUBLE, 'Purchase', TIMESTAMP '2024-06-10 12:34:56.789', DATE '2024-02-29', true, 7),
    ('x', 2, 20, 2.25, 1e300, ' trimmed ', TIMESTAMP '1969-12-31 23:59:59', DATE '1900-01-01', false, 8),
    ('y', -3, -5, 0.10, -0.0, 'äöü€😀', TIMESTAMP '2024-12-31 00:00:00', DATE '2099-12-31', NULL, 9),
    ('y', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)
  ) v(${COLUMNS.map((c) => `"${c.name.replaceAll('"', '""')}"`).join(', ')})`);
  await session.lock();
});
afterAll(async () => {
  await session.close();
  await rm(folder, { recursive: true, force: true });
});

type Written = {
  keys?: Record<string, string>;
  where?: string;
  measures: Record<string, string>;
  deleted?: string;
};

async function bind(versions: readonly Written[], replayWith: 'deployed' | number = 'deployed') {
  const { plan, problems } = parsePlanValue({
    recount: 1,
    archive: { at: 'e.csv', fields: { time: 'ts' } },
    window: { from: '2024-06-10T12:00:00Z', to: '2024-06-10T13:00:00Z' },
    calculation: {
      name: 'n',
      versions: versions.map(({ keys, where, measures }, i) => ({
        version: i + 1,
        ...(i > 0 ? { since: `2024-06-0${i}T00:00:00Z` } : {}),
        ...(where ? { where } : {}),
        keys: keys ?? { k: 'k' },
        measures,
      })),
      replay_with: replayWith,
    },
    live: { store: 'live.csv', state: 'window', keys: Object.keys(versions[0]?.keys ?? { k: '' }) },
  });
  if (plan === null) throw new Error(JSON.stringify(problems));
  const checked = await checkCalculation(session, plan);
  if (checked.calculation === null) throw new Error(JSON.stringify(checked.problems));
  return bindCalculation(session, checked.calculation, COLUMNS);
}

async function bound(written: Written): Promise<TypedCalculation> {
  const { calculation, problems } = await bind([written]);
  if (calculation === null) throw new Error(JSON.stringify(problems));
  return calculation;
}

/** Runs a calculation of one version as a replay would: aggregates per key, then the measures over them. */
async function run(calculation: TypedCalculation): Promise<Record<string, unknown>[]> {
  const aggregates = calculation.aggregates.map(({ id, fn, distinct, inputs: [input] }) => {
    const argument = input?.argument ?? null;
    const order = fn === 'first' || fn === 'last' ? ' ORDER BY ts NULLS FIRST' : '';
    const call = argument === null ? 'count(*)' : `${fn}(${distinct ? 'DISTINCT ' : ''}${argument}${order})`;
    return `${call}${input?.filter ? ` FILTER (WHERE ${input.filter})` : ''} AS "${id}"`;
  });
  const [version] = calculation.versions;
  const keys = version?.keys.map((k, i) => `${k.sql} AS "@k${i}"`).join(', ');
  const measures = calculation.measures.map((m) => `CAST(${m.sql} AS VARCHAR) AS "${m.name}"`);
  return session.rows(
    `SELECT "@k0", ${measures.join(', ')} FROM (SELECT ${keys}, ${aggregates.join(', ')} FROM e
     WHERE ${version?.where ?? 'true'} GROUP BY "@k0") ORDER BY 1`,
    z.record(z.string(), z.unknown()),
  );
}

const failing = async (written: Written) => {
  const calculation = await bound(written);
  const error = await run(calculation).then(
    () => null,
    (e: unknown) => e,
  );
  const failure = explainEngineError(error, calculation);
  return failure === null ? null : `${failure.code} ${failure.message}`;
};

/** Of every kind that is allowed. None divides by zero: there the two must differ. */
const ALLOWED =
  `a + b * 2 - -a | a / 2 | b // 3 | b % 7 | a / b | a ^ 2 | a ** 2 | - a | + a | d * d | d / 3 | 0.10 + d | .5 * d | 10. + d
| 12345678901234567890123456789 + b | -9223372036854775808 | 1234567890123456789012.123456 + d | 1e3 + f | 1.5e-7 * f | 1_000 + a | abs(a) | round(d, 1)
| round(f) | ceil(d) | floor(f) | sign(a) | sqrt(abs(a)) | mod(b, 3) | divide(b, 3) | pow(a, 2) | greatest(a, b, 3) | least(a, NULL) | nullif(a, 1)
| coalesce(a, b, 0) | ifnull(a, 5) | if(a > 1, 1, 2) | CASE WHEN a > 1 AND b / a > 2 THEN 'x' WHEN ok THEN 'y' END | CASE a WHEN 1 THEN b WHEN 2 THEN 0 ELSE a END
| t | lower(t) | upper(t) || '!' | trim(t) | trim(both 'P' from t) | ltrim(t, 'P') | length(t) | strlen(t) | substring(t from 2 for 3) | substr(t, 2) | left(t, 2) | right(t, 2)
| replace(t, 'a', 'bb') | split_part(t, 'c', 1) | strpos(t, 'c') | position('c' in t) | starts_with(t, 'P') | suffix(t, 'e') | concat(t, a, NULL) | concat_ws('-', t, k) | reverse(t)
| regexp_matches(t, '^P.*e$') | regexp_replace(t, '[aeiou]', '', 'g') | regexp_extract(t, '(P)(u)', 2) | regexp_full_match(t, 'P.*') | translate(t, 'abc', 'xyz') | md5(t) | ascii(t) | chr(65)
| t LIKE 'P%' | t NOT LIKE '%x%' | t ILIKE 'p%' | t LIKE 'P!%%' ESCAPE '!' | t SIMILAR TO 'P.*' | t ~ 'P.*' | t !~ 'P.*' | t GLOB 'P*' | t IN ('Purchase', 'x') | a NOT IN (1, NULL) | a BETWEEN 1 AND 2
| a NOT BETWEEN 1 AND 2 | a IS NULL | a IS NOT NULL | ok IS TRUE | ok IS NOT FALSE | ok IS UNKNOWN | a IS DISTINCT FROM b | a IS NOT DISTINCT FROM 1 | NOT ok | NOT (ok AND a / 2 > 0) | NOT (ok OR a > 1)
| ok AND a > 0 | ok OR a > 0 OR b > 0 | a = 1 | a <> 1 | a <= b | true | false | NULL | 'it''s' | '' | e'a\\nb' | $$x'y$$ | 'a -- b' | 'a' /* comment */ | a -- comment
| a::VARCHAR | CAST(a AS BIGINT) | TRY_CAST(t AS INTEGER) | d::DECIMAL(20,4) | a::FLOAT | a::HUGEINT | d::DOUBLE | ts::DATE | day::TIMESTAMP | ts::TIMESTAMPTZ | a::BOOLEAN | '1.5'::DECIMAL(10,2) | a::UTINYINT IS NULL OR true
| date '2024-01-01' | timestamp '2024-01-01 00:00:00' | ts + INTERVAL 1 DAY | ts + INTERVAL '1 month 2 hours' | day + 3 | ts - ts | extract(hour from ts) | date_part('dow', ts) | date_trunc('hour', ts)
| year(ts) | month(day) | isodow(day) | quarter(day) | epoch_us(ts) | epoch_ms(ts) | strftime(ts, '%Y-%m') | strptime('2024', '%Y') | date_diff('day', day, ts::DATE) | last_day(day) | make_date(2024, 2, 29)
| ts AT TIME ZONE 'Europe/Berlin' | timezone('UTC', ts) | to_timestamp(a) | time_bucket(INTERVAL '15 minutes', ts) | "odd ""name" | isnan(f) | f = 0 | b & 3 | b | ((((a)))) | f::VARCHAR | dayname(day)`
    .split(/\s\|\s/)
    .map((e) => e.trim());

describe('an expression that is allowed', () => {
  it.each(ALLOWED.filter((e) => !e.includes('UTINYINT')))('means what it says: %s', async (expression) => {
    const { versions, keyTypes } = await bound({ keys: { k: expression }, measures: { n: 'count(*)' } });
    const sql = versions[0]?.keys[0]?.sql;
    const row = z.object({ same: z.boolean(), type: z.string(), was: z.string() });
    const rows = await session.rows(
      `SELECT ${sql} IS NOT DISTINCT FROM (${expression}\n) AS same, typeof(${sql}) AS type, typeof(${expression}\n) AS was FROM e`,
      row,
    );
    expect(rows).toHaveLength(4);
    for (const { same, type, was } of rows) {
      expect(same).toBe(true);
      expect(type).toBe(was);
      if (was !== '"NULL"') expect(keyTypes).toEqual([was]);
    }
  });

  it('as a condition lets the same events pass', async () => {
    for (const where of [
      'NOT (ok AND a / 2 > 0)',
      'NOT (ok OR a / 2 > 1)',
      'ok OR a / b > 0',
      'NOT NOT (a / 2 > 0)',
      'a / 2 > 0 AND NOT ok',
      'NOT (NOT ok OR NOT (a / 2 < 1 AND b > 0))',
    ]) {
      const { versions } = await bound({ where, measures: { n: 'count(*)' } });
      const one = z.object({ n: z.string(), m: z.string() });
      const counts = await session.one(
        `SELECT count(*) FILTER (WHERE ${versions[0]?.where}) AS n, count(*) FILTER (WHERE ${where}) AS m FROM e`,
        one,
      );
      expect(counts.n, where).toBe(counts.m);
    }
  });
});

it('allows only functions that DuckDB has and calls deterministic', async () => {
  const known = await session.rows(
    `SELECT function_name AS name, bool_or(stability IS DISTINCT FROM 'CONSISTENT' AND function_type = 'scalar') AS unsure
     FROM duckdb_functions() WHERE function_type IN ('scalar', 'macro') GROUP BY 1`,
    z.object({ name: z.string(), unsure: z.boolean() }),
  );
  const names = new Map(known.map((k) => [k.name, k.unsure]));
  const missing = [...FUNCTIONS.keys()].filter((name) => !names.has(name));
  expect(missing).toEqual([]);
  expect([...FUNCTIONS.keys()].filter((name) => names.get(name))).toEqual([]);
});

describe('types', () => {
  it('are those of DuckDB', async () => {
    const { keyTypes, argumentTypes, measureTypes } = await bound({
      keys: { k: 'b', l: 'lower(t)' },
      measures: {
        s: 'sum(d)',
        i: 'sum(b)',
        c: 'count(*)',
        f: 'sum(f)',
        m: 'max(ts)',
        v: 'avg(d)',
        la: 'last(t)',
        r: 'round(sum(d) / 3, 2)',
        n: 'count(DISTINCT t)',
      },
    });
    expect(keyTypes).toEqual(['BIGINT', 'VARCHAR']);
    expect(argumentTypes).toEqual([
      'DECIMAL(18,2)',
      'BIGINT',
      null,
      'DOUBLE',
      'TIMESTAMP',
      'DECIMAL(18,2)',
      'VARCHAR',
      'VARCHAR',
    ]);
    expect(measureTypes).toEqual([
      'DECIMAL(38,2)',
      'HUGEINT',
      'BIGINT',
      'DOUBLE',
      'TIMESTAMP',
      'DOUBLE',
      'VARCHAR',
      'DOUBLE',
      'BIGINT',
    ]);
  });

  it('of several versions fit one column', async () => {
    const two = (m: string, n: string) => [{ measures: { m } }, { measures: { m: n } }];
    const { calculation } = await bind(two('sum(a)', 'sum(d)'));
    expect(calculation?.argumentTypes).toEqual(['DECIMAL(18,2)']);
    expect(calculation?.measureTypes).toEqual(['DECIMAL(38,2)']);
    expect((await bind(two('max(a)', 'max(day)'))).problems.map((p) => p.code)).toEqual([
      'plan.types_needed',
    ]);
    const one = await bind(two('max(a)', 'max(day)'), 2);
    expect(one.calculation?.measureTypes).toEqual(['DATE']);
  });

  it.each([
    [{ measures: { m: 'sum(t)' } }, 'plan.types_needed', 'measures.m', 'there is no sum(VARCHAR)'],
    [{ measures: { m: 'max(a) + max(t)' } }, 'plan.types_needed', 'measures.m', '+'],
    [{ measures: { m: 'sum(a + ts)' } }, 'plan.types_needed', 'measures.m', 'there is no'],
    [{ measures: { m: 'sum(a)' }, where: 't' }, 'plan.types_needed', 'where', 'is VARCHAR and no condition'],
    [
      { measures: { m: 'sum(a) FILTER (WHERE a)' } },
      'plan.types_needed',
      'measures.m',
      'is INTEGER and no condition',
    ],
    [{ measures: { m: 'sum(a)' }, keys: { k: 'lower(ts)' } }, 'plan.types_needed', 'keys.k', 'lower'],
    [{ measures: { m: 'sum(valeu)' } }, 'plan.column.unknown', 'measures.m', '`valeu`'],
    [{ measures: { m: 'sum(A)' } }, 'plan.column.unknown', 'measures.m', 'the nearest is `a`'],
    [{ measures: { m: 'max(user)' } }, 'plan.column.unknown', 'measures.m', '`user`'],
    [{ measures: { m: 'sum(a)' }, where: 'tz > 1' }, 'plan.column.unknown', 'where', '`tz`'],
  ] as const)('%j does not fit', async (written, code, path, words) => {
    const { calculation, problems } = await bind([written]);
    expect(calculation).toBeNull();
    expect(problems[0]?.code).toBe(code);
    expect(problems[0]?.at?.path).toContain(path);
    expect(problems[0]?.message).toContain(words);
  });

  it('names every unknown column at once, and the columns there are', async () => {
    const { problems } = await bind([{ measures: { m: 'sum(x1) + sum(x2)' }, keys: { k: 'kk' } }]);
    expect(problems.map((p) => p.code)).toEqual([
      'plan.column.unknown',
      'plan.column.unknown',
      'plan.column.unknown',
    ]);
    expect(problems[0]?.fix).toContain('The columns are k, a, b, d');
  });

  it('tells each expression that does not fit, beside unknown columns and others that do not fit', async () => {
    const measures = {
      ok: 'sum(a)',
      text: 'sum(t)',
      both: 'sum(t) + sum(a)',
      mixed: 'max(a) + max(t)',
      gone: 'sum(x1 + t)',
      kept: 'count(*) filter (where x1 > 1)',
    };
    const { calculation, problems } = await bind([{ where: 'a', keys: { k: 'lower(ts)' }, measures }]);
    expect(calculation).toBeNull();
    expect(problems.map((p) => `${p.code} ${p.at?.path?.replace('calculation.versions[0].', '')}`)).toEqual([
      'plan.column.unknown measures.gone',
      'plan.column.unknown measures.kept',
      'plan.types_needed where',
      'plan.types_needed keys.k',
      'plan.types_needed measures.text',
      'plan.types_needed measures.both',
      'plan.types_needed measures.mixed',
    ]);
  });
});

describe('what DuckDB would let pass in silence', () => {
  it.each([
    'a / (a - 1)',
    'a // (a - 1)',
    'a % (a - 1)',
    'mod(a, a - 1)',
    'divide(a, a - 1)',
    'f / (f * 0)',
    'd / (d - 1.50)',
    '1 / 0',
    '1.0 % 0.0',
    '1e0 / 0e0',
  ])('a zero divisor: %s', async (expression) => {
    const failure = await failing({ measures: { m: `sum(${expression})` } });
    expect(failure).toContain('calculation.division_by_zero');
    expect(failure).toContain('`calculation.versions[0].measures.m` divides by zero');
  });

  it('a zero divisor in where, in a key and between aggregates, each by its name', async () => {
    expect(await failing({ where: '1 / (a - 1) > 0', measures: { m: 'count(*)' } })).toContain(
      'versions[0].where` divides',
    );
    expect(await failing({ keys: { k: '1 / (a - 1)' }, measures: { m: 'count(*)' } })).toContain(
      'keys.k` divides',
    );
    expect(await failing({ measures: { m: 'sum(a)', n: 'sum(a) / (sum(a) - 3)' } })).toContain(
      'measures.n` divides',
    );
  });

  it('not where the plan looked first', async () => {
    const guarded: Written[] = [
      { measures: { m: 'sum(a / nullif(a - 1, 0))' } },
      { measures: { m: 'sum(a / (a - 1)) FILTER (WHERE a <> 1)' } },
      { measures: { m: 'sum(CASE WHEN a = 1 THEN 0 ELSE a / (a - 1) END)' } },
      { measures: { m: 'sum(CASE WHEN a <> 1 AND a / (a - 1) > 0 THEN 1 END)' } },
      { where: 'a <> 1 AND a / (a - 1) > 0', measures: { m: 'count(*)' } },
      { where: 'a = 1 OR a / (a - 1) > 0', measures: { m: 'count(*)' } },
      { where: 'NOT (a = 1 OR a / (a - 1) > 0)', measures: { m: 'count(*)' } },
      { where: 'a <> 1', keys: { k: 'a / (a - 1)' }, measures: { m: 'count(*)' } },
    ];
    for (const written of guarded)
      expect(await run(await bound(written)), JSON.stringify(written)).toBeTruthy();
  });

  it.each([
    ['sum(a * 2000000000)', 'calculation.out_of_range', 'Overflow in multiplication of INT32'],
    ['sum(b + 9223372036854775807)', 'calculation.out_of_range', 'Overflow in addition of INT64'],
    ['sum(170141183460469231731687303715884105727 - 5 + a * 0)', 'calculation.out_of_range', 'HUGEINT'],
    ['max(a::TINYINT * 100::TINYINT)', 'calculation.out_of_range', 'INT8'],
    [
      'sum(60000000000000000000000000000000000000::DECIMAL(38,0) + a * 0)',
      'calculation.out_of_range',
      '`calculation.versions[0].measures.m` has a sum of more than 38 digits',
    ],
    ['-sum(-600000000000000000000000000000000000.00::DECIMAL(38,2) * (1 + a * 0))', 'any', ''],
    ['max(t::INTEGER)', 'calculation.failed', 'Purchase'],
    ['max(ln(a))', 'calculation.out_of_range', 'logarithm'],
    ['max(sqrt(a))', 'calculation.out_of_range', 'square root'],
    ["max(strptime(t, '%Y'))", 'calculation.failed', 'Could not parse string'],
    ['max(make_date(2024, 13, a))', 'calculation.failed', 'Date out of range'],
  ])('%s fails aloud', async (expression, code, words) => {
    const failure = await failing({ measures: { m: expression } });
    if (code !== 'any') expect(failure).toContain(code);
    expect(failure).toContain(words);
  });

  it('a sum of 38 digits is still one', async () => {
    const written = {
      measures: {
        m: 'sum(20000000000000000000000000000000000000::DECIMAL(38,0) + a * 0)',
        t: 'max(\'"@a0"\')',
      },
    };
    expect(await run(await bound(written))).toEqual([
      { '@k0': 'x', m: '40000000000000000000000000000000000000', t: '"@a0"' },
      { '@k0': 'y', m: '20000000000000000000000000000000000000', t: '"@a0"' },
    ]);
  });
});

describe('explainEngineError', () => {
  it('leaves what is not the calculation alone', async () => {
    const calculation = await bound({ measures: { m: 'sum(a)' } });
    expect(explainEngineError(new Error('IO Error: no such file'), calculation)).toBeNull();
    expect(explainEngineError('text', calculation)).toBeNull();
  });
});
