import { describe, expect, it } from 'vitest';
import { type Shape, shapeOf } from '#lib/archive/infer';
import { type FileColumns, resolveTypes, usedNames, widenShapes } from '#lib/archive/resolve-types';
import { Failure } from '#lib/base/failure';

type Asked = Parameters<typeof resolveTypes>[0];
const FIELDS = { id: 'id', time: 'time', ingested: null, sequence: null, deleted: null };
const asked = (over: Partial<Asked> = {}): Asked => ({
  fields: FIELDS,
  types: new Map(),
  usedColumns: ['value'],
  timezone: null,
  ...over,
});
const file = (path: string, columns: Record<string, string | null>): FileColumns => ({
  path,
  columns: new Map(Object.entries(columns)),
});
const TEXT_FILE = file('a.csv', { id: null, time: null, value: null, other: null });
const PARQUET = file('b.parquet', { id: 'BIGINT', time: 'TIMESTAMP WITH TIME ZONE', value: 'DECIMAL(18,2)' });

function types(
  spec: Asked,
  files: readonly FileColumns[],
  shapes: Record<string, string[]> = {},
  hive: readonly string[] = [],
): Record<string, string> {
  const found = new Map<string, Shape>();
  for (const [name, values] of Object.entries(shapes))
    for (const value of values) widenShapes(found, new Map([[name, shapeOf(value)]]));
  const targets = resolveTypes(spec, files, new Set(hive), found);
  return Object.fromEntries([...targets].map(([name, t]) => [name, t.stored]));
}
const failure = (work: () => unknown): Failure => {
  try {
    work();
  } catch (error) {
    if (error instanceof Failure) return error;
  }
  throw new Error('nothing was refused');
};

it('asks for the mapped fields first, then for what expressions use, each once', () => {
  const fields = { ...FIELDS, ingested: 'received', sequence: 'offset' };
  expect(usedNames(asked({ fields, usedColumns: ['value', 'id', 'value'] }))).toEqual([
    'id',
    'time',
    'received',
    'offset',
    'value',
  ]);
  expect(usedNames(asked({ fields: { ...FIELDS, id: null }, usedColumns: [] }))).toEqual(['time']);
});

describe('the type of a column', () => {
  it('is what its text has in common; of a time, an instant; of an id, never a float', () => {
    const shapes = { id: ['1e5'], time: ['x'], value: ['1', '2.50'] };
    expect(types(asked(), [TEXT_FILE], shapes)).toEqual({
      id: 'VARCHAR',
      time: 'TIMESTAMP',
      value: 'DECIMAL(18,2)',
    });
    const fields = { ...FIELDS, id: 'value', ingested: 'other' };
    expect(types(asked({ fields, usedColumns: ['id'] }), [TEXT_FILE], { id: ['1e5'], value: ['1'] })).toEqual(
      {
        value: 'BIGINT',
        time: 'TIMESTAMP',
        other: 'TIMESTAMP',
        id: 'DOUBLE',
      },
    );
  });

  it("is Parquet's own, also beside a file of text", () => {
    const wanted = { id: 'BIGINT', time: 'TIMESTAMP WITH TIME ZONE', value: 'DECIMAL(18,2)' };
    expect(types(asked(), [PARQUET])).toEqual(wanted);
    expect(types(asked(), [TEXT_FILE, PARQUET], { value: ['x'] })).toEqual(wanted);
    expect(types(asked(), [PARQUET, TEXT_FILE], { value: ['x'] })).toEqual(wanted);
  });

  it('is what the plan declares, before all else', () => {
    const spec = asked({ types: new Map([['value', 'DECIMAL(38,4)']]) });
    expect(types(spec, [PARQUET]).value).toBe('DECIMAL(38,4)');
    const target = resolveTypes(spec, [TEXT_FILE], new Set(), new Map()).get('value');
    expect(target).toMatchObject({ declared: true, shape: null, typeName: 'decimal(38,4)' });
    const inferred = resolveTypes(asked(), [TEXT_FILE], new Set(), new Map());
    expect(inferred.get('value')).toMatchObject({
      declared: false,
      shape: { kind: 'none' },
      stored: 'VARCHAR',
    });
  });

  it('is text of a key of the path', () => {
    const targets = resolveTypes(
      asked({ usedColumns: ['region'] }),
      [TEXT_FILE],
      new Set(['region']),
      new Map(),
    );
    expect(targets.get('region')).toMatchObject({ stored: 'VARCHAR', shape: null, declared: false });
  });
});

