import { describe, expect, it } from 'vitest';
import { checkAddress, defaultSsl, parseAddress } from '#lib/adapters/live/postgres/address';
import { parseTableName, tableWords } from '#lib/adapters/live/postgres/table-name';
import { Failure } from '#lib/base/failure';
import { Secret } from '#lib/base/secret';

describe('the address of a live store', () => {
  it('is taken apart into fields', () => {
    expect(
      parseAddress('postgres://ann:p%40ss%3A@db.example.org/led%20ger?sslmode=require&connect_timeout=5'),
    ).toEqual({
      host: 'db.example.org',
      port: 5432,
      database: 'led ger',
      user: 'ann',
      password: new Secret('p@ss:'),
      ssl: 'require',
      connectTimeoutSeconds: 5,
      applicationName: 'recount',
    });
    expect(parseAddress('postgres://ann:p%40ss%3A@h/d').password?.reveal()).toBe('p@ss:');
    expect(parseAddress('postgresql://ann@[::1]:5433')).toMatchObject({
      host: '::1',
      port: 5433,
      database: 'ann',
      password: null,
      ssl: 'disable',
    });
  });
  it.each([
    { user: 'ann\0options\0-c search_path=evil' },
    { database: 'ledger\0replication\0database' },
    { applicationName: 'x\0options\0-c a=b' },
    { password: new Secret('a\0b') },
    { host: '/var/run/postgresql' },
    { host: '@abstract' },
    { host: 'a,b' },
    { host: 'a b' },
    { host: 'h\\share' },
    { host: 'h?sslmode=disable' },
    { host: '-h' },
    { host: '%2Fvar' },
    { host: 'h\n' },
    { host: '' },
    { port: 0 },
    { port: 1.5 },
    { user: '' },
  ])('as fields refuses %j', (field) => {
    const address = { ...parseAddress('postgres://ann:x@db.example.org/ledger'), ...field };
    expect(() => checkAddress(address)).toThrow(Failure);
  });
  it('takes every name that a network has', () => {
    for (const host of [
      'db-1.example.org',
      'DB_1',
      '10.0.0.5',
      '::1',
      'fe80::1:2',
      'dätenbank.example',
      'localhost.',
    ])
      expect(checkAddress({ ...parseAddress('postgres://ann@h/d'), host }).host).toBe(host);
  });
  it('is encrypted and proved unless it stays on this machine', () => {
    expect(defaultSsl('db.example.org')).toBe('verify-full');
    expect(defaultSsl('localhost.evil.org')).toBe('verify-full');
    expect(defaultSsl('127.0.0.1')).toBe('disable');
  });
  it.each([
    'postgres://u:hunter2@h/d?options=-c%20search_path%3Devil',
    'postgres://u:hunter2@h/d?host=/var/run/postgresql',
    'postgres://u:hunter2@h/d?host=evil',
    'postgres://u:hunter2@h/d?service=x',
    'postgres://u:hunter2@h/d?passfile=/etc/passwd',
    'postgres://u:hunter2@h/d?sslrootcert=/etc/passwd',
    'postgres://u:hunter2@h/d?sslmode=prefer',
    'postgres://u:hunter2@h/d?sslmode=disable&sslmode=require',
    'postgres://u:hunter2@h/d?connect_timeout=0',
    'postgres://u:hunter2@%2Fvar%2Frun/d',
    'postgres://u:hunter2@/d',
    'postgres://u:hunter2@h,g/d',
    'postgres://u:hunter2@h:0/d',
    'postgres://h/d',
    'socket:/var/run?db=x',
    'mysql://u:hunter2@h/d',
    '/var/run/postgresql hunter2',
    'postgres://u:hunter2%zz@h/d',
  ])('refuses %s, without repeating it', (text) => {
    let caught: unknown;
    try {
      parseAddress(text);
    } catch (error) {
      caught = error;
    }
    expect(caught).toMatchObject({ code: 'plan.field.invalid', at: { path: 'live.store' } });
    expect(String(caught)).not.toContain('hunter2');
  });
});

describe('the name of a table', () => {
  it.each([
    ['public.user_totals', 'public', 'user_totals'],
    ['user_totals', 'public', 'user_totals'],
    ['"S.x"."a ""b"""', 'S.x', 'a "b"'],
    ['My.Table', 'My', 'Table'],
  ])('%s', (text, schema, table) => {
    const name = parseTableName(text);
    expect(name).toEqual({ schema, table });
    expect(parseTableName(tableWords(name))).toEqual(name);
  });
  it.each(['', 'a.b.c', 'a.', '.a', '"a', 'a"b', 'a.\0'])('refuses %j', (text) => {
    expect(() => parseTableName(text)).toThrow(/not of the form schema.table/);
  });
});
