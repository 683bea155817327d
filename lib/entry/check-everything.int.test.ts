import { expect, it } from 'vitest';
import { Case, lines, type Printed } from '#lib/entry/contract.testing';

/** Each line that holds a mistake ends with its number. */
const PLAN = lines(
  'recount: 1',
  'titel: a name that no plan has #1',
  'archive:',
  '  at: archive.csv',
  '  fields: { id: event_id, time: time } #2',
  'window:',
  '  from: 2024-06-10T12:00:00Z',
  '  to: 2024-06-10T11:00:00Z #3',
  'calculation:',
  '  name: c',
  '  versions:',
  '    - version: 1',
  '      where: random() > 0.5 #4',
  '      keys: { k: kk } #5',
  '      measures:',
  '        total: sum(v) + #6',
  '        plain: v #7',
  '  replay_with: deployed',
  'live:',
  '  store: live.csv',
  '  state: window',
  '  keys: [k]',
  '  cut: as_of #8',
  'patch: { only_in_live: drop } #9',
);
const FILES = {
  'archive.csv': lines('id,time,k,v', 'e1,2024-06-10T12:00:00Z,a,1.50'),
  'live.csv': lines('k,total,plain', 'a,1.50,1.50'),
};

it('a check tells the mistakes of the file, the expressions, the archive and the live rows at once', async () => {
  const ran = await new Case(FILES, PLAN).check();
  expect(ran.exit).toBe(2);
  expect(ran.json.error.code).toBe('plan.invalid');
  const told = ran.json.error.problems.map((p: Printed) => `${p.line} ${p.code} ${p.path}`);
  const version = 'calculation.versions[0]';
  expect(told.toSorted()).toEqual(
    [
      '2 plan.field.unknown titel',
      '5 plan.column.unknown archive.fields.id',
      '8 plan.window.reversed window.to',
      `13 plan.expression.not_allowed ${version}.where`,
      `14 plan.column.unknown ${version}.keys.k`,
      `16 plan.expression.syntax ${version}.measures.total`,
      `17 plan.expression.aggregate ${version}.measures.plain`,
      '23 plan.live.column_unknown live.cut',
      '24 plan.field.invalid patch.only_in_live',
    ].toSorted(),
  );
  for (const problem of ran.json.error.problems) {
    expect(problem.fix).not.toBe('');
    expect(problem.column).toBeGreaterThan(0);
  }
});

it('sources that cannot be read are told beside the mistakes of the plan', async () => {
  const ran = await new Case({}, PLAN).check();
  const codes = ran.json.error.problems.map((p: Printed) => p.code);
  expect(codes).toEqual(expect.arrayContaining(['plan.window.reversed', 'archive.not_found']));
  expect(codes.filter((code: string) => code.startsWith('live.')).length).toBe(1);
});

/** A plan whose sections are all readable; each line that holds a mistake ends with its number. */
const EXPRESSIONS = lines(
  'recount: 1',
  'archive:',
  '  at: archive.csv',
  '  fields: { id: id, time: time }',
  'window: { from: 2024-06-10T12:00:00Z, to: 2024-06-10T13:00:00Z }',
  'calculation:',
  '  name: c',
  '  versions:',
  '    - version: 1',
  '      where: random() > 0.5 #1',
  '      keys: { k: k }',
  '      measures:',
  '        total: sum(v)',
  '        text: sum(k) #2',
  '        gone: max(vv) #3',
  '        other: sum(v) #4 is told at the version that differs',
  '        lost: count(*) #5',
  '    - version: 2',
  '      since: 2024-06-10T12:30:00Z',
  '      keys: { k: k }',
  '      measures:',
  '        total: sum(v)',
  '        text: sum(v)',
  '        gone: max(v)',
  '        other: max(v) #4',
  '        lost: count(*)',
  'live:',
  '  store: live.csv',
  '  state: window',
  '  keys: [k]',
);

it('what is wrong with one expression hides nothing of the others', async () => {
  const live = lines('k,total,text,gone,other', 'a,1.50,1.50,1,1');
  const ran = await new Case({ ...FILES, 'live.csv': live }, EXPRESSIONS).check();
  const told = ran.json.error.problems.map((p: Printed) => `${p.line} ${p.code}`);
  expect(told.toSorted()).toEqual(
    [
      '10 plan.expression.not_allowed',
      '14 plan.types_needed',
      '15 plan.column.unknown',
      '25 plan.calculation.not_mergeable',
      '17 plan.live.column_unknown',
    ].toSorted(),
  );
});

/** The mistakes of a check of EXPRESSIONS with other lines, as `line code`. */
async function toldOf(plan: string, live = 'k,total,text,gone,other,lost'): Promise<string[]> {
  const ran = await new Case({ ...FILES, 'live.csv': lines(live, 'a,1.50,1.50,1,1,1') }, plan).check();
  return ran.json.error.problems.map((p: Printed) => `${p.line} ${p.code}`).toSorted();
}

const IN_EXPRESSIONS = [
  '10 plan.expression.not_allowed',
  '14 plan.types_needed',
  '15 plan.column.unknown',
  '25 plan.calculation.not_mergeable',
];

