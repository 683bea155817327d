import { describe, expect, it } from 'vitest';
import { defaultSsl, parseAddress } from '#lib/adapters/live/postgres/address';
import { parseTableName, tableWords } from '#lib/adapters/live/postgres/table-name';

describe('the address of a live store', () => {
  it('is taken apart into fields', () => {
    expect(
      parseAddress('postgres://ann:p%40ss%3A@db.example.org/led%20ger?sslmode=require&connect_timeout=5'),
    ).toEqual({
      host: 'db.example.org',
      port: 5432,
      database: 'led ger',
      user: 'ann',
      password: 'p@ss:',
      ssl: 'require',
      connectTimeoutSeconds: 5,
      applicationName: 'recount',
    });
    expect(parseAddress('postgresql://ann@[::1]:5433')).toMatchObject({
      host: '::1',
      port: 5433,
      database: 'ann',
      password: null,
      ssl: 'disable',
    });
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