describe('what cannot be', () => {
  it('a declared type that there is not', () => {
    const spec = asked({ types: new Map([['value', 'GEOMETRY']]) });
    const { code, message, at } = failure(() => types(spec, [TEXT_FILE]));
    expect([code, message]).toEqual([
      'plan.field.invalid',
      'archive.types.value: there is no type GEOMETRY.',
    ]);
    expect(at).toMatchObject({ path: 'archive.types.value' });
  });

  it('Parquet files of two types, named with both', () => {
    const other = file('c.parquet', { value: 'DOUBLE' });
    expect(failure(() => types(asked(), [PARQUET, other]))).toMatchObject({
      code: 'archive.schema',
      message: 'The column value is DECIMAL(18,2) in b.parquet and DOUBLE in c.parquet.',
    });
    expect(types(asked(), [PARQUET, file('c.parquet', { value: 'DECIMAL(18,2)' })]).value).toBe(
      'DECIMAL(18,2)',
    );
  });

  it('a nested Parquet column', () => {
    const nested = file('c.parquet', { value: 'STRUCT(a BIGINT)' });
    expect(failure(() => types(asked(), [TEXT_FILE, nested]))).toMatchObject({
      code: 'archive.schema',
      message: 'c.parquet: the column value has a type that expressions cannot use (struct(a bigint)).',
      fix: 'Declare it under archive.types (for example value: varchar), or use another column.',
    });
  });

  it('a column that no file has: it is named with its place and the nearest', () => {
    const place = (spec: Asked) => failure(() => types(spec, [TEXT_FILE], {}, ['dt'])).message;
    expect(place(asked({ usedColumns: ['valeu'] }))).toBe(
      'calculation: no file of the archive has a column valeu. Did you mean value?',
    );
    expect(place(asked({ fields: { ...FIELDS, id: 'zzzzzz' } }))).toBe(
      'archive.fields.id: no file of the archive has a column zzzzzz.',
    );
    expect(place(asked({ fields: { ...FIELDS, time: 'tiem' } }))).toMatch(/^archive\.fields\.time: /);
    expect(place(asked({ fields: { ...FIELDS, ingested: 'zzzzzz' } }))).toMatch(
      /^archive\.fields\.ingested: /,
    );
    expect(place(asked({ fields: { ...FIELDS, sequence: 'zzzzzz' } }))).toMatch(
      /^archive\.fields\.sequence: /,
    );
    const fixOf = (files: readonly FileColumns[]) =>
      failure(() => types(asked({ fields: { ...FIELDS, id: 'zzzzzz' } }), files)).fix;
    expect(fixOf([TEXT_FILE])).toBe('The columns are: id, time, value, other.');
    expect(fixOf([])).toContain('empty, without even a header');
    const names = (n: number) => Object.fromEntries(Array.from({ length: n }, (_, i) => [`c${i}`, null]));
    expect(fixOf([file('w.csv', names(20))])).toMatch(/, c19\.$/);
    expect(fixOf([file('w.csv', names(21))])).toMatch(/, c19 …\.$/);
  });
});

it('shapes that are found widen those that are known', () => {
  const known = new Map<string, Shape>([['value', shapeOf('1')]]);
  widenShapes(
    known,
    new Map([
      ['value', shapeOf('x')],
      ['new', shapeOf('2')],
    ]),
  );
  expect(known).toEqual(
    new Map<string, Shape>([
      ['value', { kind: 'text' }],
      ['new', shapeOf('2')],
    ]),
  );
});

it('says where a type comes from that cannot be used, and which column is unknown', () => {
  const nested = file('deep.parquet', { id: 'BIGINT', time: 'TIMESTAMP', value: 'INTEGER[]' });
  expect(failure(() => types(asked(), [nested]))).toMatchObject({
    code: 'archive.schema',
    message: 'deep.parquet: the column value has a type that expressions cannot use (integer[]).',
    at: { file: 'deep.parquet' },
  });
  const other = file('c.parquet', { id: 'BIGINT', time: 'TIMESTAMP', value: 'DOUBLE' });
  expect(failure(() => types(asked(), [PARQUET, other]))).toMatchObject({
    code: 'archive.schema',
    at: { file: 'c.parquet' },
  });
  expect(failure(() => types(asked({ usedColumns: ['valu'] }), [TEXT_FILE]))).toMatchObject({
    code: 'plan.column.unknown',
    at: { path: 'calculation' },
  });
  const fields = { ...FIELDS, sequence: 'seq' };
  expect(failure(() => types(asked({ fields }), [TEXT_FILE])).at).toEqual({
    path: 'archive.fields.sequence',
  });
});

it('names types in small letters, as a plan declares them', () => {
  const shapes = new Map([['value', shapeOf('1.5')]]);
  const named = (files: readonly FileColumns[]) =>
    resolveTypes(asked(), files, new Set(), shapes).get('value')?.typeName;
  expect(named([TEXT_FILE])).toBe('decimal(18,1)');
  expect(named([PARQUET])).toBe('decimal(18,2)');
  expect(named([TEXT_FILE, PARQUET])).toBe('decimal(18,2)');
});
