import { describe, expect, it } from 'vitest';
import { parseDraft, parsePlan, parsePlanValue } from '#lib/plan/parse';
import { planWith } from '#lib/plan/sample.testing';

type Change = readonly [from: string, to: string];

const first = (...changes: Change[]) => parsePlan(planWith(...changes)).problems[0];
const words = (...changes: Change[]): string => {
  const problem = first(...changes);
  return `${problem?.message} ${problem?.fix}`;
};
const told = (...changes: Change[]): string[] =>
  parsePlan(planWith(...changes)).problems.map((p) => `${p.code} ${p.at?.path}`);

const AT: Change = ['at: archive/**/*.parquet', 'at: X'];
const at = (text: string): Change => [AT[0], `at: ${text}`];
const from = (text: string): Change => ['from: 2024-06-10T12:00:00Z', `from: ${text}`];
const cut = (text: string): Change => ['cut: 2024-06-10T13:00:00Z', `cut: ${text}`];

describe('text that is not readable', () => {
  it.each([
    ['a: [1,', 'Flow sequence in block collection must be sufficiently indented and end with a ]', 1, 7],
    [
      'where: a: b',
      'Nested mappings are not allowed in compact mappings: put a value that holds ": " into quotes',
      1,
      8,
    ],
    ['where: @x', 'Plain value cannot start with reserved character @: put the value into quotes', 1, 8],
  ])('%j', (text, message, line, column) => {
    expect(parsePlan(text).problems).toEqual([
      {
        code: 'plan.unreadable',
        message: `The plan is not readable YAML or JSON: ${message} (line ${line}, column ${column}).`,
        fix: 'Correct the syntax at the named line.',
        at: { line, column },
      },
    ]);
  });

  it('has no place where it is empty', () => {
    expect(parsePlan('').problems[0]).not.toHaveProperty('at');
  });

  it('may have a million characters', () => {
    expect(parsePlan('#'.repeat(1_000_000)).problems[0]?.message).toContain('the plan is empty');
  });

  it.each(['!!strange', '!<xtag:yaml.org,2002:str>', '!<tag:yaml.org,2002:strs>'])(
    'has the tag %s',
    (tag) => {
      expect(words(at(`${tag} x`))).toContain('the tag ');
    },
  );

  const deep = (levels: number): unknown => (levels === 0 ? 'x' : [deep(levels - 1)]);
  const deepMap = (levels: number): unknown => (levels === 0 ? 'x' : { a: deepMap(levels - 1) });

  it.each([
    ['lists', deep],
    ['maps', deepMap],
  ])('is nested too deeply in %s, and one level less is not', (_, nest) => {
    for (const [levels, code] of [
      [15, 'plan.field.invalid'],
      [16, 'plan.unreadable'],
    ] as const) {
      const value = { recount: 1, title: nest(levels) };
      expect(parsePlan(JSON.stringify(value)).problems.map((p) => p.code)).toContain(code);
      expect(parsePlanValue({ title: nest(levels) }).problems.map((p) => p.code)).toContain(code);
    }
  });

  it.each([() => 1, [() => 1, 'a'], { a: Symbol('a') }])('is no JSON (%#)', (title) => {
    expect(parsePlanValue({ title }).problems.map((p) => p.code)).toEqual(['plan.unreadable']);
  });
});

