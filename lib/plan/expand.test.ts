import { describe, expect, it } from 'vitest';
import { expandEnv } from '#lib/plan/expand';
import { holdsSecret, storeKind, storeProblems } from '#lib/plan/store-text';

const VARIABLES = new Map([
  ['PW', `a$b\${PW}$&`],
  ['HOST', 'db'],
  ['EMPTY', ''],
]);
const expand = (text: string) => expandEnv(text, (name) => VARIABLES.get(name));

describe('expandEnv', () => {
  it.each([
    ['live.csv', 'live.csv'],
    [`postgres://u:\${PW}@\${HOST}/x`, `postgres://u:a$b\${PW}$&@db/x`],
    ['$HOST', '$HOST'],
    ['$$HOST {HOST}', '$$HOST {HOST}'],
  ])('%s', (text, expected) => {
    expect(expand(text)).toEqual({ text: expected });
  });

  it.each([
    [`\${NOPE}`, 'NOPE'],
    [`\${EMPTY}`, 'EMPTY'],
    [`\${HOST:-x}`, 'HOST:-x'],
    [`\${}`, ''],
  ])('%s is not set', (text, name) => {
    expect(expand(text)).toMatchObject({ code: 'plan.env.missing', message: expect.stringContaining(name) });
  });

  it('asks for no variable whose name is none', () => {
    for (const name of ['1A', 'A-B', 'A ', '$A', ''])
      expect(expandEnv(`\${${name}}`, () => 'set')).toMatchObject({ code: 'plan.env.missing' });
    expect(expandEnv(`\${_a1}`, () => 'set')).toEqual({ text: 'set' });
  });

  it('names all that are missing', () => {
    const found = (text: string) => expand(text);
    expect(found(`\${NOPE}`)).toMatchObject({
      message: 'The plan names NOPE, and no such environment variable is set.',
      fix: 'Set NOPE and run the command again.',
    });
    expect(found(`\${NOPE}:\${HOST}:\${EMPTY}`)).toMatchObject({
      message: 'The plan names NOPE, EMPTY, and no such environment variables are set.',
    });
  });
});

describe('the text of a live store', () => {
  it.each([
    ['postgres://h/d', 'postgres'],
    ['PostgreSQL://h/d', 'postgres'],
    ['data/live.CSV', 'file'],
    ['live.parquet', 'file'],
    [`\${LIVE}`, 'unknown'],
    ['mysql://h/d', null],
    ['live.xlsx', null],
    ['live.csv.gz', null],
    ['xpostgres://h/d', null],
    ['s3://bucket/live.csv', null],
    ['c://data/live.csv', 'file'],
    ['data/ab://live.csv', 'file'],
  ])('%s is %s', (text, kind) => {
    expect(storeKind(text)).toBe(kind);
  });

  it.each([
    ['postgres://u:pw@h/d', true],
    ['postgres://u:p/w@h/d', true],
    [`postgres://u:x\${PW}@h/d`, true],
    ['postgres://h/d?password=x', true],
    ['host=h password=x', true],
    [`postgres://u:\${PW}@h/d`, false],
    ['postgres://u@h:5432/d', false],
    ['postgres://u:@h/d', false],
    ['data/a:b@c.csv', false],
    ['password=x host=h', true],
    [`postgres://u:\${A}\${B}@h/d`, false],
    [`postgres://u:\${PW}x@h/d`, true],
    [`postgres://h/d?password=\${PW}`, false],
    ['postgres://h/d?no_password=x', false],
  ])('%s holds a secret: %s', (text, secret) => {
    expect(holdsSecret(text)).toBe(secret);
  });

  it('asks for a table where there are many, and for none where there is one', () => {
    const codes = (store: string, table: string | null) => storeProblems(store, table).map((p) => p.code);
    expect(codes('postgres://h/d', 't')).toEqual([]);
    expect(codes('postgres://h/d', null)).toEqual(['plan.field.missing']);
    expect(codes('live.csv', 't')).toEqual(['plan.field.invalid']);
    expect(codes('ftp://h/d', 't')).toEqual(['plan.field.invalid']);
  });
});
