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