describe('a field', () => {
  it.each([
    ['true', 'is true or false, not text'],
    ['3', 'is a number, not text'],
    ['[a]', 'is a list, not text'],
    ['{ a: b }', 'is a map of fields, not text'],
    ['" "', 'is empty'],
    ['"a\\0b"', 'holds a character that no name or text may hold'],
    ['"\\ud800"', 'holds a character that no name or text may hold'],
  ])('of text that is %s', (text, says) => {
    expect(words(at(text))).toContain(`\`archive.at\` ${says}`);
  });

  it('that is unknown names the nearest, or all', () => {
    expect(words(['  format: auto', '  fromat: auto'])).toContain('the nearest name is `format`');
    expect(first(['  format: auto', '  zzz: auto'])).toMatchObject({
      message: '`archive.zzz` is not a field of a plan (line 5, column 3).',
      fix: 'Use one of at, format, layout, slack, fields, types, timezone, rejects, conflicts.',
    });
  });

  it('with an unknown value names the nearest, or all', () => {
    expect(first(['conflicts: block', 'conflicts: blok'])?.fix).toBe('Write `block`.');
    expect(first(['conflicts: block', 'conflicts: zzz'])?.fix).toBe('Use one of block, first, last.');
  });

  it('with nothing behind it has its default', () => {
    const { plan, problems } = parsePlan(
      planWith(
        ['  format: auto', '  format:'],
        ['timezone: UTC\n', 'timezone:\n'],
        ['size: 1h, timezone: UTC', 'size: 1h, timezone: '],
        ['archive_is_complete: false', 'archive_is_complete:'],
        ['control: { from: 2024-06-10T10:00:00Z, to: 2024-06-10T11:00:00Z }', 'control:'],
        ['{ total: 0 }', ''],
        cut(''),
      ),
    );
    expect(problems).toEqual([]);
    expect(plan).toMatchObject({
      archive: { format: 'auto', timezone: null },
      live: { bucket: { timezone: 'UTC' }, cut: null },
      patch: { archiveIsComplete: false },
      control: null,
    });
  });

  it('without a value has the place of its name', () => {
    const { problems } = parsePlan(planWith(['control: { from: 2024-06-10T10:00:00Z', 'control: { from']));
    expect(problems.map((p) => p.at)).toEqual([{ path: 'control.from', line: 44, column: 12 }]);
  });

  it('that must be there is told with what belongs there', () => {
    const { problems } = parsePlanValue({ recount: 1, archive: null, window: undefined });
    expect(problems.map((p) => `${p.code} ${p.at?.path}`)).toEqual([
      'plan.field.missing archive',
      'plan.field.missing window',
      'plan.field.missing calculation',
      'plan.field.missing live',
    ]);
    expect(problems[1]?.fix).toBe('Give the fields from, to, clock.');
    expect(told(['      keys: { user_id: user_id }\n', ''])).toContain(
      'plan.field.missing calculation.versions[0].keys',
    );
    expect(told(['  keys: [user_id]', '  keys:'])).toEqual(['plan.field.missing live.keys']);
  });

  it('whose name is not plain is quoted in its path', () => {
    for (const name of ['a.b', '.a', 'a.', 'a b', ' a', 'a[0]', '[a'])
      expect(told(['value: "decimal(18,2)"', `"${name}": money`])).toEqual([
        `plan.field.invalid archive.types."${name}"`,
      ]);
    expect(told(['value: "decimal(18,2)"', `wert_€: money`])).toEqual([
      'plan.field.invalid archive.types.wert_€',
    ]);
  });

  it('whose name looks like a number keeps it as it is written', () => {
    const { plan } = parsePlan(planWith(['events: count(*)', '1e3: count(*)']));
    expect(plan?.calculation.versions[0]?.measures[1]?.name).toBe('1e3');
  });
});

describe('an instant', () => {
  it.each([
    ['2024-06-10T12:00:00', 'is 2024-06-10T12:00:00, a time without an offset'],
    ['2024-06-10 12:00', 'is 2024-06-10 12:00, a time without an offset'],
    ['2024-06-10', 'is 2024-06-10, a day and not an instant'],
    ['x2024-06-10', 'is `x2024-06-10`, which is no instant to the microsecond'],
    ['2024-06-100', 'is `2024-06-100`, which is no instant to the microsecond'],
    ['2024-6-10', 'is `2024-6-10`, which is no instant to the microsecond'],
    ['noon', 'is `noon`, which is no instant to the microsecond'],
  ])('is not %s', (text, says) => {
    expect(words(from(text))).toContain(`\`window.from\` ${says}`);
  });

  it('without an offset is told with two ways to write it', () => {
    expect(first(from('2024-06-10T12:00:00'))?.fix).toBe(
      'Write 2024-06-10T12:00:00Z for UTC, or the offset of your zone (2024-06-10T12:00:00+02:00).',
    );
  });

  it('as a cut is told from a column by how it begins', () => {
    const cutOf = (text: string) => parsePlan(planWith(cut(text))).plan?.live.cut;
    expect(cutOf('seen_to_2024')).toEqual({ kind: 'column', column: 'seen_to_2024' });
    expect(cutOf('x-1')).toEqual({ kind: 'column', column: 'x-1' });
    for (const text of ['"2024"', '"-5 minutes"', '"+1"'])
      expect(told(cut(text))).toEqual(['plan.field.invalid live.cut']);
  });
});

it('a value of the API may leave fields undefined or null, and give numbers of any kind', () => {
  const value = {
    recount: 1n,
    title: null,
    archive: { at: 'a.csv', format: undefined, fields: { id: null, time: 't' } },
    window: { from: '2024-06-10T12:00:00Z', to: '2024-06-10T12:30:00Z' },
    calculation: { name: 'n', versions: [{ version: 1, keys: { k: 'k' }, measures: { m: 'avg(x)' } }] },
    live: { store: 'live.parquet', state: 'window', keys: ['k'] },
    control: null,
  };
  expect(parsePlanValue(value).problems).toEqual([]);
});

it('a draft may hold blanks of every kind, at every depth', () => {
  const draft = {
    title: undefined,
    archive: { at: 'a.csv', format: null, slack: '  ', fields: { time: 't', id: undefined } },
    window: { from: '2024-06-10T12:00:00Z', to: '2024-06-10T12:30:00Z', clock: '' },
    calculation: {
      name: 'n',
      versions: [{ version: 1, since: null, where: ' ', keys: { k: 'k' }, measures: { m: 'avg(x)' } }],
    },
    live: { store: 'live.parquet', state: 'window', keys: ['k'], table: '' },
    control: null,
  };
  expect(parseDraft(draft).problems).toEqual([]);
  const keys = parseDraft({ ...draft, live: { ...draft.live, keys: ['k', null] } });
  expect(keys.problems.map((p) => p.at?.path)).toEqual(['live.keys[1]']);
});