it.each([
  ['a version without since', '      since: 2024-06-10T12:30:00Z', '', '18 plan.calculation.version'],
  ['a number that is none', '    - version: 1', '    - version: one', '9 plan.field.invalid'],
  ['a calculation without a name', '  name: c', '', '8 plan.field.missing'],
  ['a reversed window', 'T13:00:00Z }', 'T11:00:00Z }', '5 plan.window.reversed'],
  ['a window that is missing', 'window: {', '#window: {', '1 plan.field.missing'],
])(
  '%s hides nothing of the expressions, their types and the rule of versions',
  async (_, line, other, code) => {
    expect(EXPRESSIONS).toContain(line);
    expect(await toldOf(EXPRESSIONS.replace(line, other === '' ? '      #' : other))).toEqual(
      [...IN_EXPRESSIONS, code].toSorted(),
    );
  },
);

it('measures that are none leave the conditions and keys to be told', async () => {
  const plan = EXPRESSIONS.replace('keys: { k: k }', 'keys: { k: kk }')
    .split('\n')
    .filter((_, i) => i < 11 || i > 25)
    .join('\n')
    .replace('keys: { k: kk }', 'keys: { k: kk }\n      measures: {}');
  expect(await toldOf(plan)).toEqual([
    '10 plan.expression.not_allowed',
    '11 plan.column.unknown',
    '12 plan.field.invalid',
  ]);
});

it('a live section that cannot be read hides nothing of the expressions', async () => {
  const told = await toldOf(EXPRESSIONS.replace('  state: window', '  state: windowed'));
  expect(told).toEqual([...IN_EXPRESSIONS, '29 plan.field.invalid'].toSorted());
});

it('one mistake in several places is told at each', async () => {
  const plan = EXPRESSIONS.split('\n')
    .filter((line) => !/#[1-5]|version: 2|since:/.test(line))
    .join('\n');
  const measures = ['a: sum(vv)', 'b: sum(vv)', 'c: sum(vv) + 1', 'd: sum(k)', 'e: sum(k)'];
  const second = plan.indexOf('      keys:', plan.indexOf('total: sum(v)'));
  const one = plan.slice(0, second).replace('total: sum(v)', measures.join('\n        '));
  expect(await toldOf(`${one}${plan.slice(plan.indexOf('live:'))}`, 'k,a,b,c,d,e')).toEqual([
    '12 plan.column.unknown',
    '13 plan.column.unknown',
    '14 plan.column.unknown',
    '15 plan.types_needed',
    '16 plan.types_needed',
  ]);
});

it('a baseline that is not there, or lacks a column, is told before the preview', async () => {
  const over = {
    live: { state: 'running', baseline: { at: '2024-06-10T00:00:00Z', table: 'base.csv' } },
  };
  const one = new Case({ ...FILES, 'live.csv': lines('k,total', 'a,1.50') }, over);
  const told = async () => (await one.check()).json.error.problems.map((p: Printed) => p.message);
  expect(await told()).toEqual([expect.stringContaining('base.csv')]);
  one.write('base.csv', lines('k,sum', 'a,1'));
  expect(await told()).toEqual([
    expect.stringMatching(/^live.baseline.table: .*base.csv has no column "total"/),
  ]);
  one.write('base.csv', lines('k,total', 'a,1'));
  expect((await one.check()).exit).toBe(0);
});

const FINE = {
  archive: { types: { v: 'decimal(18,2)', free: 'bigint', vv: 'date' } },
} as const;

it('a check that finds nothing lists the types that the columns are read with, and what is odd', async () => {
  const archive = lines('id,time,k,v,free', 'e1,2024-06-10T12:00:00Z,a,1,7');
  const ran = await new Case({ 'archive.csv': archive, 'live.csv': lines('k,total', 'a,1') }, FINE).check();
  expect(ran.exit).toBe(0);
  expect(ran.json.archive.columns).toEqual([
    { name: 'id', type: 'VARCHAR' },
    { name: 'time', type: 'TIMESTAMP' },
    { name: 'k', type: 'VARCHAR' },
    { name: 'v', type: 'DECIMAL(18,2)' },
    { name: 'free', type: 'VARCHAR' },
  ]);
  expect(ran.json.warnings.map((w: Printed) => w.code)).toEqual(['type_of_no_column']);
});

it('a column that only folders name is one', async () => {
  const files = { 'archive/country=de/a.csv': FILES['archive.csv'], 'live.csv': lines('k,total', 'de,1.50') };
  const plan = {
    archive: { at: 'archive/**/*.csv', fields: { id: 'id', time: 'time' } },
    calculation: {
      name: 'c',
      versions: [{ version: 1, keys: { k: 'country' }, measures: { total: 'sum(v)' } }],
    },
  };
  expect((await new Case(files, plan).check()).exit).toBe(0);
  const reversed = { ...plan, window: { from: '2024-06-10T12:00:00Z', to: '2024-06-10T11:00:00Z' } };
  const ran = await new Case(files, reversed).check();
  expect(ran.json.error.problems.map((p: Printed) => p.code)).toEqual(['plan.window.reversed']);
});

it('a preview that finds several faults of one kind answers with their code', async () => {
  const plan = EXPRESSIONS.split('\n')
    .filter((line) => !/#[1345]|version: 2|since:/.test(line))
    .join('\n')
    .replace('total: sum(v)', 'total: avg(k)');
  const first = plan.slice(0, plan.indexOf('      keys: { k: k }', plan.indexOf('#2')));
  const ran = await new Case(FILES, `${first}${plan.slice(plan.indexOf('live:'))}`).preview();
  expect(ran.exit).toBe(2);
  expect(ran.json.error.code).toBe('plan.types_needed');
  expect(ran.json.error.problems).toHaveLength(2);
});
