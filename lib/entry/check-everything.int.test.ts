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
